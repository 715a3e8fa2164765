// doorkeeper: who sent a request, told by the value of its Authorization header. Engine thread.
#pragma once

#include "core/storage_api/share_store.h"

#include <optional>

namespace tarn::storage {

class DataStage;

struct Caller
{
    storage_api::ShareStore* store = nullptr; ///< what the caller uses; outlives the request
    DataStage* stage = nullptr; ///< where the caller's large data go; none: through the spool
    bool mayRead = true;
    bool mayWrite = true; ///< new shares and changes
    bool mayKeep = true;  ///< leases
};

class Doorkeeper
{
public:
    virtual ~Doorkeeper() = default;
    /// In a time that says nothing of how near the value is to any credential. Nothing: a stranger.
    virtual std::optional<Caller> admit(ByteView authorization) const = 0;
};

} // namespace tarn::storage
