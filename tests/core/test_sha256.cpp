#include "core/crypto/sha1.h"
#include "core/crypto/sha256.h"
#include "tests/support/property.h"
#include "tests/support/to_qt.h"

#include <QtTest/QTest>

using namespace tarn;

class TestSha256 final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void fips180Examples()
    {
        QCOMPARE(test::hexOf(crypto::sha256({})),
                 QByteArray("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
        QCOMPARE(test::hexOf(crypto::sha256(asBytes("abc"))),
                 QByteArray("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
        QCOMPARE(test::hexOf(crypto::sha1(asBytes("abc"))),
                 QByteArray("a9993e364706816aba3e25717850c26c9cd0d89d"));
    }
    void doubledHashesTheHash()
    {
        QCOMPARE(crypto::sha256d(asBytes("abc")), crypto::sha256(crypto::sha256(asBytes("abc"))));
    }
    void serverRank()
    {
        const Bytes index(16, std::byte{1});
        const Bytes seed(32, std::byte{3});
        QCOMPARE(test::hexOf(crypto::sha1(index, seed)),
                 QByteArray("a5ab2f7d35baeee616505a8dddcd80c412852169"));
    }
    void movedHasherGoesOn()
    {
        crypto::Sha256 first;
        first.update(asBytes("a"));
        crypto::Sha256 second = std::move(first);
        second.update(asBytes("bc"));
        QCOMPARE(second.finish(), crypto::sha256(asBytes("abc")));
    }
    void oneShotHashesMayInterleaveWithAStream()
    {
        crypto::Sha256 stream;
        stream.update(asBytes("a"));
        QCOMPARE(crypto::sha256(asBytes("x")), crypto::sha256(asBytes("x")));
        stream.update(asBytes("bc"));
        QCOMPARE(stream.finish(), crypto::sha256(asBytes("abc")));
    }
    void piecesAreTheWhole()
    {
        QVERIFY(test::forAll(200, [](test::SeededRandom& random) {
            const Bytes bytes = random.bytesBetween(0, 1000);
            crypto::Sha256 single;
            crypto::Sha256 doubled;
            ByteView rest = bytes;
            while (!rest.empty()) {
                const std::size_t step = random.between(0, rest.size());
                single.update(rest.first(step));
                doubled.update(rest.first(step));
                rest = rest.subspan(step);
            }
            return single.finish() == crypto::sha256(bytes) &&
                   doubled.finishDoubled() == crypto::sha256d(bytes);
        }));
    }
};

QTEST_GUILESS_MAIN(TestSha256)
#include "test_sha256.moc"
