#include "core/crypto/key_proof.h"
#include "core/crypto/sha256.h"
#include "core/crypto/x509.h"
#include "tests/support/vector_file.h"

#include <QtCore/QByteArray>
#include <QtCore/QObject>
#include <QtTest/QTest>

using namespace tarn;
using crypto::KeyProof;

namespace {

/// P-256, made for this test.
const char* const kEcdsaPem = "-----BEGIN PRIVATE KEY-----\n"
                              "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgOjYtRF900ihocKMl\n"
                              "qgsc/gTAzSCuFmEo47vppi8fjAqhRANCAAQPBsjN8tUWo9rTLAnhHab3iT7qmSmP\n"
                              "P0E02oTlIc9zpu9bBnyplVMHLW7qXK9sd4BP3eh5n9xSNhkK6+6Eq5Ri\n"
                              "-----END PRIVATE KEY-----\n";

crypto::Ed25519Key ed25519()
{
    return crypto::Ed25519Key::fromSeed(crypto::Ed25519Seed::prefixOf(zeroBytes(32)));
}

} // namespace

class TestKeyProof final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void proves_data()
    {
        QTest::addColumn<QByteArray>("pem");
        const Result<crypto::TlsIdentity> tahoes = crypto::readNodePem(
            test::textIn(test::readVectors("keys.json").at(0).toObject(), "node_pem"));
        QVERIFY(tahoes);
        QTest::newRow("RSA, Tahoe-LAFS's")
            << QByteArray::fromStdString(textOf(tahoes->keyPem.view()));
        QTest::newRow("Ed25519") << QByteArray::fromStdString(textOf(ed25519().toPem().view()));
        QTest::newRow("ECDSA") << QByteArray(kEcdsaPem);
    }
    void proves()
    {
        QFETCH(QByteArray, pem);
        const std::string text = pem.toStdString();
        const ByteView message = asBytes("a context, and what is said");
        const Result<KeyProof> proof = crypto::proveKey(asBytes(text), message);
        QVERIFY2(proof, proof ? "" : proof.error().message().c_str());
        QVERIFY(crypto::provesKey(*proof, message));
        QVERIFY(!crypto::provesKey(*proof, asBytes("something else")));
        KeyProof other = *proof;
        other.signature.back() ^= std::byte{1};
        QVERIFY(!crypto::provesKey(other, message));
        other = *proof;
        other.signature.clear();
        QVERIFY(!crypto::provesKey(other, message));
        other = *proof;
        other.key.push_back(std::byte{0});
        QVERIFY(!crypto::provesKey(other, message));
        other.key.clear();
        QVERIFY(!crypto::provesKey(other, message));
    }
    void theKeyIsThatOfCertificates()
    {
        const Secret pem = ed25519().toPem();
        const Result<KeyProof> proof = crypto::proveKey(pem.view(), asBytes("x"));
        QVERIFY(proof);
        QVERIFY(crypto::SpkiHash::prefixOf(crypto::sha256(proof->key)) ==
                crypto::spkiHashOf(ed25519()));
    }
    void whatIsNoKeyIsRefused()
    {
        const Result<KeyProof> proof = crypto::proveKey(asBytes("hello"), asBytes("x"));
        QVERIFY(!proof);
        QVERIFY(proof.error().code() == ErrorCode::InvalidInput);
    }
};

QTEST_GUILESS_MAIN(TestKeyProof)
#include "test_key_proof.moc"
