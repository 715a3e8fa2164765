// servers_file: Tahoe-LAFS's private/servers.yaml, the static list of storage servers. One bad
// entry is named and left out; the others are used. Pure, any thread.
// Source: spec of Tahoe-LAFS's storage_client.py (set_static_servers, NativeStorageServer).
#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/grid_manager/certificate.h"

#include <string>
#include <string_view>
#include <vector>

namespace tarn::gateway {

struct ServerEntry
{
    std::string id;                 ///< the key of the entry: "v0-..." or any other string
    std::string nickname;           ///< may be empty
    TubId tubId;                    ///< from anonymous-storage-FURL
    Bytes permutationSeed;          ///< announced, else from the id
    std::vector<std::string> nurls; ///< at least one; pb:// and its kin, otherwise unchecked here
    std::vector<grid_manager::SignedCertificate> certificates; ///< unchecked
    bool closed = false; ///< it says of itself that it takes no new shares
    int line = 0;        ///< of servers.yaml, from 1

    /// The same server in the same words, wherever it stands and whatever it takes.
    friend bool operator==(const ServerEntry& a, const ServerEntry& b)
    {
        return a.id == b.id && a.nickname == b.nickname && a.tubId == b.tubId &&
               a.permutationSeed == b.permutationSeed && a.nurls == b.nurls &&
               a.certificates == b.certificates;
    }
};

struct EntryProblem
{
    std::string id; ///< empty: the file names no servers at all
    int line = 0;   ///< of servers.yaml, from 1
    std::string reason;
    bool leftOut = true; ///< false: the server is used all the same
};

struct ServersFile
{
    std::vector<ServerEntry> servers;   ///< in the order of their ids
    std::vector<EntryProblem> problems; ///< what is wrong with entries
};

/// \return InvalidInput: not YAML, or `storage:` is not a mapping. Empty text, or one without
///         `storage:`, is an empty list with one problem.
Result<ServersFile> parseServersFile(std::string_view text);

/// \param announced  permutation-seed-base32, or empty where there is none.
/// \return InvalidInput: not base32.
Result<Bytes> permutationSeedOf(std::string_view serverId, std::string_view announced);

/// The 20 bytes of `pb://TUBID@...`.
/// \return InvalidInput: another shape, or a tubid of another length.
Result<TubId> tubIdOfFurl(std::string_view furl);

} // namespace tarn::gateway
