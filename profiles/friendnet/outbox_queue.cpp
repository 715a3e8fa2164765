#include "profiles/friendnet/outbox_queue.h"

namespace tarn::profiles {

void OutboxQueue::add(const StorageIndex& index, WallTime since)
{
    const auto known = m_entries.find(index);
    if (known == m_entries.end()) {
        const Number number = m_next++;
        Entry entry;
        entry.number = number;
        entry.since = since;
        m_entries.emplace(index, entry);
        m_order.emplace(number, index);
        m_byAge.emplace(since, index);
        return;
    }
    const Number number = known->second.number;
    for (auto& [member, lane] : m_lanes)
        if (number < lane.passed) lane.again.insert(number);
}

void OutboxQueue::remove(const StorageIndex& index)
{
    const auto known = m_entries.find(index);
    if (known == m_entries.end()) return;
    const Number number = known->second.number;
    for (auto& [member, lane] : m_lanes) {
        lane.again.erase(number);
        lane.later.erase(number);
    }
    m_order.erase(number);
    m_byAge.erase(std::make_pair(known->second.since, index));
    m_entries.erase(known);
}

void OutboxQueue::begin(const std::string& member)
{
    m_lanes[member] = Lane();
}

void OutboxQueue::again(const std::string& member, const StorageIndex& index)
{
    const auto lane = m_lanes.find(member);
    const auto known = m_entries.find(index);
    if (lane == m_lanes.end() || known == m_entries.end()) return;
    const Number number = known->second.number;
    if (number < lane->second.passed) lane->second.again.insert(number);
}

void OutboxQueue::later(const std::string& member, const StorageIndex& index)
{
    const auto lane = m_lanes.find(member);
    const auto known = m_entries.find(index);
    if (lane == m_lanes.end() || known == m_entries.end()) return;
    lane->second.later.insert(known->second.number);
}

std::optional<OutboxQueue::Number> OutboxQueue::nextOf(const Lane& lane) const
{
    const auto fresh = m_order.lower_bound(lane.passed);
    if (!lane.again.empty()) return *lane.again.begin(); // older than what was not passed
    if (fresh != m_order.end()) return fresh->first;
    if (!lane.later.empty()) return *lane.later.begin();
    return std::nullopt;
}

std::optional<StorageIndex> OutboxQueue::next(const std::string& member)
{
    const auto at = m_lanes.find(member);
    if (at == m_lanes.end()) return std::nullopt;
    Lane& lane = at->second;
    const std::optional<Number> number = nextOf(lane);
    if (!number) return std::nullopt;
    lane.again.erase(*number);
    lane.later.erase(*number);
    if (*number >= lane.passed) lane.passed = *number + 1;
    return m_order.at(*number);
}

bool OutboxQueue::hasNext(const std::string& member) const
{
    const auto lane = m_lanes.find(member);
    return lane != m_lanes.end() && nextOf(lane->second);
}

std::vector<StorageIndex> OutboxQueue::since(std::optional<WallTime> from, WallTime to) const
{
    std::vector<StorageIndex> out;
    auto at = m_byAge.begin();
    if (from) at = m_byAge.lower_bound(std::make_pair(*from + Duration(1), StorageIndex()));
    for (; at != m_byAge.end() && at->first <= to; ++at)
        out.push_back(at->second);
    return out;
}

std::vector<StorageIndex> OutboxQueue::oldest(std::size_t most) const
{
    std::vector<StorageIndex> out;
    for (const auto& [time, index] : m_byAge) {
        if (out.size() >= most) break;
        out.push_back(index);
    }
    return out;
}

} // namespace tarn::profiles
