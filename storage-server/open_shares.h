// open_shares: reads of shares whose bytes are in memory, at once and on the engine. Who reads a
// share mostly reads it again, so the files of the last ones stay open for a moment.
// Engine thread.
#pragma once

#include "core/base/clock.h"
#include "storage-server/share_files.h"

#include <deque>
#include <optional>

namespace tarn::storage {

class OpenShares
{
public:
    static constexpr std::size_t kMost = 32;
    /// So long a share may still be read after somebody else took its file away.
    static constexpr Duration kStay = std::chrono::seconds(1);

    /// Both outlive this. A layer without withoutWaiting() reads nothing here.
    OpenShares(FileLayer& layer, const Clock& clock) : m_layer(layer), m_clock(clock) {}

    /// As ShareStore::readShareAtOnce.
    std::optional<std::size_t> read(storage_api::ShareKind kind, const StorageIndex& index,
                                    ShareNumber number, storage_api::ByteRange range,
                                    MutableByteView into);
    /// Closes the files of `index`, which are about to change.
    void forget(const StorageIndex& index);
    /// Closes what has stayed long enough.
    void prune();
    void clear() { m_shares.clear(); }
    std::size_t size() const { return m_shares.size(); }

private:
    struct Entry
    {
        StorageIndex index;
        ShareNumber number;
        storage_api::ShareKind kind;
        TimePoint opened;
        ShareData data;
    };
    const Entry* find(storage_api::ShareKind kind, const StorageIndex& index, ShareNumber number);

    FileLayer& m_layer;
    const Clock& m_clock;
    std::deque<Entry> m_shares; ///< the first opened first
};

} // namespace tarn::storage
