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

std::uint64_t bytesOf(const BlockHashes& hashes)
{
    std::uint64_t bytes = 0;
    for (const std::vector<Hash256>& leaves : hashes)
        bytes += leaves.size() * Hash256::kSize;
    return bytes;
}

void SeenVersions::noteHashes(StorageIndex index, VersionId version,
                              std::shared_ptr<const BlockHashes> hashes)
{
    const auto forget = [this](std::deque<Hashes>::iterator at) {
        m_hashBytes -= bytesOf(*at->leaves);
        m_hashes.erase(at);
    };
    const auto older = std::find_if(m_hashes.begin(), m_hashes.end(),
                                    [&](const Hashes& one) { return one.index == index; });
    if (older != m_hashes.end()) forget(older);
    const std::uint64_t bytes = hashes ? bytesOf(*hashes) : 0;
    if (bytes == 0 || bytes > kMostHashBytes) return;
    m_hashes.push_back({index, std::move(version), std::move(hashes)});
    m_hashBytes += bytes;
    while (m_hashBytes > kMostHashBytes)
        forget(m_hashes.begin());
}

std::shared_ptr<const BlockHashes> SeenVersions::hashesOf(StorageIndex index,
                                                          const VersionId& version) const
{
    for (const Hashes& one : m_hashes)
        if (one.index == index && one.version == version) return one.leaves;
    return nullptr;
}

} // namespace tarn::gateway
