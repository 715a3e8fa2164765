#include "core/crypto/rsa.h"
#include "core/crypto/sha256.h"
#include "core/crypto/x509.h"
#include "tests/support/seeded_random.h"
#include "tests/support/to_qt.h"
#include "tests/support/vector_file.h"

#include <QtCore/QJsonObject>
#include <QtTest/QTest>

using namespace tarn;
using crypto::Ed25519Key;

namespace {

QJsonObject keys()
{
    return test::readVectors("keys.json").at(0).toObject();
}

Ed25519Key someKey(std::uint64_t seed)
{
    test::SeededRandom random(seed);
    return Ed25519Key::generate(random);
}

/// base64url without padding, as Qt writes it.
std::string urlText(ByteView bytes)
{
    return test::toQt(bytes)
        .toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals)
        .toStdString();
}

/// The two blocks of a node.pem.
std::pair<std::string, std::string> blocksOf(const std::string& pem)
{
    const std::string end = "-----END CERTIFICATE-----\n";
    const std::size_t cut = pem.find(end) + end.size();
    return {pem.substr(0, cut), pem.substr(cut)};
}

} // namespace

class TestX509 final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void certificateCarriesTheKey()
    {
        const Ed25519Key key = someKey(1);
        const std::string pem = crypto::selfSignedCertificate(key);
        const Bytes der = crypto::certificateDer(pem).value();
        // RFC 8410: SEQUENCE { SEQUENCE { OID 1.3.101.112 } BIT STRING }
        Bytes spki = test::fromQt(QByteArray::fromHex("302a300506032b6570032100"));
        append(spki, key.publicKey());
        const QByteArray expected = test::hexOf(crypto::sha256(spki));
        QCOMPARE(test::hexOf(crypto::spkiHashOf(der).value()), expected);
        QCOMPARE(test::hexOf(crypto::spkiHashOf(key)), expected);
    }
    void sameKeySameCertificate()
    {
        const std::string pem = crypto::selfSignedCertificate(someKey(1));
        QCOMPARE(crypto::selfSignedCertificate(someKey(1)), pem);
        QVERIFY(crypto::selfSignedCertificate(someKey(2)) != pem);
        const crypto::TlsIdentity identity = crypto::identityOf(someKey(1));
        QCOMPARE(identity.certificatePem, pem);
        QCOMPARE(identity.spkiHash, crypto::spkiHashOf(someKey(1)));
        QCOMPARE(identity.spkiHash, crypto::spkiHashOf(someKey(1).publicKey()));
        QCOMPARE(identity.tubId, crypto::tubIdOf(crypto::certificateDer(pem).value()));
    }
    void ownIdentityReadsBackAsANodePem()
    {
        const crypto::TlsIdentity own = crypto::identityOf(someKey(3));
        const std::string pem = own.certificatePem + textOf(own.keyPem.view());
        const Result<crypto::TlsIdentity> back = crypto::readNodePem(pem);
        QVERIFY(back);
        QCOMPARE(back->spkiHash, own.spkiHash);
        QCOMPARE(back->certificatePem, own.certificatePem);
        QVERIFY(back->keyPem.matches(own.keyPem.view()));
    }
    void readsTahoesNodePem()
    {
        const QJsonObject vector = keys();
        const auto [certificate, key] = blocksOf(test::textIn(vector, "node_pem"));
        for (const std::string& pem : {certificate + key, key + certificate}) {
            const Result<crypto::TlsIdentity> identity = crypto::readNodePem(pem);
            QVERIFY2(identity, identity ? "" : identity.error().message().c_str());
            QCOMPARE(urlText(identity->spkiHash), test::textIn(vector, "spki_hash"));
            QCOMPARE(test::hexOf(identity->tubId),
                     test::hexOf(test::bytesIn(vector, "tub_id_hex")));
            QCOMPARE(identity->certificatePem, certificate);
            QVERIFY(crypto::RsaKey::fromPem(asText(identity->keyPem.view())));
        }
    }
    void refusesHalvesAndStrangers()
    {
        const auto [certificate, key] = blocksOf(test::textIn(keys(), "node_pem"));
        QVERIFY(!crypto::readNodePem(""));
        QVERIFY(!crypto::readNodePem(certificate));
        QVERIFY(!crypto::readNodePem(key));
        const std::string other = crypto::selfSignedCertificate(someKey(1));
        const Result<crypto::TlsIdentity> mixed = crypto::readNodePem(other + key);
        QVERIFY(!mixed);
        QCOMPARE(mixed.error().message(),
                 std::string("the key and the certificate do not belong together"));
        const Result<crypto::TlsIdentity> wrongKey =
            crypto::readNodePem(certificate + test::textIn(keys(), "pkcs8_pem"));
        QVERIFY(!wrongKey);
    }
    void refusesMalformedCertificates()
    {
        const Bytes der = crypto::certificateDer(crypto::selfSignedCertificate(someKey(1))).value();
        for (std::size_t cut = 0; cut < der.size(); ++cut)
            QVERIFY(!crypto::spkiHashOf(ByteView(der).first(cut)));
        Bytes longer = der;
        longer.push_back(std::byte{0});
        const Result<crypto::SpkiHash> out = crypto::spkiHashOf(longer);
        QVERIFY(!out);
        QCOMPARE(out.error().message(), std::string("certificate: more bytes follow"));
        QVERIFY(!crypto::certificateDer("no certificate"));
    }
};

QTEST_GUILESS_MAIN(TestX509)
#include "test_x509.moc"
