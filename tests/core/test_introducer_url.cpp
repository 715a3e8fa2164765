#include "core/wire/introducer_url.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::wire;

namespace {

const std::string kHash = "eVm-ymjxhGq_H_ECDbXhyK-pTpSgfC2Gk9_iAEGkQIw";

} // namespace

class TestIntroducerUrl final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void isPrintedBack_data()
    {
        QTest::addColumn<QString>("place");
        QTest::newRow("v4") << "127.0.0.1:41200";
        QTest::newRow("v6") << "[2001:db8::1]:1";
        QTest::newRow("onion") << "abcdefgh.onion:80";
    }
    void isPrintedBack()
    {
        QFETCH(QString, place);
        const std::string text = "tarn-intro://" + kHash + "@" + place.toStdString();
        const Result<IntroducerUrl> url = parseIntroducerUrl(text);
        QVERIFY(url);
        QCOMPARE(textOf(*url), text);
        QCOMPARE(placeOf(*url), place.toStdString());
    }
    void namesBelowOnionGoThroughTor()
    {
        const Result<IntroducerUrl> url =
            parseIntroducerUrl("tarn-intro://" + kHash + "@abcdefgh.onion:80");
        QVERIFY(url);
        QVERIFY(locationOf(*url).network == Network::Tor);
    }
    void othersAreRefused_data()
    {
        QTest::addColumn<QString>("text");
        const QString hash = QString::fromStdString(kHash);
        QTest::newRow("empty") << "";
        QTest::newRow("scheme alone") << "tarn-intro://";
        QTest::newRow("a NURL") << "pb://" + hash + "@127.0.0.1:1/x#v=1";
        QTest::newRow("no port") << "tarn-intro://" + hash + "@127.0.0.1";
        QTest::newRow("port 0") << "tarn-intro://" + hash + "@127.0.0.1:0";
        QTest::newRow("a path") << "tarn-intro://" + hash + "@127.0.0.1:1/";
        QTest::newRow("a path of a NURL") << "tarn-intro://" + hash + "@127.0.0.1:1/x#v=1";
        QTest::newRow("short hash") << "tarn-intro://abc@127.0.0.1:1";
    }
    void othersAreRefused()
    {
        QFETCH(QString, text);
        const Result<IntroducerUrl> url = parseIntroducerUrl(text.toStdString());
        QVERIFY(!url);
        QCOMPARE(url.error().code(), ErrorCode::InvalidInput);
    }
};

QTEST_GUILESS_MAIN(TestIntroducerUrl)
#include "test_introducer_url.moc"
