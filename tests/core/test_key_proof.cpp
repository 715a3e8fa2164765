#include "core/crypto/key_proof.h"
#include "core/crypto/sha256.h"
#include "core/crypto/x509.h"
#include "tests/support/to_qt.h"
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

std::string der(char tag, const std::string& content)
{
    std::string length;
    for (std::size_t left = content.size(); left > 0; left /= 256)
        length.insert(length.begin(), static_cast<char>(left % 256));
    if (content.size() >= 128)
        length.insert(length.begin(), static_cast<char>(0x80 + length.size()));
    return tag + length + content;
}

/// A number of so many bits, all of them 1.
std::string derNumber(std::size_t bits)
{
    std::string bytes(bits / 8, '\xff');
    const bool fillsItsBytes = bits % 8 == 0;
    bytes.insert(bytes.begin(), fillsItsBytes ? '\0' : static_cast<char>((1U << (bits % 8)) - 1U));
    return der('\x02', bytes);
}

/// SubjectPublicKeyInfo; the modulus is no product of two primes, which nobody can see.
Bytes rsaKey(std::size_t bits, std::size_t exponentBits)
{
    const std::string key = der('\x30', derNumber(bits) + derNumber(exponentBits));
    const std::string algorithm =
        QByteArray::fromHex("300d06092a864886f70d0101010500").toStdString();
    return toBytes(der('\x30', algorithm + der('\x03', std::string(1, '\0') + key)));
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
    void takesUsualKeysOnly_data()
    {
        QTest::addColumn<QByteArray>("key");
        QTest::addColumn<bool>("usual");
        const auto row = [](const char* name, const char* hex, bool usual) {
            QTest::newRow(name) << QByteArray::fromHex(hex) << usual;
        };
        row("Ed25519",
            "302a300506032b657003210061896cd5bd17af4c850d59f1dc0e3c173ccabe7054a94b2abfb9"
            "14d58fab7b1d",
            true);
        row("P-256",
            "3059301306072a8648ce3d020106082a8648ce3d03010703420004455ab7072fec5fd61170bc"
            "7fab3be7e9d33cdf9baa59a3cb582f8b831da9e3895581cb250d7817399289caef1e75b06040"
            "5a43b94af63361e0aa28506d6ccca1",
            true);
        row("P-384",
            "3076301006072a8648ce3d020106052b810400220362000486c3a97af21eafda5912d10150bf"
            "1461f81e8527753c7951a7454f823698539c354f23919ec73d099b7b9acf734066535a82dbf8"
            "bc7becba76bf89c29809db1fe86f18d78c5b0c2868bb0075f8dceabf777c0404dc7d7eb56c89"
            "d9211a2b637e",
            true);
        row("P-521",
            "30819b301006072a8648ce3d020106052b81040023038186000400164b78c9a7c45a61520fe4"
            "ee6b1bf646a4a69766b536a39367d0bae705f54eb35871345783f0563af86e1e94a7554dc878"
            "bafeff387b886609839a1fbf9e5cd6ed01ce13678ba81e9fff5efe0e4d21b6cc89b9888b2d30"
            "cba4d1add57b90f6c00e8bab7b2fd040109841e2c214570d4953e72fdcda8c44697387918ef3"
            "b68dae8f8316",
            true);
        row("secp256k1",
            "3056301006072a8648ce3d020106052b8104000a034200042e04eb675e4093f692f1e2236512"
            "d045f2de4841e502c90f143d6ff4cfb63cd5de0f2047f953bc3b5c5391df275ce8ba1a3e5451"
            "237faa690a25d6669650441d",
            false);
        row("P-224",
            "304e301006072a8648ce3d020106052b81040021033a00047fcc01d2034d73b2ab625b2911f3"
            "56d68c84bee03295de1d9a3ac526bed7797827e3e58c1ee857da98000742ca90ee3aae5833c5"
            "d41cb8d0",
            false);
        row("P-256 by its numbers",
            "3082014b3082010306072a8648ce3d02013081f7020101302c06072a8648ce3d0101022100ff"
            "ffffff00000001000000000000000000000000ffffffffffffffffffffffff305b0420ffffff"
            "ff00000001000000000000000000000000fffffffffffffffffffffffc04205ac635d8aa3a93"
            "e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b031500c49d360886e704936a66"
            "78e1139d26b7819f7e900441046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4"
            "a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51"
            "f5022100ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc6325510201"
            "010342000417d55214c083e9acca7d6072fe6ac840bf9808ea4bd06da7a63ec8490ab9ac55ce"
            "31fcc343a0866c3f58d1aeb88d4796f6e2634de4a4c526f8dc7e1e4df39730",
            false);
        row("Ed448",
            "3043300506032b6571033a0016976bb572e696fcbb6ccabed660ade4075769ea2f9daf2dc165"
            "7dac9f859c8ef8483350587fb44516ed34077e5741b1b0998692ecf813a300",
            false);
        row("X25519",
            "302a300506032b656e032100fd589c6a04c3345aded004b60114b03e85e2aec08790c7fd3b37"
            "bb44dabbea05",
            false);
        const auto rsa = [](const char* name, std::size_t bits, std::size_t exponent, bool usual) {
            QTest::newRow(name) << test::toQt(rsaKey(bits, exponent)) << usual;
        };
        rsa("RSA of 1024 bits", 1024, 17, false);
        rsa("RSA of 2047 bits", 2047, 17, false);
        rsa("RSA of 2048 bits", 2048, 17, true);
        rsa("RSA of 8192 bits", 8192, 17, true);
        rsa("RSA of 8193 bits", 8193, 17, false);
        rsa("RSA of 16384 bits", 16384, 17, false);
        rsa("exponent of 64 bits", 4096, 64, true);
        rsa("exponent of 65 bits", 4096, 65, false);
        rsa("exponent of 2048 bits", 2048, 2048, false);
        row("nothing", "", false);
        row("P-256, a point beside the curve",
            "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
            "0000000000000000000000000000000000000000000000000000000000000001"
            "0000000000000000000000000000000000000000000000000000000000000001",
            false);
    }
    void takesUsualKeysOnly()
    {
        QFETCH(QByteArray, key);
        QFETCH(bool, usual);
        const Bytes spki = toBytes(key.toStdString());
        QCOMPARE(crypto::isProvableKey(spki), usual);
        KeyProof proof;
        proof.key = spki;
        proof.signature = zeroBytes(256);
        QVERIFY(!crypto::provesKey(proof, asBytes("x")));
        proof.key.push_back(std::byte{0});
        QVERIFY(!crypto::isProvableKey(proof.key));
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
