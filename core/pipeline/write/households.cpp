#include "core/pipeline/write/households.h"

#include <algorithm>
#include <optional>
#include <tuple>

namespace tarn::pipeline {

namespace {

class Spreading
{
public:
    Spreading(std::map<ShareNumber, ServerIndex> placement,
              std::span<const PlacementServer> servers, std::span<const std::size_t> households,
              SpreadRule rule)
        : m_placement(std::move(placement)), m_servers(servers), m_households(households),
          m_rule(rule), m_load(servers.size(), 0)
    {
        for (const auto& [share, server] : m_placement)
            ++m_load[server];
    }

    std::map<ShareNumber, ServerIndex> run()
    {
        while (const std::optional<Move> move = bestMove()) {
            ServerIndex& home = m_placement.at(move->share);
            --m_load[home];
            ++m_load[move->to];
            home = move->to;
        }
        return std::move(m_placement);
    }

private:
    struct Move
    {
        /// Better first: bytes that need not be sent, servers that are not emptied, empty servers.
        std::tuple<bool, bool, std::uint32_t, ShareNumber, ServerIndex> cost;
        ShareNumber share;
        ServerIndex to;
    };

    std::uint32_t limit() const
    {
        return m_rule.total > m_rule.needed ? m_rule.total - m_rule.needed : 0;
    }

    /// By household: shares that would be lost with it.
    std::map<std::size_t, std::uint32_t> count() const
    {
        std::map<std::size_t, std::uint32_t> out;
        for (const auto& [share, server] : m_placement)
            if (!isOutside(m_households[server], share)) ++out[m_households[server]];
        return out;
    }

    bool isOutside(std::size_t household, ShareNumber share) const
    {
        for (ServerIndex i = 0; i < m_servers.size(); ++i)
            if (m_households[i] != household && m_servers[i].holds.contains(share)) return true;
        return false;
    }

    bool wouldEmpty(ServerIndex from, ServerIndex to) const
    {
        return m_load[from] == 1 && m_load[to] > 0;
    }

    std::uint32_t serversInUse() const
    {
        return static_cast<std::uint32_t>(std::count_if(
            m_load.begin(), m_load.end(), [](std::uint32_t load) { return load > 0; }));
    }

    bool mayTake(ServerIndex to, ServerIndex from, ShareNumber share) const
    {
        if (m_households[to] == m_households[from]) return false;
        if (!m_servers[to].writable && !m_servers[to].holds.contains(share)) return false;
        return !wouldEmpty(from, to) || serversInUse() > m_rule.happy;
    }

    std::optional<Move> bestMove() const
    {
        std::optional<Move> best;
        std::map<std::size_t, std::uint32_t> held = count();
        for (const auto& [share, from] : m_placement) {
            const std::size_t household = m_households[from];
            if (held[household] <= limit() || isOutside(household, share)) continue;
            for (ServerIndex to = 0; to < m_servers.size(); ++to) {
                if (held[m_households[to]] >= limit() || !mayTake(to, from, share)) continue;
                const bool again =
                    m_servers[from].holds.contains(share) && !m_servers[to].holds.contains(share);
                const Move move{{again, wouldEmpty(from, to), m_load[to], share, to}, share, to};
                if (!best || move.cost < best->cost) best = move;
            }
        }
        return best;
    }

    std::map<ShareNumber, ServerIndex> m_placement;
    std::span<const PlacementServer> m_servers;
    std::span<const std::size_t> m_households;
    SpreadRule m_rule;
    std::vector<std::uint32_t> m_load; ///< shares placed, by server
};

} // namespace

std::map<ShareNumber, ServerIndex> spreadHouseholds(std::map<ShareNumber, ServerIndex> placement,
                                                    std::span<const PlacementServer> servers,
                                                    std::span<const std::size_t> households,
                                                    SpreadRule rule)
{
    return Spreading(std::move(placement), servers, households, rule).run();
}

} // namespace tarn::pipeline
