#include "storage-server/interval_set.h"

#include <algorithm>

namespace tarn::storage {

using storage_api::ByteRange;

void IntervalSet::add(ByteRange range)
{
    if (range.begin >= range.end) return;
    auto it = m_ends.upper_bound(range.begin);
    if (it != m_ends.begin() && std::prev(it)->second >= range.begin) --it;
    while (it != m_ends.end() && it->first <= range.end) {
        range.begin = std::min(range.begin, it->first);
        range.end = std::max(range.end, it->second);
        it = m_ends.erase(it);
    }
    m_ends.emplace(range.begin, range.end);
}

std::vector<ByteRange> IntervalSet::presentIn(ByteRange within) const
{
    std::vector<ByteRange> out;
    auto it = m_ends.upper_bound(within.begin);
    if (it != m_ends.begin()) --it;
    for (; it != m_ends.end() && it->first < within.end; ++it) {
        const ByteRange part{std::max(it->first, within.begin), std::min(it->second, within.end)};
        if (part.begin < part.end) out.push_back(part);
    }
    return out;
}

std::vector<ByteRange> IntervalSet::missingIn(ByteRange within) const
{
    std::vector<ByteRange> out;
    std::uint64_t at = within.begin;
    for (const ByteRange& part : presentIn(within)) {
        if (at < part.begin) out.push_back({at, part.begin});
        at = part.end;
    }
    if (at < within.end) out.push_back({at, within.end});
    return out;
}

} // namespace tarn::storage
