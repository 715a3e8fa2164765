// seen_versions: the newest version of mutable files that this gateway has written or read, and
// where its shares were. A reader that knows the version is not content with an older one that the
// first servers offer; one that knows the places asks for shares without asking which there are; a
// writer that knows the block hashes need not ask for them.
#pragma once

#include "client-gateway/mutable/server_map.h"
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

/// The leaves of the block hash tree of each share of one version, by share number.
using BlockHashes = std::vector<std::vector<Hash256>>;
std::uint64_t bytesOf(const BlockHashes& hashes);

/// Engine thread. Knows the last kMost files.
class SeenVersions
{
public:
    static constexpr std::size_t kMost = 4096;
    static constexpr std::size_t kMostShares = 64; ///< places of each file
    /// Of block hashes, of all files: of a file of 400 MB, 3-of-10.
    static constexpr std::uint64_t kMostHashBytes = 1024 * 1024;

    /// \param sequence  of a version that could be recovered, or was written.
    void note(StorageIndex index, std::uint64_t sequence);
    /// Instead of those known of the file. \pre the file's version was noted
    void notePlaces(StorageIndex index, std::vector<SeenShare> places);
    /// 0: nothing is known of the file.
    std::uint64_t newest(StorageIndex index) const;
    /// Empty: ask the server.
    std::set<ShareNumber> sharesOn(StorageIndex index, const ServerPtr& server) const;

    /// \param hashes  proven, or our own: they lead to the root that `version` was signed with.
    ///                Null, or more than there is room for: forgets those of older versions.
    void noteHashes(StorageIndex index, VersionId version,
                    std::shared_ptr<const BlockHashes> hashes);
    /// Null: ask the servers.
    std::shared_ptr<const BlockHashes> hashesOf(StorageIndex index, const VersionId& version) const;

private:
    struct Hashes
    {
        StorageIndex index;
        VersionId version;
        std::shared_ptr<const BlockHashes> leaves;
    };
    struct File
    {
        std::uint64_t newest = 0;
        std::vector<SeenShare> places;
    };

    std::map<StorageIndex, File> m_files;
    std::deque<StorageIndex> m_order; ///< oldest first
    std::deque<Hashes> m_hashes;      ///< oldest first, one for each file
    std::uint64_t m_hashBytes = 0;
};

} // namespace tarn::gateway
