// outbox_mover: carries what waits in the outbox to members as they appear, and knows who has what
// of it. Engine thread. Source: core/doc/decisions/0061.
//
//   STATE/outbox-placed    who was sent which shares of files that wait, as sightings.h writes it:
//                          that counts after a restart, too
#pragma once

#include "client-gateway/async/gate.h"
#include "client-gateway/upload/share_carrier.h"
#include "core/base/signal.h"
#include "core/node/state_dir.h"
#include "profiles/friendnet/movements.h"
#include "profiles/friendnet/outbox.h"
#include "profiles/friendnet/outbox_plan.h"
#include "profiles/friendnet/outbox_queue.h"
#include "profiles/friendnet/sightings.h"

#include <functional>
#include <map>

namespace tarn::profiles {

/// A member that may hold shares, as it stands now.
struct OutboxPeer
{
    std::string id;
    gateway::ServerPtr server; ///< null: there is no way to it yet
    bool online = false;
    bool wanted = true; ///< by the owner
    std::string household;
};

/// How a file in the outbox stands.
struct OutboxFileState
{
    StorageIndex index;
    std::uint32_t needed = 0;
    std::uint32_t total = 0;
    std::uint32_t out = 0; ///< distinct shares with members; who only says so counts for one
    std::uint32_t waiting = 0;
    WallTime since{};
    bool openable = false; ///< k shares are here or with members that are there
    bool safe = false;     ///< any one disk may be lost
};

class OutboxMover
{
public:
    /// Nobody who is away is waited for longer, counted while this node is awake.
    static constexpr Duration kPatience = std::chrono::hours(72);
    /// Bytes a second, on average, on the way to all members together: who takes less than its part
    /// of that rests.
    static constexpr std::uint64_t kLeastSpeed = 8 * 1024;

    struct Parts
    {
        asio::any_io_executor engine;
        Clock& clock;
        WorkPool& diskPool;
        const node::StateDir& dir;
        Outbox& outbox;
        Movements& movements;
        crypto::LeaseSecrets leases; ///< the client's
        std::string self;            ///< this node's id
        /// Members that may hold shares, this node included.
        std::function<std::vector<OutboxPeer>()> peers;
        std::function<void()> changed; ///< more or less waits than before
    };
    /// What `parts` refers to outlives it.
    explicit OutboxMover(Parts parts);

    void start();
    asio::awaitable<void> stop();
    /// Members or wishes have changed.
    void look();

    /// The oldest first. \param most  of them at most.
    std::vector<OutboxFileState> files(std::size_t most) const;
    /// Whether shares of that file wait. \param index  base32.
    bool carries(const std::string& index) const;
    /// Why the outbox does not work; empty: it does.
    const std::string& problem() const { return m_problem; }
    /// How often a file was looked at for a member, since the start.
    std::uint64_t steps() const { return m_steps; }

private:
    /// What is known of one file's shares with members.
    struct Known
    {
        std::map<std::string, std::set<ShareNumber>> held; ///< sent there by us, or compared; ever
        std::map<std::string, std::set<ShareNumber>> claimed; ///< as members have said
        std::set<std::string> asked;                          ///< since the start
        std::set<std::string> liars;                          ///< have not what they say they have
        std::map<ShareNumber, std::string> moving;            ///< to whom
        std::set<ShareNumber> broken;                         ///< here, on this disk
    };
    struct Rest
    {
        TimePoint until{};
        unsigned failures = 0;
    };
    /// What matters of a member for others' shares.
    struct Wish
    {
        bool online = false;
        bool wanted = false;
        std::string household;
        friend bool operator==(const Wish&, const Wish&) = default;
    };
    class Serving;

    asio::awaitable<void> run();
    asio::awaitable<void> countTime();
    asio::awaitable<void> readPlaced();
    void recall();
    void forgetGone();
    asio::awaitable<void> keepPlaced();
    void notePlaced(StorageIndex index, const std::string& id);
    asio::awaitable<void> waitForNews();
    void arrived(StorageIndex index);
    void attend();
    void noteMembers(const std::vector<OutboxPeer>& peers);
    void noteLate();
    asio::awaitable<void> serve(std::string id);
    asio::awaitable<void> handle(StorageIndex index, std::string id);
    asio::awaitable<Result<void>> inquire(StorageIndex index, OutboxPeer peer);
    asio::awaitable<Result<void>> move(StorageIndex index, ShareNumber share, OutboxPeer peer);
    asio::awaitable<Result<gateway::Carried>> carry(StorageIndex index, ShareNumber share,
                                                    std::uint64_t size, OutboxPeer peer);
    asio::awaitable<bool> letGo(StorageIndex index, ShareNumber share);
    OutboxMoves planFor(StorageIndex index, const std::vector<OutboxPeer>& peers) const;
    bool asked(StorageIndex index, const std::string& id) const;
    /// Whether its lane can go on.
    bool takes(const OutboxPeer* peer) const;
    std::vector<OutboxMember> membersFor(const Known& known,
                                         const std::vector<gateway::ServerPtr>& order,
                                         const std::vector<OutboxPeer>& peers) const;
    std::optional<WallTime> lateBefore() const;
    OutboxFile fileOf(const Parcel& parcel, const Known& known) const;
    static void leaveOutMoving(OutboxFile& file, const Known& known);
    bool diskRests() const { return m_parts.clock.now() < m_diskRest; }
    bool rests(const std::string& id) const;
    void noteFailure(const std::string& id, const Error& why);
    OutboxFileState stateOf(StorageIndex index, const Parcel& parcel,
                            const std::vector<OutboxPeer>& peers) const;

    Parts m_parts;
    std::map<StorageIndex, Known> m_known;
    Sightings m_placed; ///< all that is held, as it is kept
    bool m_newlyPlaced = false;
    std::string m_onDisk;                ///< text of it
    TimePoint m_nextWrite{};             ///< not before
    std::map<std::string, Rest> m_rests; ///< by member
    std::map<std::string, Wish> m_members;
    std::set<std::string> m_serving; ///< members with a lane that runs
    OutboxQueue m_queue;
    gateway::Gate m_gate;           ///< shares on their way to others
    std::optional<WallTime> m_late; ///< nobody is waited for, for files from before
    bool m_lateAnew = false;        ///< somebody they waited for has gone, or rests
    std::optional<TimePoint> m_lateLooked;
    TimePoint m_diskRest{}; ///< what has left cannot be removed until then
    std::uint64_t m_steps = 0;
    bool m_loaded = false;
    std::string m_problem;
    bool m_news = true;
    Signal m_wake;
    TaskGroup m_tasks;
};

} // namespace tarn::profiles
