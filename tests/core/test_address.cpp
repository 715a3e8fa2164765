#include "core/net/address.h"

#include <QtTest/QTest>

using namespace tarn;

class TestAddress final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsAndPrints()
    {
        for (const char* text : {"127.0.0.1:3456", "[::1]:0", "[2001:db8::1]:65535", "0.0.0.0:1"}) {
            const auto endpoint = net::parseEndpoint(text);
            QVERIFY2(endpoint, text);
            QCOMPARE(net::textOf(*endpoint), std::string(text));
        }
    }
    void refuses()
    {
        for (const char* text : {"", "127.0.0.1", ":80", "localhost:80", "127.0.0.1:", "1.2.3.4:x",
                                 "1.2.3.4:65536", "1.2.3.4:-1", "::1:80", "[127.0.0.1]:80", "[::1]",
                                 "[::1:80", "127.1:80", "1.2.3.4 :80"}) {
            const auto endpoint = net::parseEndpoint(text);
            QVERIFY2(!endpoint, text);
            QCOMPARE(endpoint.error().code(), ErrorCode::InvalidInput);
        }
        QVERIFY(!net::endpointOf(std::string_view("::\0x", 4), 80));
    }
};

QTEST_GUILESS_MAIN(TestAddress)
#include "test_address.moc"
