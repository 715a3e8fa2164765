// server_accounts: this gateway's accounts on servers that have one for each of their users. A
// server is asked with a proof of the node key (core/net/grant_request.h). What it gives is kept in
// private/grants, so that a new start need not ask again. Without an account it is asked again when
// there is need, ever more seldom.
#pragma once

#include "client-gateway/grants_file.h"
#include "core/base/executor.h"
#include "core/base/signal.h"
#include "core/base/task_group.h"
#include "core/crypto/ed25519.h"
#include "core/net/connection_pool.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tarn::gateway {

/// What is known of such a server.
struct AccountServer
{
    std::string id;       ///< "v0-..."
    std::string nickname; ///< hostile
    net::PeerKey key;
    std::vector<net::Location> locations;
    std::size_t turn = 0; ///< the lower the earlier it is asked
    friend bool operator==(const AccountServer&, const AccountServer&) = default;
};

/// One that has given no account, for people.
struct WithoutAccount
{
    std::string id;
    std::string nickname; ///< hostile
    std::string text;     ///< "no account: the server says: ..."
    std::optional<WallTime> askedAt;
};

struct ServerAccountsParts
{
    asio::any_io_executor engine;
    Clock& clock;
    WorkPool& diskPool;
    net::ConnectionPool& pool;     ///< gets the servers' locations
    const crypto::Ed25519Key& key; ///< the node's
    std::string file;              ///< of the grants
    /// Why such a location can never be dialled.
    std::function<Result<void>(const net::Location&)> mayDial;
    /// Whether others speak to this peer, too; else it is forgotten with its announcement.
    std::function<bool(const net::PeerKey&)> inUse;
    /// Another answer of swissnumOf(); on the engine.
    std::function<void()> onChange;
};

/// Engine thread.
class ServerAccounts
{
public:
    /// What `parts` refers to outlives it.
    explicit ServerAccounts(ServerAccountsParts parts);
    ~ServerAccounts();

    /// Before anything else; from a pool. \return InvalidInput, IoFailure: nothing is known.
    Result<void> loadBlocking();

    /// In place of those before. Those that have given no account are asked, at most
    /// kAskedAtOnce at a time. \param mayAsk  false: nobody is.
    void setServers(std::vector<AccountServer> servers, bool mayAsk);
    static constexpr std::size_t kAskedAtOnce = 8;

    /// The credential that this server gave.
    std::optional<std::string> swissnumOf(const std::string& id, const net::PeerKey& key) const;

    /// Somebody wants to store or read: servers whose pause is over are asked again.
    void need();
    /// The operator wants to know: all pauses are over.
    void askAgain();
    /// A server does not take the credential that it gave.
    void noteRefusal(const std::string& id);

    std::vector<WithoutAccount> waiting() const;
    asio::awaitable<void> stop();

private:
    struct Known
    {
        AccountServer server; ///< only locations that may be dialled
        bool wanted = true;   ///< there is no account, or it is in doubt
        bool asking = false;
        unsigned asked = 0; ///< in a row, without anything new
        TimePoint notBefore{};
        std::string problem;
        std::optional<WallTime> askedAt;
    };

    bool hasGrant(const Known& known) const;
    static void carryOver(const Known& old, Known& known);
    void forgetOthers(const std::map<std::string, Known>& next);
    Known admitted(AccountServer server) const;
    asio::awaitable<void> ask(std::string id);
    void settle(const std::string& id, const net::PeerKey& asked, Result<Secret> answer);
    bool take(Known& known, Secret swissnum);
    bool refuse(Known& known, const Error& error);
    asio::awaitable<void> keep();

    ServerAccountsParts m_parts;
    Grants m_grants;
    std::map<std::string, Known> m_servers; ///< by id
    std::vector<std::string> m_order;       ///< their ids, by turn
    bool m_mayAsk = false;
    bool m_stopped = false;
    std::size_t m_asking = 0;
    bool m_unsaved = false;
    Signal m_changed;
    TaskGroup m_tasks;
};

} // namespace tarn::gateway
