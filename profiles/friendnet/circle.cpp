#include "profiles/friendnet/circle.h"

#include "core/base/log.h"
#include "core/node/invite_file.h"
#include "core/node/sequence_file.h"
#include "core/wire/node_id.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>

namespace tarn::profiles {

namespace {

using gossip::RecordPtr;
using membership::InviteId;
using membership::Lineage;
using membership::RedeemAnswer;
using membership::RedeemOutcome;

constexpr Duration kLook = std::chrono::minutes(1);
constexpr std::size_t kAnswerRecordBytes = membership::kMaxAnswerBytes / 2;
constexpr std::size_t kMostReason = 256;

RedeemAnswer refusal(const Error& error)
{
    RedeemAnswer out;
    out.reason = error.message().substr(0, kMostReason);
    return out;
}

MemberRecords::Parts recordParts(const Circle::Parts& parts)
{
    return {parts.engine,
            parts.clock,
            parts.random,
            parts.diskPool,
            parts.dir.pathOf(kMembersFile),
            parts.founder,
            parts.key.publicKey()};
}

std::uint64_t lastSequenceOf(const std::vector<RecordPtr>& records, const Ed25519PublicKey& signer)
{
    std::uint64_t out = 0;
    for (const RecordPtr& record : records)
        if (record->signer() == signer) out = std::max(out, record->content().sequence);
    return out;
}

} // namespace

Circle::Circle(Parts parts)
    : m_parts(std::move(parts)), m_self(m_parts.key.publicKey()), m_records(recordParts(m_parts)),
      m_book(membership::gridIdOf(m_parts.founder), m_self), m_counting(m_parts.engine),
      m_saving(m_parts.engine), m_wake(m_parts.engine), m_tasks(m_parts.engine)
{
}

Result<std::unique_ptr<Circle>> Circle::openBlocking(Parts parts)
{
    std::unique_ptr<Circle> out(new Circle(std::move(parts)));
    TARN_TRY_VOID(out->loadBlocking());
    return out;
}

Result<void> Circle::loadBlocking()
{
    TARN_TRY_VOID(m_records.loadBlocking());
    TARN_TRY(m_book, node::readInvitesBlocking(m_parts.dir.pathOf(kInvitesFile), grid(), m_self));
    m_bookOnDisk = m_book.version();
    const bool founds = m_self == m_parts.founder && view().find(m_self) == nullptr;
    return founds ? foundBlocking() : ok();
}

Result<void> Circle::foundBlocking()
{
    const WallTime now = m_parts.clock.wallNow();
    TARN_TRY(const std::uint64_t sequence, node::takeSequence(m_parts.dir, 0, now));
    TARN_TRY(const RecordPtr certificate,
             membership::foundGrid(m_parts.key, m_parts.nickname, m_parts.gridName, sequence, now));
    return m_records.add(certificate);
}

void Circle::start(Listener listener)
{
    m_listener = std::move(listener);
    MemberRecords::Listener below;
    below.send = m_listener.send;
    below.changed = [this](bool) {
        note();
        if (m_listener.members) m_listener.members();
    };
    m_records.setListener(std::move(below));
    m_records.start();
    m_tasks.spawn(attend());
}

asio::awaitable<void> Circle::stop()
{
    m_tasks.cancel();
    co_await m_tasks.join();
    co_await m_records.stop();
    const Result<void> saved = co_await saveInvites();
    if (!saved) TARN_LOG(Error, Main, "invites are not on disk", {"error", saved.error().text()});
}

void Circle::note()
{
    m_news = true;
    m_wake.notifyAll();
}

void Circle::announce(std::optional<gossip::ServerAnnouncement> told)
{
    m_told = std::move(told);
    note();
}

// --- what must be done because of what others said, or because time has passed ---

asio::awaitable<void> Circle::attend()
{
    using namespace asio::experimental::awaitable_operators;
    while (true) {
        m_news = false;
        const Result<void> done = co_await duties();
        if (!done)
            TARN_LOG(Error, Main, "this node cannot do its part as a member",
                     {"error", done.error().text()});
        if (m_news && done) continue;
        asio::awaitable<void> sleeping = m_parts.clock.sleep(kLook);
        asio::awaitable<void> waiting = m_wake.wait();
        co_await (std::move(sleeping) || std::move(waiting));
    }
}

asio::awaitable<Result<void>> Circle::duties()
{
    const WallTime now = m_parts.clock.wallNow();
    const std::uint64_t before = m_book.version();
    m_book.tick(now);
    m_book.learn(m_records.all(), now);
    const membership::InviteDuty duty = m_book.reconcile(view(), now);
    if (m_book.version() != before && m_listener.invites) m_listener.invites();
    // One that fails keeps no other from being done; the first failure is told.
    Result<void> first = co_await saveInvites();
    const auto keepFirst = [&first](Result<void> done) {
        if (first && !done) first = std::move(done);
    };
    for (const Lineage& guest : duty.revoke)
        keepFirst(co_await signRevocation(guest.member(), guest));
    keepFirst(co_await publishInvites());
    keepFirst(co_await renewOthers());
    keepFirst(co_await announceServer());
    co_return first;
}

asio::awaitable<Result<void>> Circle::publishInvites()
{
    const std::vector<membership::InviteOffer> offers =
        m_book.toPublish(m_records.all(), m_parts.clock.wallNow());
    for (const membership::InviteOffer& offer : offers) {
        TARN_CO_TRY(const std::uint64_t sequence, co_await nextSequence());
        TARN_CO_TRY(const RecordPtr record,
                    membership::signInvite(m_parts.key, offer, sequence, m_parts.clock.wallNow()));
        TARN_CO_TRY_VOID(m_records.add(record));
    }
    co_return ok();
}

asio::awaitable<Result<void>> Circle::renewOthers()
{
    const std::vector<Ed25519PublicKey> due =
        m_records.membership().dueForRenewal(m_self, m_parts.clock.wallNow());
    for (const Ed25519PublicKey& key : due) {
        const membership::Member* const member = view().find(key);
        if (member == nullptr) continue;
        Lineage lineage = member->lineage;
        TARN_CO_TRY(const RecordPtr record, co_await certify(std::move(lineage)));
        TARN_CO_TRY_VOID(m_records.add(record));
    }
    co_return ok();
}

asio::awaitable<Result<void>> Circle::announceServer()
{
    if (!m_told || !view().mayOffer(m_self)) co_return ok();
    const WallTime now = m_parts.clock.wallNow();
    const bool fresh = now >= m_announcedAt && now - m_announcedAt < gossip::kAnnounceEvery;
    if (m_announced && *m_announced == *m_told && fresh) co_return ok();
    const gossip::ServerAnnouncement told = *m_told;
    TARN_CO_TRY(const std::uint64_t sequence, co_await nextSequence());
    TARN_CO_TRY(const RecordPtr record, gossip::signAnnouncement(m_parts.key, told, sequence, now));
    TARN_CO_TRY_VOID(m_records.add(record));
    m_announced = told;
    m_announcedAt = now;
    co_return ok();
}

// --- what is written before it counts ---

/// One after the other: numbers rise.
asio::awaitable<Result<std::uint64_t>> Circle::nextSequence()
{
    const Turns::Turn turn = co_await m_counting.take();
    const std::uint64_t atLeast = lastSequenceOf(m_records.all(), m_self) + 1;
    const WallTime now = m_parts.clock.wallNow();
    auto job = [this, atLeast, now] { return node::takeSequence(m_parts.dir, atLeast, now); };
    co_return co_await runOn(m_parts.diskPool, std::move(job));
}

asio::awaitable<Result<void>> Circle::saveInvites()
{
    const std::uint64_t wanted = m_book.version();
    const Turns::Turn turn = co_await m_saving.take();
    if (m_bookOnDisk >= wanted) co_return ok();
    const std::uint64_t covered = m_book.version();
    auto archive = std::make_shared<const Secret>(membership::encodeInvites(m_book));
    auto job = [archive, path = m_parts.dir.pathOf(kInvitesFile)] {
        return node::writeInvitesBlocking(path, *archive);
    };
    const Result<void> written = co_await runOn(m_parts.diskPool, std::move(job));
    if (written) m_bookOnDisk = covered;
    co_return written;
}

/// After a change of the book by its owner.
asio::awaitable<Result<void>> Circle::settle(Result<void> done)
{
    TARN_CO_TRY_VOID(done);
    TARN_CO_TRY_VOID(co_await saveInvites());
    note();
    if (m_listener.invites) m_listener.invites();
    co_return ok();
}

// --- invites ---

asio::awaitable<Result<InviteId>> Circle::createInvite(membership::InviteWish wish)
{
    if (!view().mayIssue(m_self, wish.terms.depth)) {
        co_return Error(ErrorCode::Unauthorized, "this node may not invite anybody on these terms");
    }
    TARN_CO_TRY(const InviteId id, m_book.create(wish, m_parts.random, m_parts.clock.wallNow()));
    Result<void> created = ok();
    TARN_CO_TRY_VOID(co_await settle(std::move(created)));
    co_return id;
}

asio::awaitable<Result<void>> Circle::approve(InviteId id)
{
    return settle(m_book.approve(id));
}

asio::awaitable<Result<void>> Circle::deny(InviteId id)
{
    return settle(m_book.deny(id, m_parts.clock.wallNow()));
}

asio::awaitable<Result<void>> Circle::cancel(InviteId id)
{
    return settle(m_book.cancel(id, m_parts.clock.wallNow()));
}

std::vector<membership::InviteHint> Circle::hintsFor(const membership::KeptInvite& invite) const
{
    std::vector<membership::InviteHint> out;
    const auto addAll = [&](const std::vector<std::string>& locations,
                            const std::optional<Ed25519PublicKey>& node, std::size_t most) {
        for (const std::string& text : locations) {
            const Result<wire::Location> location = wire::parseLocation(text);
            if (location && location->port != 0 && out.size() < most)
                out.push_back({*location, node, std::nullopt, {}});
        }
    };
    const std::size_t own = invite.delegate ? membership::kMaxHints / 2 : membership::kMaxHints;
    std::vector<membership::InviteHint> meeting;
    if (m_listener.meetingHints) meeting = m_listener.meetingHints(invite.expires);
    meeting.resize(std::min(meeting.size(), own / 2));
    if (m_told) addAll(m_told->locations, std::nullopt, own - meeting.size());
    out.insert(out.end(), meeting.begin(), meeting.end());
    if (!invite.delegate) return out;
    const RecordPtr record = m_records.announcementOf(*invite.delegate);
    if (record == nullptr) return out;
    const Result<gossip::ServerAnnouncement> server = gossip::readAnnouncement(*record);
    if (server) addAll(server->locations, invite.delegate, membership::kMaxHints);
    return out;
}

Result<Secret> Circle::linkOf(const InviteId& id) const
{
    const membership::KeptInvite* const invite = m_book.find(id);
    if (invite == nullptr) return Error(ErrorCode::NotFound, "no such invite");
    std::vector<membership::InviteHint> hints = hintsFor(*invite);
    if (hints.empty()) {
        return Error(ErrorCode::Conflict, "this node has no address that a newcomer could come "
                                          "to: name one in [announce] locations");
    }
    const membership::Member* const founder = view().find(m_parts.founder);
    const std::string& name = founder != nullptr ? founder->lineage.own().gridName : std::string();
    TARN_TRY(const membership::InviteLink link,
             m_book.link(id, name.empty() ? m_parts.gridName : name, std::move(hints)));
    return membership::inviteText(link);
}

// --- newcomers ---

/// Before an invite is used up for somebody whom it would not help. Only who has the token learns
/// of it.
Result<void> Circle::checkNewcomer(const membership::RedeemRequest& request,
                                   ByteView exporter) const
{
    const membership::KeptInvite* const invite = m_book.find(request.invite);
    if (invite == nullptr || !invite->isOpen()) return ok();
    if (!membership::checkRedeem(request, invite->key, exporter)) return ok();
    if (view().isBuried(request.node))
        return Error(ErrorCode::Unauthorized, "this node's key was revoked in this grid");
    if (view().isLive(request.node))
        return Error(ErrorCode::Conflict, "this node is a member already");
    return ok();
}

asio::awaitable<Result<RedeemAnswer>> Circle::redeem(membership::RedeemRequest request,
                                                     Secret exporter)
{
    const Result<void> fit = checkNewcomer(request, exporter.view());
    if (!fit) co_return refusal(fit.error());
    const std::uint64_t before = m_book.version();
    const Result<membership::ClaimOutcome> claimed =
        m_book.claim(request, exporter.view(), m_parts.clock.wallNow());
    if (m_book.version() != before && m_listener.invites) m_listener.invites();
    TARN_CO_TRY_VOID(co_await saveInvites());
    if (!claimed) co_return refusal(claimed.error());
    if (*claimed == membership::ClaimOutcome::Complete) {
        co_return co_await welcome(std::move(request));
    }
    RedeemAnswer waiting;
    waiting.outcome = RedeemOutcome::Waiting;
    co_return waiting;
}

asio::awaitable<Result<RedeemAnswer>> Circle::welcome(membership::RedeemRequest request)
{
    Result<Lineage> lineage =
        m_book.admit(request.invite, m_parts.key, view(), m_parts.clock.wallNow());
    TARN_CO_TRY_VOID(co_await saveInvites());
    if (!lineage) co_return refusal(lineage.error());
    RedeemAnswer out;
    out.outcome = RedeemOutcome::Welcome;
    out.certificate = certificateOf(*lineage);
    if (out.certificate == nullptr) {
        TARN_CO_TRY(out.certificate, co_await certify(*std::move(lineage)));
        const Result<void> taken = m_records.add(out.certificate);
        if (!taken) co_return refusal(taken.error());
    }
    TARN_CO_TRY_VOID(co_await m_records.saved());
    out.records = m_records.toBeginWith(membership::kMaxAnswerRecords, kAnswerRecordBytes);
    note();
    if (m_listener.invites) m_listener.invites();
    co_return out;
}

/// One that lasts for some time yet.
RecordPtr Circle::certificateOf(const Lineage& lineage) const
{
    const std::int64_t enough =
        unixSeconds(m_parts.clock.wallNow() + membership::kCertificateLife / 2);
    membership::LineageReader reader(grid());
    for (const RecordPtr& record : m_records.all()) {
        if (record->content().kind != gossip::RecordKind::Certificate) continue;
        if (!equal(record->content().subject, lineage.member().view())) continue;
        const Result<membership::Certificate> one = membership::openCertificate(reader, *record);
        if (one && one->lineage == lineage && one->expires > enough) return record;
    }
    return nullptr;
}

asio::awaitable<Result<RecordPtr>> Circle::certify(Lineage lineage)
{
    const membership::Member* const me = view().find(m_self);
    const bool founder = m_self == m_parts.founder;
    if (me == nullptr && !founder) {
        co_return Error(ErrorCode::Unauthorized, "this node is no member itself");
    }
    std::optional<Lineage> own;
    if (!founder && !lineage.positionOf(m_self)) own = me->lineage;
    TARN_CO_TRY(const std::uint64_t sequence, co_await nextSequence());
    co_return membership::signCertificate(m_parts.key, lineage, own ? &*own : nullptr, sequence,
                                          m_parts.clock.wallNow());
}

RecordPtr Circle::ownCertificate() const
{
    RecordPtr out;
    for (const RecordPtr& record : m_records.all()) {
        if (record->content().kind != gossip::RecordKind::Certificate) continue;
        if (!equal(record->content().subject, m_self.view())) continue;
        if (out == nullptr || record->content().expires > out->content().expires) out = record;
    }
    return out;
}

// --- endings ---

asio::awaitable<Result<void>> Circle::revoke(Ed25519PublicKey member)
{
    if (member == m_self) {
        co_return Error(ErrorCode::Conflict, "this node cannot revoke itself");
    }
    const membership::Member* const known = view().find(member);
    if (known == nullptr) co_return Error(ErrorCode::NotFound, "no such member");
    Lineage lineage = known->lineage;
    if (m_self != m_parts.founder && !lineage.positionOf(m_self)) {
        co_return Error(ErrorCode::Unauthorized,
                        "only its inviters and the grid's founder may revoke this member");
    }
    TARN_CO_TRY_VOID(co_await signRevocation(member, std::move(lineage)));
    co_return co_await m_records.saved();
}

asio::awaitable<Result<void>> Circle::leave()
{
    const membership::Member* const me = view().find(m_self);
    if (me == nullptr || !m_records.belongs(m_self)) {
        co_return Error(ErrorCode::Conflict, "this node is no member of its grid");
    }
    const Lineage own = me->lineage;
    TARN_CO_TRY(const std::uint64_t sequence, co_await nextSequence());
    TARN_CO_TRY(const RecordPtr record,
                membership::signDeparture(m_parts.key, own, sequence, m_parts.clock.wallNow()));
    TARN_CO_TRY_VOID(m_records.add(record));
    TARN_LOG(Info, Main, "this node has left its grid");
    co_return co_await m_records.saved();
}

asio::awaitable<Result<void>> Circle::signRevocation(Ed25519PublicKey member,
                                                     std::optional<Lineage> lineage)
{
    if (m_self == m_parts.founder) lineage.reset();
    TARN_CO_TRY(const std::uint64_t sequence, co_await nextSequence());
    TARN_CO_TRY(const RecordPtr record,
                membership::signRevocation(m_parts.key, grid(), member,
                                           lineage ? &*lineage : nullptr, sequence,
                                           m_parts.clock.wallNow()));
    TARN_LOG(Info, Main, "a membership is revoked", {"member", wire::nodeIdOf(member)});
    co_return m_records.add(record);
}

} // namespace tarn::profiles
