#include "profiles/friendnet/outbox_mover.h"

#include "client-gateway/async/parallel.h"
#include "core/base/executor.h"
#include "core/base/log.h"
#include "core/codec/base32.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>

namespace tarn::profiles {

namespace {

constexpr Duration kLook = std::chrono::seconds(5);
constexpr Duration kTick = std::chrono::seconds(20);
constexpr Duration kFirstRest = std::chrono::seconds(10);
constexpr Duration kLongestRest = std::chrono::minutes(10);
constexpr Duration kQueryDeadline = std::chrono::seconds(15);
constexpr std::size_t kFilesAtOnce = 4;

std::map<std::string, bool> presenceOf(const std::vector<OutboxPeer>& peers)
{
    std::map<std::string, bool> out;
    for (const OutboxPeer& peer : peers)
        out[peer.id] = peer.online && peer.wanted && peer.server != nullptr;
    return out;
}

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

OutboxMover::OutboxMover(Parts parts)
    : m_parts(std::move(parts)), m_wake(m_parts.engine), m_tasks(m_parts.engine)
{
}

void OutboxMover::start()
{
    m_parts.outbox.onArrival([this] {
        m_parts.changed();
        look();
    });
    m_tasks.spawn(run());
}

asio::awaitable<void> OutboxMover::stop()
{
    m_parts.outbox.onArrival({});
    m_tasks.cancel();
    co_await m_tasks.join();
}

void OutboxMover::look()
{
    m_news = true;
    m_wake.notifyAll();
}

asio::awaitable<void> OutboxMover::run()
{
    while (true) {
        const Result<void> loaded = co_await m_parts.outbox.load();
        if (loaded) break;
        m_problem = loaded.error().text();
        TARN_LOG(Error, Storage, "what waits in the outbox is not known, trying again",
                 {"error", m_problem});
        co_await m_parts.clock.sleep(kFirstRest);
    }
    m_problem.clear();
    m_tasks.spawn(countTime());
    while (true) {
        std::vector<OutboxPeer> peers = m_parts.peers();
        if (!m_parts.outbox.parcels().empty() && due(peers)) {
            m_news = false;
            m_seen = presenceOf(peers);
            m_late = lateBefore();
            co_await round(std::move(peers));
        }
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

/// An empty outbox takes no time at all.
asio::awaitable<void> OutboxMover::waitForNews()
{
    using namespace asio::experimental::awaitable_operators;
    if (m_news && !m_parts.outbox.parcels().empty()) co_return;
    if (m_parts.outbox.parcels().empty()) {
        m_known.clear();
        co_await m_wake.wait();
        co_return;
    }
    asio::awaitable<void> news = m_wake.wait();
    asio::awaitable<void> pause = m_parts.clock.sleep(kLook);
    co_await (std::move(news) || std::move(pause));
}

bool OutboxMover::due(const std::vector<OutboxPeer>& peers) const
{
    if (m_news || presenceOf(peers) != m_seen) return true;
    const TimePoint now = m_parts.clock.now();
    const auto rested = [&](const auto& rest) {
        return rest.second.pending && rest.second.until <= now &&
               find(peers, rest.first) != nullptr && find(peers, rest.first)->online;
    };
    if (std::any_of(m_rests.begin(), m_rests.end(), rested)) return true;
    const std::optional<WallTime> before = lateBefore();
    if (!before) return false;
    const auto late = [&](const auto& entry) {
        return entry.second.since <= *before && (!m_late || entry.second.since > *m_late);
    };
    const std::map<StorageIndex, Parcel>& parcels = m_parts.outbox.parcels();
    return std::any_of(parcels.begin(), parcels.end(), late);
}

asio::awaitable<void> OutboxMover::round(std::vector<OutboxPeer> peers)
{
    for (const OutboxPeer& peer : peers)
        if (!peer.online) m_rests.erase(peer.id); // it begins anew when it is back
    for (auto& [id, rest] : m_rests)
        if (rest.until <= m_parts.clock.now()) rest.pending = false;
    std::vector<StorageIndex> queue;
    for (const auto& [index, parcel] : m_parts.outbox.parcels())
        queue.push_back(index);
    std::sort(queue.begin(), queue.end(), [this](const StorageIndex& a, const StorageIndex& b) {
        return m_parts.outbox.parcels().at(a).since > m_parts.outbox.parcels().at(b).since;
    });
    TaskGroup workers(m_parts.engine);
    for (std::size_t i = 0; i < std::min(kFilesAtOnce, queue.size()); ++i)
        workers.spawn(work(queue, peers));
    co_await workers.joinOrCancel();
    std::erase_if(m_known, [this](const auto& entry) {
        return !m_parts.outbox.parcels().contains(entry.first);
    });
}

/// \param queue  the oldest last.
asio::awaitable<void> OutboxMover::work(std::vector<StorageIndex>& queue,
                                        const std::vector<OutboxPeer>& peers)
{
    while (!queue.empty()) {
        const StorageIndex index = queue.back();
        queue.pop_back();
        const Result<void> done = co_await handle(index, peers);
        if (!done && done.error().code() == ErrorCode::Cancelled) co_return;
        if (!done)
            TARN_LOG(Warning, Storage, "a file stays in the outbox",
                     {"error", done.error().text()});
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
    rest.pending = true;
    rest.until = m_parts.clock.now() + std::min(pause, kLongestRest);
    TARN_LOG(Info, Storage, "a member takes nothing from the outbox now", {"member", id},
             {"error", why.text()});
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
    Known& known = m_known[index];
    known.asked.insert(peer.id);
    known.claimed[peer.id] = *std::move(found);
    co_return ok();
}

asio::awaitable<Result<void>> OutboxMover::move(StorageIndex index, ShareNumber share,
                                                std::uint64_t size, OutboxPeer peer)
{
    const gateway::CarrierParts parts{m_parts.engine, m_parts.clock, m_parts.leases,
                                      m_parts.outbox.random()};
    gateway::CarriedShare what;
    what.index = index;
    what.share = share;
    what.size = size;
    const Result<gateway::Carried> carried =
        co_await gateway::carryShare(parts, m_parts.outbox.store(), what, peer.server);
    if (!carried) {
        noteFailure(peer.id, carried.error());
        co_return carried.error();
    }
    if (*carried == gateway::Carried::Different) {
        TARN_LOG(Warning, Storage, "a member has not the share that it says it has",
                 {"member", peer.id}, {"share", share.value});
        m_known[index].liars.insert(peer.id);
        m_news = true; // its share needs another place
        co_return ok();
    }
    m_rests.erase(peer.id);
    m_known[index].held[peer.id].insert(share);
    Result<void> removed = co_await m_parts.outbox.remove(index, share);
    m_parts.changed();
    co_return removed;
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
        member.ready = peer.online && peer.server != nullptr && known.asked.contains(peer.id) &&
                       !rests(peer.id);
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

asio::awaitable<Result<void>> OutboxMover::handle(StorageIndex index,
                                                  const std::vector<OutboxPeer>& peers)
{
    std::vector<asio::awaitable<Result<void>>> questions;
    for (const OutboxPeer& peer : peers)
        if (peer.online && peer.server != nullptr && !m_known[index].asked.contains(peer.id) &&
            !rests(peer.id))
            questions.push_back(inquire(index, peer));
    co_await gateway::allOf(std::move(questions)); // who failed rests now
    const auto parcel = m_parts.outbox.parcels().find(index);
    if (parcel == m_parts.outbox.parcels().end()) co_return ok();
    const std::uint64_t size = parcel->second.shareBytes;
    const std::vector<gateway::ServerPtr> order = gateway::permutedOrder(index, serversOf(peers));
    const Known& known = m_known[index];
    const OutboxMoves plan =
        planMoves(fileOf(parcel->second, known), membersFor(known, order, peers));
    for (const ShareNumber share : plan.arrived) {
        TARN_CO_TRY_VOID(co_await m_parts.outbox.remove(index, share));
        m_parts.changed();
    }
    std::vector<asio::awaitable<Result<void>>> moves;
    for (const auto& [share, id] : plan.moves)
        moves.push_back(move(index, share, size, *find(peers, id)));
    co_await gateway::allOf(std::move(moves));
    co_return ok();
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
    for (const auto& [index, parcel] : m_parts.outbox.parcels())
        out.push_back(stateOf(index, parcel, peers));
    std::stable_sort(out.begin(), out.end(),
                     [](const auto& a, const auto& b) { return a.since < b.since; });
    if (out.size() > most) out.resize(most);
    return out;
}

} // namespace tarn::profiles
