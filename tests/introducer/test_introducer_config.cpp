#include "introducer/introducer.h"
#include "introducer/service_config.h"
#include "tests/support/config_places.h"

#include <QtCore/QStringList>
#include <QtTest/QTest>

using namespace tarn;
using introducer::ServiceConfig;

namespace {

const QString kPeer =
    QStringLiteral("tarn-intro://eVm-ymjxhGq_H_ECDbXhyK-pTpSgfC2Gk9_iAEGkQIw@192.0.2.1:41200");
const QString kOnion =
    QStringLiteral("tarn-intro://eVm-ymjxhGq_H_ECDbXhyK-pTpSgfC2Gk9_iAEGkQIw@abcdefgh.onion:80");

Result<ServiceConfig> read(const QString& text)
{
    Result<ConfigReader> reader = ConfigReader::parse(text.toStdString(), "introducer.toml");
    if (!reader) return reader.error();
    return introducer::readServiceConfig(*std::move(reader));
}

} // namespace

class TestIntroducerConfig final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void oneLineIsEnough()
    {
        const Result<ServiceConfig> config = read("[listen]\nintroducer = \"127.0.0.1:41200\"\n");
        QVERIFY(config);
        QCOMPARE(config->effectiveLocations().size(), std::size_t(1));
        QVERIFY(config->allow.empty() && config->peers.empty());
    }
    void everythingIsPrintedBack()
    {
        const Result<ServiceConfig> config = read(
            "[node]\nnickname = \"intro\"\n[listen]\nintroducer = \"0.0.0.0:41200\"\n"
            "admin = \"127.0.0.1:41201\"\nconnections = 7\n[announce]\n"
            "locations = [\"tcp:intro.example:41200\"]\n[gossip]\npeers = [\"" +
            kPeer + "\"]\nallow = [\"v0-omap3uqqb6la6r3onbraxnpekkse6mx6hpgrutsgucdtmgwma2tq\"]\n");
        QVERIFY2(config, config ? "" : config.error().message().c_str());
        const std::string printed = introducer::printedConfig(*config);
        const Result<ServiceConfig> again = read(QString::fromStdString(printed));
        QVERIFY2(again, printed.c_str());
        QCOMPARE(introducer::printedConfig(*again), printed);
        QVERIFY(again->peers == config->peers && again->allow == config->allow);
        const std::string text = introducer::explained(*config);
        for (const char* part : {"0.0.0.0:41200", "127.0.0.1:41201", "tcp:intro.example:41200",
                                 "192.0.2.1:41200", "1 listed keys"})
            QVERIFY2(text.find(part) != std::string::npos, part);
    }
    void mistakesAreNamed_data()
    {
        QTest::addColumn<QString>("more");
        QTest::addColumn<QString>("named");
        QTest::newRow("unknown key") << "[gossip]\npeer = []\n"
                                     << "peer";
        QTest::newRow("no URL") << "[gossip]\npeers = [\"127.0.0.1:1\"]\n"
                                << "tarn-intro://";
        QTest::newRow("twice") << "[gossip]\npeers = [\"" + kPeer + "\", \"" + kPeer + "\"]\n"
                               << "has the key";
        QTest::newRow("no way to Tor") << "[gossip]\npeers = [\"" + kOnion + "\"]\n"
                                       << "peers";
        QTest::newRow("no key") << "[gossip]\nallow = [\"v0-abc\"]\n"
                                << "52 characters";
        QTest::newRow("nobody allowed") << "[gossip]\nallow = []\n"
                                        << "nobody";
        QTest::newRow("a location") << "[announce]\nlocations = [\"here\"]\n"
                                    << "locations";
        const QString named = "[gossip]\npeers = [\"tarn-intro://eVm-ymjxhGq_H_ECDbXhyK-"
                              "pTpSgfC2Gk9_iAEGkQIw@intro.example:41200\"]\n";
        const QString names = "[dns]\nservers = [\"192.0.2.53\"]\n";
        const QString proxy = "[connections]\ntcp = \"socks5://127.0.0.1:9050\"\n";
        QTest::newRow("a name without a name server") << named << "names are not looked up";
        QTest::newRow("a name server by name") << "[dns]\nservers = [\"dns.example\"]\n"
                                               << "expected numeric addresses";
        QTest::newRow("a name server twice")
            << "[dns]\nservers = [\"192.0.2.53\", \"192.0.2.53\"]\n"
            << "stands there twice";
        QTest::newRow("a name server and a proxy")
            << named + names + proxy << "nobody would be asked";
        QTest::newRow("no name server answers on port 0") << "[dns]\nservers = [\"192.0.2.53:0\"]\n"
                                                          << "expected numeric addresses";
        QTest::newRow("peers, and connections off")
            << named + names + "[connections]\ntcp = \"off\"\n"
            << "[connections] tcp is off";
        QTest::newRow("a login at no proxy") << "[connections]\ncredentials = \"x\"\n"
                                             << "there is no proxy to log in at";
        QTest::newRow("hidden with a name server") << names + "[node]\nreveal_ip_address = false\n"
                                                   << "asking a name server reveals";
        QTest::newRow("hidden and direct") << "[node]\nreveal_ip_address = false\n"
                                           << "[connections] tcp: \"direct\" reveals";
        QTest::newRow("a level of no library") << "[log.levels]\nnett = \"debug\"\n"
                                               << "unknown key 'nett'";
        QTest::newRow("hidden with an address")
            << "[announce]\nlocations = [\"tcp:192.0.2.1:1\"]\n[node]\nreveal_ip_address = false\n"
            << "locations";
    }
    void mistakesAreNamed()
    {
        QFETCH(QString, more);
        QFETCH(QString, named);
        const Result<ServiceConfig> config =
            read("[listen]\nintroducer = \"127.0.0.1:41200\"\n" + more);
        QVERIFY(!config);
        QCOMPARE(config.error().code(), ErrorCode::InvalidInput);
        QVERIFY2(config.error().message().find(named.toStdString()) != std::string::npos,
                 config.error().message().c_str());
    }
    void contradictions_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QStringList>("messages");
        const QString hidden = "[node]\nreveal_ip_address = false\n";
        const QString home = "[listen]\nintroducer = \"127.0.0.1:41200\"\n";
        const QString peer = "[gossip]\npeers = [\"" + kPeer + "\"]\n";
        const QString direct = "[connections] tcp: \"direct\" reveals this machine's address";
        const auto announce = [](const QString& all) {
            return "[announce]\nlocations = [" + all + "]\n";
        };
        const auto row = [](const char* name, const QString& text, const QStringList& messages) {
            QTest::newRow(name) << text << messages;
        };
        row("hidden, all of it at once",
            hidden + "[listen]\nintroducer = \"192.0.2.1:41200\"\n" +
                announce("\"tcp:a.example:1\", \"tcp:192.0.2.3:1\"") +
                "[dns]\nservers = [\"192.0.2.53\"]\n",
            {"[listen] introducer: \"192.0.2.1:41200\" reveals",
             "[announce] locations: \"tcp:a.example:1\" reveals",
             "[announce] locations: \"tcp:192.0.2.3:1\" reveals", direct,
             "[dns] servers: asking a name server reveals"});
        row("hidden, nothing said about locations", hidden + home,
            {"[announce] locations: with [node] reveal_ip_address = false nothing", direct});
        row("hidden, and peers reached directly",
            hidden + home + announce("\"tor:abc.onion:80\"") + peer, {direct});
        row("the status page on the port of introducers", home + "admin = \"127.0.0.1:41200\"\n",
            {"[listen] admin: this is the address of [listen] introducer"});
        row("the status page on the port of all addresses",
            "[listen]\nintroducer = \"[::]:41200\"\nadmin = \"[::1]:41200\"\n",
            {"[listen] admin: this is the address of [listen] introducer: give it another port"});
        row("the status page for everybody", home + "admin = \"0.0.0.0:41201\"\n",
            {"[listen] admin: the status page tells who subscribes"});
        row("a location twice", home + announce("\"tcp:a:1\", \"tcp:a:1\""),
            {"[announce] locations: \"tcp:a:1\" stands there twice"});
        row("every address as a location", home + announce("\"tcp:0.0.0.0:1\""),
            {"[announce] locations: \"tcp:0.0.0.0:1\" is nobody's address"});
        row("the introducer as its own peer", "[listen]\nintroducer = \"192.0.2.1:41200\"\n" + peer,
            {"[gossip] peers: \"192.0.2.1:41200\" is this daemon's own address"});
        row("the introducer as its own proxy",
            home + peer + "[connections]\ntcp = \"http://127.0.0.1:41200\"\n",
            {"[connections] tcp: \"127.0.0.1:41200\" is this daemon's own address"});
        row("a key that may announce twice",
            home + "[gossip]\nallow = "
                   "[\"v0-omap3uqqb6la6r3onbraxnpekkse6mx6hpgrutsgucdtmgwma2tq\", "
                   "\"v0-omap3uqqb6la6r3onbraxnpekkse6mx6hpgrutsgucdtmgwma2tq\"]\n",
            {"[gossip] allow: \"v0-omap3uqqb6la6r3onbraxnpekkse6mx6hpgrutsgucdtmgwma2tq\" stands "
             "there twice"});
        row("nobody may announce", home + "[gossip]\nallow = []\n",
            {"[gossip] allow: an empty list would let nobody announce; leave the key out"});
        row("a server's settings", home + "[storage]\nreadonly = true\n",
            {"unknown key 'storage'; accepted: node, listen, announce, "});
    }
    void contradictions()
    {
        QFETCH(QString, text);
        QFETCH(QStringList, messages);
        const Result<ServiceConfig> config = read(text);
        QVERIFY(!config);
        QCOMPARE(config.error().code(), ErrorCode::InvalidInput);
        const QString out = QString::fromStdString(config.error().message());
        for (const QString& message : messages)
            QVERIFY2(out.contains(message), qPrintable(out));
        QCOMPARE(out.count('\n') + 1, messages.size());
        QCOMPARE(
            test::misplacedError(text.toStdString(), "introducer.toml", config.error().message()),
            std::string());
    }
    void namesOfPeersAreLookedUp()
    {
        const Result<ServiceConfig> config =
            read("[listen]\nintroducer = \"127.0.0.1:41200\"\n[gossip]\npeers = "
                 "[\"tarn-intro://eVm-ymjxhGq_H_ECDbXhyK-pTpSgfC2Gk9_iAEGkQIw@intro.example:1\"]\n"
                 "[dns]\nservers = [\"192.0.2.53\"]\n");
        QVERIFY2(config, config ? "" : config.error().message().c_str());
        const std::string text = introducer::explained(*config);
        QVERIFY2(text.find("names of introducers: over UDP and TCP at 192.0.2.53:53") !=
                     std::string::npos,
                 text.c_str());
        const std::string none =
            introducer::explained(*read("[listen]\nintroducer = \"127.0.0.1:41200\"\n"));
        QVERIFY(none.find("UDP\n  none\n") != std::string::npos);
    }
    void timersAreThoseOfTheGossip()
    {
        const std::string text =
            introducer::explained(*read("[listen]\nintroducer = \"127.0.0.1:41200\"\n"));
        const Duration digests = introducer::kGossipRound * gossip::GossipSettings().syncEvery;
        QCOMPARE(durationText(digests), std::string("15 s"));
        QVERIFY2(text.find("every 15 s;") != std::string::npos, text.c_str());
    }
    void theStatusPageStaysOnThisMachine()
    {
        const Result<ServiceConfig> config =
            read("[listen]\nintroducer = \"127.0.0.1:41200\"\nadmin = \"192.0.2.1:41201\"\n");
        QVERIFY(!config);
        QVERIFY(config.error().message().find("loopback") != std::string::npos);
        QVERIFY(!read("[listen]\nintroducer = \"127.0.0.1:41200\"\nadmin = \"127.0.0.1:41200\"\n"));
    }
};

QTEST_GUILESS_MAIN(TestIntroducerConfig)
#include "test_introducer_config.moc"
