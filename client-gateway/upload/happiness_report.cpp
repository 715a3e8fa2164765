#include "client-gateway/upload/happiness_report.h"

#include <algorithm>

namespace tarn::gateway {

namespace {

std::string listOf(const std::set<ShareNumber>& shares)
{
    std::string text;
    for (const ShareNumber share : shares) {
        if (!text.empty()) text += ", ";
        text += std::to_string(share.value);
    }
    return text;
}

std::string lineOf(const ServerReport& server)
{
    std::string line = server.serverId;
    if (!server.nickname.empty()) line += " (" + server.nickname + ")";
    line += ": " + std::string(nameOf(server.outcome));
    if (!server.holding.empty()) line += ", holds " + listOf(server.holding);
    if (!server.accepted.empty()) line += ", accepted " + listOf(server.accepted);
    if (!server.reason.empty()) line += ": " + server.reason;
    return line;
}

} // namespace

std::string_view nameOf(ServerOutcome outcome)
{
    switch (outcome) {
    case ServerOutcome::Placed:
        return "placed";
    case ServerOutcome::Refused:
        return "refused";
    case ServerOutcome::ReadOnly:
        return "read-only";
    case ServerOutcome::Unreachable:
        return "unreachable";
    case ServerOutcome::Failed:
        return "failed";
    case ServerOutcome::NotNeeded:
        return "not needed";
    case ServerOutcome::NotPermitted:
        return "not permitted";
    }
    return "?";
}

std::string HappinessReport::summary() const
{
    if (serversKnown == 0) return "no storage servers are known";
    const auto hasShares = [](const ServerReport& server) {
        return !server.holding.empty() || !server.accepted.empty();
    };
    const auto holders =
        static_cast<std::uint32_t>(std::count_if(servers.begin(), servers.end(), hasShares));
    const std::string asked = "we were asked to place shares on at least " + std::to_string(happy);
    const std::string any = " such that any " + std::to_string(needed) +
                            " of them have enough shares to recover the file";
    if (holders < needed) {
        return "shares could be placed or found on only " + std::to_string(holders) +
               " server(s). " + asked + " server(s)" + any + ".";
    }
    if (holders >= happy) {
        return "shares could be placed on " + std::to_string(holders) +
               " server(s), but they are not spread out evenly enough to ensure that any " +
               std::to_string(needed) +
               " of these servers would have enough shares to recover "
               "the file. " +
               asked + " servers" + any + "; only " + std::to_string(reached) + " count.";
    }
    return "shares could be placed on only " + std::to_string(reached) + " server(s)" + any +
           ", but " + asked + " such servers.";
}

std::string HappinessReport::text() const
{
    std::string text = summary();
    for (const ServerReport& server : servers)
        text += "\n" + lineOf(server);
    return text;
}

} // namespace tarn::gateway
