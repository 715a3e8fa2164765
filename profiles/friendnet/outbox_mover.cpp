#include "profiles/friendnet/outbox_mover.h"

#include "core/base/executor.h"
#include "core/base/log.h"
#include "core/codec/base32.h"
#include "profiles/friendnet/sightings_file.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>

namespace tarn::profiles {

namespace {

constexpr Duration kLook = std::chrono::seconds(5);
constexpr Duration kTick = std::chrono::seconds(20);
constexpr Duration kFirstRest = std::chrono::seconds(10);
constexpr Duration kLongestRest = std::chrono::minutes(10);
constexpr Duration kQueryDeadline = std::chrono::seconds(15);
/// Shares on their way to others at once; each member has one lane.
constexpr std::uint64_t kMovesAtOnce = 8;
/// When nobody has come in or left for so long, one more is let in.
constexpr Duration kGatePatience = std::chrono::minutes(1);
/// Others have their turn after so many files for which there was nothing to do.
constexpr unsigned kFilesAtATime = 128;
/// Files that nobody is waited for are looked at again so often at most.
constexpr Duration kLateAnew = std::chrono::minutes(10);
constexpr std::string_view kPlacedFile = "outbox-placed";
/// Between two writes of it, and as much again for each of these bytes.
constexpr Duration kBetweenWrites = std::chrono::seconds(10);
constexpr std::size_t kBytesAWrite = 1'000'000;

const OutboxPeer* find(const std::vector<OutboxPeer>& peers, const std::string& id)
{
    const auto at = std::find_if(peers.begin(), peers.end(),
                                 [&id](const OutboxPeer& peer) { return peer.id == id; });
    return at == peers.end() ? nullptr : &*at;
}

std::vector<gateway::ServerPtr> serversOf(const std::vector<OutboxPeer>& peers)
{
    std::vector<gateway::ServerPtr> out;
    for (const OutboxPeer& peer : peers)
        if (peer.server != nullptr) out.push_back(peer.server);
    return out;
}

} // namespace

/// A lane runs while this is there.
class OutboxMover::Serving
{
public:
    Serving(std::set<std::string>& all, const std::string& id) : m_all(all), m_id(id) {}
    ~Serving() { m_all.erase(m_id); }
    Serving(const Serving&) = delete;
    Serving& operator=(const Serving&) = delete;

private:
    std::set<std::string>& m_all;
    std::string m_id;
};

OutboxMover::OutboxMover(Parts parts)
    : m_parts(std::move(parts)), m_gate(m_parts.engine, m_parts.clock, kMovesAtOnce, kGatePatience),
      m_wake(m_parts.engine), m_tasks(m_parts.engine)
{
}

void OutboxMover::start()
{
    m_parts.outbox.onArrival([this](StorageIndex index) { arrived(index); });
    m_tasks.spawn(run());
}

asio::awaitable<void> OutboxMover::stop()
{
    m_parts.outbox.onArrival({});
    m_tasks.cancel();
    co_await m_tasks.join();
    m_nextWrite = TimePoint{};
    co_await keepPlaced();
}

void OutboxMover::look()
{
    m_news = true;
    m_wake.notifyAll();
}

void OutboxMover::arrived(StorageIndex index)
{
    m_parts.changed();
    if (!m_loaded) return;
    const auto parcel = m_parts.outbox.parcels().find(index);
    if (parcel != m_parts.outbox.parcels().end()) m_queue.add(index, parcel->second.since);
    look();
}

asio::awaitable<void> OutboxMover::run()
{
    co_await readPlaced();
    while (true) {
        const Result<void> loaded = co_await m_parts.outbox.load();
        if (loaded) break;
        m_problem = loaded.error().text();
        TARN_LOG(Error, Storage, "what waits in the outbox is not known, trying again",
                 {"error", m_problem});
        co_await m_parts.clock.sleep(kFirstRest);
    }
    m_problem.clear();
    std::set<std::pair<WallTime, StorageIndex>> oldestFirst;
    for (const auto& [index, parcel] : m_parts.outbox.parcels())
        oldestFirst.emplace(parcel.since, index);
    for (const auto& [since, index] : oldestFirst)
        m_queue.add(index, since);
    recall();
    m_loaded = true;
    m_tasks.spawn(countTime());
    while (true) {
        m_news = false;
        attend();
        co_await keepPlaced();
        co_await waitForNews();
    }
}

asio::awaitable<void> OutboxMover::countTime()
{
    while (true) {
        while (m_parts.outbox.parcels().empty())
            co_await m_wake.wait();
        co_await m_parts.outbox.noteAwake();
        co_await m_parts.clock.sleep(kTick);
    }
}

std::optional<WallTime> OutboxMover::lateBefore() const
{
    return m_parts.outbox.awake().waitedSince(kPatience, m_parts.clock.wallNow());
}

asio::awaitable<void> OutboxMover::readPlaced()
{
    auto job = [this] { return readSightingsBlocking(m_parts.dir, kPlacedFile); };
    m_placed = co_await runOn(m_parts.diskPool, job);
    m_onDisk = m_placed.text();
}

/// Shares that are still here are not taken for placed: whoever has one may have lost it.
void OutboxMover::recall()
{
    forgetGone();
    for (const auto& [index, parcel] : m_parts.outbox.parcels()) {
        const ShareHolders holders =
            m_placed.seenOf(codec::encodeBase32(index), m_parts.clock.wallNow());
        for (const auto& [id, shares] : holders)
            for (const ShareNumber share : shares)
                if (!parcel.waiting.contains(share)) m_known[index].held[id].insert(share);
    }
}

void OutboxMover::forgetGone()
{
    std::set<std::string> waiting;
    for (const auto& [index, parcel] : m_parts.outbox.parcels())
        waiting.insert(codec::encodeBase32(index));
    m_placed.keepOnly(waiting);
}

void OutboxMover::notePlaced(StorageIndex index, const std::string& id)
{
    const auto parcel = m_parts.outbox.parcels().find(index);
    if (parcel == m_parts.outbox.parcels().end()) return;
    Sightings::What what;
    what.index = codec::encodeBase32(index);
    what.needed = parcel->second.needed;
    what.total = parcel->second.total;
    ShareHolders holders;
    holders[id] = m_known[index].held[id];
    m_placed.see(what, {id}, holders, m_parts.clock.wallNow());
    m_newlyPlaced = true;
}

/// A crash forgets what was placed in the last seconds: the members are asked then.
asio::awaitable<void> OutboxMover::keepPlaced()
{
    if (!m_newlyPlaced || m_parts.clock.now() < m_nextWrite) co_return;
    m_newlyPlaced = false;
    forgetGone();
    std::string text = m_placed.text();
    m_nextWrite =
        m_parts.clock.now() + kBetweenWrites * static_cast<int>(1 + text.size() / kBytesAWrite);
    if (text == m_onDisk) co_return;
    auto job = [this, &text] { return writeSightingsBlocking(m_parts.dir, text, kPlacedFile); };
    const Result<void> written = co_await runOn(m_parts.diskPool, job);
    if (written) {
        m_onDisk = std::move(text);
        co_return;
    }
    m_newlyPlaced = true;
    TARN_LOG(Warning, Storage, "where shares have gone from the outbox is not on disk",
             {"error", written.error().text()});
}

/// An empty outbox takes no time at all.
asio::awaitable<void> OutboxMover::waitForNews()
{
    using namespace asio::experimental::awaitable_operators;
    if (m_news) co_return;
    if (m_parts.outbox.parcels().empty() && !m_newlyPlaced) {
        co_await m_wake.wait();
        co_return;
    }
    asio::awaitable<void> news = m_wake.wait();
    asio::awaitable<void> pause = m_parts.clock.sleep(kLook);
    co_await (std::move(news) || std::move(pause));
}

/// Starts the lanes that have something to do.
void OutboxMover::attend()
{
    if (m_parts.outbox.parcels().empty()) return;
    const std::vector<OutboxPeer> peers = m_parts.peers();
    noteMembers(peers);
    noteLate();
    if (diskRests()) return;
    for (const OutboxPeer& peer : peers) {
        if (!takes(&peer) || m_serving.contains(peer.id) || !m_queue.hasNext(peer.id)) continue;
        m_serving.insert(peer.id);
        m_tasks.spawn(serve(peer.id));
    }
}

/// Who comes looks at all files; where members or wishes have changed, all do.
void OutboxMover::noteMembers(const std::vector<OutboxPeer>& peers)
{
    std::map<std::string, Wish> now;
    for (const OutboxPeer& peer : peers) {
        Wish& wish = now[peer.id];
        wish.online = peer.online && peer.server != nullptr;
        wish.wanted = peer.wanted;
        wish.household = peer.household;
    }
    bool others = now.size() != m_members.size();
    for (const auto& [id, wish] : now) {
        const auto before = m_members.find(id);
        const bool known = before != m_members.end();
        others = others || !known || before->second.wanted != wish.wanted ||
                 before->second.household != wish.household;
        if (known && before->second.online && !wish.online) m_lateAnew = true;
    }
    for (const auto& [id, wish] : m_members)
        if (!now.contains(id)) m_queue.drop(id);
    for (const auto& [id, wish] : now) {
        const auto before = m_members.find(id);
        const bool came = wish.online && (before == m_members.end() || !before->second.online);
        if (!wish.online) m_rests.erase(id); // it begins anew when it is back
        if (came || others) m_queue.begin(id);
    }
    m_members = std::move(now);
}

/// Files that nobody is waited for any more: those that are there take second shares.
void OutboxMover::noteLate()
{
    const std::optional<WallTime> late = lateBefore();
    const TimePoint now = m_parts.clock.now();
    const bool anew = m_lateAnew && (!m_lateLooked || now - *m_lateLooked >= kLateAnew);
    if (late) {
        const std::optional<WallTime> from = anew ? std::nullopt : m_late;
        for (const StorageIndex& index : m_queue.since(from, *late))
            for (const auto& [id, wish] : m_members)
                m_queue.again(id, index);
    }
    m_late = late;
    if (!anew) return;
    m_lateAnew = false;
    m_lateLooked = now;
}

/// A member's lane: one file after the other, the oldest first. It waits for nobody else.
asio::awaitable<void> OutboxMover::serve(std::string id)
{
    const Serving here(m_serving, id);
    for (unsigned turn = 1;; ++turn) {
        const std::vector<OutboxPeer> peers = m_parts.peers();
        if (!takes(find(peers, id)) || diskRests()) co_return;
        const std::optional<StorageIndex> index = m_queue.next(id);
        if (!index) co_return;
        ++m_steps;
        co_await handle(*index, id);
        if (turn % kFilesAtATime == 0) co_await m_parts.clock.sleep(Duration(0));
    }
}

bool OutboxMover::rests(const std::string& id) const
{
    const auto at = m_rests.find(id);
    return at != m_rests.end() && at->second.until > m_parts.clock.now();
}

void OutboxMover::noteFailure(const std::string& id, const Error& why)
{
    if (why.code() == ErrorCode::Cancelled) return;
    Rest& rest = m_rests[id];
    Duration pause = kFirstRest;
    for (unsigned i = 0; i < rest.failures && pause < kLongestRest; ++i)
        pause *= 2;
    ++rest.failures;
    rest.until = m_parts.clock.now() + std::min(pause, kLongestRest);
    m_lateAnew = true;
    TARN_LOG(Info, Storage, "a member takes nothing from the outbox now", {"member", id},
             {"error", why.text()});
}

bool OutboxMover::takes(const OutboxPeer* peer) const
{
    return peer != nullptr && peer->online && peer->server != nullptr && !rests(peer->id);
}

bool OutboxMover::asked(StorageIndex index, const std::string& id) const
{
    const auto known = m_known.find(index);
    return known != m_known.end() && known->second.asked.contains(id);
}

asio::awaitable<Result<void>> OutboxMover::inquire(StorageIndex index, OutboxPeer peer)
{
    auto listing = peer.server->store().listShares(storage_api::ShareKind::Immutable, index);
    Result<std::set<ShareNumber>> found = co_await withDeadline<std::set<ShareNumber>>(
        m_parts.clock, kQueryDeadline, "the share query", std::move(listing));
    if (!found) {
        noteFailure(peer.id, found.error());
        co_return found.error();
    }
    if (!m_parts.outbox.parcels().contains(index)) co_return ok();
    Known& known = m_known[index];
    known.asked.insert(peer.id);
    known.claimed[peer.id] = *std::move(found);
    const auto before = known.held.find(peer.id);
    if (before != known.held.end()) { // from before this start
        const std::set<ShareNumber>& now = known.claimed[peer.id];
        std::erase_if(before->second, [&now](ShareNumber share) { return !now.contains(share); });
        notePlaced(index, peer.id);
    }
    co_return ok();
}

/// What there is to do of one file for one member; tells the lanes of others what is for them.
asio::awaitable<void> OutboxMover::handle(StorageIndex index, std::string id)
{
    Result<void> done = ok();
    while (m_parts.outbox.parcels().contains(index)) {
        const std::vector<OutboxPeer> peers = m_parts.peers();
        const OutboxPeer* const peer = find(peers, id);
        const bool able = done && takes(peer);
        if (able && !asked(index, id)) {
            done = co_await inquire(index, *peer);
            continue;
        }
        const OutboxMoves plan = planFor(index, peers);
        if (!plan.arrived.empty()) {
            const bool gone = co_await letGo(index, *plan.arrived.begin());
            if (!gone) {
                m_queue.later(id, index);
                m_diskRest = m_parts.clock.now() + kFirstRest;
                co_return;
            }
            continue;
        }
        std::optional<ShareNumber> mine;
        for (const auto& [share, to] : plan.moves) {
            if (to == id && able) {
                if (!mine) mine = share;
                continue;
            }
            m_queue.again(to, index);
            look();
        }
        if (!done) m_queue.later(id, index);
        if (!mine) co_return;
        done = co_await move(index, *mine, *peer);
    }
}

asio::awaitable<Result<gateway::Carried>> OutboxMover::carry(StorageIndex index, ShareNumber share,
                                                             std::uint64_t size, OutboxPeer peer)
{
    gateway::Gate::Permit permit;
    if (peer.id != m_parts.self) permit = co_await m_gate.enter(1);
    gateway::CarrierParts parts{m_parts.engine, m_parts.clock, m_parts.leases,
                                m_parts.outbox.random()};
    parts.leastSpeed = kLeastSpeed;
    parts.sharing = [this] { return m_gate.weightInside(); }; // they share this node's line
    gateway::CarriedShare what;
    what.index = index;
    what.share = share;
    what.size = size;
    control::TransferView shown;
    shown.kind = "move";
    shown.index = codec::encodeBase32(index);
    shown.share = share.value;
    shown.peer = peer.id;
    shown.of = size;
    const std::unique_ptr<Movements::Running> running = m_parts.movements.begin(std::move(shown));
    what.sent = &running->bytes();
    Result<gateway::Carried> carried =
        co_await gateway::carryShare(parts, m_parts.outbox.store(), what, peer.server);
    if (!carried && carried.error().code() != ErrorCode::Cancelled)
        running->fail(carried.error().text());
    else if (carried && *carried == gateway::Carried::Different)
        running->fail("it has not the share that it says it has");
    else if (carried)
        running->succeed();
    co_return carried;
}

/// \return an error: the member, or the share here, is to be left alone for now.
asio::awaitable<Result<void>> OutboxMover::move(StorageIndex index, ShareNumber share,
                                                OutboxPeer peer)
{
    m_known[index].moving[share] = peer.id;
    const std::uint64_t size = m_parts.outbox.parcels().at(index).shareBytes;
    const Result<gateway::Carried> carried = co_await carry(index, share, size, peer);
    Known& known = m_known[index];
    known.moving.erase(share);
    if (!carried && carried.error().code() == ErrorCode::Corrupt) {
        TARN_LOG(Error, Storage, "a share in the outbox is broken",
                 {"error", carried.error().text()}, {"share", share.value});
        known.broken.insert(share);
        co_return ok();
    }
    if (!carried) {
        noteFailure(peer.id, carried.error());
        co_return carried.error();
    }
    if (*carried == gateway::Carried::Different) {
        TARN_LOG(Warning, Storage, "a member has not the share that it says it has",
                 {"member", peer.id}, {"share", share.value});
        known.liars.insert(peer.id);
        co_return ok();
    }
    m_rests.erase(peer.id);
    known.held[peer.id].insert(share);
    notePlaced(index, peer.id);
    co_await letGo(index, share);
    co_return ok();
}

/// Its place is with a member. \return whether it has gone.
asio::awaitable<bool> OutboxMover::letGo(StorageIndex index, ShareNumber share)
{
    const Result<void> removed = co_await m_parts.outbox.remove(index, share);
    if (!removed)
        TARN_LOG(Warning, Storage, "a share stays in the outbox that is with a member",
                 {"error", removed.error().text()});
    if (!m_parts.outbox.parcels().contains(index)) {
        m_known.erase(index);
        m_queue.remove(index);
        m_newlyPlaced = true; // to be forgotten
    }
    m_parts.changed();
    co_return removed.has_value();
}

OutboxMoves OutboxMover::planFor(StorageIndex index, const std::vector<OutboxPeer>& peers) const
{
    static const Known kNothing;
    const auto at = m_known.find(index);
    const Known& known = at == m_known.end() ? kNothing : at->second;
    OutboxFile file = fileOf(m_parts.outbox.parcels().at(index), known);
    leaveOutMoving(file, known);
    const std::vector<gateway::ServerPtr> order = gateway::permutedOrder(index, serversOf(peers));
    return planMoves(file, membersFor(known, order, peers));
}

/// What is on its way to somebody counts for it already.
void OutboxMover::leaveOutMoving(OutboxFile& file, const Known& known)
{
    for (const auto& [share, id] : known.moving) {
        file.waiting.erase(share);
        file.held[id].insert(share);
    }
    for (const ShareNumber share : known.broken)
        file.waiting.erase(share);
}

/// In the permuted order of the file; those that there is no way to come last.
std::vector<OutboxMember> OutboxMover::membersFor(const Known& known,
                                                  const std::vector<gateway::ServerPtr>& order,
                                                  const std::vector<OutboxPeer>& peers) const
{
    std::vector<OutboxMember> out;
    const auto add = [&](const OutboxPeer& peer) {
        OutboxMember& member = out.emplace_back();
        member.id = peer.id;
        member.wanted = peer.wanted && !known.liars.contains(peer.id);
        member.household = peer.household;
        member.self = peer.id == m_parts.self;
        member.ready = takes(&peer) && known.asked.contains(peer.id);
        member.coming = takes(&peer) && !member.ready;
    };
    for (const gateway::ServerPtr& server : order)
        if (const OutboxPeer* const peer = find(peers, server->id)) add(*peer);
    for (const OutboxPeer& peer : peers)
        if (peer.server == nullptr) add(peer);
    return out;
}

OutboxFile OutboxMover::fileOf(const Parcel& parcel, const Known& known) const
{
    OutboxFile out;
    out.needed = parcel.needed;
    out.total = parcel.total;
    out.waiting = parcel.waiting;
    out.held = known.held;
    out.claimed = known.claimed;
    for (const std::string& liar : known.liars)
        out.claimed.erase(liar);
    const std::optional<WallTime> late = lateBefore();
    out.patient = !late || parcel.since > *late;
    return out;
}

OutboxFileState OutboxMover::stateOf(StorageIndex index, const Parcel& parcel,
                                     const std::vector<OutboxPeer>& peers) const
{
    const auto at = m_known.find(index);
    const Known none;
    const Known& known = at == m_known.end() ? none : at->second;
    const OutboxFile file = fileOf(parcel, known);
    const std::vector<OutboxMember> members = membersFor(known, serversOf(peers), peers);
    std::map<std::string, std::set<ShareNumber>> everywhere = countedShares(file, members);
    std::set<ShareNumber> there = parcel.waiting;
    for (const OutboxPeer& peer : peers) {
        const auto counted = everywhere.find(peer.id);
        if (peer.online && counted != everywhere.end())
            there.insert(counted->second.begin(), counted->second.end());
    }
    // What waits is on this node's disk as well.
    everywhere[m_parts.self].insert(parcel.waiting.begin(), parcel.waiting.end());
    OutboxFileState out;
    out.index = index;
    out.needed = parcel.needed;
    out.total = parcel.total;
    out.out = static_cast<std::uint32_t>(sharesOut(file, members).size());
    out.waiting = static_cast<std::uint32_t>(parcel.waiting.size());
    out.since = parcel.since;
    out.openable = there.size() >= parcel.needed;
    out.safe = mayVanish(everywhere, parcel.needed) > 0;
    return out;
}

bool OutboxMover::carries(const std::string& index) const
{
    const Result<Bytes> bytes = codec::decodeBase32(index);
    if (!bytes) return false;
    const Result<StorageIndex> wanted = StorageIndex::from(*bytes);
    return wanted && m_parts.outbox.parcels().contains(*wanted);
}

std::vector<OutboxFileState> OutboxMover::files(std::size_t most) const
{
    const std::vector<OutboxPeer> peers = m_parts.peers();
    std::vector<OutboxFileState> out;
    for (const StorageIndex& index : m_queue.oldest(most)) {
        const auto parcel = m_parts.outbox.parcels().find(index);
        if (parcel != m_parts.outbox.parcels().end())
            out.push_back(stateOf(index, parcel->second, peers));
    }
    return out;
}

} // namespace tarn::profiles
