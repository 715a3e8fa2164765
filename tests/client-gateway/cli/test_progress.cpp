#include "client-gateway/cli/progress.h"
#include "tests/support/fake_clock.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway::cli;

class TestProgress final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void linesTellBytesRateAndTimeLeft()
    {
        Progress progress;
        progress.done = 25'000'000;
        progress.total = 100'000'000;
        progress.elapsed = std::chrono::seconds(5);
        QCOMPARE(
            progressLine(progress, 100),
            std::string("25.0 MB of 100.0 MB [=====               ] 25 %  5.0 MB/s  0:15 left"));
        QCOMPARE(progressLine(progress, 10), std::string("25.0 MB of"));
    }
    void linesWithoutTotalTellTimePassed()
    {
        Progress progress;
        progress.done = 1000;
        progress.elapsed = std::chrono::seconds(3725);
        QCOMPARE(progressLine(progress, 100), std::string("1.0 kB  0 B/s  1:02:05"));
    }
    void extremesAreDrawn()
    {
        Progress progress;
        QVERIFY(!progressLine(progress, 79).empty());
        progress.total = 0;
        QVERIFY(progressLine(progress, 79).find("100 %") != std::string::npos);
        progress.done = 10;
        progress.total = 5; // a file that grew
        progress.elapsed = std::chrono::nanoseconds(1);
        QVERIFY(progressLine(progress, 79).find("100 %") != std::string::npos);
    }
    void waitingTellsWhatTheGatewayDoes()
    {
        Progress progress;
        progress.done = 25'000'000;
        progress.elapsed = std::chrono::seconds(5);
        QCOMPARE(waitingLine(progress, std::nullopt, 100),
                 std::string("25.0 MB sent, the gateway stores it  0:05"));
        QCOMPARE(waitingLine(progress, 0.5, 100),
                 std::string("25.0 MB sent, the gateway stores it [==========          ] 50 %  "
                             "0:05"));
        QVERIFY(waitingLine(progress, 7.0, 100).find("100 %") != std::string::npos);
        QVERIFY(waitingLine(progress, -1.0, 100).find(" 0 %") != std::string::npos);
        QCOMPARE(waitingLine(progress, 1.0, 7), std::string("25.0 MB"));
        test::FakeClock clock;
        std::string drawn;
        ProgressBar bar(
            clock, [&](const std::string& text) { drawn = text; }, 1000);
        bar.wait(std::nullopt);
        QCOMPARE(drawn, std::string("\r\x1b[K0 B sent, the gateway stores it  0:00"));
        ProgressBar(clock, {}, 1000).wait(0.5);
    }
    void drawsFourTimesASecond()
    {
        test::FakeClock clock;
        std::vector<std::string> drawn;
        ProgressBar bar(
            clock, [&](const std::string& text) { drawn.push_back(text); }, 1000);
        for (int i = 0; i < 100; ++i) {
            clock.advance(std::chrono::milliseconds(10));
            bar.advance(10);
        }
        QCOMPARE(drawn.size(), std::size_t{4});
        bar.finish();
        QCOMPARE(drawn.back(), std::string("\r\x1b[K"));
    }
    void linesEndWithTheWhole()
    {
        test::FakeClock clock;
        std::string drawn;
        ProgressBar bar(
            clock, [&](const std::string& text) { drawn += text; }, 1000, ProgressStyle::Lines);
        bar.setFiles(2);
        bar.advance(1000);
        bar.fileDone();
        bar.fileDone();
        bar.clear();
        QCOMPARE(drawn, std::string());
        bar.finish();
        QVERIFY2(drawn.starts_with("2 of 2 files  1.0 kB of 1.0 kB"), drawn.c_str());
        QCOMPARE(drawn.back(), '\n');
    }
    void whatNeedNotBeMovedDoesNotCount()
    {
        test::FakeClock clock;
        std::string drawn;
        ProgressBar bar(
            clock, [&](const std::string& text) { drawn += text; }, 1000, ProgressStyle::Lines);
        bar.skip(400);
        bar.advance(300);
        bar.finish();
        QVERIFY2(drawn.starts_with("300 B of 600 B [==========          ] 50 %"), drawn.c_str());
        bar.skip(1000); // more than there is
        drawn.clear();
        bar.finish();
        QVERIFY2(drawn.starts_with("300 B of 0 B [====================] 100 %"), drawn.c_str());
        ProgressBar unknown(clock, {}, std::nullopt);
        unknown.skip(1);
    }
    void silentWithoutATerminal()
    {
        test::FakeClock clock;
        ProgressBar bar(clock, {}, std::nullopt);
        clock.advance(std::chrono::seconds(1));
        bar.advance(10);
        bar.finish();
    }
};

QTEST_GUILESS_MAIN(TestProgress)
#include "test_progress.moc"
