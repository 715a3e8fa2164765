#include "client-gateway/mutable/seen_versions.h"

#include <algorithm>

namespace tarn::gateway {

void SeenVersions::note(StorageIndex index, std::uint64_t sequence)
{
    const auto [known, fresh] = m_newest.try_emplace(index, sequence);
    known->second = std::max(known->second, sequence);
    if (!fresh) return;
    m_order.push_back(index);
    if (m_order.size() <= kMost) return;
    m_newest.erase(m_order.front());
    m_order.pop_front();
}

std::uint64_t SeenVersions::newest(StorageIndex index) const
{
    const auto found = m_newest.find(index);
    return found == m_newest.end() ? 0 : found->second;
}

} // namespace tarn::gateway
