#include "profiles/friendnet/member_records.h"

#include "core/base/log.h"
#include "core/gossip/server_announcement.h"
#include "core/node/record_file.h"

#include <algorithm>
#include <set>

namespace tarn::profiles {

namespace {

using gossip::RecordKind;
using gossip::RecordPtr;
using membership::Standing;

constexpr Duration kRound = std::chrono::seconds(2);
constexpr Duration kDiskRetry = std::chrono::seconds(10);
/// What records let in may let in others; more generations than a grid can have.
constexpr unsigned kMostPasses = 16;

/// Few members, who shall agree within seconds.
gossip::GossipSettings gossipSettings()
{
    gossip::GossipSettings out;
    out.syncEvery = 5;
    out.longestSync = 60; // two minutes
    out.longestRest = 5;
    return out;
}

} // namespace

MemberRecords::MemberRecords(Parts parts)
    : m_parts(std::move(parts)), m_membership(m_parts.founder),
      m_gossip(gossip::RecordSet(membership::gridKinds(), membership::gridLimits(),
                                 m_membership.policy()),
               gossipSettings(), m_parts.random),
      m_changed(m_parts.engine), m_written(m_parts.engine), m_tasks(m_parts.engine)
{
}

Result<void> MemberRecords::loadBlocking()
{
    TARN_TRY(const gossip::RecordArchive archive, node::readRecordsBlocking(m_parts.file));
    if (archive.damaged > 0)
        TARN_LOG(Warning, Gossip, "records left out, their signatures are wrong",
                 {"count", archive.damaged});
    const WallTime now = m_parts.clock.wallNow();
    m_membership.remember(archive.records);
    m_membership.refresh(archive.records, now);
    m_gossip.setPolicy(m_membership.policy());
    for (const RecordPtr& record : archive.records) {
        m_gossip.restore(record, now);
        const Ed25519PublicKey& signer = record->signer();
        if (record->content().kind == RecordKind::Announcement) m_announcements[signer] = record;
    }
    understand();
    m_onDisk = m_changes;
    return ok();
}

void MemberRecords::start()
{
    choosePeers();
    m_tasks.spawn(keep());
    m_tasks.spawn(beat());
}

asio::awaitable<void> MemberRecords::stop()
{
    m_stopping = true;
    m_tasks.cancel();
    co_await m_tasks.join();
    if (m_onDisk == m_changes) co_return;
    const Result<void> written = co_await write();
    if (!written)
        TARN_LOG(Error, Gossip, "records are not on disk", {"error", written.error().text()});
}

// --- what is kept ---

std::vector<RecordPtr> MemberRecords::kept() const
{
    std::vector<RecordPtr> out = all();
    std::set<gossip::RecordName> seen;
    for (const RecordPtr& record : out)
        seen.insert(record->name());
    const auto addNew = [&](const RecordPtr& record) {
        if (seen.insert(record->name()).second) out.push_back(record);
    };
    for (const RecordPtr& record : m_membership.memory())
        addNew(record);
    for (const auto& [key, record] : m_announcements)
        addNew(record);
    return out;
}

asio::awaitable<Result<void>> MemberRecords::write()
{
    const std::uint64_t covered = m_changes;
    auto job = [file = m_parts.file, records = kept()] {
        return node::writeRecordsBlocking(file, records);
    };
    const Result<void> written = co_await runOn(m_parts.diskPool, std::move(job));
    ++m_attempts;
    m_diskProblem = written ? std::string() : written.error().text();
    if (written) m_onDisk = covered;
    co_return written;
}

/// One write takes all changes until it begins.
asio::awaitable<void> MemberRecords::keep()
{
    while (true) {
        while (m_onDisk == m_changes)
            co_await m_changed.wait();
        const Result<void> written = co_await write();
        m_written.notifyAll();
        if (written) continue;
        TARN_LOG(Error, Gossip, "records are not on disk", {"error", m_diskProblem});
        co_await m_parts.clock.sleep(kDiskRetry);
    }
}

asio::awaitable<Result<void>> MemberRecords::saved()
{
    const std::uint64_t wanted = m_changes;
    const std::uint64_t attempts = m_attempts;
    while (m_onDisk < wanted) {
        if (m_attempts > attempts && !m_diskProblem.empty())
            co_return Error(ErrorCode::IoFailure, m_diskProblem);
        co_await m_written.wait();
    }
    co_return ok();
}

// --- what follows from the records ---

/// The newest of each, whether it has expired or not.
void MemberRecords::noteAnnouncements()
{
    for (const RecordPtr& record : all()) {
        if (record->content().kind != RecordKind::Announcement) continue;
        RecordPtr& known = m_announcements[record->signer()];
        if (known == nullptr || record->isNewerThan(*known)) known = record;
    }
    std::erase_if(m_announcements, [this](const auto& one) { return !belongs(one.first); });
}

/// Who is new may have let in others, whose records were refused or go now.
void MemberRecords::understand()
{
    bool who = false;
    for (unsigned pass = 0; pass < kMostPasses; ++pass) {
        if (!m_membership.refresh(all(), m_parts.clock.wallNow())) break;
        who = true;
        m_gossip.setPolicy(m_membership.policy());
    }
    noteAnnouncements();
    if (who) choosePeers();
    ++m_changes;
    m_changed.notifyAll();
    if (m_listener.changed) m_listener.changed(who);
}

gossip::PeerNumber MemberRecords::numberOf(const Ed25519PublicKey& key)
{
    const auto next = static_cast<gossip::PeerNumber>(m_numbers.size());
    const auto [at, isNew] = m_numbers.try_emplace(key, next);
    if (isNew) m_keys.emplace(next, key);
    return at->second;
}

void MemberRecords::choosePeers()
{
    std::vector<gossip::PeerNumber> peers;
    for (const auto& [key, member] : view().members())
        if (belongs(key) && key != m_parts.self) peers.push_back(numberOf(key));
    m_gossip.setPeers(peers);
}

bool MemberRecords::belongs(const Ed25519PublicKey& key) const
{
    const membership::Member* const member = view().find(key);
    return member != nullptr &&
           (member->standing == Standing::Live || member->standing == Standing::Expired);
}

std::vector<RecordPtr> MemberRecords::announcements() const
{
    std::vector<RecordPtr> out;
    for (const auto& [key, record] : m_announcements)
        out.push_back(record);
    return out;
}

RecordPtr MemberRecords::announcementOf(const Ed25519PublicKey& key) const
{
    const auto at = m_announcements.find(key);
    return at != m_announcements.end() ? at->second : nullptr;
}

std::vector<RecordPtr> MemberRecords::toBeginWith(std::size_t count, std::size_t bytes) const
{
    std::vector<RecordPtr> sorted = all();
    const auto rank = [this](const RecordPtr& record) {
        const bool own = record->signer() == m_parts.self;
        switch (record->content().kind) {
        case RecordKind::Announcement:
            return own ? 0 : 3;
        case RecordKind::Certificate:
            return own ? 1 : 2;
        default:
            return 4;
        }
    };
    std::stable_sort(sorted.begin(), sorted.end(),
                     [&rank](const RecordPtr& a, const RecordPtr& b) { return rank(a) < rank(b); });
    std::vector<RecordPtr> out;
    for (const RecordPtr& record : sorted) {
        if (record->wireSize() > bytes || out.size() == count) continue;
        bytes -= record->wireSize();
        out.push_back(record);
    }
    return out;
}

std::vector<RecordPtr> MemberRecords::endingsOf(const Ed25519PublicKey& key) const
{
    const membership::Member* const member = view().find(key);
    std::vector<RecordPtr> out;
    for (const RecordPtr& record : all()) {
        if (record->content().kind != RecordKind::Revocation) continue;
        const Result<Ed25519PublicKey> whom = Ed25519PublicKey::from(record->content().subject);
        if (!whom) continue;
        if (*whom == key || (member != nullptr && member->lineage.mentions(*whom)))
            out.push_back(record);
    }
    return out;
}

// --- what comes and goes ---

void MemberRecords::apply(gossip::Actions actions)
{
    if (!actions.taken.empty() || !actions.vanished.empty()) understand();
    for (gossip::Send& one : actions.sends) {
        const auto to = m_keys.find(one.peer);
        if (m_stopping || to == m_keys.end() || !m_listener.send)
            m_gossip.failed(one.peer);
        else
            m_listener.send(to->second, std::move(one.message));
    }
}

Result<void> MemberRecords::add(const RecordPtr& record)
{
    gossip::Actions actions;
    const gossip::Verdict verdict = m_gossip.add(record, m_parts.clock.wallNow(), actions);
    apply(std::move(actions));
    const bool refused = verdict.outcome == gossip::Acceptance::Refused ||
                         verdict.outcome == gossip::Acceptance::Full;
    if (refused) return Error(ErrorCode::InvalidInput, "refused: " + verdict.reason);
    return ok();
}

gossip::GossipMessage MemberRecords::answer(const Ed25519PublicKey& from,
                                            const gossip::GossipMessage& message)
{
    gossip::Actions actions;
    gossip::GossipMessage out =
        m_gossip.answer(numberOf(from), message, m_parts.clock.wallNow(), actions);
    apply(std::move(actions));
    return out;
}

void MemberRecords::answered(const Ed25519PublicKey& peer, const gossip::GossipMessage& message)
{
    apply(m_gossip.answered(numberOf(peer), message, m_parts.clock.wallNow()));
}

void MemberRecords::failed(const Ed25519PublicKey& peer)
{
    m_gossip.failed(numberOf(peer));
}

void MemberRecords::meet(const Ed25519PublicKey& who)
{
    m_gossip.meet(numberOf(who));
}

void MemberRecords::compareSoon()
{
    choosePeers(); // that begins a comparison in the next round
}

void MemberRecords::look()
{
    const std::int64_t next = view().nextExpiry();
    if (next != 0 && next <= unixSeconds(m_parts.clock.wallNow())) understand();
}

asio::awaitable<void> MemberRecords::beat()
{
    while (true) {
        apply(m_gossip.tick(m_parts.clock.wallNow()));
        look();
        co_await m_parts.clock.sleep(kRound);
    }
}

} // namespace tarn::profiles
