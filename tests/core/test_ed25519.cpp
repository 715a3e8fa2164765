#include "core/crypto/ed25519.h"
#include "tests/support/property.h"
#include "tests/support/to_qt.h"
#include "tests/support/vector_file.h"

#include <QtCore/QJsonObject>
#include <QtTest/QTest>

using namespace tarn;
using crypto::Ed25519Key;

namespace {

Bytes fromHex(const char* hex)
{
    return test::fromQt(QByteArray::fromHex(hex));
}

Ed25519Key keyOf(const char* seed)
{
    return Ed25519Key::fromSeed(crypto::Ed25519Seed::prefixOf(fromHex(seed)));
}

const char* const kFirstSeed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";

} // namespace

class TestEd25519 final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void rfc8032_data()
    {
        QTest::addColumn<QByteArray>("seed");
        QTest::addColumn<QByteArray>("publicKey");
        QTest::addColumn<QByteArray>("message");
        QTest::addColumn<QByteArray>("signature");
        QTest::newRow("section 7.1, test 1")
            << QByteArray(kFirstSeed)
            << QByteArray("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
            << QByteArray()
            << QByteArray("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821"
                          "590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
        QTest::newRow("section 7.1, test 3")
            << QByteArray("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7")
            << QByteArray("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025")
            << QByteArray("af82")
            << QByteArray("6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b5"
                          "38d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");
    }
    void rfc8032()
    {
        QFETCH(QByteArray, seed);
        QFETCH(QByteArray, publicKey);
        QFETCH(QByteArray, message);
        QFETCH(QByteArray, signature);
        const Ed25519Key key = keyOf(seed.constData());
        const Bytes text = fromHex(message.constData());
        QCOMPARE(test::hexOf(key.publicKey()), publicKey);
        QCOMPARE(test::hexOf(key.sign(text)), signature);
        QVERIFY(crypto::verifyEd25519(key.publicKey(), text, key.sign(text)));
    }
    void changedBytesFail()
    {
        const Ed25519Key key = keyOf(kFirstSeed);
        const Bytes message = test::countingBytes(50);
        const crypto::Ed25519Signature good = key.sign(message);
        for (std::size_t at = 0; at < crypto::Ed25519Signature::kSize; ++at) {
            crypto::Ed25519Signature changed = good;
            changed.mutableView()[at] ^= std::byte{0x10};
            QVERIFY(!crypto::verifyEd25519(key.publicKey(), message, changed));
        }
        QVERIFY(!crypto::verifyEd25519(key.publicKey(), test::countingBytes(49), good));
        QVERIFY(!crypto::verifyEd25519({}, message, good));
        crypto::Ed25519PublicKey noPoint;
        for (std::byte& byte : noPoint.mutableView())
            byte = std::byte{0xff};
        QVERIFY(!crypto::verifyEd25519(noPoint, message, good));
    }
    void pemRoundTrips()
    {
        QVERIFY(test::forAll(20, [](test::SeededRandom& random) {
            const Ed25519Key key = Ed25519Key::generate(random);
            const Secret pem = key.toPem();
            const Result<Ed25519Key> back = Ed25519Key::fromPem(asText(pem.view()));
            return back && back->publicKey() == key.publicKey() &&
                   back->toPem().matches(pem.view()) &&
                   asText(pem.view()).starts_with("-----BEGIN PRIVATE KEY-----\n");
        }));
    }
    void sameChanceSameKey()
    {
        test::SeededRandom first(7);
        test::SeededRandom second(7);
        test::SeededRandom other(8);
        const Ed25519Key key = Ed25519Key::generate(first);
        QCOMPARE(Ed25519Key::generate(second).publicKey(), key.publicKey());
        QVERIFY(Ed25519Key::generate(other).publicKey() != key.publicKey());
    }
    void refusesOtherPem()
    {
        const QJsonObject keys = test::readVectors("keys.json").at(0).toObject();
        const std::string pem = textOf(keyOf(kFirstSeed).toPem().view());
        QVERIFY(Ed25519Key::fromPem(pem));
        QVERIFY(!Ed25519Key::fromPem(""));
        QVERIFY(!Ed25519Key::fromPem(pem.substr(0, pem.size() / 2)));
        QVERIFY(!Ed25519Key::fromPem(test::textIn(keys, "encrypted_pem")));
        const Result<Ed25519Key> rsa = Ed25519Key::fromPem(test::textIn(keys, "pkcs8_pem"));
        QVERIFY(!rsa);
        QCOMPARE(rsa.error().message(), std::string("private key in PEM: not an Ed25519 key"));
    }
};

QTEST_GUILESS_MAIN(TestEd25519)
#include "test_ed25519.moc"
