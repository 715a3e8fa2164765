#include "client-gateway/mutable/spare_copies.h"

#include <algorithm>
#include <map>
#include <optional>

namespace tarn::gateway {

namespace {

class Copies
{
public:
    Copies(std::vector<ServerGoal>& goals, const MutableHome& home, PlacementCounts counts,
           const std::set<std::string>& wanted)
        : m_goals(goals), m_home(home), m_counts(counts), m_wanted(wanted)
    {
        for (std::size_t i = 0; i < goals.size(); ++i) {
            m_households.push_back(home.placement->householdOf(goals[i].server->id));
            if (!goals[i].shares.empty()) ++m_holders;
            for (const ShareNumber share : goals[i].shares)
                m_places[share].insert(i);
        }
    }

    /// One copy. \return whose it was; absent: all that is left is needed.
    std::optional<std::size_t> drop()
    {
        std::optional<std::size_t> fullest;
        ShareNumber spare;
        for (std::size_t i = 0; i < m_goals.size(); ++i) {
            if (fullest && m_goals[i].shares.size() <= m_goals[*fullest].shares.size()) continue;
            const std::optional<ShareNumber> found = spareOf(i);
            if (!found) continue;
            fullest = i;
            spare = *found;
        }
        if (!fullest) return std::nullopt;
        m_goals[*fullest].shares.erase(spare);
        m_places[spare].erase(*fullest);
        if (m_goals[*fullest].shares.empty()) --m_holders;
        return fullest;
    }

private:
    bool isOwn(std::size_t place) const { return m_goals[place].server->id == m_home.server; }

    std::optional<ShareNumber> spareOf(std::size_t place) const
    {
        const bool keepsOne =
            m_wanted.contains(m_goals[place].server->id) && m_holders <= m_counts.total;
        const std::size_t least = isOwn(place) ? m_counts.needed : (keepsOne ? 1 : 0);
        if (m_goals[place].shares.size() <= least) return std::nullopt;
        for (const ShareNumber share : m_goals[place].shares)
            if (othersHave(share, place) && mayBeAlone(share, place)) return share;
        return std::nullopt;
    }

    bool othersHave(ShareNumber share, std::size_t place) const
    {
        const std::set<std::size_t>& at = m_places.at(share);
        return std::any_of(at.begin(), at.end(),
                           [&](std::size_t i) { return i != place && !isOwn(i); });
    }

    /// The one household that has all copies but this; empty: there is none.
    std::string soleHousehold(const std::set<std::size_t>& at, std::size_t but) const
    {
        std::string out;
        for (const std::size_t i : at) {
            if (i == but) continue;
            if (m_households[i].empty() || (!out.empty() && out != m_households[i])) return {};
            out = m_households[i];
        }
        return out;
    }

    /// Whether those who then have it alone may.
    bool mayBeAlone(ShareNumber share, std::size_t place) const
    {
        const std::string household = soleHousehold(m_places.at(share), place);
        if (household.empty() || household == m_households[place]) return true;
        const auto alone = std::count_if(m_places.begin(), m_places.end(), [&](const auto& one) {
            return soleHousehold(one.second, m_goals.size()) == household;
        });
        return static_cast<std::uint32_t>(alone) + m_counts.needed < m_counts.total;
    }

    std::vector<ServerGoal>& m_goals;
    const MutableHome& m_home;
    PlacementCounts m_counts;
    const std::set<std::string>& m_wanted;
    std::vector<std::string> m_households; ///< of each goal's server
    std::map<ShareNumber, std::set<std::size_t>> m_places;
    std::size_t m_holders = 0;
};

} // namespace

std::set<std::string> dropSpareCopies(std::vector<ServerGoal>& goals, const MutableHome& home,
                                      PlacementCounts counts, const std::set<std::string>& wanted)
{
    std::set<std::string> out;
    Copies copies(goals, home, counts, wanted);
    while (const std::optional<std::size_t> from = copies.drop())
        out.insert(goals[*from].server->id);
    return out;
}

std::set<std::string> wantedOf(const std::vector<ServerGoal>& goals, const MutableHome& home,
                               StorageIndex index, std::uint32_t total, WallTime now)
{
    std::vector<ServerPtr> known;
    for (const ServerGoal& goal : goals)
        known.push_back(goal.server);
    std::set<std::string> out;
    for (const ServerPtr& server : home.placement->candidates(index, std::move(known), total))
        if (server->uploadPermit.holds(now)) out.insert(server->id);
    return out;
}

} // namespace tarn::gateway
