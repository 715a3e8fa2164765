#include "core/net/http_message.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;

class TestHttpMessage final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void headersCompareWithoutCase()
    {
        net::HttpHeaders headers{{"Content-Type", "a"}, {"X", "1"}, {"x", "2"}};
        QCOMPARE(*headers.find("content-TYPE"), std::string("a"));
        QVERIFY(headers.find("none") == nullptr);
        QCOMPARE(headers.all("X").size(), std::size_t{2});
        headers.set("x", "3");
        QCOMPARE(headers.all("X").size(), std::size_t{1});
        QCOMPARE(headers.size(), std::size_t{2});
    }
    void listsAreSearched()
    {
        const net::HttpHeaders headers{{"Connection", "keep-alive ,\tUpgrade"},
                                       {"connection", "x"}};
        QVERIFY(net::listHas(headers, "connection", "upgrade"));
        QVERIFY(net::listHas(headers, "Connection", "X"));
        QVERIFY(!net::listHas(headers, "Connection", "up"));
    }
    void targetsAreSplit()
    {
        QCOMPARE(net::pathOf("/a/b?c=d?e"), std::string_view("/a/b"));
        QCOMPARE(net::queryOf("/a/b?c=d?e"), std::string_view("c=d?e"));
        QCOMPARE(net::pathOf("/a"), std::string_view("/a"));
        QCOMPARE(net::queryOf("/a"), std::string_view());
    }
    void decodesEscapes()
    {
        QCOMPARE(*net::percentDecode("a%20b+c%2f", false), std::string("a b+c/"));
        QCOMPARE(*net::percentDecode("a+b", true), std::string("a b"));
        for (const char* bad : {"%", "%1", "%1g", "a%"})
            QCOMPARE(net::percentDecode(bad, false).error().code(), ErrorCode::InvalidInput);
    }
    void encodingRoundTrips()
    {
        QVERIFY(test::forAll(300, [](test::SeededRandom& random) {
            const std::string text = textOf(random.bytesBetween(0, 60));
            const std::string coded = net::percentEncode(text);
            const auto back = net::percentDecode(coded, true);
            return back && *back == text && coded.find(' ') == std::string::npos;
        }));
    }
    void datesAreFormatted()
    {
        using namespace std::chrono;
        QCOMPARE(net::httpDate(WallTime(seconds(784111777))),
                 std::string("Sun, 06 Nov 1994 08:49:37 GMT"));
        QCOMPARE(net::httpDate(WallTime(seconds(0))), std::string("Thu, 01 Jan 1970 00:00:00 GMT"));
    }
    void reasonsAreKnown()
    {
        QCOMPARE(net::reasonPhrase(200), std::string_view("OK"));
        QCOMPARE(net::reasonPhrase(299), std::string_view("Unknown"));
    }
};

QTEST_GUILESS_MAIN(TestHttpMessage)
#include "test_http_message.moc"
