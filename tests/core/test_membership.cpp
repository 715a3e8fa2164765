#include "core/membership/membership.h"
#include "tests/support/friend_grid.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::membership;
using gossip::RecordPtr;
using test::FriendGrid;
using test::kTestTime;
using test::viewOf;

namespace {

constexpr Duration kDay = std::chrono::hours(24);

Standing standing(const MembershipView& view, std::uint32_t who)
{
    const Member* member = view.find(FriendGrid::id(who));
    return member == nullptr ? Standing::Expired : member->standing;
}

bool isLive(const MembershipView& view, std::uint32_t who)
{
    return view.isLive(FriendGrid::id(who));
}

/// 0 -> 1 -> 2 -> 3, and 0 -> 4 beside them.
FriendGrid family()
{
    FriendGrid grid;
    grid.admit(0, 1, 3);
    grid.admit(1, 2, 2);
    grid.admit(2, 3, 1);
    grid.admit(0, 4, 3);
    return grid;
}

std::vector<RecordPtr> certificates(const FriendGrid& grid)
{
    return {grid.certify(0, 0), grid.certify(0, 1), grid.certify(1, 2), grid.certify(2, 3),
            grid.certify(0, 4)};
}

std::vector<RecordPtr> with(std::vector<RecordPtr> records, const RecordPtr& more)
{
    records.push_back(more);
    return records;
}

InviteId someInvite()
{
    InviteId out;
    out.mutableView()[0] = std::byte{7};
    return out;
}

gossip::RecordSet openSet(const Membership& membership)
{
    return gossip::RecordSet(gridKinds(), gridLimits(), membership.policy());
}

} // namespace

class TestMembership final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aChainMakesMembers()
    {
        const MembershipView view = viewOf(certificates(family()));
        QCOMPARE(view.members().size(), std::size_t(5));
        for (std::uint32_t who = 0; who < 5; ++who)
            QVERIFY(isLive(view, who));
        QVERIFY(view.find(FriendGrid::id(3))->lineage.own().inviter == FriendGrid::id(2));
        QVERIFY(view.findNamed("MEMBER 3") == view.find(FriendGrid::id(3)));
        QVERIFY(view.findNamed("nobody") == nullptr);
        QVERIFY(view.mayIssue(FriendGrid::id(3)) && !view.mayIssue(FriendGrid::id(3), 1));
        QVERIFY(view.mayIssue(FriendGrid::id(0), 7) && !view.mayIssue(FriendGrid::id(0), 8));
        QVERIFY(!view.isLive(FriendGrid::id(9)) && !view.mayIssue(FriendGrid::id(9)));
    }
    void certificatesEnd()
    {
        const FriendGrid grid = family();
        const MembershipView view = viewOf(certificates(grid), kTestTime + 14 * kDay);
        QCOMPARE(standing(view, 1), Standing::Expired);
        QVERIFY(isLive(view, 0)); // the founder needs none
        QVERIFY(view.mayIssue(FriendGrid::id(1)));
        const auto renewed = with(certificates(grid), grid.certify(4, 1, kTestTime + 14 * kDay));
        QVERIFY(isLive(viewOf(renewed, kTestTime + 15 * kDay), 1));
    }
    void aRevokedOneTakesItsGuestsAlong()
    {
        const FriendGrid grid = family();
        const MembershipView view = viewOf(with(certificates(grid), grid.revoke(0, 1)));
        for (std::uint32_t who = 1; who < 4; ++who) {
            QCOMPARE(standing(view, who), Standing::Revoked);
            QVERIFY(!view.mayIssue(FriendGrid::id(who)));
        }
        QVERIFY(isLive(view, 4));
    }
    void anInviterRevokesItsGuest()
    {
        const FriendGrid grid = family();
        const MembershipView view = viewOf(with(certificates(grid), grid.revoke(1, 3)));
        QCOMPARE(standing(view, 3), Standing::Revoked);
        QVERIFY(isLive(view, 2) && isLive(view, 1));
    }
    void aRevocationBeatsLaterCertificates()
    {
        const FriendGrid grid = family();
        auto records = with(certificates(grid), grid.revoke(0, 3));
        records.push_back(grid.certify(2, 3, kTestTime + kDay));
        records.push_back(grid.certify(4, 3, kTestTime + kDay));
        QCOMPARE(standing(viewOf(records, kTestTime + kDay), 3), Standing::Revoked);
    }
    void guestsOfARevokedOneAreCertifiedAnew()
    {
        FriendGrid grid = family();
        auto records = with(certificates(grid), grid.revoke(0, 1));
        grid.admit(4, 2, 1, kTestTime + kDay);
        records.push_back(grid.certify(4, 2, kTestTime + kDay));
        const MembershipView view = viewOf(records, kTestTime + kDay);
        QVERIFY(isLive(view, 2));
        QVERIFY(view.find(FriendGrid::id(2))->lineage.own().inviter == FriendGrid::id(4));
        QCOMPARE(standing(view, 3), Standing::Revoked); // its old chain leads through 1
    }
    void whoAdoptsAMemberCannotRevokeIt()
    {
        FriendGrid grid = family();
        auto records = certificates(grid);
        grid.admit(4, 2, 0, kTestTime + kDay);
        records.push_back(grid.certify(4, 2, kTestTime + kDay));
        records.push_back(grid.revoke(4, 2, kTestTime + kDay));
        const MembershipView view = viewOf(records, kTestTime + kDay);
        QVERIFY(isLive(view, 2));
        QVERIFY(view.find(FriendGrid::id(2))->lineage.own().inviter == FriendGrid::id(1));
        QCOMPARE(view.find(FriendGrid::id(2))->terms().depth, 2U);
    }
    void aRevokedOneRevokesNobody()
    {
        FriendGrid grid = family();
        auto records = certificates(grid);
        const RecordPtr revenge = grid.revoke(1, 2, kTestTime + kDay);
        grid.admit(4, 2, 1, kTestTime + kDay);
        records.push_back(grid.certify(4, 2, kTestTime + kDay));
        records.push_back(grid.revoke(0, 1, kTestTime + kDay));
        records.push_back(revenge);
        QVERIFY(isLive(viewOf(records, kTestTime + kDay), 2));
    }
    void whoLeavesIsGoneAndItsGuestsStay()
    {
        FriendGrid grid = family();
        auto records = with(certificates(grid), grid.leave(2, kTestTime + kDay));
        records.push_back(grid.certify(2, 4, kTestTime + 2 * kDay)); // too late
        const MembershipView view = viewOf(records, kTestTime + 2 * kDay);
        QCOMPARE(standing(view, 2), Standing::Departed);
        QVERIFY(isLive(view, 3));
        QVERIFY(!view.mayIssue(FriendGrid::id(2)));
        QCOMPARE(view.find(FriendGrid::id(4))->until, test::kTestSeconds + 14 * 86'400);
        grid.admit(0, 2, 1, kTestTime + 3 * kDay);
        records.push_back(grid.certify(0, 2, kTestTime + 3 * kDay));
        QVERIFY(isLive(viewOf(records, kTestTime + 3 * kDay), 2));
    }
    void aFounderMayLeave()
    {
        const FriendGrid grid = family();
        const MembershipView view = viewOf(with(certificates(grid), grid.leave(0)));
        QVERIFY(!isLive(view, 0) && !view.mayIssue(FriendGrid::id(0)));
        QVERIFY(isLive(view, 3));
    }
    void oneInviteLetsOneIn()
    {
        FriendGrid grid = family();
        grid.admit(1, 10, 1, kTestTime + 2 * kDay, someInvite());
        grid.admit(1, 11, 1, kTestTime + kDay, someInvite());
        auto records = certificates(grid);
        records.push_back(grid.certify(1, 10, kTestTime + 2 * kDay));
        QVERIFY(isLive(viewOf(records, kTestTime + 2 * kDay), 10));
        records.push_back(grid.certify(1, 11, kTestTime + 2 * kDay));
        const MembershipView view = viewOf(records, kTestTime + 2 * kDay);
        QVERIFY(isLive(view, 11));
        QCOMPARE(standing(view, 10), Standing::Duplicate);
        QCOMPARE(view.duplicates().size(), std::size_t(1));
        QVERIFY(view.duplicates().front().member() == FriendGrid::id(10));
    }
    void atTheSameTimeTheLowerKeyWins()
    {
        FriendGrid grid = family();
        grid.admit(1, 10, 1, kTestTime, someInvite());
        grid.admit(1, 11, 1, kTestTime, someInvite());
        const bool tenIsLower = FriendGrid::id(10) < FriendGrid::id(11);
        const MembershipView view = viewOf({grid.certify(1, 10), grid.certify(1, 11)});
        QCOMPARE(isLive(view, 10), tenIsLower);
        QCOMPARE(isLive(view, 11), !tenIsLower);
    }
    void equalNicknamesAreToldApart()
    {
        FriendGrid grid;
        std::vector<RecordPtr> records;
        for (std::uint32_t who : {1U, 2U}) {
            const NewMember member{FriendGrid::id(who), "bob", {}, std::nullopt};
            const WallTime now = kTestTime + who * kDay;
            const auto step = *signAdmission(FriendGrid::key(0), FriendGrid::grid(), member, now);
            const auto lineage = *extendLineage(FriendGrid::grid(), nullptr, step);
            records.push_back(*signCertificate(FriendGrid::key(0), lineage, nullptr, 1, now));
        }
        const MembershipView view = viewOf(records, kTestTime + 3 * kDay);
        QCOMPARE(view.find(FriendGrid::id(1))->name, std::string("bob"));
        QVERIFY(view.find(FriendGrid::id(2))->name.starts_with("bob ("));
        QVERIFY(view.findNamed("Bob") == view.find(FriendGrid::id(1)));
    }

    void aSetTakesWhatMayEnter_data()
    {
        QTest::addColumn<int>("which");
        QTest::addColumn<bool>("good");
        QTest::newRow("announcement of a member") << 0 << true;
        QTest::newRow("announcement of a stranger") << 1 << false;
        QTest::newRow("announcement of a revoked one") << 2 << false;
        QTest::newRow("certificate by a member") << 3 << true;
        QTest::newRow("certificate of another grid") << 4 << false;
        QTest::newRow("certificate of a revoked one") << 5 << false;
        QTest::newRow("certificate through a revoked one") << 6 << false;
        QTest::newRow("invite by a member") << 7 << true;
        QTest::newRow("invite by a stranger") << 8 << false;
        QTest::newRow("invite beyond the inviter's depth") << 9 << false;
        QTest::newRow("revocation by the founder") << 10 << true;
        QTest::newRow("revocation by a revoked one") << 11 << false;
        QTest::newRow("departure") << 12 << true;
        QTest::newRow("bare admission") << 13 << false;
        QTest::newRow("another kind") << 14 << false;
    }
    void aSetTakesWhatMayEnter()
    {
        QFETCH(int, which);
        QFETCH(bool, good);
        FriendGrid grid = family();
        grid.admit(0, 5, 2);
        grid.admit(5, 6, 1);
        auto records = with(certificates(grid), grid.revoke(0, 5));
        records.push_back(grid.certify(0, 5));
        Membership membership(FriendGrid::id(0));
        QVERIFY(membership.refresh(records, kTestTime));
        gossip::RecordSet set = openSet(membership);
        const auto invite = [](std::uint32_t who, unsigned depth) {
            InviteOffer offer;
            offer.grid = FriendGrid::grid();
            offer.id = someInvite();
            offer.inviter = FriendGrid::id(who);
            offer.terms.depth = depth;
            offer.expires = test::kTestSeconds + 3600;
            return *signInvite(FriendGrid::key(who), offer, 1, kTestTime);
        };
        const auto other = [](gossip::RecordKind kind) {
            gossip::RecordContent content;
            content.kind = kind;
            content.subject = toBytes(FriendGrid::id(1).view());
            content.issued = test::kTestSeconds;
            content.expires = test::kTestSeconds + 3600;
            return *gossip::signRecord(FriendGrid::key(1), std::move(content));
        };
        const std::map<int, RecordPtr> candidates{
            {0, test::testAnnouncement(1)},
            {1, test::testAnnouncement(9)},
            {2, test::testAnnouncement(5)},
            {3, grid.certify(4, 1)},
            {4, *foundGrid(FriendGrid::key(9), "x", "y", 1, kTestTime)},
            {5, grid.certify(4, 5)},
            {6, grid.certify(0, 6)},
            {7, invite(1, 2)},
            {8, invite(9, 0)},
            {9, invite(1, 3)},
            {10, grid.revoke(0, 1)},
            {11, grid.revoke(5, 6)},
            {12, grid.leave(1)},
            {13, other(gossip::RecordKind::Admission)},
            {14, other(static_cast<gossip::RecordKind>(77))}};
        const gossip::Verdict verdict = set.accept(candidates.at(which), kTestTime);
        QVERIFY2(verdict.changed() == good, verdict.reason.c_str());
    }
    void aNewPolicyDropsWhatARevocationVoids()
    {
        const FriendGrid grid = family();
        Membership membership(FriendGrid::id(0));
        gossip::RecordSet set = openSet(membership);
        for (const RecordPtr& record : certificates(grid))
            QVERIFY(set.accept(record, kTestTime).changed());
        QVERIFY(!set.accept(test::testAnnouncement(2), kTestTime).changed()); // not known yet
        QVERIFY(membership.refresh(set.all(), kTestTime));
        QVERIFY(!membership.refresh(set.all(), kTestTime));
        QVERIFY(set.accept(test::testAnnouncement(2), kTestTime).changed());
        QVERIFY(set.accept(grid.revoke(0, 1), kTestTime).changed());
        QVERIFY(membership.refresh(set.all(), kTestTime));
        QCOMPARE(set.setPolicy(membership.policy()).size(), std::size_t(4)); // 1, 2, 3, announced
        QCOMPARE(set.size(), std::size_t(3));
        static_cast<void>(membership.refresh(set.all(), kTestTime));
        QCOMPARE(standing(membership.view(), 3), Standing::Revoked); // remembered
    }
    void aGridThatSleptLongWakesUp()
    {
        const FriendGrid grid = family();
        Membership before(FriendGrid::id(0));
        QVERIFY(before.refresh(certificates(grid), kTestTime));
        Membership membership(FriendGrid::id(0));
        membership.remember(before.memory());
        const WallTime late = kTestTime + 100 * kDay;
        QVERIFY(membership.refresh({}, late));
        QCOMPARE(standing(membership.view(), 1), Standing::Expired);
        const auto due = membership.dueForRenewal(FriendGrid::id(4), late);
        QCOMPARE(due.size(), std::size_t(4)); // all but itself
        const std::vector<RecordPtr> renewed{grid.certify(4, 1, late), grid.certify(1, 4, late)};
        QVERIFY(membership.refresh(renewed, late));
        QVERIFY(isLive(membership.view(), 1) && isLive(membership.view(), 4));
        QVERIFY(membership.refresh({}, late + 200 * kDay));
        QCOMPARE(membership.view().members().size(), std::size_t(0));
    }
    void certificatesAreRenewedAtHalfLifeByTurns()
    {
        const FriendGrid grid = family();
        Membership membership(FriendGrid::id(0));
        QVERIFY(membership.refresh(certificates(grid), kTestTime));
        const auto count = [&](Duration after) {
            unsigned out = 0;
            for (std::uint32_t who : {0U, 1U, 2U, 4U})
                for (const auto& due :
                     membership.dueForRenewal(FriendGrid::id(who), kTestTime + after))
                    out += due == FriendGrid::id(3) ? 1 : 0;
            return out;
        };
        QCOMPARE(count(7 * kDay - std::chrono::seconds(1)), 0U);
        QCOMPARE(count(7 * kDay), 1U);
        QCOMPARE(count(7 * kDay + std::chrono::hours(2)), 2U);
        QCOMPARE(count(8 * kDay), 4U);
        QVERIFY(membership.dueForRenewal(FriendGrid::id(9), kTestTime + 8 * kDay).empty());
    }
};

QTEST_GUILESS_MAIN(TestMembership)
#include "test_membership.moc"
