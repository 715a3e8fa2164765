// peer_calls: what this node asks of other members, over HTTPS pinned to their keys, with a proof
// of its own: gossip, and every now and then how it stands there. So it knows who is there. Engine
// thread. Source: core/doc/protocol/peers.md.
#pragma once

#include "core/base/executor.h"
#include "core/base/signal.h"
#include "core/base/task_group.h"
#include "core/net/connection_pool.h"
#include "core/node/account_report.h"
#include "profiles/friendnet/member_records.h"
#include "profiles/friendnet/seen_members.h"

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace tarn::profiles {

inline constexpr std::string_view kGossipPath = "/peer/v1/gossip"; ///< POST, a GossipMessage

struct Presence
{
    bool online = false;
    /// "tcp:192.0.2.1:41001", while it is reached; "reversed", where it connects when asked,
    /// "punched", "relayed"; "in", where only it comes
    std::string path;
    std::string problem;         ///< of the last attempt
    std::optional<bool> reached; ///< whether it can be connected to; absent: not tried yet
    std::string unreached;       ///< why it cannot
    std::optional<node::AccountReport> account; ///< this node's there, as it said last
    /// Whether it says it uses here what it was told; absent: neither has asked the other yet.
    std::optional<bool> agrees;
};

class PeerCalls
{
public:
    struct Parts
    {
        asio::any_io_executor engine;
        Clock& clock;
        WorkPool& cpuPool;
        net::ConnectionPool& pool;
        const crypto::Ed25519Key& key; ///< the node's
        MemberRecords& records;
        SeenMembers& seen;
        /// Somebody came or went; on the engine.
        std::function<void(const Ed25519PublicKey& who, bool online)> changed;
        /// Every two seconds. \param slept  this machine did.
        std::function<void(bool slept)> tick;
        /// There is a peer link with it, in either direction.
        std::function<bool(const Ed25519PublicKey& who)> linked;
        /// A member says whether it can connect to this node.
        std::function<void(const Ed25519PublicKey& who, bool reaches)> told;
        /// There is another way to it than its addresses and links.
        std::function<bool(const Ed25519PublicKey& who)> otherWay = {};
    };
    /// What `parts` refers to outlives the calls.
    explicit PeerCalls(Parts parts);

    void start();
    asio::awaitable<void> stop();

    /// A message of gossip; the records are told what came of it.
    void send(const Ed25519PublicKey& to, gossip::GossipMessage message);
    /// A member has shown itself here.
    void heard(const Ed25519PublicKey& from);
    /// A member was told that it uses so many bytes here.
    void told(const Ed25519PublicKey& member, std::uint64_t used);
    /// One request. \return its status.  Cancelled: the node is stopping.
    asio::awaitable<Result<unsigned>> post(Ed25519PublicKey member, std::string path, Bytes body);
    /// One request that is answered at length. \return the body of an answer 200.  PeerMisbehaved:
    /// another answer.
    asio::awaitable<Result<Bytes>> fetch(Ed25519PublicKey member, std::string path, Bytes body,
                                         std::size_t limit);
    Presence of(const Ed25519PublicKey& member) const;
    /// A link came or went: another way, which is tried at once.
    void linkChanged(const Ed25519PublicKey& member);
    /// Somebody tried to connect to it.
    void noteReach(const Ed25519PublicKey& member, const Result<void>& connected);
    /// Some member says that it can connect to this node.
    bool reachedBySome() const;
    /// What the member says of where it is.
    std::vector<net::Location> locationsOf(const Ed25519PublicKey& member) const;

private:
    struct Peer
    {
        Presence presence;
        TimePoint due{};                ///< when it is asked again
        TimePoint lastAsked{};          ///< when it answered last
        std::optional<TimePoint> askBy; ///< it was told other figures
        TimePoint lastGood{};           ///< when it was heard last
        unsigned failures = 0;
        unsigned early = 0;              ///< times it was asked before it had asked here
        std::optional<TimePoint> lastIn; ///< when it came by itself last
        unsigned saysUnreached = 0;      ///< times in a row that it cannot connect to this node
        bool asking = false;
        unsigned running = 0;   ///< questions
        std::uint64_t asks = 0; ///< questions so far
        bool aside = false;     ///< its last answer came through somebody else, or through a hole
        std::optional<TimePoint> firstTold;
        std::deque<std::uint64_t> told; ///< of what it uses here, the last few
    };
    struct Answer
    {
        unsigned status = 0;
        Bytes body;
        net::PathKind path = net::PathKind::Direct;
        std::string peer; ///< as connections name it: "192.0.2.1:41001"
    };

    /// What is under way in tasks of others.
    struct Posts
    {
        explicit Posts(const asio::any_io_executor& engine) : changed(engine) {}
        std::size_t running = 0;
        bool stopping = false;
        Signal changed;
    };
    class Post;

    asio::awaitable<void> beat();
    void askThoseDue();
    void loseThoseSilent();
    bool jumped();
    asio::awaitable<void> ask(Ed25519PublicKey member, std::uint64_t number);
    asio::awaitable<void> talk(Ed25519PublicKey member, gossip::GossipMessage message);
    asio::awaitable<Result<node::AccountReport>> askAccount(Ed25519PublicKey member);
    asio::awaitable<Result<gossip::GossipMessage>> exchange(Ed25519PublicKey member, Bytes message);
    asio::awaitable<Result<Answer>> request(Ed25519PublicKey member, net::RequestHead head,
                                            Bytes body, std::size_t limit);
    static asio::awaitable<void> untilStopping(std::shared_ptr<Posts> posts);
    Result<void> locate(const Ed25519PublicKey& member);
    std::string pathOf(const Ed25519PublicKey& member, const Answer& answer);
    void compare(Peer& peer) const;
    void understandReach(const Ed25519PublicKey& member, Peer& peer);
    void noteTried(const Ed25519PublicKey& member, const Error& error, TimePoint begun);
    void noteGood(const Ed25519PublicKey& member, std::string path);
    void noteBad(const Ed25519PublicKey& member, const Error& error);

    Parts m_parts;
    std::map<Ed25519PublicKey, Peer> m_peers;
    std::size_t m_asking = 0;
    std::size_t m_turn = 0;           ///< who is looked at first
    std::optional<Duration> m_offset; ///< of the wall clock against the other one
    std::optional<TimePoint> m_lastBeat;
    std::shared_ptr<Posts> m_posts;
    TaskGroup m_tasks;
};

} // namespace tarn::profiles
