#include "storage-server/service_config.h"
#include "tests/support/config_places.h"

#include <QtCore/QStringList>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::storage;

namespace {

Result<ServiceConfig> read(const std::string& text)
{
    TARN_TRY(ConfigReader reader, ConfigReader::parse(text, "storage.toml"));
    return readServiceConfig(std::move(reader));
}

const std::string kListen = "[listen]\nstorage = \"127.0.0.1:41001\"\n";

} // namespace

class TestServiceConfig final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void onlyTheListenAddressHasNoDefault()
    {
        const Result<ServiceConfig> config = read(kListen);
        QVERIFY(config);
        QCOMPARE(config->listen.port, std::uint16_t(41001));
        QCOMPARE(config->directory, std::string("storage"));
        QCOMPARE(config->reservedSpace, std::uint64_t(1'000'000'000));
        QVERIFY(!config->maximumSpace && !config->readonly && config->anonymous && !config->admin);
        const Result<ServiceConfig> none = read("");
        QVERIFY(!none);
        QVERIFY(none.error().message().find("[listen] storage: missing") != std::string::npos);
    }
    void readsTheWholeFile()
    {
        const Result<ServiceConfig> config = read(R"(
            [node]
            nickname = "alpha"
            [listen]
            storage = "127.0.0.1:41001"
            admin = "127.0.0.1:41901"
            connections = 100
            [announce]
            locations = ["tcp:127.0.0.1:41001", "tcp:[::1]:5", "tor:abcdef.onion:80", "tcp:name:0"]
            [storage]
            directory = "/srv/tahoe/storage"
            reserved_space = "2 GB"
            maximum_space = "500 GB"
            readonly = true
            anonymous = false
            [grid_management]
            certificates = ["alpha.cert.0", "/etc/tarn/b"]
        )");
        QVERIFY2(config, config ? "" : config.error().message().c_str());
        QCOMPARE(config->nickname, std::string("alpha"));
        QCOMPARE(config->admin->port, std::uint16_t(41901));
        QCOMPARE(config->connections, 100U);
        QCOMPARE(config->locations->size(), std::size_t(4));
        QCOMPARE(config->locations->at(1).host, std::string("::1"));
        QVERIFY(config->locations->at(2).network == wire::Network::Tor);
        QCOMPARE(*config->maximumSpace, std::uint64_t(500'000'000'000));
        QVERIFY(config->readonly && !config->anonymous);
        QCOMPARE(config->certificates, (std::vector<std::string>{"alpha.cert.0", "/etc/tarn/b"}));

        const Result<ServiceConfig> again = read(printedConfig(*config));
        QVERIFY(again);
        QCOMPARE(printedConfig(*again), printedConfig(*config));
        QVERIFY(*again->locations == *config->locations);
    }
    void refusesMistakes_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("message");
        QTest::newRow("unknown key")
            << "[storage]\nreadonyl = true\n"
            << "storage.toml:4:1: [storage] unknown key 'readonyl'; accepted: directory, "
               "reserved_space, maximum_space, readonly, anonymous";
        QTest::newRow("unknown table") << "[store]\nx = 1\n"
                                       << "unknown key 'store'; accepted: node, listen, announce, "
                                          "tor, i2p, connections, dns, storage";
        QTest::newRow("certificates")
            << "[grid_management]\ncertificates = \"a\"\n"
            << "storage.toml:4:16: [grid_management] certificates: expected a list of texts";
        QTest::newRow("certificate")
            << "[grid_management]\ncertificates = [\"\"]\n"
            << "storage.toml:4:16: [grid_management] certificates: expected paths, got";
        QTest::newRow("location without a kind")
            << "[announce]\nlocations = [\"127.0.0.1:1\"]\n"
            << "storage.toml:4:13: [announce] locations: expected \"tcp:HOST:PORT\"";
        QTest::newRow("tor without an onion") << "[announce]\nlocations = [\"tor:name:1\"]\n"
                                              << "NAME.onion";
        QTest::newRow("location with a blank") << "[announce]\nlocations = [\"tcp:a b:1\"]\n"
                                               << "got \"tcp:a b:1\"";
        QTest::newRow("large port") << "[announce]\nlocations = [\"tcp:a:65536\"]\n"
                                    << "got \"tcp:a:65536\"";
        QTest::newRow("empty directory") << "[storage]\ndirectory = \"\"\n"
                                         << "[storage] directory: expected a path";
    }
    void refusesMistakes()
    {
        QFETCH(QString, text);
        QFETCH(QString, message);
        const Result<ServiceConfig> config = read(kListen + text.toStdString());
        QVERIFY(!config);
        QCOMPARE(config.error().code(), ErrorCode::InvalidInput);
        const QString out = QString::fromStdString(config.error().message());
        QVERIFY2(out.contains(message), qPrintable(out));
    }
    void readsTheScrub()
    {
        const Result<ServiceConfig> none = read(kListen);
        QVERIFY(none);
        QVERIFY(none->scrub == ScrubConfig());
        const Result<ServiceConfig> config =
            read(kListen + "[scrub]\nenabled = false\npace = \"20 MB\"\ninterval = \"7 d\"\n");
        QVERIFY(config);
        QVERIFY(!config->scrub.enabled);
        QCOMPARE(config->scrub.pace, std::uint64_t(20'000'000));
        QCOMPARE(config->scrub.interval, Duration(std::chrono::hours(7 * 24)));
        const Result<ServiceConfig> again = read(printedConfig(*config));
        QVERIFY(again);
        QVERIFY(again->scrub == config->scrub);
        QVERIFY(!read(kListen + "[scrub]\npace = 0\n"));
        QVERIFY(!read(kListen + "[scrub]\ninterval = \"1 min\"\n"));
    }
    void contradictions_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QStringList>("messages");
        const QString hidden = "[node]\nreveal_ip_address = false\n";
        const QString home = "[listen]\nstorage = \"127.0.0.1:41001\"\n";
        const QString abroad = "[listen]\nstorage = \"192.0.2.1:41001\"\n";
        const QString onion = "[announce]\nlocations = [\"tor:abc.onion:80\"]\n";
        const auto announce = [](const QString& all) {
            return "[announce]\nlocations = [" + all + "]\n";
        };
        const auto row = [](const char* name, const QString& text, const QStringList& messages) {
            QTest::newRow(name) << text << messages;
        };
        row("hidden, a listener of IPv4", hidden + abroad + onion,
            {"[listen] storage: \"192.0.2.1:41001\" reveals this machine's address"});
        row("hidden, a listener of IPv6",
            hidden + "[listen]\nstorage = \"[2001:db8::1]:41001\"\n" + onion,
            {"[listen] storage: \"[2001:db8::1]:41001\" reveals"});
        row("hidden, listens everywhere", hidden + "[listen]\nstorage = \"0.0.0.0:1\"\n" + onion,
            {"[listen] storage: \"0.0.0.0:1\" reveals"});
        row("hidden, listens everywhere on IPv6",
            hidden + "[listen]\nstorage = \"[::]:1\"\n" + onion,
            {"[listen] storage: \"[::]:1\" reveals"});
        row("hidden, admin elsewhere", hidden + home + "admin = \"192.0.2.1:1\"\n" + onion,
            {"[listen] admin: \"192.0.2.1:1\" reveals"});
        row("hidden, a tcp location", hidden + home + announce("\"tcp:192.0.2.1:1\""),
            {"[announce] locations: \"tcp:192.0.2.1:1\" reveals"});
        row("hidden, a tcp location by name", hidden + home + announce("\"tcp:a.example:1\""),
            {"\"tcp:a.example:1\" reveals"});
        row("hidden, a tcp location on loopback", hidden + home + announce("\"tcp:127.0.0.1:1\""),
            {"\"tcp:127.0.0.1:1\" reveals"});
        row("hidden, a tcp location beside an onion",
            hidden + home + announce("\"tor:abc.onion:80\", \"tcp:a.example:1\""),
            {"\"tcp:a.example:1\" reveals"});
        row("hidden, nothing said about locations", hidden + home,
            {"[announce] locations: with [node] reveal_ip_address = false nothing"});
        row("hidden, all of it at once",
            hidden + abroad + "admin = \"192.0.2.2:1\"\n" +
                announce("\"tcp:a.example:1\", \"tcp:192.0.2.3:1\""),
            {"storage: \"192.0.2.1:41001\" reveals", "admin: \"192.0.2.2:1\" reveals",
             "\"tcp:a.example:1\" reveals", "\"tcp:192.0.2.3:1\" reveals"});
        row("admin on the port of storage", home + "admin = \"127.0.0.1:41001\"\n",
            {"[listen] admin: this is the address of [listen] storage"});
        row("a location twice", home + announce("\"tcp:a:1\", \"tcp:a:1\""),
            {"\"tcp:a:1\" stands there twice"});
        row("an onion twice", home + announce("\"tor:a.onion:1\", \"tor:a.onion:1\""),
            {"\"tor:a.onion:1\" stands there twice"});
        row("every address as a location", home + announce("\"tcp:0.0.0.0:1\""),
            {"\"tcp:0.0.0.0:1\" is nobody's address"});
        row("every IPv6 address as a location", home + announce("\"tcp:[::]:1\""),
            {"\"tcp:[::]:1\" is nobody's address"});
        row("an onion over tcp", home + announce("\"tcp:abc.onion:1\""),
            {"got \"tcp:abc.onion:1\": this name belongs to \"tor:\""});
        row("an I2P name over tcp", home + announce("\"tcp:abc.i2p:1\""),
            {"this name belongs to \"i2p:\""});
        row("an I2P name over Tor", home + announce("\"tor:abc.b32.i2p:1\""),
            {"this name belongs to \"i2p:\""});
        row("an onion over I2P", home + announce("\"i2p:abc.onion:1\""),
            {"this name belongs to \"tor:\""});
        row("an address over Tor", home + announce("\"tor:192.0.2.1:1\""),
            {"this name belongs to \"tcp:\""});
        row("an address over I2P", home + announce("\"i2p:192.0.2.1:1\""),
            {"this name belongs to \"tcp:\""});
        row("an onion on the port that is listened on", home + announce("\"tor:abc.onion:0\""),
            {"got \"tor:abc.onion:0\": port 0"});
        row("an I2P name on that port", home + announce("\"i2p:abc.i2p:0\""),
            {"got \"i2p:abc.i2p:0\": port 0"});
        row("a password for no Tor", home + "[tor]\npassword = \"x\"\n",
            {"[tor] password: means nothing without control"});
        row("a port of no onion", home + "[tor]\nport = 80\n",
            {"[tor] port: means nothing without control"});
        row("a port of no destination", home + "[i2p]\nport = 80\n",
            {"[i2p] port: means nothing without sam"});
        row("a control port elsewhere", home + "[tor]\ncontrol = \"tcp:192.0.2.1:9051\"\n",
            {"[tor] control: expected \"unix:/run/tor/control\" or"});
        row("a control port by name", home + "[tor]\ncontrol = \"tcp:localhost:9051\"\n",
            {"[tor] control: expected"});
        row("a password at no file",
            home + "[tor]\ncontrol = \"unix:/run/tor/control\"\npassword = \"\"\n",
            {"[tor] password: expected a path"});
        row("an onion on port 0", home + "[tor]\ncontrol = \"unix:/run/tor/control\"\nport = 0\n",
            {"[tor] port: expected 1 to 65535"});
        row("a router elsewhere", home + "[i2p]\nsam = \"192.0.2.1:7656\"\n",
            {"[i2p] sam: expected a port of loopback"});
        row("a router on port 0", home + "[i2p]\nsam = \"127.0.0.1:0\"\n",
            {"[i2p] sam: expected a port of loopback"});
        row("hidden, and an onion service beside a tcp location",
            hidden + home + announce("\"tcp:a.example:1\"") +
                "[tor]\ncontrol = \"unix:/run/tor/control\"\n",
            {"\"tcp:a.example:1\" reveals"});
        const QString key = QString(42, 'A') + "A";
        const QString proxy = home + "tls = \"proxy\"\nproxy_key = \"" + key + "\"\n";
        const QString place = announce("\"tcp:a.example:443\"");
        row("a proxy without a key", home + "tls = \"proxy\"\n" + place,
            {"[listen] tls: tls = \"proxy\" needs proxy_key"});
        row("a proxy with a bad key", home + "tls = \"proxy\"\nproxy_key = \"abc\"\n" + place,
            {"[listen] proxy_key: tls = \"proxy\" needs proxy_key: 43 characters"});
        row("a key of no proxy", home + "proxy_key = \"" + key + "\"\n",
            {"[listen] proxy_key: means nothing without tls = \"proxy\""});
        row("a proof of no proxy's key", home + "proxy_proof = \"proof\"\n",
            {"[listen] proxy_proof: means nothing without tls = \"proxy\""});
        row("a word for tls", home + "tls = \"none\"\n",
            {"[listen] tls: expected \"own\" or \"proxy\", got \"none\""});
        row("a proxy elsewhere", abroad + proxy.mid(home.size()) + place,
            {"[listen] storage: with tls = \"proxy\" this is plain HTTP and for loopback only"});
        row("a proxy nobody knows of", proxy,
            {"[announce] locations: with [listen] tls = \"proxy\" name where"});
        row("a proxy without a port", proxy + announce("\"tcp:a.example:0\""),
            {"\"tcp:a.example:0\": the proxy's port is needed"});
        row("an onion service past the proxy",
            proxy + place + "[tor]\ncontrol = \"unix:/run/tor/control\"\n",
            {"[tor] control: leads past the proxy"});
        row("I2P past the proxy", proxy + place + "[i2p]\nsam = \"127.0.0.1:7656\"\n",
            {"[i2p] sam: leads past the proxy"});
        const QString intro =
            "\"tarn-intro://eVm-ymjxhGq_H_ECDbXhyK-pTpSgfC2Gk9_iAEGkQIw@intro.example:41200\"";
        const QString told =
            "[announce]\nlocations = [\"tcp:192.0.2.1:1\"]\nintroducers = [" + intro + "]\n";
        const QString toldHidden =
            "[announce]\nlocations = [\"tor:abc.onion:80\"]\nintroducers = [" + intro + "]\n";
        const QString names = "[dns]\nservers = [\"192.0.2.53\"]\n";
        row("a name without a name server", home + told,
            {"[announce] introducers: tcp:intro.example:41200: names are not looked up"});
        row("a name server by name", home + told + "[dns]\nservers = [\"dns.example\"]\n",
            {"names are not looked up", "[dns] servers: expected numeric addresses"});
        row("a name server and a proxy",
            home + told + names + "[connections]\ntcp = \"socks5://127.0.0.1:9050\"\n",
            {"[dns] servers: nobody would be asked: [connections] tcp is "
             "\"socks5://127.0.0.1:9050"});
        row("a name server twice",
            home + told + "[dns]\nservers = [\"192.0.2.53\", \"192.0.2.53:53\"]\n",
            {"[dns] servers: \"192.0.2.53:53\" stands there twice"});
        row("a name server, and nobody to look up", home + names,
            {"dns: means nothing without [announce] introducers"});
        row("connections to nobody", home + "[connections]\ntcp = \"off\"\n",
            {"connections: means nothing without [announce] introducers"});
        row("connections to nobody, and a name server",
            home + names + "[connections]\nlimit = \"9 s\"\n",
            {"connections: means nothing", "dns: means nothing"});
        row("an introducer, and connections off", home + told + "[connections]\ntcp = \"off\"\n",
            {"[announce] introducers: tcp:intro.example:41200: [connections] tcp is off"});
        row("hidden, and introducers reached directly", hidden + home + toldHidden,
            {"introducers: tcp:intro.example:41200: names are not looked up",
             "[connections] tcp: \"direct\" reveals"});
        row("hidden, and a name server", hidden + home + toldHidden + names,
            {"[connections] tcp: \"direct\" reveals",
             "[dns] servers: asking a name server reveals"});
        row("a login at no proxy", home + told + names + "[connections]\ncredentials = \"x\"\n",
            {"[connections] credentials: there is no proxy to log in at"});
        row("a level of no library", home + "[log.levels]\nnett = \"debug\"\n",
            {"[log.levels] unknown key 'nett'"});
        row("admin on the port of a listener on all addresses",
            "[listen]\nstorage = \"0.0.0.0:41001\"\nadmin = \"127.0.0.1:41001\"\n",
            {"[listen] admin: this is the address of [listen] storage: give it another port"});
        row("a port and what port 0 stands for", home + announce("\"tcp:a:0\", \"tcp:a:41001\""),
            {"\"tcp:a:41001\" stands there twice"});
        row("the server as its own Tor", home + "[tor]\ncontrol = \"tcp:127.0.0.1:41001\"\n",
            {"[tor] control: \"127.0.0.1:41001\" is this daemon's own address, [listen] storage"});
        row("the server as its own router",
            home + "admin = \"127.0.0.1:9\"\n[i2p]\nsam = \"127.0.0.1:9\"\n",
            {"[i2p] sam: \"127.0.0.1:9\" is this daemon's own address, [listen] admin"});
        row("the server as its own proxy",
            home + told + "[connections]\ntcp = \"socks5://127.0.0.1:41001\"\n",
            {"[connections] tcp: \"127.0.0.1:41001\" is this daemon's own address"});
        row("an introducer twice",
            home + "[announce]\nintroducers = [" + intro + ", " + intro + "]\n" + names,
            {"[announce] introducers: \"tarn-intro://eVm-ymjxhGq_H_ECDbXhyK-pTpSgfC2Gk9_"
             "iAEGkQIw@intro.example:41200\" stands there twice"});
        row("introducers, and nothing to tell them",
            home + "[announce]\nlocations = []\nintroducers = [" + intro + "]\n" + names,
            {"[announce] introducers: there is no address to tell them"});
        row("a credential told to nobody", home + "[announce]\nanonymous_nurl = true\n",
            {"[announce] anonymous_nurl: there are no introducers to tell it"});
        row("the credential of no account",
            home + told + "anonymous_nurl = true\n" + names + "[storage]\nanonymous = false\n",
            {"[announce] anonymous_nurl: with [storage] anonymous = false there is no such NURL"});
        row("leases that end at a day that is not named",
            home + "[storage.expire]\nmode = \"cutoff-date\"\n",
            {"[storage.expire] mode: \"cutoff-date\" takes a cutoff_date"});
        row("a day for leases that end by age",
            home + "[storage.expire]\ncutoff_date = \"2026-11-01\"\n",
            {"[storage.expire] cutoff_date: takes mode = \"cutoff-date\""});
        row("an age for leases that end at a day",
            home + "[storage.expire]\nmode = \"cutoff-date\"\ncutoff_date = \"2026-11-01\"\n"
                   "override_lease_duration = \"9 d\"\n",
            {"[storage.expire] override_lease_duration: takes mode = \"age\""});
        row("a day that is none",
            home + "[storage.expire]\nmode = \"cutoff-date\"\ncutoff_date = \"2026-13-01\"\n",
            {"[storage.expire] cutoff_date: "});
        row("leases end, of no shares",
            home + "[storage.expire]\nenabled = true\nimmutable = false\nmutable = false\n",
            {"[storage.expire] enabled: no lease would end: immutable and mutable are both false"});
        row("a scrub without end", home + "[scrub]\npace = 10\n",
            {"[scrub] pace: expected at least 1 kB"});
        row("a scrub all the time", home + "[scrub]\ninterval = \"1 s\"\n",
            {"[scrub] interval: expected at least 1 h"});
        row("a certificate twice",
            home + "[grid_management]\ncertificates = [\"a.cert.0\", \"a.cert.0\"]\n",
            {"[grid_management] certificates: \"a.cert.0\" stands there twice"});
        row("shares among the keys", home + "[storage]\ndirectory = \"private\"\n",
            {"[storage] directory: expected a folder of its own for shares"});
        row("shares in the state directory itself", home + "[storage]\ndirectory = \".\"\n",
            {"[storage] directory: expected a folder of its own for shares, got \".\""});
        row("a size with a comma", home + "[storage]\nreserved_space = \"1,5 GB\"\n",
            {"[storage] reserved_space: "});
        row("a limit below nothing", home + "[storage]\nmaximum_space = -1\n",
            {"[storage] maximum_space: expected a size"});
        row("a duration without a unit", home + "[accounts]\ngrace = \"7\"\n",
            {"[accounts] grace: "});
        row("a listener by name", "[listen]\nstorage = \"localhost:41001\"\n",
            {"[listen] storage: "});
        row("a listener without a port", "[listen]\nstorage = \"127.0.0.1\"\n",
            {"[listen] storage: "});
        row("no listener", "[node]\nnickname = \"a\"\n", {"[listen] storage: missing"});
        row("reveal_ip_address as text", "[node]\nreveal_ip_address = \"no\"\n" + home,
            {"[node] reveal_ip_address: expected true or false"});
    }
    void contradictions()
    {
        QFETCH(QString, text);
        QFETCH(QStringList, messages);
        const Result<ServiceConfig> config = read(text.toStdString());
        QVERIFY(!config);
        QCOMPARE(config.error().code(), ErrorCode::InvalidInput);
        const QString out = QString::fromStdString(config.error().message());
        for (const QString& message : messages)
            QVERIFY2(out.contains(message), qPrintable(out));
        QCOMPARE(out.count('\n') + 1, messages.size());
        QCOMPARE(test::misplacedError(text.toStdString(), "storage.toml", config.error().message()),
                 std::string());
    }
    void aHiddenServerIsReachedThroughTorAndI2p()
    {
        const std::string hidden = "[node]\nreveal_ip_address = false\n" + kListen;
        const Result<ServiceConfig> config =
            read(hidden + "[announce]\nlocations = [\"tor:abc.onion:80\", \"i2p:abc.i2p:1\"]\n");
        QVERIFY2(config, config ? "" : config.error().message().c_str());
        QCOMPARE(config->effectiveLocations().size(), std::size_t(2));
        QVERIFY(read(printedConfig(*config)));
        QVERIFY(read(hidden + "[announce]\nlocations = []\n")->effectiveLocations().empty());
        Result<ServiceConfig> own = read(hidden + "[tor]\ncontrol = \"unix:/run/tor/control\"\n"
                                                  "password = \"private/tor\"\n[i2p]\n"
                                                  "sam = \"127.0.0.1:7656\"\nport = 5\n");
        QVERIFY2(own, own ? "" : own.error().message().c_str());
        QVERIFY(own->effectiveLocations().empty());
        own->ownLocations = {*wire::parseLocation("tor:abc.onion:80")};
        QCOMPARE(own->effectiveLocations().size(), std::size_t(1));
        own->ownLocations.clear();
        QVERIFY(read(printedConfig(*own))->hidden.sameAs(own->hidden));
        const std::string text = explained(*own);
        QVERIFY(text.find("unix:/run/tor/control  control port") != std::string::npos);
        QVERIFY(text.find("tcp:127.0.0.1:7656  SAM port") != std::string::npos);
    }
    void aProxyMaySpeakTls()
    {
        const std::string key(43, 'A');
        const Result<ServiceConfig> config =
            read(kListen + "tls = \"proxy\"\nproxy_key = \"" + key +
                 "\"\nproxy_proof = \"proxy.proof\"\n[announce]\n"
                 "locations = [\"tcp:a.example:443\"]\n");
        QVERIFY2(config, config ? "" : config.error().message().c_str());
        QVERIFY(config->proxyKey == crypto::SpkiHash());
        QVERIFY(read(printedConfig(*config))->proxyKey == config->proxyKey);
        QCOMPARE(read(printedConfig(*config))->proxyProof, std::string("proxy.proof"));
        QVERIFY(explained(*config).find("in clear, to a TLS proxy") != std::string::npos);
        QVERIFY(!read(kListen)->proxyKey);
    }
    void namesOfIntroducersAreLookedUp()
    {
        const Result<ServiceConfig> config =
            read(kListen + "[announce]\nintroducers = [\"tarn-intro://eVm-ymjxhGq_H_ECDbXhyK-"
                           "pTpSgfC2Gk9_iAEGkQIw@intro.example:41200\"]\n"
                           "[dns]\nservers = [\"192.0.2.53\"]\n");
        QVERIFY2(config, config ? "" : config.error().message().c_str());
        QCOMPARE(config->outgoing.nameServers.size(), std::size_t(1));
        const std::string text = explained(*config);
        QVERIFY2(text.find("names of introducers: over UDP and TCP at 192.0.2.53:53") !=
                     std::string::npos,
                 text.c_str());
        QVERIFY(read(printedConfig(*config))->outgoing == config->outgoing);
        QVERIFY(explained(*read(kListen)).find("UDP\n  none\n") != std::string::npos);
    }
    void announcesWhereItListens()
    {
        QCOMPARE(textOf(read(kListen)->effectiveLocations().at(0)),
                 std::string("tcp:127.0.0.1:41001"));
        QVERIFY(read("[listen]\nstorage = \"0.0.0.0:1\"\n")->effectiveLocations().empty());
        QVERIFY(read("[listen]\nstorage = \"[::]:1\"\n")->effectiveLocations().empty());
        QVERIFY(read(kListen + "[announce]\nlocations = []\n")->effectiveLocations().empty());
        QCOMPARE(textOf(read("[listen]\nstorage = \"[::1]:1\"\n")->effectiveLocations().at(0)),
                 std::string("tcp:[::1]:1"));
    }
    void explainsItself()
    {
        const std::string text = explained(*read(kListen));
        QVERIFY(text.find("127.0.0.1:41001  storage protocol") != std::string::npos);
        QVERIFY(text.find("Outbound connections\n  none") != std::string::npos);
        QVERIFY(text.find("/healthz") == std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestServiceConfig)
#include "test_service_config.moc"
