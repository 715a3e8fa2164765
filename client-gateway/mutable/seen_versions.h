// seen_versions: the newest version of mutable files that this gateway has written or read, and
// where its shares were. A reader that knows the version is not content with an older one that the
// first servers offer; one that knows the places asks for shares without asking which there are.
#pragma once

#include "client-gateway/server_set.h"
#include "core/base/ids.h"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <vector>

namespace tarn::gateway {

struct SeenShare
{
    std::weak_ptr<const Server> server;
    ShareNumber share;
};

/// Engine thread. Knows the last kMost files.
class SeenVersions
{
public:
    static constexpr std::size_t kMost = 4096;
    static constexpr std::size_t kMostShares = 64; ///< places of each file

    /// \param sequence  of a version that could be recovered, or was written.
    void note(StorageIndex index, std::uint64_t sequence);
    /// Instead of those known of the file. \pre the file's version was noted
    void notePlaces(StorageIndex index, std::vector<SeenShare> places);
    /// 0: nothing is known of the file.
    std::uint64_t newest(StorageIndex index) const;
    /// Empty: ask the server.
    std::set<ShareNumber> sharesOn(StorageIndex index, const ServerPtr& server) const;

private:
    struct File
    {
        std::uint64_t newest = 0;
        std::vector<SeenShare> places;
    };

    std::map<StorageIndex, File> m_files;
    std::deque<StorageIndex> m_order; ///< oldest first
};

} // namespace tarn::gateway
