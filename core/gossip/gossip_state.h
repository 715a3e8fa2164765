// gossip_state: how the records of many nodes become the same: events and the time in, messages
// to send out. Pure state machine; who sends them, and when a round begins, is the shell's matter.
// Source: design.md section 5; core/doc/protocol/gossip.md.
//
// News is offered by name to `fanOut` peers in each of `pushRounds` rounds, and who lacks it asks.
// What that misses, a comparison with one peer finds, every `syncEvery` rounds: the names of what
// either took lately, and a digest of the rest, which differs only where something is amiss.
#pragma once

#include "core/base/random.h"
#include "core/gossip/gossip_message.h"

namespace tarn::gossip {

/// The shell's name for a peer.
using PeerNumber = std::uint32_t;

struct GossipSettings
{
    unsigned fanOut = 3;
    unsigned pushRounds = 2;
    unsigned syncEvery = 15; ///< rounds
    /// Rounds; while comparisons find nothing, the next ones come later, up to this. Less than
    /// syncEvery: they come as ever.
    unsigned longestSync = 0;
    unsigned freshRounds = 10; ///< what was taken since is told by name, not in the digest
    std::size_t freshNames = 128;
    std::size_t recordBytesPerMessage = 128 * 1024;
    std::size_t namesPerMessage = 2048;
    unsigned stepsPerExchange = 256;    ///< messages to one peer in a row
    unsigned longestRest = 64;          ///< rounds, after failures; doubled from 1
    std::size_t remembered = 32'768;    ///< names asked for, and names refused
    unsigned askAgainAfter = 3;         ///< rounds in which the same is not asked of another peer
    unsigned forgetRefusedAfter = 1024; ///< rounds
};

struct Send
{
    PeerNumber peer = 0;
    GossipMessage message; ///< its answer goes to answered(); without one: failed()
};

struct Actions
{
    std::vector<Send> sends;
    std::vector<RecordPtr> taken;    ///< new here
    std::vector<RecordPtr> vanished; ///< expired
};

class GossipState
{
public:
    /// `random` outlives the state.
    GossipState(RecordSet records, GossipSettings settings, Random& random);

    const RecordSet& records() const { return m_records; }

    /// The peers to talk to. Exchanges with those that are no more are forgotten.
    void setPeers(const std::vector<PeerNumber>& peers);

    /// A record from here, from a client or from a file. One that is new is offered at once.
    Verdict add(RecordPtr record, WallTime now, Actions& out);
    /// As add(), without telling anybody: what a file holds at the start.
    Verdict restore(RecordPtr record, WallTime now) { return m_records.accept(record, now); }
    /// See RecordSet::setPolicy().
    std::vector<RecordPtr> setPolicy(SignerPolicy policy);

    /// The peer is there again: it is compared with in the next round.
    void meet(PeerNumber peer);

    /// Once per round.
    Actions tick(WallTime now);
    /// What to answer to a message that came. \param from  none: not one of the peers.
    GossipMessage answer(std::optional<PeerNumber> from, const GossipMessage& message, WallTime now,
                         Actions& out);
    /// The answer to what was sent.
    Actions answered(PeerNumber peer, const GossipMessage& answer, WallTime now);
    /// What was sent came to nothing.
    void failed(PeerNumber peer);

    /// True while news is being offered or a message is under way.
    bool busy() const;

private:
    struct Peer
    {
        PeerNumber number = 0;
        bool busy = false;
        unsigned failures = 0;
        std::uint64_t restUntil = 0; ///< round
        unsigned steps = 0;
        std::optional<Buckets> buckets;  ///< of the digest that was sent
        std::vector<std::uint64_t> news; ///< slots offered in the message under way
        std::vector<RecordName> wanted;
        std::vector<RecordName> asked; ///< in the message under way
        std::vector<RecordPtr> toSend;
    };
    struct News
    {
        unsigned rounds = 0;
        std::vector<PeerNumber> told;
    };
    struct Asked
    {
        std::uint64_t version = 0;
        std::uint64_t round = 0;
    };

    Peer* find(PeerNumber number);
    std::vector<Peer*> freePeers();
    void send(Peer& peer, GossipMessage message, Actions& out);
    void push(Actions& out);
    void sync(Actions& out);
    void hurry();
    void differences(const GossipMessage& theirs, GossipMessage& reply) const;
    void take(const RecordPtr& record, std::optional<PeerNumber> from, WallTime now, Actions& out);
    bool wants(RecordName name);
    std::vector<RecordName> fresh() const;
    void collect(const std::vector<std::uint64_t>& wanted, std::vector<RecordPtr>& into) const;
    void compare(Peer& peer, const BucketList& list);
    void goOn(Peer& peer, Actions& out);
    void end(Peer& peer);

    RecordSet m_records;
    GossipSettings m_settings;
    Random& m_random;
    std::uint64_t m_round = 0;
    std::uint64_t m_nextSync = 1;
    unsigned m_syncPause;             ///< rounds until the comparison after the next
    std::optional<PeerNumber> m_wish; ///< who is compared with next
    std::vector<Peer> m_peers;        ///< by number
    std::map<std::uint64_t, News> m_news;
    std::map<std::uint64_t, std::uint64_t> m_fresh; ///< slot to the round in which it was taken
    std::map<std::uint64_t, Asked> m_asked;
    std::map<std::uint64_t, std::uint64_t> m_refused; ///< slot to version
};

} // namespace tarn::gossip
