#include "introducer/source_limits.h"

#include <QtTest/QTest>

using namespace tarn;
using introducer::SourceLimits;

class TestSourceLimits final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aBurstAndThenARate()
    {
        SourceLimits limits(2, 5);
        TimePoint now{std::chrono::hours(1)};
        for (int i = 0; i < 5; ++i)
            QVERIFY(limits.take("a", now));
        QVERIFY(!limits.take("a", now));
        QVERIFY(limits.take("b", now)); // another has its own
        now += std::chrono::seconds(1);
        QVERIFY(limits.take("a", now));
        QVERIFY(limits.take("a", now));
        QVERIFY(!limits.take("a", now));
    }
    void addressesAreBoundedAndForgotten()
    {
        SourceLimits limits(1, 2, 10);
        TimePoint now{std::chrono::hours(1)};
        for (int i = 0; i < 10; ++i)
            QVERIFY(limits.take(std::to_string(i), now));
        QVERIFY(!limits.take("one more", now));
        now += std::chrono::seconds(10);
        QVERIFY(limits.take("one more", now));
    }
    void portsDoNotCount()
    {
        QCOMPARE(introducer::addressOf("192.0.2.1:80"), std::string("192.0.2.1"));
        QCOMPARE(introducer::addressOf("[::1]:80"), std::string("[::1]"));
        QCOMPARE(introducer::addressOf("somebody"), std::string("somebody"));
    }
};

QTEST_GUILESS_MAIN(TestSourceLimits)
#include "test_source_limits.moc"
