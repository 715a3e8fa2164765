#include "core/crypto/rsa.h"
#include "tests/support/to_qt.h"
#include "tests/support/vector_file.h"

#include <QtCore/QJsonArray>
#include <QtCore/QJsonObject>
#include <QtTest/QTest>

using namespace tarn;
using crypto::RsaKey;
using crypto::RsaPublicKey;

namespace {

QJsonObject keys()
{
    return test::readVectors("keys.json").at(0).toObject();
}

template <class T>
std::string refusal(const Result<T>& result)
{
    return result ? std::string("accepted") : result.error().message();
}

} // namespace

class TestRsa final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsWhatTahoeWrites()
    {
        const QJsonArray vectors = test::readVectors("rsa_caps.json");
        QVERIFY(!vectors.isEmpty());
        for (const QJsonValue& value : vectors) {
            const QJsonObject vector = value.toObject();
            const Bytes privateDer = test::bytesIn(vector, "private_key");
            const Bytes publicDer = test::bytesIn(vector, "public_key");
            const Bytes message = test::bytesIn(vector, "message");
            const Result<RsaKey> key = RsaKey::fromDer(privateDer);
            QVERIFY2(key, refusal(key).c_str());
            QCOMPARE(test::hexOf(key->der()), test::hexOf(privateDer));
            QCOMPARE(test::hexOf(key->publicDer()), test::hexOf(publicDer));
            const Result<RsaPublicKey> reader = RsaPublicKey::fromDer(publicDer);
            QVERIFY2(reader, refusal(reader).c_str());
            QVERIFY(reader->verify(message, test::bytesIn(vector, "signature")));
            QVERIFY(reader->verify(message, key->sign(message).value()));
        }
    }
    void pemGivesTheCanonicalDer()
    {
        const QJsonObject vector = keys();
        for (const char* name : {"pkcs1_pem", "pkcs8_pem"}) {
            const Result<RsaKey> key = RsaKey::fromPem(test::textIn(vector, name));
            QVERIFY2(key, refusal(key).c_str());
            QCOMPARE(test::hexOf(key->der()), test::hexOf(test::bytesIn(vector, "private_der")));
        }
    }
    void onlyTheExactParametersPass()
    {
        const QJsonObject vector = keys();
        const Bytes message = test::vectorPattern(100);
        const RsaPublicKey key = RsaPublicKey::fromDer(test::bytesIn(vector, "public_der")).value();
        QVERIFY(key.verify(message, test::bytesIn(vector, "signature")));
        QVERIFY(!key.verify(message, test::bytesIn(vector, "signature_salt_20")));
        QVERIFY(!key.verify(message, test::bytesIn(vector, "signature_pkcs1_v15")));
    }
    void changedBytesFail()
    {
        const QJsonObject vector = keys();
        const Bytes message = test::vectorPattern(100);
        const Bytes signature = test::bytesIn(vector, "signature");
        const RsaPublicKey key = RsaPublicKey::fromDer(test::bytesIn(vector, "public_der")).value();
        for (const std::size_t at : {0U, 100U, 255U}) {
            Bytes changed = signature;
            changed[at] ^= std::byte{1};
            QVERIFY(!key.verify(message, changed));
        }
        QVERIFY(!key.verify(test::vectorPattern(99), signature));
        QVERIFY(!key.verify(message, ByteView(signature).first(255)));
        QVERIFY(!key.verify(message, {}));
        QVERIFY(!key.verify(message, Bytes(256, std::byte{0xff})));
    }
    void refusesOtherSizes()
    {
        const QJsonObject vector = keys();
        const std::string why = "RSA key: not 2048 bits long";
        QCOMPARE(refusal(RsaKey::fromDer(test::bytesIn(vector, "short_private_der"))), why);
        QCOMPARE(refusal(RsaPublicKey::fromDer(test::bytesIn(vector, "short_public_der"))), why);
    }
    void refusesOtherKinds()
    {
        const std::string ed25519 =
            "-----BEGIN PRIVATE KEY-----\n"
            "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
            "-----END PRIVATE KEY-----\n";
        QCOMPARE(refusal(RsaKey::fromPem(ed25519)), std::string("RSA key: another kind of key"));
    }
    void refusesEncryptedKeysWithoutAsking()
    {
        const Result<RsaKey> key = RsaKey::fromPem(test::textIn(keys(), "encrypted_pem"));
        QVERIFY(!key);
        QCOMPARE(key.error().code(), ErrorCode::InvalidInput);
    }
    void refusesGarbage()
    {
        const QJsonObject vector = keys();
        for (const char* name : {"private_der", "public_der"}) {
            const Bytes der = test::bytesIn(vector, name);
            Bytes longer = der;
            longer.push_back(std::byte{0});
            QVERIFY(!RsaKey::fromDer(longer));
            QVERIFY(!RsaPublicKey::fromDer(longer));
            for (std::size_t cut = 0; cut < der.size(); cut += 7) {
                QVERIFY(!RsaKey::fromDer(ByteView(der).first(cut)));
                QVERIFY(!RsaPublicKey::fromDer(ByteView(der).first(cut)));
            }
        }
        QVERIFY(!RsaKey::fromDer(test::bytesIn(vector, "public_der")));
        QVERIFY(!RsaPublicKey::fromDer(test::bytesIn(vector, "private_der")));
        QCOMPARE(refusal(RsaKey::fromDer(zeroBytes(5000))), std::string("RSA key: too long"));
        QVERIFY(!RsaKey::fromPem(""));
        QVERIFY(!RsaKey::fromPem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"));
    }
    void generatedKeysRoundTrip()
    {
        const Result<RsaKey> key = RsaKey::generateBlocking();
        QVERIFY2(key, refusal(key).c_str());
        QCOMPARE(key->publicDer().size(), std::size_t{294});
        const Result<RsaKey> again = RsaKey::fromDer(key->der());
        QVERIFY2(again, refusal(again).c_str());
        QCOMPARE(test::hexOf(again->publicDer()), test::hexOf(key->publicDer()));
        const Bytes message = test::countingBytes(1000);
        const RsaPublicKey reader = RsaPublicKey::fromDer(key->publicDer()).value();
        QVERIFY(reader.verify(message, again->sign(message).value()));
        QVERIFY(reader.verify({}, key->sign({}).value()));
    }
};

QTEST_GUILESS_MAIN(TestRsa)
#include "test_rsa.moc"
