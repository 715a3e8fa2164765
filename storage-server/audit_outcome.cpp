#include "storage-server/audit_outcome.h"

#include <array>

namespace tarn::storage {

namespace {

constexpr std::array<std::string_view, 5> kNames{"sound", "gone", "damaged", "unreadable",
                                                 "unknown"};

AuditState stateOf(ErrorCode code)
{
    switch (code) {
    case ErrorCode::NotFound:
        return AuditState::Gone;
    case ErrorCode::Corrupt:
        return AuditState::Damaged;
    case ErrorCode::Unsupported:
        return AuditState::Unknown;
    default:
        return AuditState::Unreadable;
    }
}

} // namespace

std::string_view nameOf(AuditState state)
{
    return kNames[static_cast<std::size_t>(state)];
}

std::optional<AuditState> auditStateCalled(std::string_view name)
{
    for (std::size_t i = 0; i < kNames.size(); ++i)
        if (kNames[i] == name) return static_cast<AuditState>(i);
    return std::nullopt;
}

AuditOutcome auditOutcomeOf(const Result<void>& ended)
{
    if (ended) return {};
    return {stateOf(ended.error().code()), ended.error().message()};
}

} // namespace tarn::storage
