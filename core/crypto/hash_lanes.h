// hash_lanes: one libipsec-mb manager, which hashes several messages with SHA-256 side by side.
// For multi_hash.cpp only.
#pragma once

#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/crypto/multi_hash.h"

#include <memory>

struct IMB_MGR;

namespace tarn::crypto {

/// Not for two threads at once.
class HashLanes
{
public:
    /// \param backend  one of libipsec-mb's that cpuRuns().
    explicit HashLanes(HashBackend backend);

    /// Takes a message into the next free lane. `message` and `out` stay where they are until
    /// finishAll(); `out` holds the hash only after it.
    void submit(ByteView message, Hash256& out);
    void finishAll();

    /// Whether the CPU and the system have what the manager's code needs.
    static bool cpuRuns(HashBackend backend);

private:
    struct Free
    {
        void operator()(IMB_MGR* manager) const;
    };
    std::unique_ptr<IMB_MGR, Free> m_manager;
};

} // namespace tarn::crypto
