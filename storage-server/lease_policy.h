// lease_policy: which leases have run out. Pure.
// Source: Tahoe-LAFS allmydata.storage.expirer, [storage]expire.* of its configuration. Where that
// compares an age with a date, so that nothing ever expires, this does what its text says.
#pragma once

#include "core/base/clock.h"
#include "core/share/mutable_container.h"

#include <cstdint>
#include <optional>

namespace tarn::storage {

struct LeasePolicy
{
    enum class Mode {
        Age,        ///< a lease ends at its own time, or `override` after it was taken or renewed
        CutoffDate, ///< one that was taken or renewed before a date has ended
    };
    bool enabled = false; ///< else leases last for ever
    Mode mode = Mode::Age;
    std::optional<Duration> overrideDuration;
    std::int64_t cutoff = 0; ///< Unix seconds
    bool immutableShares = true;
    bool mutableShares = true;
    friend bool operator==(const LeasePolicy&, const LeasePolicy&) = default;
};

/// \param expiration  as the lease says; it was taken or renewed 31 days before. Unix seconds both.
bool hasExpired(const LeasePolicy& policy, share::ContainerKind kind, std::uint32_t expiration,
                std::int64_t now);

/// "2026-11-21": the first second of that day, UTC. InvalidInput: no such day.
Result<std::int64_t> parseDate(std::string_view text);
std::string dateText(std::int64_t unixSeconds);

} // namespace tarn::storage
