#include "core/membership/certificate.h"
#include "core/membership/revocation.h"
#include "tests/support/friend_grid.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::membership;
using test::FriendGrid;
using test::kTestTime;

namespace {

constexpr Duration kDay = std::chrono::hours(24);

InviteId inviteOf(std::uint8_t number)
{
    InviteId out;
    out.mutableView()[0] = std::byte{number};
    return out;
}

InviteOffer offerOf(std::uint32_t inviter, std::uint32_t delegate)
{
    InviteOffer out;
    out.grid = FriendGrid::grid();
    out.id = inviteOf(1);
    out.inviter = FriendGrid::id(inviter);
    out.key = FriendGrid::id(99);
    out.terms = {Role::Friend, 1, 1000};
    out.delegate = FriendGrid::id(delegate);
    out.expires = test::kTestSeconds + 3600;
    return out;
}

gossip::RecordPtr signedOffer(const InviteOffer& offer, std::uint32_t inviter)
{
    return *signInvite(FriendGrid::key(inviter), offer, 1, kTestTime);
}

NewMember guestOf(std::uint32_t who, Terms terms = {Role::Friend, 0, 1000})
{
    return {FriendGrid::id(who), "guest", terms, inviteOf(1)};
}

} // namespace

class TestCertificate final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aFounderIsItsOwnWitness()
    {
        const FriendGrid grid;
        const gossip::RecordPtr record = grid.certify(0, 0);
        LineageReader reader(FriendGrid::grid());
        const Result<Certificate> read = openCertificate(reader, *record);
        QVERIFY(read);
        QVERIFY(read->lineage.own().isFounding());
        QCOMPARE(read->lineage.own().gridName, std::string("the test grid"));
        QCOMPARE(read->lineage.own().terms.depth, kMaxDepth);
        QCOMPARE(read->expires - read->issued, std::int64_t(14 * 86'400));
        LineageReader other(gridIdOf(FriendGrid::id(5)));
        QVERIFY(!openCertificate(other, *record));
    }
    void aLineageIsReadBack()
    {
        FriendGrid grid;
        grid.admit(0, 1, 3);
        grid.admit(1, 2, 2);
        grid.admit(2, 3, 0);
        LineageReader reader(FriendGrid::grid());
        const Result<Certificate> read = openCertificate(reader, *grid.certify(2, 3));
        QVERIFY(read);
        QVERIFY(read->lineage == grid.lineage(3));
        QVERIFY(!read->issuerLineage);
        QCOMPARE(read->lineage.line().size(), std::size_t(4));
        QVERIFY(read->lineage.positionOf(FriendGrid::id(2)) == std::size_t(2));
        QVERIFY(read->lineage.root() == FriendGrid::id(0));
        QVERIFY(read->lineage.mentions(FriendGrid::id(1)));
        QVERIFY(!read->lineage.mentions(FriendGrid::id(9)));
        QVERIFY(read->lineage.first(2) == grid.lineage(2));
    }
    void anotherIssuerShowsItsLineage()
    {
        FriendGrid grid;
        grid.admit(0, 1, 1);
        grid.admit(0, 2, 1);
        LineageReader reader(FriendGrid::grid());
        const Result<Certificate> read = openCertificate(reader, *grid.certify(1, 2));
        QVERIFY(read && read->issuerLineage);
        QVERIFY(*read->issuerLineage == grid.lineage(1));
        QVERIFY(openCertificate(reader, *grid.certify(1, 0))); // the founder's, by a member
    }
    void whoMayNotIssueIsRefused()
    {
        FriendGrid grid;
        grid.admit(0, 1, 0);
        grid.admit(0, 2, 1);
        const auto sign = [&](std::uint32_t issuer, std::uint32_t member, const Lineage* own) {
            return signCertificate(FriendGrid::key(issuer), grid.lineage(member), own, 1,
                                   kTestTime);
        };
        QVERIFY(!sign(1, 2, &grid.lineage(1))); // no depth
        QVERIFY(!sign(2, 2, nullptr));          // itself
        QVERIFY(!sign(3, 2, nullptr));          // no lineage
        QVERIFY(!sign(3, 2, &grid.lineage(2))); // another's
        QVERIFY(!sign(2, 1, nullptr));          // does not show it
        QVERIFY(sign(2, 1, &grid.lineage(2)));
    }
    void nobodyGivesMoreThanItHas()
    {
        FriendGrid grid;
        grid.admit(0, 1, 2);
        grid.admit(0, 2, 0);
        QVERIFY(grid.tryAdmit(1, 3, {Role::Friend, 1, 0}));
        QVERIFY(!grid.tryAdmit(1, 3, {Role::Friend, 2, 0}));
        QVERIFY(!grid.tryAdmit(2, 3, {Role::Friend, 0, 0}));
        QVERIFY(!grid.tryAdmit(1, 0, {Role::Friend, 0, 0})); // the founder
        QVERIFY(!grid.tryAdmit(1, 1, {Role::Friend, 0, 0})); // itself
    }
    void aLineageEndsAfterEight()
    {
        FriendGrid grid;
        for (std::uint32_t i = 1; i <= kMaxDepth; ++i)
            grid.admit(i - 1, i, kMaxDepth - i);
        QCOMPARE(grid.lineage(kMaxDepth).steps().size(), std::size_t(kMaxDepth));
        QVERIFY(!grid.tryAdmit(kMaxDepth, 20, {Role::Friend, 0, 0}));
        LineageReader reader(FriendGrid::grid());
        QVERIFY(openCertificate(reader, *grid.certify(7, 8)));
    }
    void everyChangedByteOfALineageIsRefused()
    {
        FriendGrid grid;
        const Bytes good = grid.admit(0, 1, 1).own().bytes;
        for (std::size_t at = 0; at < good.size(); ++at) {
            Bytes changed = good;
            changed[at] ^= std::byte{1};
            QVERIFY2(!openAdmission(FriendGrid::grid(), changed), std::to_string(at).c_str());
        }
        for (std::size_t size = 0; size < good.size(); ++size)
            QVERIFY(!openAdmission(FriendGrid::grid(), ByteView(good).first(size)));
    }
    void aFoundingIsOnlyTheFounders()
    {
        FriendGrid grid;
        const AdmissionPtr foreign = *signFounding(FriendGrid::key(5), "x", "y", kTestTime);
        QVERIFY(!openAdmission(FriendGrid::grid(), foreign->bytes));
        QVERIFY(!signFounding(FriendGrid::key(0), "x", "a/b", kTestTime));
        QVERIFY(!signFounding(FriendGrid::key(0), "", "y", kTestTime));
        const AdmissionPtr own = grid.lineage(0).steps().front();
        const AdmissionPtr guest = grid.admit(0, 1, 1).steps().front();
        QVERIFY(!joinLineage(FriendGrid::grid(), {own, guest}));
        QVERIFY(!joinLineage(FriendGrid::grid(), {}));
    }
    void aDelegateActsForTheInviter()
    {
        FriendGrid grid;
        grid.admit(0, 1, 3);
        grid.admit(0, 2, 1);
        const gossip::RecordPtr invite = signedOffer(offerOf(1, 2), 1);
        const auto step =
            signDelegatedAdmission(FriendGrid::key(2), *invite, guestOf(3), kTestTime);
        QVERIFY(step);
        QVERIFY((*step)->inviter == FriendGrid::id(1));
        QVERIFY((*step)->signer == FriendGrid::id(2));
        const Result<Lineage> lineage = extendLineage(FriendGrid::grid(), &grid.lineage(1), *step);
        QVERIFY(lineage && lineage->mentions(FriendGrid::id(2)));
        QVERIFY(!lineage->positionOf(FriendGrid::id(2)));
        QVERIFY(!extendLineage(FriendGrid::grid(), &grid.lineage(2), *step));
    }
    void aDelegateStaysWithinTheInvite()
    {
        const gossip::RecordPtr invite = signedOffer(offerOf(1, 2), 1);
        const auto sign = [&](std::uint32_t by, const NewMember& guest, WallTime now) {
            return signDelegatedAdmission(FriendGrid::key(by), *invite, guest, now).has_value();
        };
        QVERIFY(sign(2, guestOf(3), kTestTime));
        QVERIFY(!sign(4, guestOf(3), kTestTime));
        QVERIFY(!sign(2, guestOf(3, {Role::Friend, 2, 1000}), kTestTime));
        QVERIFY(!sign(2, guestOf(3, {Role::Friend, 0, 0}), kTestTime));
        QVERIFY(!sign(2, guestOf(3), kTestTime + std::chrono::hours(2)));
        NewMember other = guestOf(3);
        other.invite = inviteOf(2);
        QVERIFY(!sign(2, other, kTestTime));
        other.invite.reset();
        QVERIFY(!sign(2, other, kTestTime));
        InviteOffer closed = offerOf(1, 2);
        closed.closed = true;
        QVERIFY(!signDelegatedAdmission(FriendGrid::key(2), *signedOffer(closed, 1), guestOf(3),
                                        kTestTime));
    }
    void invitesAreReadBack()
    {
        const InviteOffer offer = offerOf(1, 2);
        QVERIFY(*readInvite(*signedOffer(offer, 1)) == offer);
        QVERIFY(!signInvite(FriendGrid::key(3), offer, 1, kTestTime)); // of another
        InviteOffer bad = offer;
        bad.expires = test::kTestSeconds + 31 * 86'400;
        QVERIFY(!signInvite(FriendGrid::key(1), bad, 1, kTestTime));
        bad = offer;
        bad.delegate = FriendGrid::id(1);
        QVERIFY(!signInvite(FriendGrid::key(1), bad, 1, kTestTime));
        bad = offer;
        bad.terms.depth = 8;
        QVERIFY(!signInvite(FriendGrid::key(1), bad, 1, kTestTime));
        const FriendGrid grid;
        QVERIFY(!readInvite(*grid.certify(0, 0)));
    }
    void revocationsComeFromAbove()
    {
        FriendGrid grid;
        grid.admit(0, 1, 2);
        grid.admit(1, 2, 1);
        grid.admit(0, 3, 2);
        LineageReader reader(FriendGrid::grid());
        const auto sign = [&](std::uint32_t by, std::uint32_t subject, const Lineage* shown) {
            return signRevocation(FriendGrid::key(by), FriendGrid::grid(), FriendGrid::id(subject),
                                  shown, 1, kTestTime);
        };
        QVERIFY(openRevocation(reader, *grid.revoke(0, 2)));
        QVERIFY(openRevocation(reader, *grid.revoke(1, 2)));
        QVERIFY(sign(0, 9, nullptr)); // the founder: anybody
        QVERIFY(sign(0, 2, &grid.lineage(2)));
        QVERIFY(!sign(1, 2, nullptr));          // does not show that it may
        QVERIFY(!sign(3, 2, &grid.lineage(2))); // stands beside
        QVERIFY(!sign(2, 1, &grid.lineage(1))); // stands below
        QVERIFY(!sign(2, 2, &grid.lineage(2))); // itself
        QVERIFY(!sign(1, 2, &grid.lineage(3))); // the lineage of another
        QVERIFY(!sign(0, 0, nullptr));          // the founder
        QVERIFY(!openRevocation(reader, *grid.certify(0, 1)));
    }
    void onlyOnesOwnDepartureCounts()
    {
        FriendGrid grid;
        grid.admit(0, 1, 1);
        grid.admit(0, 2, 1);
        LineageReader reader(FriendGrid::grid());
        QVERIFY(openDeparture(reader, *grid.leave(1)));
        QVERIFY(openDeparture(reader, *grid.leave(0)));
        QVERIFY(!signDeparture(FriendGrid::key(2), grid.lineage(1), 1, kTestTime));
        QVERIFY(!openDeparture(reader, *grid.certify(0, 1)));
        LineageReader other(gridIdOf(FriendGrid::id(5)));
        QVERIFY(!openDeparture(other, *grid.leave(1)));
    }
    void timesHaveToFit()
    {
        FriendGrid grid;
        grid.admit(0, 1, 1, kTestTime + kDay);
        QVERIFY(!signCertificate(FriendGrid::key(0), grid.lineage(1), nullptr, 1, kTestTime));
    }
};

QTEST_GUILESS_MAIN(TestCertificate)
#include "test_certificate.moc"
