#include "core/net/http_date.h"
#include "core/net/http_message.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;

class TestHttpDate final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsWhatIsWritten()
    {
        const Result<WallTime> time = net::parseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT");
        QVERIFY(time);
        QCOMPARE(unixSeconds(*time), std::int64_t(784111777)); // RFC 9110
        QVERIFY(test::forAll(500, [](test::SeededRandom& random) {
            const auto seconds = static_cast<std::int64_t>(random.between(0, 7258118399ULL));
            const WallTime any = WallTime(std::chrono::seconds(seconds));
            const Result<WallTime> back = net::parseHttpDate(net::httpDate(any));
            return back && *back == any;
        }));
    }
    void refusesAllElse_data()
    {
        QTest::addColumn<QByteArray>("text");
        for (const char* text :
             {"", "now", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
              "Mon, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC",
              "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
              "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:60 GMT",
              "Wed, 31 Feb 2024 00:00:00 GMT", "Sun, 6  Nov 1994 08:49:37 GMT",
              "Sun, -6 Nov 1994 08:49:37 GMT", "Wed, 31 Dec 1969 23:59:59 GMT",
              "Wed, 01 Jan 2200 00:00:00 GMT", "Sun, 06 Nov 1994 08:49:37 GMT "})
            QTest::newRow(text) << QByteArray(text);
    }
    void refusesAllElse()
    {
        QFETCH(QByteArray, text);
        const Result<WallTime> time = net::parseHttpDate(text.toStdString());
        QVERIFY(!time);
        QCOMPARE(time.error().code(), ErrorCode::InvalidInput);
    }
};

QTEST_GUILESS_MAIN(TestHttpDate)
#include "test_http_date.moc"
