#include "storage-server/open_shares.h"

#include "storage-server/store_paths.h"

#include <algorithm>

namespace tarn::storage {

using storage_api::ByteRange;
using storage_api::ShareKind;

namespace {

/// To copy more takes longer than to hand it to another thread.
constexpr std::size_t kMostBytes = 64 * 1024;

} // namespace

std::optional<std::size_t> OpenShares::read(ShareKind kind, const StorageIndex& index,
                                            ShareNumber number, ByteRange range,
                                            MutableByteView into)
{
    if (into.size() > kMostBytes) return std::nullopt;
    const Entry* const entry = find(kind, index, number);
    if (entry == nullptr) return std::nullopt;
    const Result<std::size_t> got = readShareData(entry->data, range, into);
    if (!got) return std::nullopt;
    return *got;
}

const OpenShares::Entry* OpenShares::find(ShareKind kind, const StorageIndex& index,
                                          ShareNumber number)
{
    prune();
    for (const Entry& entry : m_shares)
        if (entry.index == index && entry.number == number && entry.kind == kind) return &entry;
    FileLayer* const inMemory = m_layer.withoutWaiting();
    if (inMemory == nullptr) return nullptr;
    Result<ShareData> opened = openShareData(*inMemory, sharePath(index, number), kind);
    if (!opened) return nullptr;
    if (m_shares.size() == kMost) m_shares.pop_front();
    m_shares.push_back({index, number, kind, m_clock.now(), *std::move(opened)});
    return &m_shares.back();
}

void OpenShares::forget(const StorageIndex& index)
{
    std::erase_if(m_shares, [&](const Entry& entry) { return entry.index == index; });
}

void OpenShares::prune()
{
    const TimePoint now = m_clock.now();
    while (!m_shares.empty() && m_shares.front().opened + kStay <= now)
        m_shares.pop_front();
}

} // namespace tarn::storage
