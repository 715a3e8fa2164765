// server_set: the storage servers that this gateway knows, as values; where they come from
// (servers.yaml, later gossip) is the builder's matter.
#pragma once

#include "core/base/clock.h"
#include "core/base/ids.h"
#include "core/grid_manager/upload_permit.h"
#include "core/storage_api/share_store.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tarn::gateway {

enum class Reachability {
    Unknown,  ///< never asked yet, or idle for long: worth asking
    Reached,  ///< its last answer was good
    Unreached ///< its last attempt failed and the time to try again has not come
};

/// What a person may know about the connection to one server.
struct ServerStatus
{
    Reachability reachability = Reachability::Unknown;
    std::string text;                                  ///< "connected", "not connected: refused"
    std::optional<storage_api::ServerVersion> version; ///< its last version answer
    std::optional<WallTime> lastReceived;              ///< when its last answer came
    std::optional<WallTime> lastFailed;                ///< when its last failure was seen
    std::uint64_t corruptShares = 0; ///< corruptions found in what it served, one share each
    std::uint64_t badAnswers = 0;    ///< that no correct server gives
    std::uint64_t oldVersions = 0;   ///< shares of mutable files older than others keep
    std::string lastProblem;         ///< the latest failure, bad answer or corruption; stays
    std::optional<WallTime> lastProblemAt;
};

/// A store that also knows how its server is doing.
class ServerConnection
{
public:
    virtual ~ServerConnection() = default;
    virtual storage_api::ShareStore& store() = 0;
    virtual ServerStatus status() const = 0;
    /// It offers a share of version `sequence` of a mutable file, of which `newest` can be
    /// recovered. Noted once while that is so.
    virtual void noteOldVersion(StorageIndex index, ShareNumber share, std::uint64_t sequence,
                                std::uint64_t newest) = 0;
};

/// One storage server. Immutable but for its connection; a changed entry is a new Server, and
/// operations under way keep the old one alive.
struct Server
{
    std::string id;        ///< "v0-..." or any other string of servers.yaml
    std::string nickname;  ///< UTF-8, may be empty; hostile
    TubId tubId;           ///< lease secrets and write enablers derive from it
    Bytes permutationSeed; ///< places it in the permuted order
    std::shared_ptr<ServerConnection> connection;
    grid_manager::UploadPermit uploadPermit; ///< whether it may be given new shares

    storage_api::ShareStore& store() const { return connection->store(); }
};

using ServerPtr = std::shared_ptr<const Server>;

/// The set in force. Engine thread. Replacing it does not disturb operations under way.
class ServerSet
{
public:
    ServerSet() = default;
    explicit ServerSet(std::vector<ServerPtr> servers) { replace(std::move(servers)); }

    /// In the order of their ids.
    const std::vector<ServerPtr>& servers() const { return m_servers; }
    /// Null when there is none of that id.
    ServerPtr find(std::string_view id) const;
    void replace(std::vector<ServerPtr> servers);

private:
    std::vector<ServerPtr> m_servers;
};

/// The servers in the order in which clients of a grid look for the shares of `index`: ascending
/// SHA1(index || seed), ties by id (spec 01 section 8).
std::vector<ServerPtr> permutedOrder(StorageIndex index, std::vector<ServerPtr> servers);

} // namespace tarn::gateway
