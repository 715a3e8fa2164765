// introduced_servers: the storage servers that introducers name. What was learned is kept on disk,
// so that a start while no introducer answers knows the same servers; an announcement that has
// expired counts until an introducer has been heard since. Each introducer has room of its own: one
// that names servers without end keeps nobody from learning of those that others name.
#pragma once

#include "client-gateway/server_accounts.h"
#include "client-gateway/servers_file.h"
#include "core/base/signal.h"
#include "core/base/task_group.h"
#include "core/gossip/record_set.h"
#include "core/gossip/server_announcement.h"
#include "core/node/introducer_client.h"

#include <functional>
#include <map>
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
    gossip::RecordLimits limits = {}; ///< of what one introducer may name
};

/// Engine thread.
class IntroducedServers
{
public:
    /// `pool` outlives it. \param cacheFile  of the records, each introducer's with the beginning
    /// of
    ///                   its key behind it.  \param onChange  entries() has changed; called on the
    ///                   engine.
    IntroducedServers(IntroducedParts parts, net::ConnectionPool& pool, std::string cacheFile,
                      std::function<void()> onChange);
    ~IntroducedServers();

    /// Before anything else, for the introducers that are set afterwards; from a pool.
    /// \return InvalidInput, IoFailure: what one of them said is lost.
    Result<void> loadBlocking(const std::vector<wire::IntroducerUrl>& urls);
    /// Takes the place of all introducers before. Without any, nothing is known.
    void setIntroducers(const std::vector<wire::IntroducerUrl>& urls);

    /// Announcements that this program has learned otherwise, in place of those before; whether
    /// they still count is the caller's matter.
    void setTold(std::vector<gossip::RecordPtr> announcements);

    /// The credential of an account of our own there, if there is one.
    using AccountOf =
        std::function<std::optional<std::string>(const std::string& id, const net::PeerKey& key)>;
    /// Servers that can be used: those whose announcement has an account for everybody, and those
    /// where there is an own one. \param accountOf  absent: nowhere.
    std::vector<ServerEntry> entries(const AccountOf& accountOf = {}) const;
    /// Those whose announcement has none.
    std::vector<AccountServer> withoutAccount() const;
    std::vector<node::IntroducerStatus> status() const;

    struct Counts
    {
        std::size_t servers = 0;    ///< that are announced, when entries() was asked last
        std::uint64_t answers = 0;  ///< of introducers, since the start
        std::uint64_t failures = 0; ///< questions that had none
    };
    const Counts& counts() const { return m_counts; }

    /// What was learned is on disk when it returns.
    asio::awaitable<void> stop();

private:
    /// What one introducer said, at whichever of its addresses.
    struct Source
    {
        explicit Source(const gossip::RecordLimits& limits);
        gossip::RecordSet records;
        std::string cacheFile;
        std::uint64_t changes = 0; ///< of the records
        std::uint64_t kept = 0;    ///< of them, those that were written
    };
    using SourcePtr = std::shared_ptr<Source>;

    SourcePtr sourceOf(const wire::IntroducerUrl& url);
    asio::awaitable<void> follow(std::shared_ptr<node::IntroducerClient> introducer,
                                 SourcePtr source);
    asio::awaitable<void> keep();
    bool learn(Source& source, const gossip::RecordArchive& answer);
    gossip::RecordPtr knownAs(const gossip::RecordPtr& record) const;
    void expire();
    bool unkept() const;
    asio::awaitable<void> write();
    struct Announced
    {
        gossip::RecordPtr record;
        gossip::ServerAnnouncement server;
        std::size_t turn = 0; ///< its place with the introducer that names it earliest
    };
    std::vector<Announced> newest() const;
    std::vector<Announced> announced() const;
    bool provesKey(const Announced& one) const;

    IntroducedParts m_parts;
    net::ConnectionPool& m_pool;
    std::string m_cacheFile;
    std::function<void()> m_onChange;
    std::map<wire::SpkiHash, SourcePtr> m_sources;      ///< by the introducer's key
    mutable std::map<gossip::RecordPtr, bool> m_proven; ///< of records that were doubted
    std::vector<wire::IntroducerUrl> m_urls;
    std::vector<std::shared_ptr<node::IntroducerClient>> m_introducers;
    std::vector<gossip::RecordPtr> m_told; ///< not by introducers
    std::uint64_t m_expired = 0;           ///< records, so far
    mutable Counts m_counts;
    Signal m_changed;
    TaskGroup m_followers;
    TaskGroup m_tasks;
};

} // namespace tarn::gateway
