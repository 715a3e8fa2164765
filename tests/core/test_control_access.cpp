#include "core/control/control_access.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::control;

namespace {

net::RequestHead request()
{
    net::RequestHead head;
    head.method = "GET";
    head.target = "/control/v1/status";
    head.headers.add("Host", "127.0.0.1:3456");
    head.headers.add("Authorization", "Bearer sesame");
    return head;
}

unsigned statusOf(const net::RequestHead& head)
{
    const std::optional<Refusal> refusal = refusalOf(head, Secret(std::string_view("sesame")));
    return refusal ? refusal->status : 200;
}

} // namespace

class TestControlAccess final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void knowsNamesThatNobodyElseOwns_data()
    {
        QTest::addColumn<QByteArray>("host");
        QTest::addColumn<bool>("local");
        for (const char* host : {"127.0.0.1", "127.0.0.1:80", "127.9.9.9:1", "localhost", "[::1]",
                                 "LocalHost:9", "[::1]:3456"})
            QTest::newRow(host) << QByteArray(host) << true;
        for (const char* host : {"", ":80", "example.org", "example.org:80", "localhost.evil.org",
                                 "192.0.2.1:80", "0.0.0.0", "[::1", "[::1]evil", "[]", "::1",
                                 "127.0.0.1.evil.org", "127.0.0.1@evil.org", " 127.0.0.1"})
            QTest::newRow(host) << QByteArray(host) << false;
        QTest::newRow("zero byte") << QByteArray("127.0.0.1\0.evil", 15) << false;
    }
    void knowsNamesThatNobodyElseOwns()
    {
        QFETCH(QByteArray, host);
        QFETCH(bool, local);
        QCOMPARE(isLocalHost(host.toStdString()), local);
    }
    void letsTheTokenIn()
    {
        QCOMPARE(statusOf(request()), 200U);
        net::RequestHead head = request();
        head.headers.set("Authorization", "bearer sesame");
        head.headers.set("Sec-Fetch-Site", "none"); // typed by a person
        QCOMPARE(statusOf(head), 200U);
    }
    void refusesOtherTokens()
    {
        for (const char* value : {"", "Bearer", "Bearer ", "Bearer sesam", "Bearer sesame2",
                                  "Bearer  sesame", "Basic sesame", "sesame", "Bearer SESAME"}) {
            net::RequestHead head = request();
            head.headers.set("Authorization", value);
            QCOMPARE(statusOf(head), 401U);
        }
        net::RequestHead twice = request();
        twice.headers.add("Authorization", "Bearer sesame");
        QCOMPARE(statusOf(twice), 401U);
        net::RequestHead nobody = request();
        nobody.headers.set("Authorization", "Bearer ");
        const std::optional<Refusal> refusal = refusalOf(nobody, Secret());
        QVERIFY(refusal && refusal->status == 401);
    }
    void refusesForeignNamesAndPagesEvenWithTheToken()
    {
        net::RequestHead rebound = request();
        rebound.headers.set("Host", "evil.example:3456");
        QCOMPARE(statusOf(rebound), 403U);
        net::RequestHead twoHosts = request();
        twoHosts.headers.add("Host", "127.0.0.1");
        QCOMPARE(statusOf(twoHosts), 403U);
        net::RequestHead page = request();
        page.headers.add("Origin", "http://127.0.0.1:3456");
        QCOMPARE(statusOf(page), 403U);
        for (const char* site : {"cross-site", "same-site", "same-origin", "x"}) {
            net::RequestHead fetched = request();
            fetched.headers.add("Sec-Fetch-Site", site);
            QCOMPARE(statusOf(fetched), 403U);
        }
    }
};

QTEST_GUILESS_MAIN(TestControlAccess)
#include "test_control_access.moc"
