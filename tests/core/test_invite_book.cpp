#include "core/membership/invite_archive.h"
#include "tests/support/friend_grid.h"
#include "tests/support/seeded_random.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::membership;
using test::FriendGrid;
using test::kTestTime;

namespace {

constexpr Duration kHour = std::chrono::hours(1);

const Bytes kExporter(kExporterBytes, std::byte{5});

/// Founder 0, inviter 1, delegate 2.
FriendGrid friends()
{
    FriendGrid grid;
    grid.admit(0, 1, 3);
    grid.admit(0, 2, 1);
    return grid;
}

std::vector<gossip::RecordPtr> records(const FriendGrid& grid)
{
    return {grid.certify(0, 0), grid.certify(0, 1), grid.certify(0, 2)};
}

InviteBook bookOf(std::uint32_t who)
{
    return InviteBook(FriendGrid::grid(), FriendGrid::id(who));
}

InviteWish wish(bool preApproved, std::optional<std::uint32_t> delegate = {})
{
    InviteWish out;
    out.terms = {Role::Friend, 1, 0};
    out.preApproved = preApproved;
    if (delegate) out.delegate = FriendGrid::id(*delegate);
    out.note = "for a friend";
    return out;
}

InviteId made(InviteBook& book, const InviteWish& wish, std::uint64_t seed = 1)
{
    test::SeededRandom random(seed);
    return *book.create(wish, random, kTestTime);
}

RedeemRequest redeem(const InviteLink& link, std::uint32_t who)
{
    return *makeRedeem(link, FriendGrid::key(who), test::nicknameOf(who), kExporter);
}

InviteLink linkOf(const InviteBook& book, const InviteId& id)
{
    return *book.link(id, "the test grid", {});
}

InviteState stateOf(const InviteBook& book, const InviteId& id)
{
    return book.find(id)->state;
}

template <class T>
ErrorCode codeOf(const Result<T>& result)
{
    return result ? ErrorCode::Internal : result.error().code();
}

/// What the delegate reads.
gossip::RecordPtr published(const InviteBook& book, std::uint32_t inviter,
                            std::span<const gossip::RecordPtr> known = {})
{
    const std::vector<InviteOffer> offers = book.toPublish(known, kTestTime);
    TARN_ASSERT(offers.size() == 1);
    return *signInvite(FriendGrid::key(inviter), offers.front(), 1 + known.size(), kTestTime);
}

} // namespace

class TestInviteBook final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void anApprovedNewcomerJoins()
    {
        const FriendGrid grid = friends();
        const MembershipView view = test::viewOf(records(grid));
        InviteBook book = bookOf(1);
        const InviteId id = made(book, wish(false));
        const InviteLink link = linkOf(book, id);
        QCOMPARE(codeOf(book.deny(id, kTestTime)), ErrorCode::Conflict);
        QVERIFY(*book.claim(redeem(link, 5), kExporter, kTestTime) == ClaimOutcome::Waiting);
        QCOMPARE(stateOf(book, id), InviteState::Claimed);
        QCOMPARE(book.find(id)->claim->nickname, std::string("member 5"));
        QCOMPARE(codeOf(book.admit(id, FriendGrid::key(1), view, kTestTime)), ErrorCode::Conflict);
        QVERIFY(book.approve(id));
        QVERIFY(*book.claim(redeem(link, 5), kExporter, kTestTime) == ClaimOutcome::Complete);
        const Result<Lineage> lineage = book.admit(id, FriendGrid::key(1), view, kTestTime);
        QVERIFY(lineage);
        QVERIFY(lineage->own().inviter == FriendGrid::id(1) && lineage->own().invite == id);
        QCOMPARE(stateOf(book, id), InviteState::Joined);
        QVERIFY(!book.find(id)->token);
        // Who asks again gets the same.
        QVERIFY(*book.claim(redeem(link, 5), kExporter, kTestTime) == ClaimOutcome::Complete);
        QVERIFY(*book.admit(id, FriendGrid::key(1), view, kTestTime + kHour) == *lineage);
        QCOMPARE(codeOf(book.link(id, "x", {})), ErrorCode::Conflict);
    }
    void aPreApprovedOneJoinsAtOnce()
    {
        const FriendGrid grid = friends();
        InviteBook book = bookOf(0); // the founder, whose lineage nobody needs
        const InviteId id = made(book, wish(true));
        const InviteLink link = linkOf(book, id);
        QVERIFY(*book.claim(redeem(link, 5), kExporter, kTestTime) == ClaimOutcome::Complete);
        QVERIFY(book.admit(id, FriendGrid::key(0), test::viewOf({}), kTestTime));
    }
    void theFirstOfTwoWins()
    {
        InviteBook book = bookOf(1);
        const InviteId id = made(book, wish(false));
        const InviteLink link = linkOf(book, id);
        QVERIFY(book.claim(redeem(link, 5), kExporter, kTestTime));
        const std::uint64_t version = book.version();
        QCOMPARE(codeOf(book.claim(redeem(link, 6), kExporter, kTestTime)), ErrorCode::Conflict);
        QVERIFY(book.claim(redeem(link, 5), kExporter, kTestTime));
        QCOMPARE(book.version(), version);
        QVERIFY(book.find(id)->claim->node == FriendGrid::id(5));
    }
    void refusalsOfAClaim_data()
    {
        QTest::addColumn<int>("which");
        QTest::addColumn<int>("code");
        QTest::newRow("another invite") << 0 << int(ErrorCode::NotFound);
        QTest::newRow("another grid") << 1 << int(ErrorCode::NotFound);
        QTest::newRow("another token") << 2 << int(ErrorCode::Unauthorized);
        QTest::newRow("another connection") << 3 << int(ErrorCode::Unauthorized);
        QTest::newRow("cancelled") << 4 << int(ErrorCode::Conflict);
        QTest::newRow("denied") << 5 << int(ErrorCode::Conflict);
        QTest::newRow("expired") << 6 << int(ErrorCode::Conflict);
    }
    void refusalsOfAClaim()
    {
        QFETCH(int, which);
        QFETCH(int, code);
        InviteBook book = bookOf(1);
        const InviteId id = made(book, wish(false));
        InviteLink link = linkOf(book, id);
        WallTime now = kTestTime;
        Bytes exporter = kExporter;
        if (which == 0) link.id = InviteId();
        if (which == 1) link.grid = GridId();
        if (which == 2) link.token = InviteToken();
        if (which == 3) exporter[0] = std::byte{1};
        if (which == 4) QVERIFY(book.cancel(id, now));
        if (which == 5) {
            QVERIFY(book.claim(redeem(link, 6), kExporter, now));
            QVERIFY(book.deny(id, now));
        }
        if (which == 6) now += kUsualInvite;
        QCOMPARE(int(codeOf(book.claim(redeem(link, 5), exporter, now))), code);
        if (which == 6) QCOMPARE(stateOf(book, id), InviteState::Expired);
    }
    void fiveWrongProofsBurnIt()
    {
        InviteBook book = bookOf(1);
        const InviteId id = made(book, wish(true));
        const InviteLink good = linkOf(book, id);
        InviteLink link = good;
        link.token = InviteToken();
        for (unsigned i = 0; i < kMostFailedProofs; ++i)
            QCOMPARE(codeOf(book.claim(redeem(link, 5), kExporter, kTestTime)),
                     ErrorCode::Unauthorized);
        QCOMPARE(stateOf(book, id), InviteState::Burned);
        QCOMPARE(codeOf(book.claim(redeem(good, 5), kExporter, kTestTime)), ErrorCode::Conflict);
    }
    void tenThousandClaimsLeaveNothing()
    {
        InviteBook book = bookOf(1);
        const InviteId id = made(book, wish(false));
        const InviteLink link = linkOf(book, id);
        QVERIFY(book.claim(redeem(link, 5), kExporter, kTestTime));
        const std::size_t size = encodeInvites(book).size();
        const RedeemRequest other = redeem(link, 6);
        RedeemRequest unknown = other;
        for (std::uint32_t i = 0; i < 10'000; ++i) {
            storeBig<std::uint32_t>(unknown.invite.mutableView(), 0, i + 1);
            QCOMPARE(codeOf(book.claim(unknown, kExporter, kTestTime)), ErrorCode::NotFound);
            if (i % 100 == 0)
                QCOMPARE(codeOf(book.claim(other, kExporter, kTestTime)), ErrorCode::Conflict);
        }
        QCOMPARE(encodeInvites(book).size(), size);
    }
    void aClaimThatCameInTimeWaits()
    {
        InviteBook book = bookOf(1);
        const InviteId id = made(book, wish(false));
        const InviteLink link = linkOf(book, id);
        QVERIFY(book.claim(redeem(link, 5), kExporter, kTestTime));
        book.tick(kTestTime + kUsualInvite + kHour);
        QCOMPARE(stateOf(book, id), InviteState::Claimed);
        book.tick(kTestTime + kLongestClaim);
        QCOMPARE(stateOf(book, id), InviteState::Expired);
    }
    void aDelegateCompletesIt()
    {
        const FriendGrid grid = friends();
        InviteBook book = bookOf(1);
        const InviteId id = made(book, wish(true, 2));
        const InviteLink link = linkOf(book, id);
        const std::vector<gossip::RecordPtr> told{published(book, 1)};
        QVERIFY(book.toPublish(told, kTestTime).empty());
        InviteBook delegate = bookOf(2);
        delegate.learn(told, kTestTime);
        InviteBook stranger = bookOf(3);
        stranger.learn(told, kTestTime);
        QVERIFY(stranger.invites().empty());
        QVERIFY(!delegate.find(id)->token);
        QVERIFY(delegate.claim(redeem(link, 5), kExporter, kTestTime + kHour));
        const MembershipView view = test::viewOf(records(grid));
        const Result<Lineage> lineage =
            delegate.admit(id, FriendGrid::key(2), view, kTestTime + kHour);
        QVERIFY(lineage && lineage->own().inviter == FriendGrid::id(1));
        auto all = records(grid);
        all.push_back(
            *signCertificate(FriendGrid::key(2), *lineage, &grid.lineage(2), 1, kTestTime + kHour));
        // The inviter wakes up.
        const MembershipView later = test::viewOf(all, kTestTime + 2 * kHour);
        QVERIFY(book.reconcile(later, kTestTime + 2 * kHour).revoke.empty());
        QCOMPARE(stateOf(book, id), InviteState::Joined);
        QVERIFY(book.find(id)->claim->node == FriendGrid::id(5));
        QCOMPARE(codeOf(book.claim(redeem(link, 6), kExporter, kTestTime)), ErrorCode::Conflict);
        QCOMPARE(codeOf(book.claim(redeem(link, 5), kExporter, kTestTime)), ErrorCode::Conflict);
        const std::vector<gossip::RecordPtr> closed{published(book, 1, told)};
        QVERIFY(readInvite(*closed.front())->closed);
    }
    void aDelegateHearsOfACancellation()
    {
        InviteBook book = bookOf(1);
        const InviteId id = made(book, wish(false, 2));
        const std::vector<gossip::RecordPtr> told{published(book, 1)};
        InviteBook delegate = bookOf(2);
        delegate.learn(told, kTestTime);
        QVERIFY(book.approve(id));
        const std::vector<gossip::RecordPtr> approved{published(book, 1, told)};
        delegate.learn(approved, kTestTime);
        QVERIFY(delegate.find(id)->preApproved);
        QVERIFY(book.cancel(id, kTestTime));
        const std::vector<gossip::RecordPtr> closed{published(book, 1, told)};
        delegate.learn(closed, kTestTime);
        QCOMPARE(stateOf(delegate, id), InviteState::Cancelled);
        delegate.learn(told, kTestTime);
        QCOMPARE(stateOf(delegate, id), InviteState::Cancelled);
    }
    void whoCameWithACancelledInviteIsRevoked()
    {
        FriendGrid grid = friends();
        InviteBook book = bookOf(1);
        const InviteId id = made(book, wish(true, 2));
        QVERIFY(book.cancel(id, kTestTime));
        grid.admit(1, 5, 0, kTestTime, id);
        auto all = records(grid);
        all.push_back(grid.certify(1, 5));
        const InviteDuty duty = book.reconcile(test::viewOf(all), kTestTime);
        QCOMPARE(duty.revoke.size(), std::size_t(1));
        QVERIFY(duty.revoke.front() == grid.lineage(5));
        all.push_back(grid.revoke(1, 5));
        QVERIFY(book.reconcile(test::viewOf(all), kTestTime).revoke.empty());
    }
    void theLoserOfARaceIsRevoked()
    {
        FriendGrid grid = friends();
        InviteBook book = bookOf(1);
        const InviteId id = made(book, wish(true, 2));
        QVERIFY(book.claim(redeem(linkOf(book, id), 5), kExporter, kTestTime));
        grid.admit(1, 5, 1, kTestTime + kHour, id);
        grid.admit(1, 6, 1, kTestTime, id);
        auto all = records(grid);
        all.push_back(grid.certify(1, 5, kTestTime + kHour));
        all.push_back(grid.certify(1, 6, kTestTime + kHour));
        const MembershipView view = test::viewOf(all, kTestTime + kHour);
        const InviteDuty duty = book.reconcile(view, kTestTime + kHour);
        QCOMPARE(duty.revoke.size(), std::size_t(1));
        QVERIFY(duty.revoke.front().member() == FriendGrid::id(5));
        QCOMPARE(stateOf(book, id), InviteState::Joined);
        QVERIFY(book.find(id)->claim->node == FriendGrid::id(6));
    }
    void theInviterLearnsThatItsGuestHasLost()
    {
        FriendGrid grid = friends();
        InviteBook book = bookOf(1);
        const InviteId id = made(book, wish(true, 2));
        const InviteLink link = linkOf(book, id);
        QVERIFY(book.claim(redeem(link, 5), kExporter, kTestTime + kHour));
        const Lineage own =
            *book.admit(id, FriendGrid::key(1), test::viewOf(records(grid)), kTestTime + kHour);
        grid.admit(1, 6, 1, kTestTime, id);
        auto all = records(grid);
        all.push_back(*signCertificate(FriendGrid::key(1), own, nullptr, 1, kTestTime + kHour));
        all.push_back(grid.certify(1, 6, kTestTime + kHour));
        const InviteDuty duty =
            book.reconcile(test::viewOf(all, kTestTime + kHour), kTestTime + kHour);
        QCOMPARE(duty.revoke.size(), std::size_t(1));
        QVERIFY(duty.revoke.front() == own);
        QVERIFY(book.find(id)->claim->node == FriendGrid::id(6));
        QCOMPARE(codeOf(book.claim(redeem(link, 5), kExporter, kTestTime)), ErrorCode::Conflict);
        const std::uint64_t version = book.version();
        book.reconcile(test::viewOf(all, kTestTime + kHour), kTestTime + kHour);
        QCOMPARE(book.version(), version);
    }
    void whoMayNotInviteAdmitsNobody()
    {
        FriendGrid grid = friends();
        InviteBook book = bookOf(2); // depth 1
        InviteWish large = wish(true);
        const InviteId id = made(book, large);
        QVERIFY(book.claim(redeem(linkOf(book, id), 5), kExporter, kTestTime));
        const MembershipView view = test::viewOf(records(grid));
        QCOMPARE(codeOf(book.admit(id, FriendGrid::key(2), view, kTestTime)),
                 ErrorCode::Unauthorized);
        QCOMPARE(stateOf(book, id), InviteState::Claimed);
    }
    void wishesAreChecked()
    {
        InviteBook book = bookOf(1);
        test::SeededRandom random(1);
        for (int which = 0; which < 6; ++which) {
            InviteWish bad = wish(false);
            if (which == 0) bad.life = kShortestInvite - kHour / 2;
            if (which == 1) bad.life = kLongestInvite + kHour;
            if (which == 2) bad.terms.depth = 8;
            if (which == 3) bad.note = std::string(257, 'x');
            if (which == 4) bad.note = "\xff";
            if (which == 5) bad.delegate = FriendGrid::id(1);
            QCOMPARE(codeOf(book.create(bad, random, kTestTime)), ErrorCode::InvalidInput);
        }
        for (std::size_t i = 0; i < kMostOpenInvites; ++i)
            QVERIFY(book.create(wish(false), random, kTestTime));
        QCOMPARE(codeOf(book.create(wish(false), random, kTestTime)), ErrorCode::NoSpace);
    }
    void theOldestClosedIsForgotten()
    {
        InviteBook book = bookOf(1);
        test::SeededRandom random(1);
        const InviteId first = *book.create(wish(false), random, kTestTime);
        QVERIFY(book.cancel(first, kTestTime));
        for (std::size_t i = 0; i < kMostClosedInvites; ++i) {
            const InviteId id = *book.create(wish(false), random, kTestTime);
            QVERIFY(book.cancel(id, kTestTime + kHour));
        }
        QCOMPARE(book.invites().size(), kMostClosedInvites);
        QVERIFY(book.find(first) == nullptr);
    }
    void aBookSurvivesARestart()
    {
        const FriendGrid grid = friends();
        const MembershipView view = test::viewOf(records(grid));
        InviteBook book = bookOf(1);
        const InviteId live = made(book, wish(false, 2), 1);
        const InviteId claimed = made(book, wish(false), 2);
        const InviteId joined = made(book, wish(true), 3);
        const InviteLink link = linkOf(book, claimed);
        QVERIFY(book.claim(redeem(link, 5), kExporter, kTestTime));
        QVERIFY(book.claim(redeem(linkOf(book, joined), 6), kExporter, kTestTime));
        const Lineage lineage = *book.admit(joined, FriendGrid::key(1), view, kTestTime);
        const Secret bytes = encodeInvites(book);
        Result<InviteBook> read =
            decodeInvites(FriendGrid::grid(), FriendGrid::id(1), bytes.view());
        QVERIFY(read);
        QVERIFY(encodeInvites(*read).matches(bytes.view()));
        QVERIFY(linkOf(*read, live).token == linkOf(book, live).token);
        QCOMPARE(codeOf(read->claim(redeem(link, 7), kExporter, kTestTime)), ErrorCode::Conflict);
        QVERIFY(*read->admit(joined, FriendGrid::key(1), view, kTestTime + kHour) == lineage);
        InviteBook delegate = bookOf(2);
        const std::vector<gossip::RecordPtr> told{published(book, 1)};
        delegate.learn(told, kTestTime);
        const Secret others = encodeInvites(delegate);
        QVERIFY(decodeInvites(FriendGrid::grid(), FriendGrid::id(2), others.view()));
        // Of another node it is no book.
        QVERIFY(!decodeInvites(FriendGrid::grid(), FriendGrid::id(3), bytes.view()));
        for (std::size_t size = 1; size < bytes.size(); size += 7)
            static_cast<void>(
                decodeInvites(FriendGrid::grid(), FriendGrid::id(1), bytes.view().first(size)));
    }
};

QTEST_GUILESS_MAIN(TestInviteBook)
#include "test_invite_book.moc"
