#include "storage-server/account_usage.h"

#include <QtTest/QTest>

#include <limits>

using namespace tarn;
using namespace tarn::storage;

namespace {

constexpr AccountId kAlice{2};
constexpr AccountId kBob{3};

ChargeDeltas deltaOf(AccountId account, std::int64_t bytes, std::int64_t shares)
{
    ChargeDeltas out;
    out[account].bytes = bytes;
    out[account].shares = shares;
    return out;
}

} // namespace

class TestAccountUsage final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whoHasNoQuotaMayAll()
    {
        AccountUsage usage;
        QCOMPARE(usage.available(kAlice), std::numeric_limits<std::uint64_t>::max());
        QVERIFY(usage.pledge(kAlice, std::uint64_t(1) << 60U).has_value());
    }
    void pledgesCountUntilTheyGo()
    {
        AccountUsage usage;
        usage.setQuota(kAlice, 100);
        std::optional<Pledge> first = usage.pledge(kAlice, 60);
        QVERIFY(first.has_value());
        QVERIFY(!usage.pledge(kAlice, 41).has_value());
        QVERIFY(usage.pledge(kBob, 1000).has_value());
        std::optional<Pledge> second = usage.pledge(kAlice, 40);
        QVERIFY(second.has_value());
        QCOMPARE(usage.available(kAlice), std::uint64_t(0));
        first->release();
        first->release();
        QCOMPARE(usage.available(kAlice), std::uint64_t(60));
        Pledge moved = std::move(*second);
        second.reset();
        QCOMPARE(usage.available(kAlice), std::uint64_t(60));
        moved = Pledge();
        QCOMPARE(usage.available(kAlice), std::uint64_t(100));
    }
    void aPledgeBecomesACharge()
    {
        AccountUsage usage;
        usage.setQuota(kAlice, 100);
        std::optional<Pledge> pledge = usage.pledge(kAlice, 70);
        usage.settle(deltaOf(kAlice, 70, 1), *pledge);
        pledge.reset();
        QCOMPARE(usage.figures(kAlice).used, std::uint64_t(70));
        QCOMPARE(usage.figures(kAlice).shares, std::uint64_t(1));
        QCOMPARE(usage.figures(kAlice).pledged, std::uint64_t(0));
        QCOMPARE(usage.available(kAlice), std::uint64_t(30));
    }
    void aLoweredQuotaLeavesNothing()
    {
        AccountUsage usage;
        Pledge none;
        usage.settle(deltaOf(kAlice, 70, 1), none);
        usage.setQuota(kAlice, 50);
        QCOMPARE(usage.available(kAlice), std::uint64_t(0));
        QVERIFY(!usage.pledge(kAlice, 1).has_value());
        QVERIFY(usage.pledge(kAlice, 0).has_value());
    }
    void neverBelowNothing()
    {
        AccountUsage usage;
        Pledge none;
        usage.settle(deltaOf(kAlice, -70, -1), none);
        QCOMPARE(usage.figures(kAlice).used, std::uint64_t(0));
        QCOMPARE(usage.figures(kAlice).shares, std::uint64_t(0));
    }
    void startsAnew()
    {
        AccountUsage usage;
        Pledge none;
        usage.settle(deltaOf(kAlice, 70, 1), none);
        usage.reset(deltaOf(kBob, 5, 1));
        QCOMPARE(usage.figures(kAlice).used, std::uint64_t(0));
        QCOMPARE(usage.figures(kBob).used, std::uint64_t(5));
    }
};

QTEST_GUILESS_MAIN(TestAccountUsage)
#include "test_account_usage.moc"
