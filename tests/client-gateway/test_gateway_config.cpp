#include "client-gateway/service_config.h"
#include "tests/support/config_places.h"

#include <QtCore/QFile>
#include <QtCore/QStringList>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;

namespace {

Result<ServiceConfig> read(const std::string& text)
{
    TARN_TRY(ConfigReader reader, ConfigReader::parse(text, "gateway.toml"));
    return readServiceConfig(std::move(reader));
}

const std::string kListen = "[web]\nlisten = \"127.0.0.1:3456\"\n";

} // namespace

class TestGatewayConfig final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void onlyTheListenAddressHasNoDefault()
    {
        const Result<ServiceConfig> config = read(kListen);
        QVERIFY(config);
        QCOMPARE(config->webListen.port, std::uint16_t{3456});
        QCOMPARE(config->encoding.needed, 3U);
        QCOMPARE(config->encoding.happy, 7U);
        QCOMPARE(config->encoding.total, 10U);
        QCOMPARE(config->encoding.segmentSize, std::uint64_t{1} << 20U);
        QCOMPARE(config->serversFile, std::string("servers.yaml"));
        QCOMPARE(config->outgoing.tcp.kind, net::Route::Kind::Direct);
        const Result<ServiceConfig> none = read("");
        QVERIFY(!none);
        QVERIFY(none.error().message().find("[web] listen") != std::string::npos);
    }
    void readsTheWholeFile()
    {
        const Result<ServiceConfig> config = read("[node]\n"
                                                  "nickname = \"gate\"\n"
                                                  "[web]\n"
                                                  "listen = \"[::1]:0\"\n"
                                                  "connections = 9\n"
                                                  "static = \"/srv/site\"\n"
                                                  "[encoding]\n"
                                                  "needed = 2\n"
                                                  "happy = 0\n"
                                                  "total = 256\n"
                                                  "segment_size = 131072\n"
                                                  "[servers]\n"
                                                  "file = \"/etc/tarn/servers.yaml\"\n"
                                                  "[grid_managers]\n"
                                                  "main = \"pub-v0-omap3uqqb6la6r3onbraxnpekk"
                                                  "se6mx6hpgrutsgucdtmgwma2tq\"\n"
                                                  "[introducers]\n"
                                                  "urls = [\"tarn-intro://eVm-ymjxhGq_H_ECDbXhyK"
                                                  "-pTpSgfC2Gk9_iAEGkQIw@192.0.2.1:41200\"]\n"
                                                  "accounts = false\n"
                                                  "without = [\"v0-aaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                                                  "aaaaaaaaaaaaaaaaaaaaaaaa\"]\n"
                                                  "[connections]\n"
                                                  "tcp = \"socks5://127.0.0.1:9050\"\n"
                                                  "[spool]\n"
                                                  "directory = \"spool\"\n"
                                                  "memory = \"1 MiB\"\n"
                                                  "disk = \"2 GB\"\n"
                                                  "[mutable]\n"
                                                  "keys_ahead = 0\n");
        QVERIFY2(config, config ? "" : config.error().message().c_str());
        QCOMPARE(config->webListen.host, std::string("::1"));
        QCOMPARE(config->encoding.total, 256U);
        QCOMPARE(config->encoding.segmentSize, std::uint64_t{131072});
        QCOMPARE(config->outgoing.tcp.kind, net::Route::Kind::Socks5);
        QCOMPARE(config->spoolDisk, std::uint64_t{2'000'000'000});
        QCOMPARE(config->keysAhead, 0U);
        QVERIFY(config->leftOut == std::set<std::string>{"v0-" + std::string(52, 'a')});
        QCOMPARE(gridManagerKeys(*config).size(), std::size_t(1));
        QVERIFY(config->gridManagers.contains("main"));
        QVERIFY(!config->askForAccounts);

        const Result<ServiceConfig> again = read(printedConfig(*config));
        QVERIFY(again);
        QCOMPARE(printedConfig(*again), printedConfig(*config));
    }
    void theExampleIsTheDefaults()
    {
        QFile file(TARN_SOURCE_DIR "/profiles/sysadmin/gateway.toml.example");
        QVERIFY(file.open(QIODevice::ReadOnly));
        Result<ServiceConfig> example = read(file.readAll().toStdString());
        QVERIFY2(example, example ? "" : example.error().message().c_str());
        example->nickname.clear();
        QCOMPARE(printedConfig(*example), printedConfig(*read(kListen)));
    }
    void anyEncodingTakesTheUsualSegments()
    {
        QVERIFY(read(kListen + "[encoding]\nneeded = 1\nhappy = 1\ntotal = 256\n"));
        QVERIFY(read(kListen + "[encoding]\nsegment_size = \"64 MiB\"\n"));
        QVERIFY(read(kListen + "[encoding]\nsegment_size = 1\n"));
    }
    void refusesMistakes_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("message");
        QTest::newRow("unknown key")
            << "[encoding]\nhapy = 3\n"
            << "gateway.toml:4:1: [encoding] unknown key 'hapy'; accepted: needed, happy, total, "
               "segment_size";
        QTest::newRow("unknown table") << "[website]\nx = 1\n"
                                       << "unknown key 'website'; accepted: node, web";
        QTest::newRow("needed above total")
            << "[encoding]\nneeded = 11\n"
            << "gateway.toml:4:10: [encoding] needed: expected at most total, 10, got 11";
        QTest::newRow("happy above total")
            << "[encoding]\nhappy = 11\n"
            << "gateway.toml:4:9: [encoding] happy: expected at most total, 10, got 11";
        QTest::newRow("no shares") << "[encoding]\nneeded = 0\n"
                                   << "[encoding] needed";
        QTest::newRow("too many shares") << "[encoding]\ntotal = 257\n"
                                         << "[encoding] total";
        QTest::newRow("no segments") << "[encoding]\nsegment_size = 0\n"
                                     << "[encoding] segment_size: expected 1 byte to 64 MiB, got 0";
        QTest::newRow("huge segments")
            << "[encoding]\nsegment_size = \"1 TiB\"\n"
            << "gateway.toml:4:16: [encoding] segment_size: expected 1 byte to 64 MiB, got 1 TiB";
        QTest::newRow("segments whose shares are huge")
            << "[encoding]\nsegment_size = \"64 MiB\"\nneeded = 1\n"
            << "segment_size: expected at most 53687091 with 1 of 10 shares, got 64 MiB";
        QTest::newRow("route") << "[connections]\ntcp = \"tor\"\n"
                               << "gateway.toml:4:7: [connections] tcp";
        QTest::newRow("grid manager")
            << "[grid_managers]\nmain = \"v0-x\"\n"
            << "gateway.toml:4:8: [grid_managers] main: expected pub-v0- and 52 base32 characters";
        QTest::newRow("grid manager without quotes")
            << "[grid_managers]\nmain = 1\n"
            << "gateway.toml:4:8: [grid_managers] main: expected a text, got an integer";
        QTest::newRow("grid manager's name")
            << "[grid_managers]\n\"a b\" = \"\"\n"
            << "gateway.toml:4:9: [grid_managers] a b: expected a name of letters, digits";
        QTest::newRow("keys") << "[mutable]\nkeys_ahead = 65\n"
                              << "[mutable] keys_ahead";
        QTest::newRow("size") << "[spool]\nmemory = \"much\"\n"
                              << "[spool] memory";
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
    void contradictions_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QStringList>("messages");
        const QString hidden = "[node]\nreveal_ip_address = false\n";
        const QString home = "[web]\nlisten = \"127.0.0.1:3456\"\n";
        const auto connections = [&home](const QString& lines) {
            return home + "[connections]\n" + lines;
        };
        const auto row = [](const char* name, const QString& text, const QStringList& messages) {
            QTest::newRow(name) << text << messages;
        };
        const QString direct = "[connections] tcp: \"direct\" reveals this machine's address";
        row("hidden, direct by default", hidden + home, {direct});
        row("hidden, direct", hidden + connections("tcp = \"direct\"\n"), {direct});
        row("hidden, direct beside Tor",
            hidden + connections("tcp = \"direct\"\ntor = \"socks5://127.0.0.1:9050\"\n"),
            {direct});
        row("hidden, the web API abroad",
            hidden + "[web]\nlisten = \"192.0.2.1:1\"\n[connections]\ntcp = \"off\"\n",
            {"[web] listen: \"192.0.2.1:1\" reveals"});
        row("hidden, the web API everywhere",
            hidden + "[web]\nlisten = \"[::]:1\"\n[connections]\ntcp = \"off\"\n",
            {"[web] listen: \"[::]:1\" reveals"});
        row("hidden, all of it at once", hidden + "[web]\nlisten = \"192.0.2.1:1\"\n",
            {"[web] listen: \"192.0.2.1:1\" reveals", direct});
        row("a login without a proxy", connections("credentials = \"x\"\n"),
            {"[connections] credentials: there is no proxy to log in at: tcp is \"direct\""});
        row("a login with tcp off", connections("tcp = \"off\"\ncredentials = \"x\"\n"),
            {"there is no proxy to log in at: tcp is \"off\""});
        row("a login at no file", connections("tcp = \"http://127.0.0.1:1\"\ncredentials = \"\"\n"),
            {"[connections] credentials: expected a path"});
        row("a login in the address", connections("tcp = \"socks5://me:pw@127.0.0.1:1\"\n"),
            {"[connections] tcp: a user and password belong in the file that credentials names"});
        row("a proxy by name", connections("tcp = \"socks5://localhost:9050\"\n"),
            {"[connections] tcp: \"localhost\" is not a numeric address"});
        row("a proxy without a port", connections("tcp = \"socks5://127.0.0.1\"\n"),
            {"[connections] tcp: \"127.0.0.1\" is not an address:port: no port"});
        row("a proxy on port 0", connections("tcp = \"socks5://127.0.0.1:0\"\n"),
            {"[connections] tcp: \"127.0.0.1:0\" is nobody's address"});
        row("every address as a proxy", connections("tcp = \"http://0.0.0.0:1\"\n"),
            {"[connections] tcp: \"0.0.0.0:1\" is nobody's address"});
        row("Tor directly", connections("tor = \"direct\"\n"),
            {"[connections] tor: expected \"off\" or \"socks5://"});
        row("Tor through HTTP", connections("tor = \"http://127.0.0.1:1\"\n"),
            {"[connections] tor: expected \"off\" or \"socks5://"});
        row("I2P directly", connections("i2p = \"direct\"\n"),
            {"[connections] i2p: expected \"off\", \"sam://127.0.0.1:7656\" or"});
        row("TCP through I2P", connections("tcp = \"sam://127.0.0.1:7656\"\n"),
            {"[connections] tcp: expected \"direct\", \"off\","});
        row("Tor through I2P", connections("tor = \"sam://127.0.0.1:7656\"\n"),
            {"[connections] tor: expected \"off\" or \"socks5://"});
        const auto dns = [&home](const QString& lines, const QString& servers) {
            return home + lines + "[dns]\nservers = [" + servers + "]\n";
        };
        row("a name server by name", dns("", "\"dns.example\""),
            {"[dns] servers: expected numeric addresses"});
        row("a name server on port 0", dns("", "\"192.0.2.53:0\""),
            {"[dns] servers: expected numeric addresses"});
        row("a name server twice", dns("", "\"192.0.2.53\", \"192.0.2.53:53\""),
            {"\"192.0.2.53:53\" stands there twice"});
        row("a name server nobody asks",
            dns("[connections]\ntcp = \"socks5://127.0.0.1:1\"\n", "\"192.0.2.53\""),
            {"[dns] servers: nobody would be asked: [connections] tcp is "
             "\"socks5://127.0.0.1:1\""});
        row("hidden, a name server", hidden + dns("", "\"192.0.2.53\""),
            {"[dns] servers: asking a name server reveals", direct});
        row("a word for tcp", connections("tcp = \"tor\"\n"), {"[connections] tcp: expected"});
        row("a word for several", connections("several = \"all\"\n"),
            {"[connections] several: expected \"in_order\" or \"race\", got \"all\""});
        row("no patience", connections("limit = \"10 ms\"\n"),
            {"[connections] limit: expected 1 s to 5 min, got 10 ms"});
        row("endless patience", connections("limit = \"1 h\"\n"),
            {"[connections] limit: expected 1 s to 5 min, got 1 h"});
        row("the gateway as its own proxy", connections("tcp = \"http://127.0.0.1:3456\"\n"),
            {"[connections] tcp: \"127.0.0.1:3456\" is this daemon's own address, [web] listen"});
        row("the gateway as its own Tor", connections("tor = \"socks5://127.0.0.1:3456\"\n"),
            {"[connections] tor: \"127.0.0.1:3456\" is this daemon's own address, [web] listen"});
        row("the gateway, on all addresses, as its own proxy",
            "[web]\nlisten = \"0.0.0.0:3456\"\n[connections]\ntcp = "
            "\"socks5://127.0.0.1:3456\"\n",
            {"[connections] tcp: \"127.0.0.1:3456\" is this daemon's own address"});
        row("the keys as static files", home + "static = \"private\"\n",
            {"[web] static: \"private\" holds the state directory's keys"});
        row("everything as static files", home + "static = \".\"\n",
            {"[web] static: \".\" holds the state directory's keys"});
        row("happier than there are shares", home + "[encoding]\nhappy = 11\n",
            {"[encoding] happy: expected at most total, 10, got 11"});
        row("fewer shares than are needed, and than are happy", home + "[encoding]\ntotal = 2\n",
            {"[encoding] needed: expected at most total, 2, got 3",
             "[encoding] happy: expected at most total, 2, got 7"});
        const QString url =
            "\"tarn-intro://eVm-ymjxhGq_H_ECDbXhyK-pTpSgfC2Gk9_iAEGkQIw@intro.example:41200\"";
        const QString id = "\"v0-" + QString(52, 'a') + "\"";
        row("an introducer by name, and no name server",
            home + "[introducers]\nurls = [" + url + "]\n",
            {"[introducers] urls: tcp:intro.example:41200: names are not looked up"});
        row("an introducer, and connections off",
            connections("tcp = \"off\"\n") + "[introducers]\nurls = [" + url + "]\n",
            {"[introducers] urls: tcp:intro.example:41200: [connections] tcp is off"});
        row("an introducer twice",
            dns("[introducers]\nurls = [" + url + ", " + url + "]\n", "\"192.0.2.53\""),
            {"[introducers] urls: \"tarn-intro://eVm-ymjxhGq_H_ECDbXhyK-pTpSgfC2Gk9_"
             "iAEGkQIw@intro.example:41200\" stands there twice"});
        row("a NURL as an introducer", home + "[introducers]\nurls = [\"pb://a@b:1/c\"]\n",
            {"[introducers] urls: "});
        row("left out of nothing", home + "[introducers]\nwithout = [" + id + "]\n",
            {"[introducers] without: means nothing without urls"});
        row("left out twice",
            dns("[introducers]\nurls = [" + url + "]\nwithout = [" + id + ", " + id + "]\n",
                "\"192.0.2.53\""),
            {"[introducers] without: \"v0-" + QString(52, 'a') + "\" stands there twice"});
        const QString manager = "\"pub-v0-omap3uqqb6la6r3onbraxnpekkse6mx6hpgrutsgucdtmgwma2tq\"\n";
        row("a grid manager by two names",
            home + "[grid_managers]\none = " + manager + "two = " + manager,
            {"[grid_managers] two: has the key of one"});
        row("a server's id as a grid manager", home + "[grid_managers]\none = " + id + "\n",
            {"[grid_managers] one: expected pub-v0-"});
        row("reveal_ip_address as a number", "[node]\nreveal_ip_address = 0\n" + home,
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
        QCOMPARE(test::misplacedError(text.toStdString(), "gateway.toml", config.error().message()),
                 std::string());
    }
    void aHiddenGatewayGoesThroughProxies()
    {
        const Result<ServiceConfig> config =
            read("[node]\nreveal_ip_address = false\n" + kListen +
                 "[connections]\ntcp = \"off\"\ntor = \"socks5://127.0.0.1:9050\"\n"
                 "i2p = \"sam://127.0.0.1:7656\"\nseveral = \"race\"\nlimit = \"1 min\"\n");
        QVERIFY2(config, config ? "" : config.error().message().c_str());
        QCOMPARE(printedConfig(*read(printedConfig(*config))), printedConfig(*config));
        const std::string text = explained(*config, {});
        QVERIFY(text.find("  tcp: off\n  tor: through socks5://127.0.0.1:9050, ") !=
                std::string::npos);
        QVERIFY(text.find("all at once, 1 min each") != std::string::npos);
    }
    void knowsWhatTakesARestart()
    {
        const ServiceConfig now = *read(kListen);
        QCOMPARE(needsRestart(now, *read(kListen + "[encoding]\nhappy = 1\n")), std::string());
        QCOMPARE(needsRestart(now, *read(kListen + "[servers]\nfile = \"x\"\n")), std::string());
        QCOMPARE(needsRestart(now, *read("[web]\nlisten = \"127.0.0.1:1\"\n")),
                 std::string("[web]"));
        QCOMPARE(
            needsRestart(now, *read(kListen + "[connections]\ntcp = \"off\"\n[spool]\ndisk = 1\n")),
            std::string("[connections], [spool]"));
        QCOMPARE(needsRestart(now, *read(kListen + "[mutable]\nkeys_ahead = 1\n")),
                 std::string("[mutable]"));
    }
    void explainsItself()
    {
        const std::vector<std::string> servers{"alpha (v0-abcde): 127.0.0.1:41001"};
        const std::string text = explained(*read(kListen), servers);
        QVERIFY(text.find("127.0.0.1:3456  web API") != std::string::npos);
        QVERIFY(text.find("alpha (v0-abcde): 127.0.0.1:41001") != std::string::npos);
        QVERIFY(explained(*read(kListen), {}).find("none known") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestGatewayConfig)
#include "test_gateway_config.moc"
