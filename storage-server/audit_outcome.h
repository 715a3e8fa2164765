// audit_outcome: what re-reading a share came to, and who sets the pace. Values.
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::storage {

enum class AuditState {
    Sound,
    Gone,       ///< deleted meanwhile
    Damaged,    ///< its bytes are not what its hashes, lengths or signature say
    Unreadable, ///< the disk does not give it
    Unknown,    ///< no share that this program knows how to check
};
/// "damaged"
std::string_view nameOf(AuditState state);
/// \return nothing: no such state.
std::optional<AuditState> auditStateCalled(std::string_view name);

struct AuditOutcome
{
    AuditState state = AuditState::Sound;
    std::string why; ///< empty when sound; for people, without names
};
/// From how an audit ended.
AuditOutcome auditOutcomeOf(const Result<void>& ended);

class AuditPacer
{
public:
    virtual ~AuditPacer() = default;
    /// After each slice. \return false: go on no more.
    virtual asio::awaitable<bool> rest(std::uint64_t bytes, Duration worked) = 0;
};

} // namespace tarn::storage
