#include "profiles/friendnet/outbox_plan.h"

#include <algorithm>
#include <functional>
#include <optional>

namespace tarn::profiles {

namespace {

using SharesByMember = std::map<std::string, std::set<ShareNumber>>;

const std::set<ShareNumber>& sharesOf(const SharesByMember& all, const std::string& id)
{
    static const std::set<ShareNumber> kNone;
    const auto at = all.find(id);
    return at == all.end() ? kNone : at->second;
}

/// Whether all that is known of its shares is what it says.
bool onlySays(const OutboxFile& file, const OutboxMember& member)
{
    return sharesOf(file.held, member.id).empty() && !sharesOf(file.claimed, member.id).empty();
}

/// How many shares each member and each household has, as the plan grows.
class Counts
{
public:
    Counts(const OutboxFile& file, const std::vector<OutboxMember>& members)
        : m_most(std::max<std::size_t>(1, file.total - std::min(file.needed, file.total)))
    {
        for (const OutboxMember& member : members) {
            const std::size_t count =
                onlySays(file, member) ? 1 : sharesOf(file.held, member.id).size();
            m_members[member.id] = count;
            if (!member.household.empty()) m_households[member.household] += count;
        }
    }
    std::size_t of(const OutboxMember& member) const { return m_members.at(member.id); }
    bool householdHasRoom(const OutboxMember& member) const
    {
        const auto at = m_households.find(member.household);
        return at == m_households.end() || at->second < m_most;
    }
    bool householdIsOver(const OutboxMember& member) const
    {
        const auto at = m_households.find(member.household);
        return at != m_households.end() && at->second > m_most;
    }
    void add(const OutboxMember& member)
    {
        ++m_members[member.id];
        if (!member.household.empty()) ++m_households[member.household];
    }

private:
    std::size_t m_most;
    std::map<std::string, std::size_t> m_members;
    std::map<std::string, std::size_t> m_households;
};

/// Who has the fewest of those who are ready; null: nobody.
const OutboxMember* bestOf(const std::vector<OutboxMember>& members, const Counts& counts,
                           std::size_t below, bool anyHousehold)
{
    const OutboxMember* out = nullptr;
    for (const OutboxMember& member : members) {
        if (!member.wanted || !member.ready || counts.of(member) >= below) continue;
        if (member.self && counts.of(member) > 0) continue;
        if (!anyHousehold && !counts.householdHasRoom(member)) continue;
        if (out == nullptr || counts.of(member) < counts.of(*out)) out = &member;
    }
    return out;
}

/// Of the shares in `rest` that the member says it has: one that as few others as can be say they
/// have.
std::optional<ShareNumber> shareToProve(const OutboxFile& file, const OutboxMember& member,
                                        const std::set<ShareNumber>& rest,
                                        const std::map<ShareNumber, std::size_t>& claims)
{
    std::optional<ShareNumber> out;
    for (const ShareNumber share : sharesOf(file.claimed, member.id))
        if (rest.contains(share) && (!out || claims.at(share) < claims.at(*out))) out = share;
    return out;
}

} // namespace

OutboxMoves planMoves(const OutboxFile& file, const std::vector<OutboxMember>& members)
{
    OutboxMoves out;
    Counts counts(file, members);
    std::set<ShareNumber> rest = file.waiting;
    std::map<ShareNumber, std::size_t> claims;
    for (const OutboxMember& member : members) {
        for (const ShareNumber share : sharesOf(file.held, member.id))
            if (rest.erase(share) > 0) out.arrived.insert(share);
        for (const ShareNumber share : sharesOf(file.claimed, member.id))
            ++claims[share];
    }
    for (const OutboxMember& member : members) {
        if (!member.ready || !onlySays(file, member) || counts.householdIsOver(member)) continue;
        const std::optional<ShareNumber> share = shareToProve(file, member, rest, claims);
        if (!share) continue;
        out.moves.emplace_back(*share, member.id); // counted already
        rest.erase(*share);
    }
    const bool awaited =
        std::any_of(members.begin(), members.end(), [&](const OutboxMember& member) {
            return (file.patient || member.coming) && member.wanted && !member.ready &&
                   sharesOf(file.held, member.id).empty();
        });
    constexpr std::size_t kNoBound = static_cast<std::size_t>(-1);
    // Those that somebody says to have come last: it may prove it.
    std::vector<ShareNumber> order(rest.begin(), rest.end());
    std::stable_partition(order.begin(), order.end(),
                          [&claims](ShareNumber share) { return !claims.contains(share); });
    for (const ShareNumber share : order) {
        const OutboxMember* to = bestOf(members, counts, awaited ? 1 : kNoBound, false);
        if (to == nullptr && !awaited) to = bestOf(members, counts, kNoBound, true);
        if (to == nullptr) continue;
        out.moves.emplace_back(share, to->id);
        counts.add(*to);
    }
    return out;
}

std::map<std::string, std::set<ShareNumber>> countedShares(const OutboxFile& file,
                                                           const std::vector<OutboxMember>& members)
{
    SharesByMember out;
    std::set<ShareNumber> there;
    for (const OutboxMember& member : members) {
        for (const ShareNumber share : sharesOf(file.held, member.id)) {
            if (share.value >= file.total) continue;
            out[member.id].insert(share);
            there.insert(share);
        }
    }
    for (const OutboxMember& member : members) {
        if (!onlySays(file, member)) continue;
        std::optional<ShareNumber> best;
        for (const ShareNumber share : sharesOf(file.claimed, member.id))
            if (share.value < file.total &&
                (!best || (there.contains(*best) && !there.contains(share))))
                best = share;
        if (!best) continue;
        out[member.id].insert(*best);
        there.insert(*best);
    }
    return out;
}

std::set<ShareNumber> sharesOut(const OutboxFile& file, const std::vector<OutboxMember>& members)
{
    std::set<ShareNumber> out;
    for (const auto& [id, shares] : countedShares(file, members))
        out.insert(shares.begin(), shares.end());
    return out;
}

/// A share that several have counts for one of them alone: what is left when some vanish is then at
/// least what counts for the others. The more evenly, the more that proves.
int mayVanish(const std::map<std::string, std::set<ShareNumber>>& holders, std::uint32_t needed)
{
    std::map<ShareNumber, std::vector<std::string>> homes;
    for (const auto& [id, shares] : holders)
        for (const ShareNumber share : shares)
            homes[share].push_back(id);
    std::vector<std::vector<std::string>> rarestFirst;
    for (auto& [share, ids] : homes)
        rarestFirst.push_back(std::move(ids));
    std::stable_sort(rarestFirst.begin(), rarestFirst.end(),
                     [](const auto& a, const auto& b) { return a.size() < b.size(); });
    std::map<std::string, std::size_t> counts;
    const auto fewer = [&counts](const std::string& a, const std::string& b) {
        return counts[a] < counts[b];
    };
    for (const std::vector<std::string>& ids : rarestFirst)
        ++counts[*std::min_element(ids.begin(), ids.end(), fewer)];
    std::vector<std::size_t> sizes;
    std::size_t left = 0;
    for (const auto& [id, count] : counts) {
        sizes.push_back(count);
        left += count;
    }
    std::sort(sizes.begin(), sizes.end(), std::greater<>());
    if (left < needed) return -1;
    int out = 0;
    for (const std::size_t size : sizes) {
        left -= size;
        if (left < needed) break;
        ++out;
    }
    return out;
}

} // namespace tarn::profiles
