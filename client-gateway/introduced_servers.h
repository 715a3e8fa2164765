// introduced_servers: the storage servers that introducers name. What was learned is kept on disk,
// so that a start while no introducer answers knows the same servers; an announcement that has
// expired counts until an introducer has been heard since.
#pragma once

#include "client-gateway/server_accounts.h"
#include "client-gateway/servers_file.h"
#include "core/base/signal.h"
#include "core/base/task_group.h"
#include "core/gossip/record_set.h"
#include "core/gossip/server_announcement.h"
#include "core/node/introducer_client.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tarn::gateway {

struct IntroducedParts
{
    asio::any_io_executor engine;
    Clock& clock;
    Random& random;
    WorkPool& cpuPool;
    WorkPool& diskPool;
};

/// Engine thread.
class IntroducedServers
{
public:
    /// `pool` outlives it. \param cacheFile  of the records.  \param onChange  entries() has
    ///                   changed; called on the engine.
    IntroducedServers(IntroducedParts parts, net::ConnectionPool& pool, std::string cacheFile,
                      std::function<void()> onChange);
    ~IntroducedServers();

    /// Before anything else; from a pool. \return InvalidInput, IoFailure: nothing is known.
    Result<void> loadBlocking();
    /// Takes the place of all introducers before. Without any, nothing is known.
    void setIntroducers(const std::vector<wire::IntroducerUrl>& urls);

    /// The credential of an account of our own there, if there is one.
    using AccountOf =
        std::function<std::optional<std::string>(const std::string& id, const net::PeerKey& key)>;
    /// Servers that can be used: those whose announcement has an account for everybody, and those
    /// where there is an own one. \param accountOf  absent: nowhere.
    std::vector<ServerEntry> entries(const AccountOf& accountOf = {}) const;
    /// Those whose announcement has none.
    std::vector<AccountServer> withoutAccount() const;
    std::vector<node::IntroducerStatus> status() const;

    /// What was learned is on disk when it returns.
    asio::awaitable<void> stop();

private:
    asio::awaitable<void> follow(std::shared_ptr<node::IntroducerClient> introducer);
    asio::awaitable<void> keep();
    bool learn(const gossip::RecordArchive& answer);
    asio::awaitable<void> write();
    struct Announced
    {
        gossip::RecordPtr record;
        gossip::ServerAnnouncement server;
    };
    std::vector<Announced> announced() const;

    IntroducedParts m_parts;
    net::ConnectionPool& m_pool;
    std::string m_cacheFile;
    std::function<void()> m_onChange;
    gossip::RecordSet m_records;
    std::vector<wire::IntroducerUrl> m_urls;
    std::vector<std::shared_ptr<node::IntroducerClient>> m_introducers;
    std::uint64_t m_changes = 0; ///< of the records
    std::uint64_t m_kept = 0;    ///< of them, those that were written
    Signal m_changed;
    TaskGroup m_followers;
    TaskGroup m_tasks;
};

} // namespace tarn::gateway
