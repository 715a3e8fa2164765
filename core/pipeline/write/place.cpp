#include "core/pipeline/write/place.h"

#include <algorithm>
#include <functional>
#include <optional>

namespace tarn::pipeline {

namespace {

using Server = ServerIndex;
using Shares = std::set<ShareNumber>;

/// Maximum matching of servers to shares by augmenting paths; servers that come first keep a
/// match once they have one.
class Matching
{
public:
    /// \param edges  by server: the shares it may be matched to.
    explicit Matching(std::map<Server, Shares> edges) : m_edges(std::move(edges))
    {
        for (const auto& [server, shares] : m_edges) {
            Shares visited;
            augment(server, visited);
        }
    }

    const std::map<ShareNumber, Server>& serverOf() const { return m_serverOf; }

private:
    /// Finds a share for `server`, moving others to other shares where needed.
    bool augment(Server server, Shares& visited)
    {
        for (const ShareNumber share : m_edges.at(server)) {
            if (!visited.insert(share).second) continue;
            const auto taken = m_serverOf.find(share);
            if (taken == m_serverOf.end() || augment(taken->second, visited)) {
                m_serverOf[share] = server;
                return true;
            }
        }
        return false;
    }

    std::map<Server, Shares> m_edges;
    std::map<ShareNumber, Server> m_serverOf;
};

/// One run of placeShares().
class Placement
{
public:
    Placement(std::span<const PlacementServer> servers, std::uint32_t total)
        : m_servers(servers), m_total(total), m_load(servers.size(), 0)
    {
    }

    std::map<ShareNumber, Server> place()
    {
        matchHolders(false);
        matchHolders(true);
        matchTheRest();
        for (const ShareNumber share : homelessShares())
            if (const auto server = homeFor(share)) assign(share, *server);
        return std::move(m_placed);
    }

private:
    /// Gives servers without a share one of those that they hold.
    void matchHolders(bool writable)
    {
        std::map<Server, Shares> edges;
        for (Server i = 0; i < m_servers.size(); ++i) {
            if (m_servers[i].writable != writable || m_load[i] > 0) continue;
            for (const ShareNumber share : m_servers[i].holds)
                if (share.value < m_total && !m_placed.contains(share)) edges[i].insert(share);
        }
        const Matching matching(std::move(edges));
        for (const auto& [share, server] : matching.serverOf())
            assign(share, server);
    }

    /// Any of the remaining shares does for any of the remaining servers.
    void matchTheRest()
    {
        const std::vector<ShareNumber> shares = homelessShares();
        auto next = shares.begin();
        for (Server i = 0; i < m_servers.size() && next != shares.end(); ++i)
            if (m_servers[i].writable && m_load[i] == 0) assign(*next++, i);
    }

    std::vector<ShareNumber> homelessShares() const
    {
        std::vector<ShareNumber> shares;
        for (std::uint32_t i = 0; i < m_total; ++i)
            if (!m_placed.contains(ShareNumber{i})) shares.push_back(ShareNumber{i});
        return shares;
    }

    /// A server that holds the share already; otherwise a writable one; the least loaded.
    std::optional<Server> homeFor(ShareNumber share) const
    {
        const auto holder =
            leastLoaded([&](const PlacementServer& s) { return s.holds.contains(share); });
        if (holder) return holder;
        return leastLoaded([](const PlacementServer& s) { return s.writable; });
    }

    std::optional<Server>
    leastLoaded(const std::function<bool(const PlacementServer&)>& suits) const
    {
        std::optional<Server> best;
        for (Server i = 0; i < m_servers.size(); ++i)
            if (suits(m_servers[i]) && (!best || m_load[i] < m_load[*best])) best = i;
        return best;
    }

    void assign(ShareNumber share, Server server)
    {
        m_placed[share] = server;
        ++m_load[server];
    }

    std::span<const PlacementServer> m_servers;
    std::uint32_t m_total;
    std::vector<std::uint32_t> m_load; ///< shares placed, by server
    std::map<ShareNumber, Server> m_placed;
};

} // namespace

std::uint32_t happinessOf(const std::map<ShareNumber, std::set<ServerIndex>>& holders)
{
    std::map<Server, Shares> edges;
    for (const auto& [share, servers] : holders)
        for (const Server server : servers)
            edges[server].insert(share);
    return static_cast<std::uint32_t>(Matching(std::move(edges)).serverOf().size());
}

std::uint32_t serversOfHappiness(const std::map<ShareNumber, std::set<std::string>>& holders)
{
    std::map<std::string, ServerIndex> numbers;
    std::map<ShareNumber, std::set<ServerIndex>> numbered;
    for (const auto& [share, servers] : holders)
        for (const std::string& server : servers)
            numbered[share].insert(numbers.emplace(server, numbers.size()).first->second);
    return happinessOf(numbered);
}

std::map<ShareNumber, ServerIndex> placeShares(std::span<const PlacementServer> servers,
                                               std::uint32_t total)
{
    return Placement(servers, total).place();
}

} // namespace tarn::pipeline
