#include "client-gateway/web/host_check.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway::web;

namespace {

net::RequestHead request(const char* method, net::HttpHeaders headers)
{
    net::RequestHead head;
    head.method = method;
    head.target = "/";
    head.headers = std::move(headers);
    return head;
}

} // namespace

class TestHostCheck final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void judgesHosts_data()
    {
        QTest::addColumn<QByteArray>("host");
        QTest::addColumn<bool>("allowed");
        for (const char* host : {"127.0.0.1", "127.0.0.1:3456", "[::1]:3456", "[::1]", "localhost",
                                 "LocalHost:80", "192.168.1.5:3456", "gate.example:3456"})
            QTest::newRow(host) << QByteArray(host) << true;
        for (const char* host :
             {"evil.example", "127.0.0.1.evil.example", "localhost.evil.example:3456", "", "[::1",
              ":3456", "1.2.3", "0x7f000001", "evil.example:127.0.0.1"})
            QTest::newRow(host) << QByteArray(host) << false;
        QTest::newRow("NUL") << QByteArray("[::\0.evil]:80", 14) << false;
    }
    void judgesHosts()
    {
        QFETCH(QByteArray, host);
        QFETCH(bool, allowed);
        QCOMPARE(hostAllowed(host.toStdString(), "gate.example"), allowed);
    }
    void foreignSitesMayOnlyRead()
    {
        const auto check = [](const char* method, const char* site) {
            const net::HttpHeaders headers{{"Host", "127.0.0.1"}, {"Sec-Fetch-Site", site}};
            return checkOrigin(request(method, headers), "127.0.0.1").has_value();
        };
        QVERIFY(check("GET", "cross-site"));
        QVERIFY(check("HEAD", "cross-site"));
        QVERIFY(!check("POST", "cross-site"));
        QVERIFY(!check("PUT", "same-site"));
        QVERIFY(check("POST", "same-origin"));
        QVERIFY(check("POST", "none"));
    }
    void programsNeedNoHeaders()
    {
        QVERIFY(checkOrigin(request("PUT", {}), "127.0.0.1"));
        const Result<void> rebound =
            checkOrigin(request("GET", {{"Host", "evil.example"}}), "127.0.0.1");
        QCOMPARE(rebound.error().code(), ErrorCode::Unauthorized);
    }
};

QTEST_GUILESS_MAIN(TestHostCheck)
#include "test_host_check.moc"
