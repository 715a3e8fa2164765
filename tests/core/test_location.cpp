#include "core/wire/location.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::wire;

class TestLocation final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void reads_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("host");
        QTest::addColumn<int>("port");
        QTest::addColumn<int>("network");
        QTest::newRow("IPv4") << "tcp:192.0.2.1:41001"
                              << "192.0.2.1" << 41001 << 0;
        QTest::newRow("IPv6") << "tcp:[2001:db8::1]:1"
                              << "2001:db8::1" << 1 << 0;
        QTest::newRow("name") << "tcp:storage.example.org:65535"
                              << "storage.example.org" << 65535 << 0;
        QTest::newRow("the port listened on") << "tcp:name:0"
                                              << "name" << 0 << 0;
        QTest::newRow("onion") << "tor:abc.onion:80"
                               << "abc.onion" << 80 << 1;
        QTest::newRow("onion in capitals") << "tor:ABC.ONION:80"
                                           << "ABC.ONION" << 80 << 1;
        QTest::newRow("I2P") << "i2p:abc.b32.i2p:1"
                             << "abc.b32.i2p" << 1 << 2;
    }
    void reads()
    {
        QFETCH(QString, text);
        QFETCH(QString, host);
        QFETCH(int, port);
        QFETCH(int, network);
        const Result<Location> out = parseLocation(text.toStdString());
        QVERIFY2(out, out ? "" : out.error().message().c_str());
        QCOMPARE(QString::fromStdString(out->host), host);
        QCOMPARE(static_cast<int>(out->port), port);
        QCOMPARE(static_cast<int>(out->network), network);
        QCOMPARE(QString::fromStdString(textOf(*out)), text);
    }
    void refuses_data()
    {
        QTest::addColumn<QString>("text");
        for (const char* text : {"",
                                 "tcp",
                                 "tcp:",
                                 "tcp:a",
                                 "tcp::1",
                                 "tcp:a:",
                                 "tcp:a:b",
                                 "tcp:a:65536",
                                 "tcp:a:-1",
                                 "tcp:a:+1",
                                 "tcp:a:01",
                                 "udp:a:1",
                                 "TCP:a:1",
                                 "tcp:a b:1",
                                 "tcp:a/b:1",
                                 "tcp:::1:1",
                                 "tcp:[1.2.3.4]:1",
                                 "tor:[::1]:1",
                                 "tor:.onion:1",
                                 "tor:abc:1",
                                 "tor:abc.onion:0",
                                 "i2p:.i2p:1",
                                 "i2p:a.onion:1",
                                 "tcp:abc.onion:1",
                                 "tcp:abc.I2P:1"})
            QTest::newRow(text) << text;
    }
    void refuses()
    {
        QFETCH(QString, text);
        const Result<Location> out = parseLocation(text.toStdString());
        QVERIFY(!out);
        QCOMPARE(out.error().code(), ErrorCode::InvalidInput);
    }
    void refusesWhatIsLong()
    {
        QVERIFY(parseLocation("tcp:" + std::string(255, 'a') + ":1"));
        QVERIFY(!parseLocation("tcp:" + std::string(256, 'a') + ":1"));
    }
};

QTEST_GUILESS_MAIN(TestLocation)
#include "test_location.moc"
