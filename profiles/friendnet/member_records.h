// member_records: the signed records of this node's grid and what follows from them: who is a
// member, where everybody was last, with whom to gossip. Kept on disk. Who carries messages to
// other members is somebody else's matter. Engine thread.
// Source: design.md sections 5 and 7; core/doc/protocol/{gossip,membership}.md.
#pragma once

#include "core/base/executor.h"
#include "core/base/signal.h"
#include "core/base/task_group.h"
#include "core/gossip/gossip_state.h"
#include "core/membership/membership.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace tarn::profiles {

using membership::Ed25519PublicKey;

class MemberRecords
{
public:
    struct Parts
    {
        asio::any_io_executor engine;
        Clock& clock;
        Random& random;
        WorkPool& diskPool;
        std::string file; ///< of the records
        Ed25519PublicKey founder;
        Ed25519PublicKey self;
    };
    /// Told on the engine; both may be absent.
    struct Listener
    {
        /// A message for a member: what comes of it goes to answered() or failed().
        std::function<void(const Ed25519PublicKey& to, gossip::GossipMessage message)> send;
        /// Records came or went. \param who  members came, went or may do other things.
        std::function<void(bool who)> changed;
    };

    explicit MemberRecords(Parts parts);

    /// What was kept. \return InvalidInput, IoFailure: it cannot be read.
    Result<void> loadBlocking();
    void setListener(Listener listener) { m_listener = std::move(listener); }
    /// Begins to keep and to gossip.
    void start();
    /// Writes what is not on disk; nothing is sent any more.
    asio::awaitable<void> stop();

    const membership::Membership& membership() const { return m_membership; }
    const membership::MembershipView& view() const { return m_membership.view(); }
    /// Is a member, also one whose certificate has run out.
    bool belongs(const Ed25519PublicKey& key) const;
    std::vector<gossip::RecordPtr> all() const { return m_gossip.records().all(); }
    /// What each friend last said of its server, also when that has expired since.
    std::vector<gossip::RecordPtr> announcements() const;
    gossip::RecordPtr announcementOf(const Ed25519PublicKey& key) const;
    /// Certificate and more of what a newcomer needs to begin with, this node's grid first.
    std::vector<gossip::RecordPtr> toBeginWith(std::size_t count, std::size_t bytes) const;
    /// Why this key is no member any more; empty: nobody says so.
    std::vector<gossip::RecordPtr> endingsOf(const Ed25519PublicKey& key) const;

    /// From here. \return InvalidInput: refused, with the reason.
    Result<void> add(const gossip::RecordPtr& record);
    /// Until all that is here now is on disk. \return IoFailure.
    asio::awaitable<Result<void>> saved();

    /// Of a member who asks. \param message  checked.
    gossip::GossipMessage answer(const Ed25519PublicKey& from,
                                 const gossip::GossipMessage& message);
    void answered(const Ed25519PublicKey& peer, const gossip::GossipMessage& message);
    void failed(const Ed25519PublicKey& peer);
    /// Compare everything soon: this member is here again.
    void meet(const Ed25519PublicKey& who);
    /// This machine slept.
    void compareSoon();
    /// Time has passed: certificates end.
    void look();

private:
    asio::awaitable<void> beat();
    asio::awaitable<void> keep();
    asio::awaitable<Result<void>> write();
    std::vector<gossip::RecordPtr> kept() const;
    void apply(gossip::Actions actions);
    void understand();
    void noteAnnouncements();
    void choosePeers();
    gossip::PeerNumber numberOf(const Ed25519PublicKey& key);

    Parts m_parts;
    membership::Membership m_membership;
    gossip::GossipState m_gossip;
    Listener m_listener;
    std::map<Ed25519PublicKey, gossip::RecordPtr> m_announcements;
    std::map<Ed25519PublicKey, gossip::PeerNumber> m_numbers;
    std::map<gossip::PeerNumber, Ed25519PublicKey> m_keys;
    std::uint64_t m_changes = 0;
    std::uint64_t m_onDisk = 0; ///< of them
    std::uint64_t m_attempts = 0;
    std::string m_diskProblem;
    bool m_stopping = false;
    Signal m_changed;
    Signal m_written;
    TaskGroup m_tasks;
};

} // namespace tarn::profiles
