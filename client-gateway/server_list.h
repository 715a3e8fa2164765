// server_list: keeps the set of servers as servers.yaml describes it, and knows that idle servers
// are still there.
#pragma once

#include "client-gateway/remote_store.h"
#include "client-gateway/server_set.h"
#include "client-gateway/servers_file.h"
#include "core/base/random.h"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::gateway {

struct ServerListSettings
{
    Duration idleAfter = std::chrono::minutes(4); ///< without traffic, plus up to as much again
    Duration askDeadline = std::chrono::seconds(15);
    /// Absent: all. Locations that can never be dialled are left aside, with why.
    std::function<Result<void>(const net::Location&)> mayDial;
    /// Absent: nobody. Told the id of a server that does not take the credential it is shown.
    std::function<void(const std::string&)> unauthorized;
};

/// Engine thread.
class ServerList
{
public:
    /// All must outlive the list.
    ServerList(net::ConnectionPool& pool, Clock& clock, Random& random, ServerSet& set,
               ServerListSettings settings = {});

    /// Takes the text of servers.yaml. Servers whose entry did not change keep their connection;
    /// when the text as a whole is bad, everything stays as it is.
    /// \param gridManagers  whose certificates let a server be uploaded to; none: all may be.
    /// \return what is wrong with entries, each with its reason; the others are in force.
    ///         InvalidInput: not such a file.
    Result<std::vector<EntryProblem>>
    load(std::string_view yaml, std::span<const crypto::Ed25519PublicKey> gridManagers = {});
    /// Takes servers that were learned otherwise, in place of those learned before. Servers of
    /// servers.yaml, by id or by key, win over them; the same grid managers count.
    /// \return as load().
    std::vector<EntryProblem> learn(std::vector<ServerEntry> entries);

    /// Takes servers that are not reached over the network, in place of those before. They win over
    /// all others, by id.
    void setLocal(std::vector<ServerPtr> servers);

    /// Whether servers.yaml has this server, by id or by key.
    bool lists(const std::string& id, const net::PeerKey& key) const;
    /// Whether a server in force has this key.
    bool uses(const net::PeerKey& key) const;

    /// Asks servers that have been idle for their version, now and then; the first time at once.
    /// Logs when uploads to a server begin or end to be forbidden. Ends only by cancellation.
    asio::awaitable<Result<void>> watch();

private:
    struct Known
    {
        ServerEntry entry;
        ServerPtr server;
        std::shared_ptr<RemoteConnection> connection;
        TimePoint askAt{};
        bool permitted = true; ///< to be uploaded to, as the log has it
    };

    bool isLocal(const std::string& id) const;
    std::vector<EntryProblem> apply();
    void take(const ServerEntry& entry, std::map<std::string, Known>& next,
              std::vector<EntryProblem>& problems);
    asio::awaitable<Result<void>> askIdle();
    static asio::awaitable<Result<void>> ask(std::shared_ptr<RemoteConnection> connection,
                                             Clock& clock, Duration deadline);
    void notePermits();
    void postpone(Known& known);
    static void noteTwins(const std::map<std::string, Known>& next,
                          std::vector<EntryProblem>& problems);
    void forgetOthers(const std::map<std::string, Known>& next);

    net::ConnectionPool& m_pool;
    Clock& m_clock;
    Random& m_random;
    ServerSet& m_set;
    ServerListSettings m_settings;
    std::vector<crypto::Ed25519PublicKey> m_gridManagers;
    std::vector<ServerEntry> m_listed;  ///< of servers.yaml
    std::vector<ServerEntry> m_learned; ///< from introducers
    std::vector<ServerPtr> m_local;
    std::map<std::string, Known> m_known; ///< by id; none of m_local
};

} // namespace tarn::gateway
