#include "client-gateway/mutable/seen_versions.h"

#include <algorithm>

namespace tarn::gateway {

void SeenVersions::note(StorageIndex index, std::uint64_t sequence)
{
    const auto [known, fresh] = m_files.try_emplace(index);
    known->second.newest = std::max(known->second.newest, sequence);
    if (!fresh) return;
    m_order.push_back(index);
    if (m_order.size() <= kMost) return;
    m_files.erase(m_order.front());
    m_order.pop_front();
}

void SeenVersions::notePlaces(StorageIndex index, std::vector<SeenShare> places)
{
    const auto found = m_files.find(index);
    if (found == m_files.end()) return;
    if (places.size() > kMostShares) places.clear();
    found->second.places = std::move(places);
}

std::uint64_t SeenVersions::newest(StorageIndex index) const
{
    const auto found = m_files.find(index);
    return found == m_files.end() ? 0 : found->second.newest;
}

std::set<ShareNumber> SeenVersions::sharesOn(StorageIndex index, const ServerPtr& server) const
{
    std::set<ShareNumber> shares;
    const auto found = m_files.find(index);
    if (found == m_files.end()) return shares;
    for (const SeenShare& place : found->second.places)
        if (place.server.lock() == server) shares.insert(place.share);
    return shares;
}

} // namespace tarn::gateway
