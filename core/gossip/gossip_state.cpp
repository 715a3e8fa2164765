#include "core/gossip/gossip_state.h"

#include <algorithm>

namespace tarn::gossip {

namespace {

/// Ascending.
std::vector<std::uint64_t> slotsOf(const std::vector<RecordName>& names)
{
    std::vector<std::uint64_t> out;
    out.reserve(names.size());
    for (const RecordName& name : names)
        out.push_back(name.slot);
    std::sort(out.begin(), out.end());
    return out;
}

} // namespace

GossipState::GossipState(RecordSet records, GossipSettings settings, Random& random)
    : m_records(std::move(records)), m_settings(settings), m_random(random),
      m_syncPause(settings.syncEvery)
{
}

void GossipState::setPeers(const std::vector<PeerNumber>& peers)
{
    std::vector<Peer> next;
    for (const PeerNumber number : peers) {
        Peer* known = find(number);
        next.push_back(known != nullptr ? std::move(*known) : Peer());
        next.back().number = number;
    }
    const auto byNumber = [](const Peer& a, const Peer& b) { return a.number < b.number; };
    std::sort(next.begin(), next.end(), byNumber);
    m_peers = std::move(next);
    hurry();
    m_nextSync = m_round + 1;
}

GossipState::Peer* GossipState::find(PeerNumber number)
{
    const auto at =
        std::lower_bound(m_peers.begin(), m_peers.end(), number,
                         [](const Peer& peer, PeerNumber wanted) { return peer.number < wanted; });
    return at != m_peers.end() && at->number == number ? &*at : nullptr;
}

void GossipState::meet(PeerNumber number)
{
    Peer* const peer = find(number);
    if (peer == nullptr) return;
    peer->restUntil = m_round;
    m_wish = number;
    hurry();
    m_nextSync = m_round + 1;
}

bool GossipState::busy() const
{
    return !m_news.empty() ||
           std::any_of(m_peers.begin(), m_peers.end(), [](const Peer& peer) { return peer.busy; });
}

/// In random order.
std::vector<GossipState::Peer*> GossipState::freePeers()
{
    std::vector<Peer*> out;
    for (Peer& peer : m_peers)
        if (!peer.busy && peer.restUntil <= m_round) out.push_back(&peer);
    for (std::size_t left = out.size(); left > 1; --left)
        std::swap(out[left - 1], out[m_random.below(left)]);
    return out;
}

void GossipState::send(Peer& peer, GossipMessage message, Actions& out)
{
    peer.busy = true;
    ++peer.steps;
    out.sends.push_back({peer.number, std::move(message)});
}

Verdict GossipState::add(RecordPtr record, WallTime now, Actions& out)
{
    const RecordName name = record->name();
    Verdict verdict = m_records.accept(record, now);
    if (!verdict.changed()) return verdict;
    out.taken.push_back(std::move(record));
    m_news[name.slot] = {m_settings.pushRounds, {}};
    m_fresh[name.slot] = m_round;
    hurry();
    push(out);
    return verdict;
}

std::vector<RecordPtr> GossipState::setPolicy(SignerPolicy policy)
{
    m_refused.clear();
    return m_records.setPolicy(std::move(policy));
}

Actions GossipState::tick(WallTime now)
{
    Actions out;
    ++m_round;
    out.vanished = m_records.expire(now);
    if (m_round % m_settings.forgetRefusedAfter == 0) m_refused.clear();
    std::erase_if(m_asked, [this](const auto& one) {
        return one.second.round + m_settings.askAgainAfter <= m_round;
    });
    std::erase_if(m_fresh, [this](const auto& one) {
        return one.second + m_settings.freshRounds <= m_round;
    });
    push(out);
    if (m_round >= m_nextSync) sync(out);
    return out;
}

/// Offers what is new to peers that were not told yet.
void GossipState::push(Actions& out)
{
    if (m_news.empty()) return;
    unsigned reached = 0;
    bool anyFree = false;
    for (Peer* peer : freePeers()) {
        if (reached == m_settings.fanOut) break;
        anyFree = true;
        GossipMessage message;
        for (auto& [slot, news] : m_news) {
            const RecordPtr record = m_records.find(slot);
            const bool told = std::count(news.told.begin(), news.told.end(), peer->number) > 0;
            if (record == nullptr || told) continue;
            if (message.offers.size() == m_settings.namesPerMessage) break;
            message.offers.push_back(record->name());
            news.told.push_back(peer->number);
            peer->news.push_back(slot);
        }
        if (message.offers.empty()) continue;
        ++reached;
        send(*peer, std::move(message), out);
    }
    if (!anyFree && !m_peers.empty()) return; // all are at work: the round does not count
    for (auto& [slot, news] : m_news)
        --news.rounds;
    std::erase_if(m_news, [](const auto& one) { return one.second.rounds == 0; });
}

/// The latest first.
std::vector<RecordName> GossipState::fresh() const
{
    std::vector<std::pair<std::uint64_t, RecordName>> aged;
    for (const auto& [slot, round] : m_fresh)
        if (const RecordPtr record = m_records.find(slot)) aged.emplace_back(round, record->name());
    std::sort(aged.begin(), aged.end(), std::greater<>());
    std::vector<RecordName> out;
    for (const auto& [round, name] : aged)
        if (out.size() < m_settings.freshNames) out.push_back(name);
    return out;
}

/// Answers a digest. What is fresh here the other one may have as long since settled or not at
/// all, so buckets are compared with and without it.
void GossipState::differences(const GossipMessage& theirs, GossipMessage& reply) const
{
    const Digest& digest = *theirs.digest;
    std::vector<std::uint64_t> except = slotsOf(theirs.offers);
    const std::vector<std::uint32_t> settled = m_records.digest(digest.buckets, except);
    for (const RecordName& name : fresh())
        if (!std::binary_search(except.begin(), except.end(), name.slot))
            reply.offers.push_back(name);
    const std::vector<std::uint64_t> own = slotsOf(reply.offers);
    except.insert(except.end(), own.begin(), own.end());
    std::sort(except.begin(), except.end());
    const std::vector<std::uint32_t> without = m_records.digest(digest.buckets, except);
    std::size_t names = 0;
    for (std::uint32_t number = 0; number < digest.buckets.count; ++number) {
        const std::uint32_t other = digest.numbers[number];
        if (settled[number] == other || without[number] == other) continue;
        BucketList list{number, m_records.namesIn(digest.buckets, number)};
        names += list.names.size() + 1;
        // The first list always goes; the rest when the next digest shows it again.
        if (names > 2 * m_settings.namesPerMessage && !reply.lists.empty()) return;
        reply.lists.push_back(std::move(list));
    }
}

void GossipState::sync(Actions& out)
{
    const std::vector<Peer*> peers = freePeers();
    if (peers.empty()) return;
    const auto wished = std::find_if(peers.begin(), peers.end(),
                                     [this](const Peer* peer) { return peer->number == m_wish; });
    Peer& peer = wished != peers.end() ? **wished : *peers.front();
    m_wish.reset();
    std::uint64_t salt = 0;
    m_random.fill(std::as_writable_bytes(std::span(&salt, 1)));
    Digest digest;
    digest.buckets = {salt, m_records.fittingBuckets()};
    GossipMessage message;
    message.offers = fresh();
    digest.numbers = m_records.digest(digest.buckets, slotsOf(message.offers));
    peer.buckets = digest.buckets;
    message.digest = std::move(digest);
    send(peer, std::move(message), out);
    m_nextSync = m_round + m_syncPause;
}

/// Something was amiss, or may be: comparisons come as often as they can again.
void GossipState::hurry()
{
    m_syncPause = m_settings.syncEvery;
    m_nextSync = std::min(m_nextSync, m_round + m_syncPause);
}

void GossipState::take(const RecordPtr& record, std::optional<PeerNumber> from, WallTime now,
                       Actions& out)
{
    const RecordName name = record->name();
    const Verdict verdict = m_records.accept(record, now);
    m_asked.erase(name.slot);
    if (verdict.changed()) {
        out.taken.push_back(record);
        m_news[name.slot] = {m_settings.pushRounds, {}};
        m_fresh[name.slot] = m_round;
        hurry();
    }
    const auto news = m_news.find(name.slot);
    if (from && news != m_news.end() && verdict.outcome != Acceptance::Older)
        news->second.told.push_back(*from);
    const bool refused =
        verdict.outcome == Acceptance::Refused || verdict.outcome == Acceptance::Full;
    if (!refused) return;
    if (m_refused.size() >= m_settings.remembered) m_refused.clear();
    m_refused[name.slot] = name.version;
}

/// Whether to ask for it now; remembers that it was asked for.
bool GossipState::wants(RecordName name)
{
    if (!m_records.lacks(name)) return false;
    const auto refused = m_refused.find(name.slot);
    if (refused != m_refused.end() && refused->second == name.version) return false;
    const auto asked = m_asked.find(name.slot);
    if (asked != m_asked.end() && asked->second.version >= name.version) return false;
    if (asked == m_asked.end() && m_asked.size() >= m_settings.remembered) return false;
    m_asked[name.slot] = {name.version, m_round};
    return true;
}

/// As many of the wanted records as one message may hold.
void GossipState::collect(const std::vector<std::uint64_t>& wanted,
                          std::vector<RecordPtr>& into) const
{
    std::size_t bytes = 0;
    for (const std::uint64_t slot : wanted) {
        RecordPtr record = m_records.find(slot);
        if (record == nullptr) continue;
        bytes += record->wireSize();
        if (bytes > m_settings.recordBytesPerMessage && !into.empty()) return;
        into.push_back(std::move(record));
    }
}

GossipMessage GossipState::answer(std::optional<PeerNumber> from, const GossipMessage& message,
                                  WallTime now, Actions& out)
{
    for (const RecordPtr& record : message.records)
        take(record, from, now, out);
    GossipMessage reply;
    for (const RecordName& name : message.offers) {
        if (reply.wants.size() == m_settings.namesPerMessage) break;
        if (wants(name)) reply.wants.push_back(name.slot);
    }
    collect(message.wants, reply.records);
    if (message.digest) differences(message, reply);
    if (!reply.lists.empty() || !reply.wants.empty()) hurry();
    return reply;
}

/// What the peer has and what it lacks, of one bucket.
void GossipState::compare(Peer& peer, const BucketList& list)
{
    std::map<std::uint64_t, std::uint64_t> theirs;
    for (const RecordName& name : list.names)
        theirs[name.slot] = name.version;
    for (const RecordName& name : list.names)
        if (wants(name)) peer.wanted.push_back(name);
    for (const RecordName& name : m_records.namesIn(*peer.buckets, list.number)) {
        const auto at = theirs.find(name.slot);
        if (at == theirs.end() || at->second < name.version)
            peer.toSend.push_back(m_records.find(name.slot));
    }
}

Actions GossipState::answered(PeerNumber number, const GossipMessage& answer, WallTime now)
{
    Actions out;
    Peer* const peer = find(number);
    if (peer == nullptr || !peer->busy) return out;
    peer->failures = 0;
    for (const RecordPtr& record : answer.records)
        take(record, number, now, out);
    // What did not fit into this answer is asked for again, as long as any record comes.
    if (!answer.records.empty())
        for (const RecordName& name : peer->asked)
            if (m_records.lacks(name) && !m_refused.contains(name.slot))
                peer->wanted.push_back(name);
    peer->asked.clear();
    for (const std::uint64_t slot : answer.wants)
        if (RecordPtr record = m_records.find(slot);
            record != nullptr && peer->toSend.size() < m_records.size())
            peer->toSend.push_back(std::move(record));
    if (peer->buckets) {
        for (const RecordName& name : answer.offers)
            if (wants(name)) peer->wanted.push_back(name);
        std::size_t names = 0;
        for (const BucketList& list : answer.lists) {
            if (list.number >= peer->buckets->count) continue;
            compare(*peer, list);
            names += list.names.size();
        }
        // That much is seldom all: buckets may have been left out.
        if (names >= m_settings.namesPerMessage) m_nextSync = m_round + 1;
        const bool same = answer.lists.empty() && answer.wants.empty() && peer->wanted.empty();
        if (same)
            m_syncPause = std::max(m_syncPause, std::min(2 * m_syncPause, m_settings.longestSync));
        else
            hurry();
    }
    peer->buckets.reset();
    peer->news.clear();
    goOn(*peer, out);
    return out;
}

void GossipState::goOn(Peer& peer, Actions& out)
{
    GossipMessage message;
    std::size_t bytes = 0;
    while (!peer.toSend.empty()) {
        bytes += peer.toSend.back()->wireSize();
        if (bytes > m_settings.recordBytesPerMessage && !message.records.empty()) break;
        message.records.push_back(std::move(peer.toSend.back()));
        peer.toSend.pop_back();
    }
    while (!peer.wanted.empty() && message.wants.size() < m_settings.namesPerMessage) {
        const RecordName name = peer.wanted.back();
        peer.wanted.pop_back();
        if (!m_records.lacks(name)) continue;
        message.wants.push_back(name.slot);
        peer.asked.push_back(name);
    }
    if (message.empty() || peer.steps >= m_settings.stepsPerExchange) {
        end(peer);
        return;
    }
    send(peer, std::move(message), out);
}

void GossipState::end(Peer& peer)
{
    const PeerNumber number = peer.number;
    const unsigned failures = peer.failures;
    const std::uint64_t rest = peer.restUntil;
    peer = Peer();
    peer.number = number;
    peer.failures = failures;
    peer.restUntil = rest;
}

void GossipState::failed(PeerNumber number)
{
    Peer* const peer = find(number);
    if (peer == nullptr || !peer->busy) return;
    for (const RecordName& name : peer->asked)
        m_asked.erase(name.slot);
    for (const RecordName& name : peer->wanted)
        m_asked.erase(name.slot);
    // It was not told after all.
    for (const std::uint64_t slot : peer->news)
        if (const auto news = m_news.find(slot); news != m_news.end())
            std::erase(news->second.told, number);
    if (peer->buckets) m_nextSync = m_round + 1; // with another one
    const unsigned shift = std::min(peer->failures, 16U);
    peer->restUntil = m_round + std::min<std::uint64_t>(1ULL << shift, m_settings.longestRest);
    ++peer->failures;
    end(*peer);
}

} // namespace tarn::gossip
