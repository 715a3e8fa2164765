#include "core/codec/base32.h"
#include "core/node/node_key.h"
#include "tests/support/seeded_random.h"

#include <sys/stat.h>

#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using node::NodeIdentity;
using node::StateDir;

class TestNodeKey final : public QObject
{
    Q_OBJECT

    QTemporaryDir m_folder;
    unsigned m_count = 0;
    test::SeededRandom m_random{7};

    Result<StateDir> fresh()
    {
        return StateDir::openBlocking(m_folder.filePath(QString::number(++m_count)).toStdString(),
                                      "storage");
    }

private Q_SLOTS:
    void oneKeyIsEverything()
    {
        const Result<StateDir> dir = fresh();
        QVERIFY(dir);
        QVERIFY(!node::readIdentity(*dir));
        const Result<NodeIdentity> made = node::readOrMakeIdentity(*dir, m_random);
        QVERIFY2(made, made ? "" : made.error().message().c_str());
        QCOMPARE(made->serverId(), "v0-" + codec::encodeBase32(made->key.publicKey().view()));
        QCOMPARE(made->serverId().size(), std::size_t(55));
        QVERIFY(made->tls.spkiHash == crypto::spkiHashOf(made->key));
        for (const char* name : {"node.key", "node.crt", "tubid"}) {
            struct stat info = {};
            QVERIFY(::stat(dir->pathOf(std::string("private/") + name).c_str(), &info) == 0);
            QCOMPARE(info.st_mode & 0777U, 0600U);
        }
    }
    void theIdentityStays()
    {
        const Result<StateDir> dir = fresh();
        QVERIFY(dir);
        const Result<NodeIdentity> first = node::readOrMakeIdentity(*dir, m_random);
        const Result<NodeIdentity> second = node::readOrMakeIdentity(*dir, m_random);
        QVERIFY(first && second);
        QCOMPARE(first->serverId(), second->serverId());
        QVERIFY(first->tubId == second->tubId);
        QVERIFY(first->tls.spkiHash == second->tls.spkiHash);
        QVERIFY(node::readIdentity(*dir));
    }
    void refusesSpoiledFiles_data()
    {
        QTest::addColumn<QString>("name");
        for (const char* name : {"node.key", "node.crt", "tubid"})
            QTest::newRow(name) << name;
    }
    void refusesSpoiledFiles()
    {
        QFETCH(QString, name);
        const Result<StateDir> dir = fresh();
        QVERIFY(dir);
        QVERIFY(node::readOrMakeIdentity(*dir, m_random));
        QVERIFY(dir->writePrivateText(name.toStdString(), "spoiled"));
        const Result<NodeIdentity> out = node::readOrMakeIdentity(*dir, m_random);
        QVERIFY(!out);
        QCOMPARE(out.error().code(), ErrorCode::InvalidInput);
        QVERIFY(out.error().message().find("private/" + name.toStdString()) != std::string::npos);
    }
    void refusesAKeyThatOthersRead()
    {
        const Result<StateDir> dir = fresh();
        QVERIFY(dir);
        QVERIFY(node::readOrMakeIdentity(*dir, m_random));
        ::chmod(dir->pathOf("private/node.key").c_str(), 0644);
        const Result<NodeIdentity> out = node::readOrMakeIdentity(*dir, m_random);
        QVERIFY(!out);
        QVERIFY(out.error().message().find("chmod 600") != std::string::npos);
    }
    void adoptsAnother()
    {
        crypto::Ed25519Seed seed;
        m_random.fill(seed.mutableView());
        const crypto::Ed25519Key tlsKey = crypto::Ed25519Key::generate(m_random);
        node::AdoptedIdentity adopted;
        adopted.nodeKey = seed;
        adopted.tlsPem = Secret(std::string(asText(tlsKey.toPem().view())) +
                                crypto::selfSignedCertificate(tlsKey));
        const Result<StateDir> dir = fresh();
        QVERIFY(dir);
        QVERIFY(node::adoptIdentity(*dir, adopted));
        const Result<NodeIdentity> out = node::readOrMakeIdentity(*dir, m_random);
        QVERIFY2(out, out ? "" : out.error().message().c_str());
        QVERIFY(out->key.publicKey() == crypto::Ed25519Key::fromSeed(seed).publicKey());
        QVERIFY(out->tls.spkiHash == crypto::spkiHashOf(tlsKey));
        QVERIFY(out->tubId == out->tls.tubId);
        const Result<void> again = node::adoptIdentity(*dir, adopted);
        QVERIFY(!again);
        QCOMPARE(again.error().code(), ErrorCode::Conflict);
    }
};

QTEST_GUILESS_MAIN(TestNodeKey)
#include "test_node_key.moc"
