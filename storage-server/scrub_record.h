// scrub_record: how the scrub is to go, how far it has come and what it found; kept in a file of
// the state directory so that the next start goes on from there. Pure.
#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"
#include "storage-server/audit_outcome.h"

#include <nlohmann/json_fwd.hpp>

#include <array>
#include <map>
#include <optional>

namespace tarn::storage {

struct ScrubConfig
{
    bool enabled = true;
    std::uint64_t pace = 8'000'000;                  ///< bytes per second, at most
    Duration interval = std::chrono::hours(30 * 24); ///< from one beginning to the next
    friend bool operator==(const ScrubConfig&, const ScrubConfig&) = default;
};

/// Of a round.
struct ScrubCount
{
    std::uint64_t bytes = 0;
    std::array<std::uint64_t, 5> shares{}; ///< by AuditState

    std::uint64_t of(AuditState state) const { return shares[static_cast<std::size_t>(state)]; }
    std::uint64_t allShares() const; ///< but those that were gone
};

struct ScrubFinding
{
    AuditOutcome outcome;
    std::int64_t firstSeen = 0; ///< Unix seconds
    std::int64_t lastSeen = 0;
    bool inThisRound = true; ///< or in the last one, between two
};

struct ScrubRecord
{
    /// More are counted, not named.
    static constexpr std::size_t kMostFindings = 10'000;
    using Key = std::pair<StorageIndex, ShareNumber>;

    std::optional<std::int64_t> began; ///< of the present round or the last one, Unix seconds
    bool underWay = false;
    std::optional<StorageIndex> after; ///< all indexes up to this one were looked at
    ScrubCount present;
    ScrubCount last;                   ///< the last whole round
    std::optional<std::int64_t> ended; ///< that one
    std::map<Key, ScrubFinding> findings;

    void begin(std::int64_t now);
    /// \return whether it is news.
    bool note(const Key& share, const AuditOutcome& outcome, std::int64_t now);
    /// Findings that the round did not come across again go.
    void end(std::int64_t now);
    /// How many findings there are of this state.
    std::uint64_t found(AuditState state) const;

    /// JSON.
    std::string text() const;
    /// \return Corrupt: not what text() writes.
    static Result<ScrubRecord> parse(std::string_view text);
};

/// {"bytes", "shares", "damaged", "unreadable", "unknown"}
nlohmann::json jsonOf(const ScrubCount& count);
/// [{"storage_index", "share", "state", "why", "first_seen", "last_seen", "in_this_round"}, ...]
nlohmann::json findingsJson(const ScrubRecord& record);

} // namespace tarn::storage
