#include "storage-server/service_config.h"

#include <QtTest/QtTest>

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
        )");
        QVERIFY2(config, config ? "" : config.error().message().c_str());
        QCOMPARE(config->nickname, std::string("alpha"));
        QCOMPARE(config->admin->port, std::uint16_t(41901));
        QCOMPARE(config->connections, 100U);
        QCOMPARE(config->locations->size(), std::size_t(4));
        QCOMPARE(config->locations->at(1).host, std::string("::1"));
        QVERIFY(config->locations->at(2).tor);
        QCOMPARE(*config->maximumSpace, std::uint64_t(500'000'000'000));
        QVERIFY(config->readonly && !config->anonymous);

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
        QTest::newRow("unknown table")
            << "[store]\nx = 1\n"
            << "unknown key 'store'; accepted: node, listen, announce, storage";
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
