#include "client-gateway/service_config.h"

#include <QtTest/QtTest>

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
        QCOMPARE(config->route.kind, net::Route::Kind::Direct);
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
                                                  "[encoding]\n"
                                                  "needed = 2\n"
                                                  "happy = 0\n"
                                                  "total = 256\n"
                                                  "segment_size = 131072\n"
                                                  "[servers]\n"
                                                  "file = \"/etc/tarn/servers.yaml\"\n"
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
        QCOMPARE(config->route.kind, net::Route::Kind::Socks5);
        QCOMPARE(config->spoolDisk, std::uint64_t{2'000'000'000});
        QCOMPARE(config->keysAhead, 0U);

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
