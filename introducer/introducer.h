// introducer: the records of a grid in one daemon: takes announcements, tells subscribers, gossips
// with the configured introducers, keeps everything on disk. What is served over HTTP is
// introducer_api.h.
#pragma once

#include "core/base/executor.h"
#include "core/base/signal.h"
#include "core/base/task_group.h"
#include "core/gossip/gossip_state.h"
#include "core/gossip/record_archive.h"
#include "core/net/connection_pool.h"
#include "core/wire/introducer_url.h"
#include "introducer/change_log.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tarn::introducer {

/// Of the gossip with peers.
inline constexpr Duration kGossipRound = std::chrono::seconds(1);

struct IntroducerParts
{
    asio::any_io_executor engine;
    Clock& clock;
    Random& random;
    WorkPool& cpuPool;
    WorkPool& diskPool;
};

struct SubscriberView
{
    std::string address;
    std::string software; ///< hostile
    WallTime since;
    WallTime lastSeen;
};

struct PeerView
{
    std::string place;
    std::optional<WallTime> lastGood; ///< when it last answered us
    std::optional<WallTime> lastCame; ///< when it last asked us
    std::string problem;              ///< of the last attempt
};

/// What came of an announcement.
struct Announced
{
    gossip::Verdict verdict;
    gossip::RecordPtr newer; ///< with Acceptance::Older
};

/// Engine thread.
class Introducer
{
public:
    /// \param key   signs requests to peers; outlives the introducer.  \param file  of the records.
    Introducer(IntroducerParts parts, const crypto::Ed25519Key& key, std::string file);
    ~Introducer();

    /// Reads the records that were kept. \return InvalidInput, IoFailure.
    Result<void> loadBlocking();
    void setAllowed(std::vector<crypto::Ed25519PublicKey> allowed);
    /// `pool` outlives the introducer, or the next call.
    void setPeers(net::ConnectionPool& pool, const std::vector<wire::IntroducerUrl>& peers);
    /// Begins to keep, to expire and to gossip.
    void start();
    /// From now on nobody waits for news.
    void endWaiting();
    /// Writes what is not on disk and ends everything.
    asio::awaitable<void> stop();

    /// On disk when it returns. \return InvalidInput, Corrupt: no such record.  IoFailure.
    asio::awaitable<Result<Announced>> announce(Bytes signedRecord);
    /// \return Unauthorized: not the key of a peer.  PeerMisbehaved.
    asio::awaitable<Result<Bytes>> sync(crypto::Ed25519PublicKey from, Bytes message);
    /// What is new since the cursor; waits for it.
    asio::awaitable<gossip::RecordArchive> subscribe(std::string cursor, Duration wait);
    void noteSubscriber(const std::string& id, const std::string& address,
                        const std::string& software);

    const gossip::RecordSet& records() const { return m_state.records(); }
    std::vector<SubscriberView> subscribers() const;
    std::vector<PeerView> peers() const;
    /// Since the start.
    struct Counts
    {
        std::uint64_t accepted = 0;      ///< announcements, known and older ones too
        std::uint64_t refused = 0;       ///< announcements
        std::uint64_t subscriptions = 0; ///< requests of subscribers
        std::uint64_t asked = 0;         ///< exchanges that we began
        std::uint64_t failed = 0;        ///< those without a good answer
        std::uint64_t answered = 0;      ///< exchanges that a peer began
    };
    const Counts& counts() const { return m_counts; }
    /// Empty: the records are on disk. Else why not.
    const std::string& diskProblem() const { return m_diskProblem; }

private:
    struct Peer
    {
        wire::IntroducerUrl url;
        PeerView view;
    };

    asio::awaitable<void> keep();
    asio::awaitable<void> beat();
    asio::awaitable<void> talk(gossip::Send first);
    asio::awaitable<Result<gossip::GossipMessage>> ask(wire::IntroducerUrl url, Bytes message);
    asio::awaitable<Result<void>> saved();
    void apply(gossip::Actions actions);
    void forgetSubscribers();

    IntroducerParts m_parts;
    const crypto::Ed25519Key& m_key;
    std::string m_file;
    gossip::GossipState m_state;
    ChangeLog m_log;
    net::ConnectionPool* m_pool = nullptr;
    std::map<gossip::PeerNumber, Peer> m_peers;
    gossip::PeerNumber m_nextPeer = 0;
    std::map<std::string, SubscriberView> m_subscribers;
    std::uint64_t m_changes = 0; ///< of the records
    std::uint64_t m_kept = 0;    ///< changes on disk
    std::uint64_t m_attempts = 0;
    Counts m_counts;
    std::string m_diskProblem;
    bool m_stopping = false;
    Signal m_changed;
    Signal m_saved;
    TaskGroup m_talks;
    TaskGroup m_tasks;
};

} // namespace tarn::introducer
