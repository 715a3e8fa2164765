#include "client-gateway/cli/node/node_place.h"
#include "core/node/state_dir.h"

#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway::cli;

class TestNodePlace final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void nodesLiveInTheDataFolder()
    {
        QCOMPARE(nodesFolder("/data", "/users/a"), std::string("/data/tarn"));
        QCOMPARE(nodesFolder("", "/users/a"), std::string("/users/a/.local/share/tarn"));
        QCOMPARE(nodesFolder("data", "/users/a"), std::string("/users/a/.local/share/tarn"));
        QCOMPARE(nodesFolder("", ""), std::string());
    }
    void namesOfGridsAreNoPaths()
    {
        QCOMPARE(*placeForGrid("/data/tarn", "Our Family"), std::string("/data/tarn/Our Family"));
        for (const char* name : {"", "..", ".", "a/b", "../x", "/etc", ".hidden", "-rf", "a\nb",
                                 "caf\xc3\xa9", "ends.", " x"})
            QVERIFY2(!placeForGrid("/data/tarn", name), name);
        QVERIFY(!placeForGrid("/data/tarn", std::string(65, 'x')));
        QVERIFY(!placeForGrid("", "Family"));
    }
    void theOnlyNodeNeedsNoName()
    {
        const QTemporaryDir dir;
        const std::string folder = dir.path().toStdString();
        const auto chosen = [&] {
            GatewayChoice choice;
            choice.stateDirectory = "/var/lib/tarn/gateway";
            useOnlyNodeBlocking(choice, folder);
            return choice.stateDirectory;
        };
        QCOMPARE(chosen(), std::string("/var/lib/tarn/gateway"));
        QVERIFY(node::StateDir::openBlocking(folder + "/gate", "gateway")); // another role's
        QVERIFY(node::StateDir::openBlocking(folder + "/one", "node"));
        QCOMPARE(chosen(), folder + "/one");
        GatewayChoice named;
        named.stateDirectory = "/elsewhere";
        named.stateNamed = true;
        useOnlyNodeBlocking(named, folder);
        QCOMPARE(named.stateDirectory, std::string("/elsewhere"));
        QVERIFY(node::StateDir::openBlocking(folder + "/two", "node"));
        QCOMPARE(chosen(), std::string("/var/lib/tarn/gateway"));
        QCOMPARE(nodesBelowBlocking(folder).size(), std::size_t{2});
    }
    void theOptionsOfANode()
    {
        const auto parsed =
            parseOptions({"node", "init", "--state", "/s", "--grid", "Family", "--nickname", "al",
                          "--offer", "10 GB", "--listen", "127.0.0.1:0", "--no-start", "--json"},
                         "");
        const auto* options = std::get_if<Options>(&parsed);
        QVERIFY(options != nullptr && options->gateway.stateNamed && options->json);
        const auto* init = std::get_if<NodeInitCommand>(&options->command);
        QVERIFY(init != nullptr && init->noStart);
        QCOMPARE(*init->settings.offer, std::uint64_t{10'000'000'000});
        QCOMPARE(textOf(init->settings.listen), std::string("127.0.0.1:0"));
        using Arguments = std::vector<std::string>;
        const Arguments founding{"node", "init", "--grid", "x", "--nickname", "y"};
        const auto with = [&founding](const Arguments& more) {
            Arguments all = founding;
            all.insert(all.end(), more.begin(), more.end());
            return all;
        };
        const std::vector<Arguments> wrong{
            Arguments{"node"}, Arguments{"node", "init"}, Arguments{"node", "init", "--grid", "x"},
            with({"--offer", "much"}), with({"--listen", "example.org:1"})};
        for (const Arguments& arguments : wrong)
            QVERIFY(std::holds_alternative<Stop>(parseOptions(arguments, "")));
        QVERIFY(std::holds_alternative<Options>(parseOptions(founding, "")));
        const auto status = parseOptions({"node", "status"}, "");
        QVERIFY(!std::get<Options>(status).gateway.stateNamed);
        QVERIFY(std::get<Options>(parseOptions({"node", "status"}, "/s")).gateway.stateNamed);
    }
};

QTEST_GUILESS_MAIN(TestNodePlace)
#include "test_node_place.moc"
