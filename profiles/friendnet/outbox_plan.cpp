#include "profiles/friendnet/outbox_plan.h"

#include <algorithm>
#include <functional>
#include <optional>

namespace tarn::profiles {

namespace {

/// How many shares each member and each household has, as the plan grows.
class Counts
{
public:
    Counts(const OutboxFile& file, const std::vector<OutboxMember>& members)
        : m_most(std::max<std::size_t>(1, file.total - std::min(file.needed, file.total)))
    {
        for (const OutboxMember& member : members) {
            const auto held = file.held.find(member.id);
            const std::size_t count = held == file.held.end() ? 0 : held->second.size();
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

} // namespace

OutboxMoves planMoves(const OutboxFile& file, const std::vector<OutboxMember>& members)
{
    OutboxMoves out;
    Counts counts(file, members);
    const std::set<ShareNumber> there = sharesOut(file, members);
    const bool awaited =
        file.patient &&
        std::any_of(members.begin(), members.end(), [&](const OutboxMember& member) {
            return member.wanted && !member.ready && counts.of(member) == 0;
        });
    constexpr std::size_t kNoBound = static_cast<std::size_t>(-1);
    for (const ShareNumber share : file.waiting) {
        if (there.contains(share)) {
            out.arrived.insert(share);
            continue;
        }
        const OutboxMember* to = bestOf(members, counts, awaited ? 1 : kNoBound, false);
        if (to == nullptr && !awaited) to = bestOf(members, counts, kNoBound, true);
        if (to == nullptr) continue;
        out.moves.emplace_back(share, to->id);
        counts.add(*to);
    }
    return out;
}

std::set<ShareNumber> sharesOut(const OutboxFile& file, const std::vector<OutboxMember>& members)
{
    std::set<ShareNumber> out;
    for (const OutboxMember& member : members) {
        const auto held = file.held.find(member.id);
        if (held == file.held.end()) continue;
        for (const ShareNumber share : held->second)
            if (share.value < file.total) out.insert(share);
    }
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
