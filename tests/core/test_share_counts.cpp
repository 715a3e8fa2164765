#include "core/membership/share_counts.h"

#include <QtTest/QTest>

using namespace tarn::membership;

class TestShareCounts final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void followTheNumberOfMembers_data()
    {
        QTest::addColumn<unsigned>("members");
        QTest::addColumn<unsigned>("needed");
        QTest::addColumn<unsigned>("happy");
        QTest::addColumn<unsigned>("total");
        QTest::newRow("nobody") << 0U << 1U << 1U << 1U;
        QTest::newRow("alone") << 1U << 1U << 1U << 1U;
        QTest::newRow("two") << 2U << 1U << 2U << 2U;
        QTest::newRow("three") << 3U << 1U << 2U << 3U;
        QTest::newRow("four") << 4U << 1U << 3U << 4U;
        QTest::newRow("five") << 5U << 2U << 4U << 5U;
        QTest::newRow("ten, as Tahoe-LAFS") << 10U << 3U << 7U << 10U;
        QTest::newRow("twenty") << 20U << 6U << 13U << 20U;
        QTest::newRow("fifty") << 50U << 6U << 13U << 20U;
        QTest::newRow("very many") << 4'000'000'000U << 6U << 13U << 20U;
    }
    void followTheNumberOfMembers()
    {
        QFETCH(unsigned, members);
        QFETCH(unsigned, needed);
        QFETCH(unsigned, happy);
        QFETCH(unsigned, total);
        QVERIFY((shareCountsFor(members) == ShareCounts{needed, happy, total}));
    }
    void areAlwaysInOrder()
    {
        ShareCounts before;
        for (std::uint32_t members = 0; members < 300; ++members) {
            const ShareCounts counts = shareCountsFor(members);
            QVERIFY(counts.needed >= 1 && counts.needed <= counts.happy);
            QVERIFY(counts.happy <= counts.total && counts.total <= kMostShares);
            QVERIFY(counts.total >= before.total && counts.needed >= before.needed);
            before = counts;
        }
    }
};

QTEST_GUILESS_MAIN(TestShareCounts)
#include "test_share_counts.moc"
