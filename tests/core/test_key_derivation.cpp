#include "core/crypto/hash_tags.h"
#include "core/crypto/key_derivation.h"
#include "tests/support/property.h"
#include "tests/support/to_qt.h"

#include <QtTest/QTest>

using namespace tarn;

namespace {

template <class Id>
Id filledWith(unsigned value)
{
    return Id::prefixOf(Bytes(Id::kSize, static_cast<std::byte>(value)));
}

template <class Id>
Id counting()
{
    return Id::prefixOf(test::countingBytes(Id::kSize));
}

template <class Secret>
QByteArray hexOf(const Secret& secret)
{
    return test::hexOf(secret.view());
}

QByteArray convergentKey(std::string_view secret, crypto::ConvergenceTerms terms,
                         std::string_view plaintext)
{
    crypto::ConvergenceHasher hasher(asBytes(secret), terms);
    hasher.update(asBytes(plaintext.substr(0, plaintext.size() / 2)));
    hasher.update(asBytes(plaintext.substr(plaintext.size() / 2)));
    return hexOf(hasher.finish());
}

} // namespace

/// Expected values: hashutil of Tahoe-LAFS 1.20.
class TestKeyDerivation final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void convergentKeys()
    {
        QCOMPARE(convergentKey("spec", {3, 10, 99}, std::string(97, 'x')),
                 QByteArray("6fde7a4a4a6d94173aa4811d1de4dd63"));
        QCOMPARE(convergentKey("", {1, 256, 1}, ""),
                 QByteArray("8e579b60a5334ca494452c6ba6f5dc5c"));
        QCOMPARE(convergentKey(std::string(40, '\xff'), {3, 10, 131073}, "hello"),
                 QByteArray("e398d509ef523104b0f8ad632af869f0"));
    }
    void convergentKeyDependsOnEveryTerm()
    {
        const QByteArray key = convergentKey("s", {3, 10, 99}, "text");
        QCOMPARE(convergentKey("s", {3, 10, 99}, "text"), key);
        QVERIFY(convergentKey("t", {3, 10, 99}, "text") != key);
        QVERIFY(convergentKey("s", {2, 10, 99}, "text") != key);
        QVERIFY(convergentKey("s", {3, 11, 99}, "text") != key);
        QVERIFY(convergentKey("s", {3, 10, 96}, "text") != key);
        QVERIFY(convergentKey("s", {3, 10, 99}, "texT") != key);
    }
    void immutableStorageIndex()
    {
        QCOMPARE(hexOf(crypto::immutableStorageIndex(counting<FileKey>())),
                 QByteArray("38d12ea01522a9e5b560408581e103fc"));
    }
    void leaseSecretChain()
    {
        const auto client = crypto::clientLeaseSecrets(test::countingBytes(32));
        QCOMPARE(hexOf(client.renewal),
                 QByteArray("1771a133f750fc15ade7fc42309154d577e5d908b73e175a4d9536944d564bdf"));
        QCOMPARE(hexOf(client.cancel),
                 QByteArray("7435b5dfb196d777268dbf73f4230657760985c3e50de34f978ef034c13a62b3"));
        const auto file = crypto::fileLeaseSecrets(client, filledWith<StorageIndex>(1));
        QCOMPARE(hexOf(file.renewal),
                 QByteArray("48fd88b9b7a59e9b2b63b725a2128d56a73e23f72060e9b823f67edbe91491fe"));
        QCOMPARE(hexOf(file.cancel),
                 QByteArray("96fb82c59c6fb1613d1c91e86fd5433433ce3b637facd1719bb5630d47f5bb47"));
        const auto bucket = crypto::bucketLeaseSecrets(file, filledWith<TubId>(2));
        QCOMPARE(hexOf(bucket.renewal),
                 QByteArray("a806e1ff51aa698d0501e8d902d99fc15c12765e322dd382e141435ebc92c6e7"));
        QCOMPARE(hexOf(bucket.cancel),
                 QByteArray("40db9c958bdd3f9df570e5f00c6ef0cb0e6db8cdfc24bbd65c41b31255b66b11"));
    }
    void mutableKeys()
    {
        const auto writeKey = counting<crypto::WriteKey>();
        QCOMPARE(hexOf(crypto::writeKeyOf(asBytes("private key"))),
                 QByteArray("75e421f3b712973bfc1fbe6c6d0b539c"));
        QCOMPARE(hexOf(crypto::readKeyOf(writeKey)),
                 QByteArray("cadaf6f34ba7ee41b9b4bf76a8f34793"));
        const auto readKey = counting<crypto::ReadKey>();
        QCOMPARE(hexOf(crypto::mutableStorageIndex(readKey)),
                 QByteArray("f865d4a8a86b077d4b1716178337f21e"));
        QCOMPARE(hexOf(crypto::dataKeyOf(filledWith<crypto::Salt>(5), readKey)),
                 QByteArray("65180700f9260dfe891a576a7125085a"));
        QCOMPARE(test::hexOf(crypto::fingerprintOf(asBytes("private key"))),
                 QByteArray("56b3640799550b4be256d511d85f226cb37fec8fabd6d0e784311fc8804204da"));
        QCOMPARE(hexOf(crypto::writeEnablerFor(writeKey, filledWith<TubId>(2))),
                 QByteArray("29cd2347ad5f1d8e7f644ce00aff3a070ffc4ac3ac02abf060dc56d11864bc7d"));
    }
    void directoryKeys()
    {
        QCOMPARE(hexOf(crypto::childCapSalt(asBytes("URI:SSK:child"))),
                 QByteArray("006b5b6194d4dce4dc963c2968325bed"));
        QCOMPARE(
            hexOf(crypto::childCapKey(filledWith<crypto::Salt>(5), counting<crypto::WriteKey>())),
            QByteArray("8199c32c3ca1d2917e66bd944e13abfe"));
        QCOMPARE(test::hexOf(crypto::childCapMac(counting<FileKey>(), asBytes("data"))),
                 QByteArray("eea96676629ad0adbddb0e4930c971a4e2a85efc948c2622c7cbdfbd61abfcc5"));
    }
};

QTEST_GUILESS_MAIN(TestKeyDerivation)
#include "test_key_derivation.moc"
