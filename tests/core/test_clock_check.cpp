#include "core/node/doctor/clock_check.h"

#include <QtTest/QTest>

using namespace tarn::node::doctor;
using namespace std::chrono_literals;

class TestClockCheck final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void nobodyToldTheTime()
    {
        const Finding found = checkClock({});
        QVERIFY(found.outcome == Outcome::Unknown);
        QVERIFY(!found.step.empty());
    }
    void judges_data()
    {
        QTest::addColumn<QList<int>>("aheadSeconds");
        QTest::addColumn<bool>("isFine");
        QTest::addColumn<QString>("says");
        QTest::newRow("same") << QList<int>{0} << true << "within 0 s of 1 peer";
        QTest::newRow("at the edge") << QList<int>{300} << true << "within 5 min of 1 peer";
        QTest::newRow("above") << QList<int>{301} << false << "5 min behind what 1 peer said";
        QTest::newRow("below") << QList<int>{-301} << false << "5 min ahead of what 1 peer said";
        QTest::newRow("an hour") << QList<int>{3600, 3599, 3601} << false
                                 << "60 min behind what 3 peers said";
        QTest::newRow("a year") << QList<int>{-31'536'000} << false << "365 d ahead of";
        QTest::newRow("one of three")
            << QList<int>{0, -3600, 1} << true << "the clock of peer1 is 60 min behind";
        QTest::newRow("two of three") << QList<int>{0, 3600, 3600} << false << "60 min behind";
    }
    void judges()
    {
        QFETCH(QList<int>, aheadSeconds);
        QFETCH(bool, isFine);
        QFETCH(QString, says);
        std::vector<ClockReading> readings;
        for (qsizetype i = 0; i < aheadSeconds.size(); ++i) {
            readings.push_back(
                {"peer" + std::to_string(i), std::chrono::seconds(aheadSeconds.at(i))});
        }
        const Finding found = checkClock(readings);
        QCOMPARE(found.check, std::string("clock"));
        QCOMPARE(found.outcome == Outcome::Fine, isFine);
        const QString what = QString::fromStdString(found.what);
        QVERIFY2(what.contains(says), qPrintable(what));
        QCOMPARE(found.step.empty(), isFine && !says.contains("peer1 is"));
    }
};

QTEST_GUILESS_MAIN(TestClockCheck)
#include "test_clock_check.moc"
