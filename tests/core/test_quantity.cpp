#include "core/base/quantity.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

#include <limits>

using namespace tarn;

class TestQuantity final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsSizes_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<quint64>("bytes");
        QTest::newRow("plain") << "4096" << quint64(4096);
        QTest::newRow("decimal") << "1 GB" << quint64(1'000'000'000);
        QTest::newRow("binary") << "500 MiB" << quint64(500ULL << 20U);
        QTest::newRow("tahoe.cfg 10G") << "10G" << quint64(10'000'000'000);
        QTest::newRow("lower case") << "3kb" << quint64(3000);
        QTest::newRow("short binary") << "2Ki" << quint64(2048);
        QTest::newRow("bytes") << " 7 B " << quint64(7);
        QTest::newRow("largest") << "18446744073709551615" << std::numeric_limits<quint64>::max();
    }
    void readsSizes()
    {
        QFETCH(QString, text);
        QFETCH(quint64, bytes);
        const Result<std::uint64_t> out = parseByteSize(text.toStdString());
        QVERIFY(out);
        QCOMPARE(quint64(*out), bytes);
    }
    void refusesSizes_data()
    {
        QTest::addColumn<QString>("text");
        for (const char* bad : {"", "GB", "-1", "+1", "1.5 GB", "1 GBit", "1 G B", "20 EB",
                                "18446744073709551616", "0x10", "1,000"})
            QTest::newRow(bad) << bad;
    }
    void refusesSizes()
    {
        QFETCH(QString, text);
        const Result<std::uint64_t> out = parseByteSize(text.toStdString());
        QVERIFY(!out);
        QCOMPARE(out.error().code(), ErrorCode::InvalidInput);
        QVERIFY(out.error().message().find("1 GB") != std::string::npos);
    }
    void sizesSurviveTheirText()
    {
        QVERIFY(test::forAll(2000, [](test::SeededRandom& random) {
            const std::uint64_t bytes = random.next() >> random.between(0, 63);
            const Result<std::uint64_t> back = parseByteSize(byteSizeText(bytes));
            return back && *back == bytes;
        }));
        QCOMPARE(byteSizeText(1'000'000'000), std::string("1 GB"));
        QCOMPARE(byteSizeText(1ULL << 20U), std::string("1 MiB"));
        QCOMPARE(byteSizeText(4097), std::string("4097"));
    }
    void readsDurations_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<qint64>("ms");
        QTest::newRow("ms") << "500 ms" << qint64(500);
        QTest::newRow("s") << "30s" << qint64(30'000);
        QTest::newRow("min") << "10 min" << qint64(600'000);
        QTest::newRow("h") << "12 h" << qint64(43'200'000);
        QTest::newRow("d") << "7 d" << qint64(604'800'000);
    }
    void readsDurations()
    {
        QFETCH(QString, text);
        QFETCH(qint64, ms);
        const Result<Duration> out = parseDuration(text.toStdString());
        QVERIFY(out);
        QVERIFY(*out == std::chrono::milliseconds(ms));
        QVERIFY(*parseDuration(durationText(*out)) == *out);
    }
    void refusesDurations_data()
    {
        QTest::addColumn<QString>("text");
        for (const char* bad : {"", "30", "s", "-1 s", "1.5 h", "1 week", "99999999999 d"})
            QTest::newRow(bad) << bad;
    }
    void refusesDurations()
    {
        QFETCH(QString, text);
        QVERIFY(!parseDuration(text.toStdString()));
    }
    void readsAddresses_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("host");
        QTest::addColumn<int>("port");
        QTest::newRow("v4") << "127.0.0.1:41001"
                            << "127.0.0.1" << 41001;
        QTest::newRow("v6") << "[::1]:41001"
                            << "::1" << 41001;
        QTest::newRow("any port") << "0.0.0.0:0"
                                  << "0.0.0.0" << 0;
    }
    void readsAddresses()
    {
        QFETCH(QString, text);
        QFETCH(QString, host);
        QFETCH(int, port);
        const Result<HostPort> out = parseHostPort(text.toStdString());
        QVERIFY(out);
        QCOMPARE(QString::fromStdString(out->host), host);
        QCOMPARE(int(out->port), port);
        QCOMPARE(QString::fromStdString(textOf(*out)), text);
    }
    void refusesAddresses_data()
    {
        QTest::addColumn<QString>("text");
        for (const char* bad : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "localhost:80",
                                "::1:80", "[127.0.0.1]:80", "127.0.0.1:80x", "1.2.3:80", ":80"})
            QTest::newRow(bad) << bad;
    }
    void refusesAddresses()
    {
        QFETCH(QString, text);
        const Result<HostPort> out = parseHostPort(text.toStdString());
        QVERIFY(!out);
        QCOMPARE(out.error().code(), ErrorCode::InvalidInput);
    }
    void humanSizesAreRounded()
    {
        QCOMPARE(humanSize(0), std::string("0 B"));
        QCOMPARE(humanSize(999), std::string("999 B"));
        QCOMPARE(humanSize(1234), std::string("1.2 kB"));
        QCOMPARE(humanSize(999'960), std::string("1.0 MB"));
        QCOMPARE(humanSize(std::numeric_limits<std::uint64_t>::max()), std::string("18.4 EB"));
    }
};

QTEST_GUILESS_MAIN(TestQuantity)
#include "test_quantity.moc"
