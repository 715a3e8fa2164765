#include "client-gateway/cli/setup/friendnet_settings.h"
#include "profiles/friendnet/node_config.h"
#include "tests/support/config_places.h"

#include <QtTest/QTest>

#include <map>

using namespace tarn;
using namespace tarn::profiles;

namespace {

const std::string kNames = "[node]\nnickname = \"alice\"\n[grid]\nname = \"Family\"\n";

Result<NodeConfig> read(const std::string& text)
{
    TARN_TRY(ConfigReader reader, ConfigReader::parse(text, "node.toml"));
    return readNodeConfig(std::move(reader));
}

bool refused(const std::string& text, const char* why)
{
    const Result<NodeConfig> config = read(text);
    return !config && config.error().code() == ErrorCode::InvalidInput &&
           config.error().message().find(why) != std::string::npos;
}

} // namespace

class TestNodeConfig final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void onlyTheNamesHaveNoDefault()
    {
        const Result<NodeConfig> config = read(kNames);
        QVERIFY(config);
        QCOMPARE(config->nickname, std::string("alice"));
        QCOMPARE(config->gridName, std::string("Family"));
        QCOMPARE(textOf(config->listen), std::string("0.0.0.0:0"));
        QCOMPARE(textOf(config->web), std::string("127.0.0.1:0"));
        QVERIFY(!config->offer && !config->encoding && !config->locations);
        QVERIFY(refused("", "[node] nickname"));
        QVERIFY(refused("", "[grid] name"));
    }
    void readsItsOwnPrint()
    {
        const std::string text = kNames + "[listen]\naddress = \"192.0.2.1:41001\"\n"
                                          "connections = 7\n"
                                          "[announce]\nlocations = [\"tcp:198.51.100.7:41001\"]\n"
                                          "[storage]\noffer = \"10 GB\"\n"
                                          "directory = \"/srv/shares\"\n"
                                          "[members]\nlimit = \"5 GB\"\nunseen = \"90 d\"\n"
                                          "[web]\nlisten = \"[::1]:3456\"\n"
                                          "[encoding]\nneeded = 2\nhappy = 3\ntotal = 4\n"
                                          "[connections]\ntcp = \"socks5://127.0.0.1:9050\"\n"
                                          "[log]\nformat = \"json\"\n";
        const Result<NodeConfig> config = read(text);
        QVERIFY(config);
        const std::string print = printedConfig(*config);
        const Result<NodeConfig> again = read(print);
        QVERIFY(again);
        QCOMPARE(printedConfig(*again), print);
        QCOMPARE(*again->offer, std::uint64_t{10'000'000'000});
        QCOMPARE(*again->memberLimit, std::uint64_t{5'000'000'000});
        QVERIFY(again->unseen == std::chrono::hours(90 * 24));
        QCOMPARE(again->encoding->total, 4U);
        QCOMPARE(wire::textOf(again->locations->front()), std::string("tcp:198.51.100.7:41001"));
        QCOMPARE(needsRestart(*config, *again), std::string());
    }
    void refusesWhatCannotBe()
    {
        QVERIFY(refused(kNames + "[web]\nlisten = \"192.0.2.1:80\"\n", "loopback"));
        QVERIFY(refused(kNames + "[web]\nlisten = \"0.0.0.0:80\"\n", "loopback"));
        QVERIFY(refused(kNames + "[members]\nunseen = \"5 h\"\n", "1 d or more"));
        QVERIFY(refused(kNames + "[storage]\noffre = 3\n", "unknown key"));
        QVERIFY(refused(kNames + "[announce]\nlocations = [\"192.0.2.1\"]\n", "locations"));
        QVERIFY(refused(kNames + "[encoding]\nneeded = 3\ntotal = 2\n", "at most total"));
        const std::string longName(kLongestName + 1, 'x');
        QVERIFY(refused("[node]\nnickname = \"" + longName + "\"\n[grid]\nname = \"x\"\n",
                        "1 to 64 bytes"));
        QVERIFY(refused("[node]\nnickname = \"a\\nb\"\n[grid]\nname = \"x\"\n", "nickname"));
    }
    void contradictions_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("message");
        const auto row = [](const char* name, const QString& text, const char* message) {
            QTest::newRow(name) << text << QString(message);
        };
        row("friends and the owner at one door",
            "[listen]\naddress = \"0.0.0.0:41001\"\n[web]\nlisten = \"127.0.0.1:41001\"\n",
            "[web] listen: this is the address of [listen] address: give it another port");
        row("shares among the keys", "[storage]\ndirectory = \"private/x\"\n",
            "[storage] directory: expected a folder of its own for shares");
        row("an outbox in the state directory itself", "[outbox]\ndirectory = \".\"\n",
            "[outbox] directory: expected a folder of its own for shares");
        row("an outbox among the shares",
            "[storage]\ndirectory = \"x\"\n[outbox]\ndirectory = \"x\"\n",
            "[outbox] directory: this is [storage] directory");
        row("a location twice", "[announce]\nlocations = [\"tcp:a:1\", \"tcp:a:1\"]\n",
            "[announce] locations: \"tcp:a:1\" stands there twice");
        row("every address as a location", "[announce]\nlocations = [\"tcp:0.0.0.0:1\"]\n",
            "[announce] locations: \"tcp:0.0.0.0:1\" is nobody's address");
        row("the node as its own proxy",
            "[listen]\naddress = \"0.0.0.0:41001\"\n[connections]\n"
            "tcp = \"socks5://127.0.0.1:41001\"\n",
            "[connections] tcp: \"127.0.0.1:41001\" is this daemon's own address, [listen] "
            "address");
        row("a location in the singular", "[announce]\nlocation = \"tcp:a:1\"\n",
            "[announce] unknown key 'location'; accepted: locations");
        row("a table of nobody", "[encodin]\nneeded = 1\n",
            "unknown key 'encodin'; accepted: node, grid, listen, announce, storage, outbox, "
            "members, relay, web, encoding");
        row("told and never told",
            "[announce]\nlocations = [\"tcp:192.168.7.2:1\"]\n[reach]\nexclude = "
            "[\"192.168.7.0/24\"]\n",
            "[announce] locations: \"tcp:192.168.7.2:1\": [reach] exclude holds it");
    }
    void contradictions()
    {
        QFETCH(QString, text);
        QFETCH(QString, message);
        const std::string whole = kNames + text.toStdString();
        const Result<NodeConfig> config = read(whole);
        QVERIFY(!config);
        const QString out = QString::fromStdString(config.error().message());
        QVERIFY2(out.contains(message) && !out.contains('\n'), qPrintable(out));
        QCOMPARE(test::misplacedError(whole, "node.toml", config.error().message()), std::string());
    }
    void explainsItself()
    {
        const std::string everywhere = explained(*read(kNames));
        QVERIFY(everywhere.find("0.0.0.0:0") != std::string::npos);
        QVERIFY(everywhere.find("Announced addresses\n  none\n") != std::string::npos);
        QVERIFY(everywhere.find("not seen for 180 d are let go") != std::string::npos);
        const std::string here =
            explained(*read(kNames + "[listen]\naddress = \"192.0.2.1:41001\"\n"));
        QVERIFY(here.find("Announced addresses\n  tcp:192.0.2.1:41001\n") != std::string::npos);
        QVERIFY(here.find("the router is asked") != std::string::npos);
        const std::string hidden =
            explained(*read(kNames + "[connections]\ntcp = \"socks5://127.0.0.1:9050\"\n"));
        QVERIFY(hidden.find("port mapping, UDP\n  none\n") != std::string::npos);
    }
    void sharesFollowTheMembers()
    {
        const NodeConfig config = *read(kNames);
        for (const auto& [members, needed] :
             std::map<std::uint32_t, std::uint32_t>{{1, 1}, {3, 1}, {5, 2}, {10, 3}}) {
            const gateway::EncodingParameters out = gatewayConfigOf(config, members).encoding;
            QCOMPARE(out.needed, needed);
            QCOMPARE(out.total, members);
            QVERIFY(out.check());
        }
        const NodeConfig fixed = *read(kNames + "[encoding]\nneeded = 2\nhappy = 3\ntotal = 4\n");
        QCOMPARE(gatewayConfigOf(fixed, 10).encoding.total, 4U);
    }
    void saysWhatTakesANewStart()
    {
        const NodeConfig now = *read(kNames);
        NodeConfig next = now;
        next.nickname = "bob";
        next.offer = 5;
        QCOMPARE(needsRestart(now, next), std::string());
        next.listen.port = 9;
        next.web.port = 9;
        QCOMPARE(needsRestart(now, next), std::string("[listen], [web]"));
        next = now;
        next.encoding = gatewayConfigOf(now, 3).encoding;
        QCOMPARE(needsRestart(now, next), std::string("[encoding]"));
    }
    void rolesGetTheirPart()
    {
        const NodeConfig config = *read(kNames + "[storage]\noffer = \"1 MB\"\n");
        const storage::ServiceConfig storage = storageConfigOf(config, 41001);
        QCOMPARE(storage.listen.port, std::uint16_t{41001});
        QVERIFY(!storage.anonymous);
        QCOMPARE(*storage.maximumSpace, std::uint64_t{1'000'000});
        const gateway::ServiceConfig gateway = gatewayConfigOf(config, 5);
        QCOMPARE(gateway.encoding.needed, 2U);
        QVERIFY(gateway.serversFile.empty());
    }
    void theCommandLineWritesSuchFiles()
    {
        gateway::cli::FriendnetSettings settings;
        settings.gridName = "The \"Fam\xc3\xadly\"";
        settings.nickname = "alice";
        settings.listen = HostPort{"127.0.0.1", 41001};
        settings.offer = 123'456;
        const Result<std::string> text = gateway::cli::nodeConfigText(settings);
        QVERIFY(text);
        const Result<NodeConfig> config = read(*text);
        QVERIFY2(config, config ? "" : config.error().message().c_str());
        QCOMPARE(config->gridName, settings.gridName);
        QCOMPARE(*config->offer, std::uint64_t{123'456});
        QCOMPARE(textOf(config->listen), std::string("127.0.0.1:41001"));
        settings.offer.reset();
        QVERIFY(!read(*gateway::cli::nodeConfigText(settings))->offer);
        settings.nickname = std::string(65, 'x');
        QVERIFY(!gateway::cli::nodeConfigText(settings));
        settings.nickname = "a\nb";
        QVERIFY(!gateway::cli::nodeConfigText(settings));
    }
};

QTEST_GUILESS_MAIN(TestNodeConfig)
#include "test_node_config.moc"
