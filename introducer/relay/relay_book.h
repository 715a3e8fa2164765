// relay_book: what a relay may carry and what it has carried: streams at once, bytes of a session,
// of one source and of all in a month (UTC). Pure; one thread. Source: core/doc/protocol/relay.md.
//
//   STATE/relay-usage    {"month": "2026-11", "bytes": 123, "sources": {"v0-...": 123}}
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::relay {

inline constexpr std::string_view kUsageFile = "relay-usage";
inline constexpr std::size_t kMostSources = 4096; ///< that a month knows by name
inline constexpr std::size_t kMaxUsageBytes = 1024 * 1024;

struct RelayLimits
{
    std::uint32_t streams = 64;       ///< at once
    std::uint32_t sourceStreams = 16; ///< the same, of one source
    std::uint32_t guestStreams = 8;   ///< the same, of all guests
    /// Of one session, both directions; absent: as many as the month allows.
    std::optional<std::uint64_t> sessionBytes;
    std::uint64_t guestBytes = 16'000'000;         ///< of one session of a guest
    std::optional<std::uint64_t> sourceMonthBytes; ///< of one source
    std::optional<std::uint64_t> monthBytes;       ///< of all
    friend bool operator==(const RelayLimits&, const RelayLimits&) = default;
};

/// Who has a session counted as its own.
struct RelaySource
{
    std::string name; ///< a node's id; of guests the address that they come from
    bool guest = false;
};

class RelayBook
{
public:
    struct Counts
    {
        std::uint64_t sessions = 0; ///< begun since the start
        std::uint64_t refused = 0;  ///< not begun
        std::uint64_t cut = 0;      ///< ended by a limit
        std::uint64_t bytes = 0;    ///< since the start
    };

    void setLimits(const RelayLimits& limits) { m_limits = limits; }
    const RelayLimits& limits() const { return m_limits; }

    /// One stream more. \return NoSpace: says which limit stands in the way.
    Result<void> begin(const RelaySource& source, WallTime now);
    void end(const RelaySource& source);
    /// Bytes that were carried. \param session  all of that session, these included.
    /// \return NoSpace: a limit is reached, no more of this session.
    Result<void> carried(const RelaySource& source, std::uint64_t bytes, std::uint64_t session,
                         WallTime now);

    std::uint32_t streams() const { return m_streams; }
    /// Of month().
    std::uint64_t monthBytes() const { return m_bytes; }
    std::uint64_t monthBytes(WallTime now) const;
    const Counts& counts() const { return m_counts; }
    /// "2026-11" of what is counted now.
    const std::string& month() const { return m_month; }
    /// Rises with every change that encode() shows.
    std::uint64_t version() const { return m_version; }
    std::string encode() const;
    /// What was kept; limits stay. \return InvalidInput: it is none, nothing is changed.
    Result<void> decode(std::string_view text);

private:
    void turnMonth(WallTime now);
    Result<void> monthLeft(const RelaySource& source, WallTime now);

    RelayLimits m_limits;
    std::string m_month;
    std::uint64_t m_bytes = 0;
    std::map<std::string, std::uint64_t> m_sources;
    std::uint32_t m_streams = 0;
    std::uint32_t m_guests = 0;
    std::map<std::string, std::uint32_t> m_open; ///< streams by source
    Counts m_counts;
    std::uint64_t m_version = 0;
};

} // namespace tarn::relay
