#include "introducer/introducer.h"

#include "core/base/log.h"
#include "core/codec/base32.h"
#include "core/net/peer_proof.h"
#include "core/node/record_file.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace tarn::introducer {

namespace {

constexpr Duration kDiskRetry = std::chrono::seconds(10);
constexpr Duration kForgetSubscriber = std::chrono::hours(24);
constexpr std::size_t kMostSubscribers = 4096;
constexpr std::size_t kPageBytes = 256 * 1024;
constexpr std::size_t kStartBytes = 10;

/// Rounds are short here, and there are few peers.
gossip::GossipSettings gossipSettings()
{
    gossip::GossipSettings out;
    out.syncEvery = 60;
    out.longestRest = 300;
    return out;
}

gossip::RecordSet emptySet()
{
    return gossip::RecordSet(gossip::standardKinds(), gossip::RecordLimits(),
                             gossip::serversOnly({}));
}

} // namespace

Introducer::Introducer(IntroducerParts parts, const crypto::Ed25519Key& key, std::string file)
    : m_parts(std::move(parts)), m_key(key), m_file(std::move(file)),
      m_state(emptySet(), gossipSettings(), m_parts.random),
      m_log(codec::encodeBase32(m_parts.random.bytes(kStartBytes))), m_changed(m_parts.engine),
      m_saved(m_parts.engine), m_talks(m_parts.engine), m_tasks(m_parts.engine)
{
}

Introducer::~Introducer() = default;

Result<void> Introducer::loadBlocking()
{
    TARN_TRY(const gossip::RecordArchive archive, node::readRecordsBlocking(m_file));
    for (const gossip::RecordPtr& record : archive.records)
        if (m_state.restore(record, m_parts.clock.wallNow()).changed()) m_log.add(record);
    if (archive.damaged > 0)
        TARN_LOG(Warning, Gossip, "records left out, their signatures are wrong",
                 {"count", archive.damaged});
    return ok();
}

void Introducer::setAllowed(std::vector<crypto::Ed25519PublicKey> allowed)
{
    gossip::Actions gone;
    gone.vanished = m_state.setPolicy(gossip::serversOnly(std::move(allowed)));
    apply(std::move(gone));
}

void Introducer::setPeers(net::ConnectionPool& pool, const std::vector<wire::IntroducerUrl>& peers)
{
    m_pool = &pool;
    std::map<gossip::PeerNumber, Peer> next;
    for (const wire::IntroducerUrl& url : peers) {
        const auto known = std::find_if(m_peers.begin(), m_peers.end(),
                                        [&](const auto& one) { return one.second.url == url; });
        pool.setLocations(url.spkiHash, {wire::locationOf(url)});
        if (known != m_peers.end()) {
            next.insert(*known);
            continue;
        }
        PeerView view;
        view.place = wire::placeOf(url);
        next.emplace(m_nextPeer++, Peer{url, std::move(view)});
    }
    m_peers = std::move(next);
    std::vector<gossip::PeerNumber> numbers;
    for (const auto& [number, peer] : m_peers)
        numbers.push_back(number);
    m_state.setPeers(numbers);
}

void Introducer::start()
{
    m_tasks.spawn(keep());
    m_tasks.spawn(beat());
}

void Introducer::endWaiting()
{
    m_stopping = true;
    m_changed.notifyAll();
}

asio::awaitable<void> Introducer::stop()
{
    m_talks.cancel();
    co_await m_talks.join();
    m_tasks.cancel();
    co_await m_tasks.join();
    if (m_kept == m_changes) co_return;
    auto job = [this, records = m_state.records().all()] {
        return node::writeRecordsBlocking(m_file, records);
    };
    const Result<void> written = co_await runOn(m_parts.diskPool, std::move(job));
    if (!written)
        TARN_LOG(Error, Gossip, "records are not on disk", {"error", written.error().text()});
}

void Introducer::apply(gossip::Actions actions)
{
    for (const gossip::RecordPtr& record : actions.vanished)
        m_log.remove(record);
    for (const gossip::RecordPtr& record : actions.taken)
        m_log.add(record);
    if (!actions.taken.empty() || !actions.vanished.empty()) {
        ++m_changes;
        m_changed.notifyAll();
    }
    for (gossip::Send& send : actions.sends) {
        if (m_stopping || m_pool == nullptr)
            m_state.failed(send.peer);
        else
            m_talks.spawn(talk(std::move(send)));
    }
}

/// Writes the records whenever they have changed; one write takes all changes until it begins.
asio::awaitable<void> Introducer::keep()
{
    while (true) {
        while (m_kept == m_changes)
            co_await m_changed.wait();
        const std::uint64_t covered = m_changes;
        auto job = [this, records = m_state.records().all()] {
            return node::writeRecordsBlocking(m_file, records);
        };
        const Result<void> written = co_await runOn(m_parts.diskPool, std::move(job));
        ++m_attempts;
        if (written) {
            m_kept = covered;
            m_diskProblem.clear();
        } else {
            m_diskProblem = written.error().text();
            TARN_LOG(Error, Gossip, "records are not on disk", {"error", m_diskProblem});
        }
        m_saved.notifyAll();
        if (!written) co_await m_parts.clock.sleep(kDiskRetry);
    }
}

/// Until all present changes are on disk, or an attempt failed.
asio::awaitable<Result<void>> Introducer::saved()
{
    const std::uint64_t wanted = m_changes;
    const std::uint64_t attempts = m_attempts;
    while (m_kept < wanted) {
        if (m_attempts > attempts && !m_diskProblem.empty())
            co_return Error(ErrorCode::IoFailure, m_diskProblem);
        co_await m_saved.wait();
    }
    co_return ok();
}

asio::awaitable<void> Introducer::beat()
{
    while (true) {
        apply(m_state.tick(m_parts.clock.wallNow()));
        forgetSubscribers();
        co_await m_parts.clock.sleep(kGossipRound);
    }
}

asio::awaitable<Result<Announced>> Introducer::announce(Bytes signedRecord)
{
    auto job = [&signedRecord] { return gossip::openRecord(signedRecord); };
    ++m_counts.refused; // until it is not
    TARN_CO_TRY(gossip::RecordPtr record, co_await runOn(m_parts.cpuPool, job));
    gossip::Actions actions;
    Announced out;
    out.verdict = m_state.add(record, m_parts.clock.wallNow(), actions);
    const bool refused = out.verdict.outcome == gossip::Acceptance::Refused ||
                         out.verdict.outcome == gossip::Acceptance::Full;
    if (!refused) {
        --m_counts.refused;
        ++m_counts.accepted;
    }
    apply(std::move(actions));
    if (out.verdict.outcome == gossip::Acceptance::Older)
        out.newer = m_state.records().find(record->name().slot);
    TARN_CO_TRY_VOID(co_await saved());
    co_return out;
}

asio::awaitable<Result<Bytes>> Introducer::sync(crypto::Ed25519PublicKey from, Bytes message)
{
    const net::PeerKey key = net::peerKeyOf(from);
    const auto known = std::find_if(m_peers.begin(), m_peers.end(), [&](const auto& one) {
        return one.second.url.spkiHash == key;
    });
    if (known == m_peers.end()) {
        co_return Error(ErrorCode::Unauthorized,
                        "this key is not that of a peer: [gossip] peers has to name it here, too");
    }
    const gossip::PeerNumber number = known->first;
    known->second.view.lastCame = m_parts.clock.wallNow();
    ++m_counts.answered;
    auto job = [&message] { return gossip::decodeMessage(message); };
    TARN_CO_TRY(gossip::GossipMessage question, co_await runOn(m_parts.cpuPool, job));
    gossip::Actions actions;
    const gossip::GossipMessage answer =
        m_state.answer(number, question, m_parts.clock.wallNow(), actions);
    apply(std::move(actions));
    co_return gossip::encodeMessage(answer);
}

asio::awaitable<Result<gossip::GossipMessage>> Introducer::ask(wire::IntroducerUrl url,
                                                               Bytes message)
{
    net::RequestOptions options;
    TARN_CO_TRY(net::PooledConnection connection, co_await m_pool->acquire(url.spkiHash, options));
    net::RequestHead head;
    head.method = "POST";
    head.target = "/gossip/v1/sync";
    head.headers.add("Host", wire::placeOf(url));
    TARN_CO_TRY(std::string proof, net::provePeer(m_key, connection->channel()));
    head.headers.add(std::string(net::kPeerHeader), std::move(proof));
    const ByteView piece = message;
    const std::span<const ByteView> pieces(&piece, message.empty() ? 0 : 1);
    TARN_CO_TRY(const net::ResponseHead answered, co_await connection->request(head, pieces));
    TARN_CO_TRY(const Bytes body, co_await connection->readAll(gossip::kMaxMessageBytes));
    if (answered.status != 200) {
        co_return Error(ErrorCode::PeerMisbehaved,
                        "it answered " + std::to_string(answered.status));
    }
    auto job = [&body] { return gossip::decodeMessage(body); };
    co_return co_await runOn(m_parts.cpuPool, job);
}

/// One exchange with a peer, to its end.
asio::awaitable<void> Introducer::talk(gossip::Send first)
{
    const gossip::PeerNumber number = first.peer;
    const auto peer = m_peers.find(number);
    if (peer == m_peers.end()) co_return;
    Bytes message = gossip::encodeMessage(first.message);
    ++m_counts.asked;
    Result<gossip::GossipMessage> answer = co_await ask(peer->second.url, std::move(message));
    if (!answer) ++m_counts.failed;
    const auto still = m_peers.find(number);
    if (still == m_peers.end()) co_return;
    PeerView& view = still->second.view;
    if (!answer) {
        if (view.problem.empty())
            TARN_LOG(Warning, Gossip, "no gossip with a peer, trying again", {"peer", view.place},
                     {"error", answer.error().text()});
        view.problem = answer.error().text();
        m_state.failed(number);
        co_return;
    }
    if (!view.lastGood || !view.problem.empty())
        TARN_LOG(Info, Gossip, "gossiping with a peer", {"peer", view.place});
    view.problem.clear();
    view.lastGood = m_parts.clock.wallNow();
    apply(m_state.answered(number, *answer, m_parts.clock.wallNow()));
}

asio::awaitable<gossip::RecordArchive> Introducer::subscribe(std::string cursor, Duration wait)
{
    using namespace asio::experimental::awaitable_operators;
    ++m_counts.subscriptions;
    const TimePoint end = m_parts.clock.now() + wait;
    while (!m_log.hasNewsSince(cursor) && !m_stopping && m_parts.clock.now() < end) {
        asio::awaitable<void> sleeping = m_parts.clock.sleep(end - m_parts.clock.now());
        asio::awaitable<void> waiting = m_changed.wait();
        co_await (std::move(sleeping) || std::move(waiting));
    }
    ChangeLog::Page page = m_log.since(cursor, kPageBytes);
    gossip::RecordArchive out;
    out.records = std::move(page.records);
    out.cursor = std::move(page.cursor);
    out.more = page.more;
    co_return out;
}

void Introducer::noteSubscriber(const std::string& id, const std::string& address,
                                const std::string& software)
{
    const WallTime now = m_parts.clock.wallNow();
    auto at = m_subscribers.find(id);
    if (at == m_subscribers.end()) {
        if (m_subscribers.size() >= kMostSubscribers) return;
        at = m_subscribers.emplace(id, SubscriberView{address, software, now, now}).first;
    }
    at->second.address = address;
    at->second.software = software;
    at->second.lastSeen = now;
}

void Introducer::forgetSubscribers()
{
    const WallTime oldest = m_parts.clock.wallNow() - kForgetSubscriber;
    std::erase_if(m_subscribers, [&](const auto& one) { return one.second.lastSeen < oldest; });
}

std::vector<SubscriberView> Introducer::subscribers() const
{
    std::vector<SubscriberView> out;
    for (const auto& [id, view] : m_subscribers)
        out.push_back(view);
    return out;
}

std::vector<PeerView> Introducer::peers() const
{
    std::vector<PeerView> out;
    for (const auto& [number, peer] : m_peers)
        out.push_back(peer.view);
    return out;
}

} // namespace tarn::introducer
