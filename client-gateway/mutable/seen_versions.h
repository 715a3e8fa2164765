// seen_versions: the newest version of mutable files that this gateway has written or read. A
// reader that knows it is not content with an older one that the first servers offer.
#pragma once

#include "core/base/ids.h"

#include <cstdint>
#include <deque>
#include <map>

namespace tarn::gateway {

/// Engine thread. Knows the last kMost files.
class SeenVersions
{
public:
    static constexpr std::size_t kMost = 4096;

    /// \param sequence  of a version that could be recovered, or was written.
    void note(StorageIndex index, std::uint64_t sequence);
    /// 0: nothing is known of the file.
    std::uint64_t newest(StorageIndex index) const;

private:
    std::map<StorageIndex, std::uint64_t> m_newest;
    std::deque<StorageIndex> m_order; ///< oldest first
};

} // namespace tarn::gateway
