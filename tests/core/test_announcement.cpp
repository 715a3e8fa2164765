#include "core/codec/base32.h"
#include "core/wire/announcement.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::wire;

namespace {

const char* const kServer = "v0-omap3uqqb6la6r3onbraxnpekkse6mx6hpgrutsgucdtmgwma2tq";
const char* const kFurl = "pb://4evzu7lt52dxujhoyfqtjujh3epyozej@tcp:127.0.0.1:1/none";

} // namespace

class TestAnnouncement final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsTheTubId()
    {
        const Result<TubId> id = tubIdOf(kFurl);
        QVERIFY(id);
        QCOMPARE(codec::encodeBase32(id->view()), std::string("4evzu7lt52dxujhoyfqtjujh3epyozej"));
        QVERIFY(*tubIdOf("pb://4EVZU7LT52DXUJHOYFQTJUJH3EPYOZEJ@/none") == *id);
    }
    void refusesOtherFurls_data()
    {
        QTest::addColumn<QString>("furl");
        for (const char* furl : {"", "pb://", "pb://4evzu7lt52dxujhoyfqtjujh3epyozej",
                                 "pb://4evzu7lt52dxujhoyfqtjujh3epyoze@/none",
                                 "pb://4evzu7lt52dxujhoyfqtjujh3epyozejaa@/none",
                                 "pb://1evzu7lt52dxujhoyfqtjujh3epyozej@/none",
                                 "http://4evzu7lt52dxujhoyfqtjujh3epyozej@/none"})
            QTest::newRow(furl) << furl;
    }
    void refusesOtherFurls()
    {
        QFETCH(QString, furl);
        QVERIFY(!tubIdOf(furl.toStdString()));
    }
    void furlsHoldTheTubIdAndThePlaces()
    {
        const Result<TubId> id = tubIdOf(kFurl);
        QVERIFY(id);
        QCOMPARE(furlFor(*id, {}), std::string("pb://4evzu7lt52dxujhoyfqtjujh3epyozej@/none"));
        Nurl direct;
        direct.host = "127.0.0.1";
        direct.port = 41001;
        direct.swissnum = "abc";
        Nurl tor = direct;
        tor.host = "x.onion";
        tor.network = Network::Tor;
        QCOMPARE(furlFor(*id, {direct, tor}),
                 std::string("pb://4evzu7lt52dxujhoyfqtjujh3epyozej@tcp:127.0.0.1:41001,"
                             "tor:x.onion:41001/abc"));
        QVERIFY(*tubIdOf(furlFor(*id, {direct})) == *id);
    }
    void findsThePermutationSeed()
    {
        Announcement ann;
        ann.serverId = kServer;
        QCOMPARE(*permutationSeedOf(ann), *codec::decodeBase32(std::string(kServer).substr(3)));
        ann.permutationSeedBase32 = "nbswy3dp";
        QCOMPARE(textOf(*permutationSeedOf(ann)), std::string("hello"));
        ann.permutationSeedBase32 = "not base32";
        QVERIFY(!permutationSeedOf(ann));
        ann.permutationSeedBase32.reset();
        ann.serverId = "any";
        QCOMPARE(toHex(*permutationSeedOf(ann)).substr(0, 16), std::string("d6a7cd2a7371b1a1"));
    }
    void printsServersYaml()
    {
        Announcement ann;
        ann.serverId = kServer;
        ann.nickname = "alpha: \"1\"\n";
        ann.furl = kFurl;
        ann.nurls = {"pb://a@b:1/c#v=1"};
        ann.permutationSeedBase32 = "nbswy3dp";
        QCOMPARE(serversYaml(ann),
                 std::string("storage:\n"
                             "  \"v0-omap3uqqb6la6r3onbraxnpekkse6mx6hpgrutsgucdtmgwma2tq\":\n"
                             "    ann:\n"
                             "      nickname: \"alpha: \\\"1\\\"\\x0a\"\n"
                             "      anonymous-storage-FURL: "
                             "\"pb://4evzu7lt52dxujhoyfqtjujh3epyozej@tcp:127.0.0.1:1/none\"\n"
                             "      anonymous-storage-NURLs:\n"
                             "      - \"pb://a@b:1/c#v=1\"\n"
                             "      permutation-seed-base32: \"nbswy3dp\"\n"));
        // What YAML does not take as it is, or takes for the end of a line.
        ann.nickname = "K\xc3\xb6ln\xc2\x80\xc2\x9f\xc2\xa0\xe2\x80\xa8\xe2\x80\xa9\xef\xbf\xbe\xef"
                       "\xbf\xbf\x7f";
        QVERIFY(serversYaml(ann).find("nickname: \"K\xc3\xb6ln\\x80\\x9f\xc2\xa0\\u2028\\u2029"
                                      "\\ufffe\\uffff\\x7f\"\n") != std::string::npos);
        ann.certificates = {{"{\"version\":1}", "aaaa"}, {"{}", "bbbb"}};
        const std::string text = serversYaml(ann);
        QCOMPARE(text.substr(text.find("      grid-manager")),
                 std::string("      grid-manager-certificates:\n"
                             "      - certificate: \"{\\\"version\\\":1}\"\n"
                             "        signature: \"aaaa\"\n"
                             "      - certificate: \"{}\"\n"
                             "        signature: \"bbbb\"\n"));
    }
};

QTEST_GUILESS_MAIN(TestAnnouncement)
#include "test_announcement.moc"
