#include "client-gateway/cli/gateway_url.h"

#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway::cli;

class TestGatewayUrl final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void reads_data()
    {
        QTest::addColumn<QByteArray>("url");
        QTest::addColumn<QByteArray>("address");
        QTest::newRow("plain") << QByteArray("http://127.0.0.1:3456")
                               << QByteArray("127.0.0.1:3456");
        QTest::newRow("slash") << QByteArray("http://127.0.0.1:3456/")
                               << QByteArray("127.0.0.1:3456");
        QTest::newRow("IPv6") << QByteArray("http://[::1]:80/") << QByteArray("[::1]:80");
        QTest::newRow("localhost")
            << QByteArray("http://localhost:80") << QByteArray("127.0.0.1:80");
        QTest::newRow("secure") << QByteArray("https://127.0.0.1:8443/")
                                << QByteArray("127.0.0.1:8443");
        QTest::newRow("secure, no port")
            << QByteArray("https://192.0.2.7") << QByteArray("192.0.2.7:443");
        QTest::newRow("secure IPv6, no port")
            << QByteArray("https://[::1]/") << QByteArray("[::1]:443");
        QTest::newRow("secure localhost")
            << QByteArray("https://localhost/") << QByteArray("127.0.0.1:443");
        for (const char* bad :
             {"127.0.0.1:80", "ftp://127.0.0.1:80", "http://127.0.0.1", "http://gate.example:80",
              "http://127.0.0.1:0", "http://127.0.0.1:80/uri", "http://localhost", "",
              "https://gate.example", "https://", "https://127.0.0.1:0", "https://127.0.0.1/uri"})
            QTest::newRow(bad) << QByteArray(bad) << QByteArray();
    }
    void reads()
    {
        QFETCH(QByteArray, url);
        QFETCH(QByteArray, address);
        const Result<GatewayAddress> out = parseGatewayUrl(url.toStdString());
        QCOMPARE(out.has_value(), !address.isEmpty());
        if (out) QCOMPARE(tarn::textOf(out->place), address.toStdString());
        if (!out) QCOMPARE(out.error().code(), ErrorCode::InvalidInput);
    }
    void knowsForWhomACertificateMustBe()
    {
        QCOMPARE(parseGatewayUrl("https://localhost:81/")->host, std::string("localhost"));
        QCOMPARE(parseGatewayUrl("https://[::1]")->host, std::string("::1"));
        QVERIFY(parseGatewayUrl("https://[::1]")->isSecure);
        QVERIFY(!parseGatewayUrl("http://[::1]:80")->isSecure);
        for (const char* url : {"https://localhost:81", "https://[::1]:443", "http://127.0.0.1:1"})
            QCOMPARE(urlOf(*parseGatewayUrl(url)), std::string(url));
        const auto name = parseGatewayUrl("https://gate.example:443");
        QVERIFY(name.error().message().find("not looked up") != std::string::npos);
    }
    void findsNodeUrl()
    {
        const QTemporaryDir dir;
        GatewayChoice choice;
        choice.stateDirectory = dir.path().toStdString();
        const Result<GatewayAddress> absent = findGateway(choice);
        QCOMPARE(absent.error().code(), ErrorCode::NotFound);
        QVERIFY(absent.error().message().find("--gateway") != std::string::npos);

        QFile file(dir.filePath("node.url"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("http://127.0.0.1:4567/\n");
        file.close();
        QCOMPARE(findGateway(choice)->place.port, std::uint16_t{4567});
        choice.url = "http://127.0.0.1:1";
        QCOMPARE(findGateway(choice)->place.port, std::uint16_t{1});
    }
};

QTEST_GUILESS_MAIN(TestGatewayUrl)
#include "test_gateway_url.moc"
