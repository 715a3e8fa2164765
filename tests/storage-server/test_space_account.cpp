#include "storage-server/space_account.h"

#include <QtTest/QTest>

using tarn::storage::Reservation;
using tarn::storage::SpaceAccount;
using tarn::storage::SpaceLimits;

namespace {

constexpr std::uint64_t kDisk = 10'000;

void countAll(SpaceAccount& account, std::uint64_t bytesEach)
{
    for (unsigned i = 0; i < SpaceAccount::kPrefixes; ++i)
        account.counted(i, account.beginCount(i), bytesEach);
}

} // namespace

class TestSpaceAccount final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void promisesAreGivenBack()
    {
        SpaceAccount account;
        account.setLimits({1000, std::nullopt, false});
        QCOMPARE(account.available(kDisk), std::uint64_t(9000));
        {
            const auto space = account.reserve(8999, kDisk);
            QVERIFY(space);
            QCOMPARE(account.promised(), std::uint64_t(8999));
            QVERIFY(!account.reserve(2, kDisk));
            QVERIFY(account.reserve(1, kDisk));
        }
        QCOMPARE(account.promised(), std::uint64_t(0));
        QVERIFY(!account.reserve(UINT64_MAX, kDisk));
        QCOMPARE(account.available(500), std::uint64_t(0));
    }
    void movedPromisesAreGivenBackOnce()
    {
        SpaceAccount account;
        auto space = account.reserve(10, kDisk);
        Reservation kept = std::move(*space);
        space.reset();
        QCOMPARE(account.promised(), std::uint64_t(10));
        kept = Reservation();
        QCOMPARE(account.promised(), std::uint64_t(0));
    }
    void maximumWaitsForTheCount()
    {
        SpaceAccount account;
        account.setLimits({0, 5000, false});
        QVERIFY(!account.used());
        QVERIFY(account.counting());
        QCOMPARE(account.available(kDisk), std::uint64_t(0));
        countAll(account, 1);
        QVERIFY(!account.counting());
        QCOMPARE(account.used().value_or(0), std::uint64_t(1024));
        QCOMPARE(account.available(kDisk), std::uint64_t(5000 - 1024));
    }
    void anEstimateServesUntilTheCount()
    {
        SpaceAccount account;
        account.setLimits({0, 5000, false});
        account.setEstimate(3000);
        account.beginChange(7);
        account.endChange(7, 500);
        QCOMPARE(account.used().value_or(0), std::uint64_t(3500));
        countAll(account, 0);
        QCOMPARE(account.used().value_or(1), std::uint64_t(0));
    }
    void changesDuringACountSpoilIt()
    {
        SpaceAccount account;
        countAll(account, 0);
        const std::uint64_t ticket = account.beginCount(3);
        account.beginChange(3);
        QVERIFY(!account.counted(3, ticket, 100));
        QVERIFY(!account.counted(3, account.beginCount(3), 100)); // still under way
        account.endChange(3, 100);
        QCOMPARE(account.used().value_or(0), std::uint64_t(100));
        QVERIFY(account.counted(3, account.beginCount(3), 100));
        QCOMPARE(account.used().value_or(0), std::uint64_t(100));
        account.beginChange(3);
        account.endChange(3, -100);
        QCOMPARE(account.used().value_or(1), std::uint64_t(0));
    }
    void readonlyHasNothing()
    {
        SpaceAccount account;
        account.setLimits({0, std::nullopt, true});
        QVERIFY(account.readonly());
        QCOMPARE(account.available(kDisk), std::uint64_t(0));
        QVERIFY(!account.reserve(0, kDisk));
    }
};

QTEST_GUILESS_MAIN(TestSpaceAccount)
#include "test_space_account.moc"
