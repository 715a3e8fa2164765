// happiness_report: why an upload found too few servers, for people (text) and programs (JSON).
#pragma once

#include "core/base/ids.h"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace tarn::gateway {

enum class ServerOutcome {
    Placed,      ///< accepted or already held every share asked of it
    Refused,     ///< answered, but took none (no space, or the share is too large for it)
    ReadOnly,    ///< says that it has no room for such a share
    Unreachable, ///< no connection, or no answer in time
    Failed,      ///< failed or misbehaved while shares were placed or sent
    NotNeeded,   ///< asked, but no share was placed on it
    NotPermitted ///< not asked: no valid certificate of a configured grid manager
};

std::string_view nameOf(ServerOutcome outcome);

struct ServerReport
{
    std::string serverId;
    std::string nickname;
    ServerOutcome outcome = ServerOutcome::NotNeeded;
    std::string reason;             ///< empty when there is nothing to say
    std::set<ShareNumber> holding;  ///< complete shares found on it
    std::set<ShareNumber> accepted; ///< shares it accepted in this upload
};

struct HappinessReport
{
    std::uint32_t needed = 0;
    std::uint32_t happy = 0;
    std::uint32_t total = 0;
    std::uint32_t reached = 0; ///< servers of happiness that could be had
    std::uint32_t serversKnown = 0;
    std::vector<ServerReport> servers; ///< in the order asked

    /// One sentence as Tahoe-LAFS words it (spec 03 section 7.4), then one line per server.
    std::string text() const;
    /// The first sentence alone.
    std::string summary() const;
};

} // namespace tarn::gateway
