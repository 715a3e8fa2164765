#include "core/codec/base32.h"
#include "storage-server/adopt_tahoe.h"
#include "storage-server/server_identity.h"
#include "storage-server/tahoe_config.h"
#include "tests/support/seeded_random.h"

#include <unistd.h>

#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

#include <filesystem>
#include <fstream>

using namespace tarn;
using namespace tarn::storage;

namespace {

namespace fs = std::filesystem;

void write(const std::string& path, const std::string& text)
{
    std::ofstream(path) << text;
}

} // namespace

class TestAdoptTahoe final : public QObject
{
    Q_OBJECT

    QTemporaryDir m_folder;
    unsigned m_count = 0;
    test::SeededRandom m_random{13};
    std::string m_node;
    crypto::Ed25519Seed m_seed;
    TubId m_tubId;

    std::string freshPath() { return m_folder.filePath(QString::number(++m_count)).toStdString(); }
    Result<Adoption> adopt(const node::StateDir& dir) { return adoptTahoeBlocking(dir, m_node); }
    std::string furl(const std::string& swissnum) const
    {
        return "pb://" + codec::encodeBase32(m_tubId.view()) + "@tcp:127.0.0.1:1/" + swissnum;
    }
    /// Adopts into a fresh state directory. \return the refusal, empty if there was none.
    std::string refusal()
    {
        const Result<node::StateDir> dir = node::StateDir::openBlocking(freshPath(), "storage");
        const Result<Adoption> out = adopt(*dir);
        if (!out && dir->hasPrivate("node.key")) return "changed something";
        return out ? std::string() : out.error().message();
    }

private Q_SLOTS:
    // A node's folder as Tahoe-LAFS lays it out, but with an Ed25519 TLS key.
    void init()
    {
        m_node = freshPath();
        fs::create_directories(m_node + "/private");
        fs::create_directories(m_node + "/storage/shares/aa");
        m_random.fill(m_seed.mutableView());
        const crypto::Ed25519Key tls = crypto::Ed25519Key::generate(m_random);
        const std::string pem =
            crypto::selfSignedCertificate(tls) + std::string(asText(tls.toPem().view()));
        m_tubId = crypto::readNodePem(pem)->tubId;
        write(m_node + "/private/node.pem", pem);
        write(m_node + "/private/node.privkey",
              "priv-v0-" + codec::encodeBase32(m_seed.view()) + "\n");
        write(m_node + "/private/storage.furl", furl("swissnum32") + "\n");
        write(m_node + "/permutation-seed", "nbswy3dp\n");
        write(m_node + "/tahoe.cfg", "[storage]\nenabled = true\nreserved_space = 1G\n");
    }
    void takesEverythingOver()
    {
        const Result<node::StateDir> dir = node::StateDir::openBlocking(freshPath(), "storage");
        QVERIFY(dir);
        const Result<Adoption> out = adopt(*dir);
        QVERIFY2(out, out ? "" : out.error().message().c_str());
        QCOMPARE(out->storageFolder, fs::canonical(m_node + "/storage").string());
        QVERIFY(out->notes.front().find("reserved_space = 1G") != std::string::npos);
        const auto identity = readOrMakeServerIdentity(*dir, m_random);
        QVERIFY(identity);
        QCOMPARE(identity->node.serverId(), out->serverId);
        QVERIFY(identity->node.key.publicKey() == crypto::Ed25519Key::fromSeed(m_seed).publicKey());
        QVERIFY(identity->node.tubId == m_tubId);
        QCOMPARE(tarn::textOf(identity->swissnum.view()), std::string("swissnum32"));
        QCOMPARE(identity->permutationSeed, std::string("nbswy3dp"));
        QVERIFY(fs::exists(dir->pathOf("storage/shares/aa")));
    }
    void onlyOnce()
    {
        const Result<node::StateDir> dir = node::StateDir::openBlocking(freshPath(), "storage");
        QVERIFY(adopt(*dir));
        const Result<Adoption> again = adopt(*dir);
        QVERIFY(!again);
        QCOMPARE(again.error().code(), ErrorCode::Conflict);
    }
    void seedsOfOldNodes()
    {
        fs::remove(m_node + "/permutation-seed");
        const Result<node::StateDir> dir = node::StateDir::openBlocking(freshPath(), "storage");
        QVERIFY(adopt(*dir));
        QCOMPARE(*dir->readFile("permutation-seed"), codec::encodeBase32(m_tubId.view()));
        fs::remove_all(m_node + "/storage/shares");
        const Result<node::StateDir> other = node::StateDir::openBlocking(freshPath(), "storage");
        const Result<Adoption> out = adopt(*other);
        QVERIFY(out);
        QCOMPARE("v0-" + *other->readFile("permutation-seed"), out->serverId);
    }
    void refusesARunningNode()
    {
        write(m_node + "/running.process", std::to_string(::getpid()) + " 1700000000.5\n");
        QVERIFY(refusal().find("the node runs") != std::string::npos);
        write(m_node + "/running.process", "999999999 1700000000.5\n");
        QVERIFY(refusal().empty());
    }
    void refusesIncompleteNodes_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("content");
        QTest::newRow("no certificate") << "private/node.pem"
                                        << "";
        QTest::newRow("not a key") << "private/node.privkey"
                                   << "priv-v0-short";
        QTest::newRow("another prefix") << "private/node.privkey"
                                        << "pub-v0-aaaa";
        QTest::newRow("not a FURL") << "private/storage.furl"
                                    << "nothing";
        QTest::newRow("another node's FURL")
            << "private/storage.furl"
            << "pb://4evzu7lt52dxujhoyfqtjujh3epyozej@tcp:a:1/swissnum";
        QTest::newRow("seed") << "permutation-seed"
                              << "not base32";
        QTest::newRow("storage folder") << "tahoe.cfg"
                                        << "[storage]\nstorage_dir = nowhere\n";
        QTest::newRow("home") << "tahoe.cfg"
                              << "[storage]\nstorage_dir = ~/storage\n";
    }
    void refusesIncompleteNodes()
    {
        QFETCH(QString, file);
        QFETCH(QString, content);
        write(m_node + "/" + file.toStdString(), content.toStdString());
        const std::string text = refusal();
        QVERIFY(!text.empty());
        QVERIFY2(text.find(m_node) != std::string::npos, text.c_str());
    }
    void refusesFoldersThatAreNoNodes()
    {
        m_node = freshPath();
        QVERIFY(!refusal().empty());
    }
    void readsIniAsPythonDoes()
    {
        const auto values = parseIni("# comment\nlost = 1\n[storage]\nStorage_Dir: here\n"
                                     "readonly=True\nlong = one\n  two\n; comment\n\nnoise\n"
                                     "[node]\nreadonly = no\n");
        QCOMPARE(values.at("storage.storage_dir"), std::string("here"));
        QCOMPARE(values.at("storage.readonly"), std::string("True"));
        QCOMPARE(values.at("storage.long"), std::string("one two"));
        QCOMPARE(values.at("node.readonly"), std::string("no"));
        QCOMPARE(values.size(), std::size_t(5));
        QCOMPARE(parseIni("[s]\na =\n  b\n").at("s.a"), std::string("b"));
        QVERIFY(parseIni("").empty());
        QVERIFY(parseIni("[").empty());
    }
    void readsStorageSettings()
    {
        fs::create_directories(m_node + "/elsewhere");
        write(m_node + "/tahoe.cfg",
              "[storage]\nstorage_dir = elsewhere\nreadonly = yes\nexpire.enabled = true\n");
        const auto config = readTahoeConfigBlocking(m_node);
        QVERIFY(config);
        QCOMPARE(config->storageFolder, fs::canonical(m_node + "/elsewhere").string());
        QVERIFY(config->readonly && config->expires && !config->reservedSpace);
    }
};

QTEST_GUILESS_MAIN(TestAdoptTahoe)
#include "test_adopt_tahoe.moc"
