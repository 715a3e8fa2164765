#include "client-gateway/servers_file.h"
#include "client-gateway/yaml_tree.h"
#include "core/codec/base32.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;

namespace {

const std::string kKeyId = "v0-omap3uqqb6la6r3onbraxnpekkse6mx6hpgrutsgucdtmgwma2tq";
const std::string kFurl = "pb://4evzu7lt52dxujhoyfqtjujh3epyozej@/none";
const std::string kNurl =
    "pb://eVm-ymjxhGq_H_ECDbXhyK-pTpSgfC2Gk9_iAEGkQIw@127.0.0.1:41001/k7n2wevfqrc6#v=1";

std::string entry(const std::string& id, const std::string& more)
{
    return "  " + id + ":\n    ann:\n      anonymous-storage-FURL: " + kFurl +
           "\n      anonymous-storage-NURLs:\n      - " + kNurl + "\n" + more;
}

} // namespace

class TestServersFile final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsTheSmallestEntry()
    {
        const Result<ServersFile> file = parseServersFile("storage:\n" + entry(kKeyId, ""));
        QVERIFY(file);
        QCOMPARE(file->problems.size(), std::size_t(0));
        QCOMPARE(file->servers.size(), std::size_t(1));
        const ServerEntry& server = file->servers.front();
        QCOMPARE(server.id, kKeyId);
        QCOMPARE(server.nickname, std::string());
        QCOMPARE(server.nurls, std::vector<std::string>{kNurl});
        QCOMPARE(codec::encodeBase32(server.tubId),
                 std::string("4evzu7lt52dxujhoyfqtjujh3epyozej"));
        QCOMPARE(codec::encodeBase32(server.permutationSeed), kKeyId.substr(3));
    }
    void readsEverythingElse()
    {
        const Result<ServersFile> file = parseServersFile(
            "# comment\nother: [1, 2]\nstorage:\n" +
            entry("abc", "      nickname: \"Alp\\u00e9 {1}\"\n"
                         "      permutation-seed-base32: nbswy3dp\n"
                         "      unknown-key: {a: b}\n"
                         "      grid-manager-certificates:\n"
                         "      - certificate: '{\"version\":1}'\n        signature: abc\n"
                         "    connections:\n      tcp: tor\n"));
        QVERIFY(file);
        QCOMPARE(file->servers.size(), std::size_t(1));
        const ServerEntry& server = file->servers.front();
        QCOMPARE(server.nickname, std::string("Alp\xc3\xa9 {1}"));
        QCOMPARE(textOf(server.permutationSeed), std::string("hello"));
        QCOMPARE(server.certificates.size(), std::size_t(1));
        QCOMPARE(server.certificates[0].certificate, std::string("{\"version\":1}"));
    }
    void emptyIsNoServer_data()
    {
        QTest::addColumn<QString>("text");
        QTest::newRow("nothing") << "";
        QTest::newRow("comment") << "# nothing\n";
        QTest::newRow("other key") << "a: b\n";
        QTest::newRow("null storage") << "storage:\n";
        QTest::newRow("empty storage") << "storage: {}\n";
    }
    void emptyIsNoServer()
    {
        QFETCH(QString, text);
        const Result<ServersFile> file = parseServersFile(text.toStdString());
        QVERIFY(file);
        QVERIFY(file->servers.empty());
        // A list that is empty on purpose is none.
        QCOMPARE(file->problems.empty(), text.contains("{}"));
        if (!file->problems.empty()) QVERIFY(file->problems[0].id.empty());
    }
    void aMissingListIsToldWithWhatIsThere()
    {
        const Result<ServersFile> file = parseServersFile("servers: {}\nStorage: {}\n");
        QVERIFY(file);
        QCOMPARE(file->problems.size(), std::size_t(1));
        QCOMPARE(file->problems[0].reason,
                 std::string("`storage:` is missing or empty; found: servers, Storage"));
    }
    void seedRules_data()
    {
        QTest::addColumn<QString>("id");
        QTest::addColumn<QString>("announced");
        QTest::addColumn<QString>("hex");
        QTest::newRow("announced wins") << QString::fromStdString(kKeyId) << "nbswy3dp"
                                        << "68656c6c6f";
        QTest::newRow("key id: its bytes")
            << QString::fromStdString(kKeyId) << ""
            << "7300fdd2100f960f476e68620bb5e452a44f32fe3bcd1a4e46a08736"
               "1acc06a7";
        QTest::newRow("other id: its SHA-256")
            << "abc"
            << ""
            << "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    }
    void seedRules()
    {
        QFETCH(QString, id);
        QFETCH(QString, announced);
        QFETCH(QString, hex);
        const Result<Bytes> seed = permutationSeedOf(id.toStdString(), announced.toStdString());
        QVERIFY(seed);
        QCOMPARE(toHex(*seed), hex.toStdString());
    }
    void badEntriesAreNamedAndOthersUsed_data()
    {
        QTest::addColumn<QString>("bad");
        QTest::addColumn<QString>("reason");
        const QString furl =
            QString::fromStdString("      anonymous-storage-FURL: " + kFurl + "\n");
        const QString nurl =
            QString::fromStdString("      anonymous-storage-NURLs: [\"" + kNurl + "\"]\n");
        QTest::newRow("no ann") << "  bad: {}\n"
                                << "`ann` is missing";
        QTest::newRow("scalar") << "  bad: 7\n"
                                << "`ann` is missing";
        QTest::newRow("no FURL") << "  bad:\n    ann:\n" + nurl << "FURL is missing";
        QTest::newRow("short tubid")
            << "  bad:\n    ann:\n      anonymous-storage-FURL: pb://abc@/x\n" + nurl
            << "32 base32 characters";
        QTest::newRow("not a FURL")
            << "  bad:\n    ann:\n      anonymous-storage-FURL: http://x/\n" + nurl
            << "does not look like";
        QTest::newRow("no NURLs") << "  bad:\n    ann:\n" + furl << "NURLs is missing";
        QTest::newRow("NURLs no list")
            << "  bad:\n    ann:\n" + furl + "      anonymous-storage-NURLs: x\n"
            << "must be a list";
        QTest::newRow("NURL a map")
            << "  bad:\n    ann:\n" + furl + "      anonymous-storage-NURLs: [{a: b}]\n"
            << "must be text";
        QTest::newRow("bad seed") << "  bad:\n    ann:\n" + furl + nurl +
                                         "      permutation-seed-base32: A1\n"
                                  << "permutation-seed-base32";
        QTest::newRow("certificates no list")
            << "  bad:\n    ann:\n" + furl + nurl + "      grid-manager-certificates: 5\n"
            << "must be a list";
        QTest::newRow("certificate no map")
            << "  bad:\n    ann:\n" + furl + nurl + "      grid-manager-certificates: [5]\n"
            << "must be a mapping";
        QTest::newRow("nickname a list")
            << "  bad:\n    ann:\n" + furl + nurl + "      nickname: [5]\n"
            << "nickname must be text";
    }
    void badEntriesAreNamedAndOthersUsed()
    {
        QFETCH(QString, bad);
        QFETCH(QString, reason);
        const Result<ServersFile> file =
            parseServersFile("storage:\n" + bad.toStdString() + entry("good", ""));
        QVERIFY(file);
        QCOMPARE(file->servers.size(), std::size_t(1));
        QCOMPARE(file->servers[0].id, std::string("good"));
        QCOMPARE(file->problems.size(), std::size_t(1));
        QCOMPARE(file->problems[0].id, std::string("bad"));
        QVERIFY(file->problems[0].line > 1);
        QVERIFY2(QString::fromStdString(file->problems[0].reason).contains(reason),
                 file->problems[0].reason.c_str());
    }
    void brokenFilesAreRefused_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("reason");
        QTest::newRow("list") << QByteArray("- a\n- b\n") << "not a mapping";
        QTest::newRow("storage a list") << QByteArray("storage: [a]\n") << "must be a mapping";
        QTest::newRow("syntax") << QByteArray("storage: {a: [}\n") << "line 1";
        QTest::newRow("tab") << QByteArray("storage:\n\ta: b\n") << "line 2";
        QTest::newRow("alias") << QByteArray("a: &x [1]\nstorage: *x\n") << "aliases";
        QTest::newRow("alias of nothing") << QByteArray("storage: *x\n") << "line 1";
        QTest::newRow("key a list") << QByteArray("[a]: b\n") << "scalar";
        QTest::newRow("deep") << QByteArray(1000, '[') << "";
        QTest::newRow("deep maps") << QByteArray("{a: ").repeated(1000) << "";
        QTest::newRow("large") << QByteArray(5 << 20, ' ') << "more than";
        QTest::newRow("many nodes") << "[" + QByteArray("a,").repeated(300000) + "]"
                                    << "too many";
        QTest::newRow("binary") << QByteArray("\x00\xff\xfe\x01:\x80", 6) << "";
    }
    void brokenFilesAreRefused()
    {
        QFETCH(QByteArray, text);
        QFETCH(QString, reason);
        const Result<ServersFile> file = parseServersFile(text.toStdString());
        QVERIFY(!file);
        QCOMPARE(file.error().code(), ErrorCode::InvalidInput);
        QVERIFY2(QString::fromStdString(file.error().message()).contains(reason),
                 file.error().message().c_str());
    }
    void theLastOfTwoCounts()
    {
        const Result<ServersFile> file =
            parseServersFile("storage:\n" + entry("twice", "      nickname: one\n") +
                             entry("twice", "      nickname: two\n"));
        QVERIFY(file);
        QCOMPARE(file->servers.size(), std::size_t(1));
        QCOMPARE(file->servers[0].nickname, std::string("two"));
        QCOMPARE(file->problems.size(), std::size_t(1));
    }
};

QTEST_GUILESS_MAIN(TestServersFile)
#include "test_servers_file.moc"
