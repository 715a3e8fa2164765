#include "client-gateway/cli/setup/node_settings.h"
#include "client-gateway/service_config.h"

#include <QtCore/QDir>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway::cli;

class TestNodeSettings final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void gatewaysReadTheirFile()
    {
        GatewaySettings settings;
        settings.nickname = "quo\"te \xc3\xbc";
        settings.web = {"::1", 3457};
        settings.needed = 2;
        settings.happy = 3;
        settings.total = 4;
        settings.tcp = "socks5://127.0.0.1:9050";
        const Result<std::string> text = gatewayConfigText(settings);
        QVERIFY(text);
        Result<ConfigReader> reader = ConfigReader::parse(*text, "gateway.toml");
        QVERIFY(reader);
        const Result<gateway::ServiceConfig> config =
            gateway::readServiceConfig(*std::move(reader));
        QVERIFY2(config, config ? "" : config.error().message().c_str());
        QCOMPARE(config->nickname, settings.nickname);
        QVERIFY(config->webListen == settings.web);
        QCOMPARE(config->encoding.needed, 2U);
        QCOMPARE(config->encoding.happy, 3U);
        QCOMPARE(config->encoding.total, 4U);
        QCOMPARE(net::textOf(config->outgoing.tcp), settings.tcp);
    }
    void impossibleSharesAreRefused()
    {
        const auto refused = [](std::uint32_t needed, std::uint32_t happy, std::uint32_t total) {
            GatewaySettings settings;
            settings.needed = needed;
            settings.happy = happy;
            settings.total = total;
            return !gatewayConfigText(settings);
        };
        QVERIFY(!refused(1, 1, 1) && !refused(256, 256, 256));
        QVERIFY(refused(0, 1, 1) && refused(1, 0, 1) && refused(2, 1, 1) && refused(1, 2, 1));
        QVERIFY(refused(1, 1, 257));
        StorageSettings storage;
        storage.reservedSpace = "much";
        QVERIFY(!storageConfigText(storage));
    }
    void endpointsOfTahoeAreUnderstood()
    {
        const auto text = [](const char* endpoint) {
            const Result<HostPort> address = webAddressOf(endpoint);
            return address ? textOf(*address) : std::string("refused");
        };
        QCOMPARE(text("3456"), std::string("127.0.0.1:3456"));
        QCOMPARE(text("tcp:3456"), std::string("127.0.0.1:3456"));
        QCOMPARE(text("tcp:3456:interface=127.0.0.2"), std::string("127.0.0.2:3456"));
        QCOMPARE(text("tcp:3456:interface=::1"), std::string("[::1]:3456"));
        QCOMPARE(text("[::1]:99"), std::string("[::1]:99"));
        for (const char* other : {"", "tcp:", "ssl:443", "tcp:99999", "unix:/x", "host.example:1"})
            QCOMPARE(text(other), std::string("refused"));
    }
    void onlyNewDirectoriesAreTaken()
    {
        const QTemporaryDir folder;
        const std::string path = folder.path().toStdString();
        QVERIFY(requireNewDirectory(path));
        QVERIFY(requireNewDirectory(path + "/absent"));
        QVERIFY(QDir(folder.path()).mkdir("sub"));
        QCOMPARE(requireNewDirectory(path).error().code(), ErrorCode::Exists);
    }
};

QTEST_GUILESS_MAIN(TestNodeSettings)
#include "test_node_settings.moc"
