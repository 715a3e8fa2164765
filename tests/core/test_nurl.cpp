#include "core/wire/nurl.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::wire;

namespace {

const std::string kGood = "pb://eVm-ymjxhGq_H_ECDbXhyK-pTpSgfC2Gk9_iAEGkQIw@127.0.0.1:41001/"
                          "k7n2wevfqrc6nzfqacfza67e7uyubc4o#v=1";

} // namespace

class TestNurl final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsWhatTahoePrints()
    {
        const Result<Nurl> out = parseNurl(kGood);
        QVERIFY(out);
        QCOMPARE(out->host, std::string("127.0.0.1"));
        QCOMPARE(out->port, std::uint16_t(41001));
        QCOMPARE(out->swissnum, std::string("k7n2wevfqrc6nzfqacfza67e7uyubc4o"));
        QVERIFY(out->network == Network::Tcp);
        QCOMPARE(tarn::toHex(out->spkiHash.view()).substr(0, 8), std::string("7959beca"));
        QCOMPARE(textOf(*out), kGood);
        QCOMPARE(placeOf(*out), std::string("127.0.0.1:41001"));
    }
    void readsOtherPlaces_data()
    {
        QTest::addColumn<QString>("place");
        QTest::addColumn<QString>("host");
        QTest::newRow("v6") << "[2001:db8::1]:80"
                            << "2001:db8::1";
        QTest::newRow("name") << "storage.example:1"
                              << "storage.example";
        QTest::newRow("port") << "a:65535"
                              << "a";
    }
    void readsOtherPlaces()
    {
        QFETCH(QString, place);
        QFETCH(QString, host);
        std::string text = kGood;
        text.replace(text.find("127.0.0.1:41001"), 15, place.toStdString());
        const Result<Nurl> out = parseNurl(text);
        QVERIFY(out);
        QCOMPARE(QString::fromStdString(out->host), host);
        QCOMPARE(textOf(*out), text);
    }
    void readsTor()
    {
        std::string text = kGood;
        text.replace(0, 5, "pb+tor://");
        text.replace(text.find("127.0.0.1"), 9, "expyuzz4wqqyqhjn.onion");
        const Result<Nurl> out = parseNurl(text);
        QVERIFY(out);
        QVERIFY(out->network == Network::Tor);
        QCOMPARE(textOf(*out), text);
    }
    void readsI2p()
    {
        std::string text = kGood;
        text.replace(0, 5, "pb+i2p://");
        text.replace(text.find("127.0.0.1"), 9, "abc.b32.i2p");
        const Result<Nurl> out = parseNurl(text);
        QVERIFY(out && out->network == Network::I2p);
        QCOMPARE(textOf(*out), text);
        QCOMPARE(textOf(locationOf(*out)).substr(0, 16), std::string("i2p:abc.b32.i2p:"));
    }
    void namesOfANetworkAreReachedThroughIt()
    {
        std::string text = kGood;
        text.replace(text.find("127.0.0.1"), 9, "abc.ONION");
        QVERIFY(locationOf(*parseNurl(text)).network == Network::Tor);
        text.replace(0, 5, "pb+tor://");
        text.replace(text.find("abc.ONION"), 9, "example.org");
        QVERIFY(locationOf(*parseNurl(text)).network == Network::Tor);
    }
    void refusesTheRest_data()
    {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        QTest::newRow("scheme") << "pb://"
                                << "http://";
        QTest::newRow("scheme in capitals") << "pb://"
                                            << "PB://";
        QTest::newRow("other transport") << "pb://"
                                         << "pb+udp://";
        QTest::newRow("short hash") << "eVm-"
                                    << "eVm";
        QTest::newRow("foreign hash character") << "eVm-"
                                                << "eVm+";
        QTest::newRow("padded hash") << "QIw@"
                                     << "QIw=@";
        QTest::newRow("unused bits") << "QIw@"
                                     << "QIx@";
        QTest::newRow("no hash") << "@"
                                 << "";
        QTest::newRow("no port") << ":41001"
                                 << "";
        QTest::newRow("port 0") << ":41001"
                                << ":0";
        QTest::newRow("large port") << ":41001"
                                    << ":65536";
        QTest::newRow("padded port") << ":41001"
                                     << ":041001";
        QTest::newRow("no host") << "127.0.0.1"
                                 << "";
        QTest::newRow("blank in host") << "127.0.0.1"
                                       << "127.0. 0.1";
        QTest::newRow("bare v6") << "127.0.0.1"
                                 << "::1";
        QTest::newRow("empty brackets") << "127.0.0.1"
                                        << "[]";
        QTest::newRow("name in brackets") << "127.0.0.1"
                                          << "[example]";
        QTest::newRow("no swissnum") << "k7n2wevfqrc6nzfqacfza67e7uyubc4o"
                                     << "";
        QTest::newRow("two segments") << "/k7n2"
                                      << "/k7/n2";
        QTest::newRow("query") << "4o#"
                               << "4o?x#";
        QTest::newRow("escape") << "/k7n2"
                                << "/%6b7n2";
        QTest::newRow("control character") << "/k7n2"
                                           << "/k7\nn2";
        QTest::newRow("fragment") << "#v=1"
                                  << "#v=2";
        QTest::newRow("no fragment") << "#v=1"
                                     << "";
        QTest::newRow("more fragment") << "#v=1"
                                       << "#v=1#v=1";
    }
    void refusesTheRest()
    {
        QFETCH(QString, from);
        QFETCH(QString, to);
        QString text = QString::fromStdString(kGood);
        text.replace(text.indexOf(from), from.size(), to);
        const Result<Nurl> out = parseNurl(text.toStdString());
        QVERIFY(!out);
        QCOMPARE(out.error().code(), ErrorCode::InvalidInput);
        QVERIFY(out.error().message().find("wevfqrc6nzfqacfza67e7uyubc4o") == std::string::npos);
    }
    void printedNurlsAreReadBack()
    {
        QVERIFY(test::forAll(500, [](test::SeededRandom& random) {
            Nurl nurl;
            nurl.spkiHash = SpkiHash::prefixOf(random.bytes(32));
            nurl.host = random.chance(0.5) ? "10.0.0.1" : "fe80::1";
            nurl.port = static_cast<std::uint16_t>(random.between(1, 65535));
            nurl.swissnum = tarn::toHex(random.bytesBetween(1, 30));
            nurl.network = static_cast<Network>(random.between(0, 2));
            const Result<Nurl> back = parseNurl(textOf(nurl));
            return back && *back == nurl;
        }));
    }
};

QTEST_GUILESS_MAIN(TestNurl)
#include "test_nurl.moc"
