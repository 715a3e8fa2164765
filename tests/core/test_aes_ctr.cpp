#include "core/crypto/aes_ctr.h"
#include "tests/support/property.h"
#include "tests/support/to_qt.h"

#include <QtTest/QTest>

using namespace tarn;

namespace {

FileKey keyOf(const char* hex)
{
    return FileKey::prefixOf(test::fromQt(QByteArray::fromHex(hex)));
}

Bytes applied(const FileKey& key, std::uint64_t offset, ByteView in)
{
    Bytes out(in.size());
    crypto::AesCtr(key, offset).apply(in, out);
    return out;
}

const char* const kCountingKey = "000102030405060708090a0b0c0d0e0f";

} // namespace

class TestAesCtr final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void knownAnswers()
    {
        const FileKey key = keyOf(kCountingKey);
        QCOMPARE(test::hexOf(applied(key, 0, zeroBytes(20))),
                 QByteArray("c6a13b37878f5b826f4f8162a1c8d87973461395"));
        QCOMPARE(test::hexOf(applied(key, 17, zeroBytes(8))), QByteArray("46139595c0b41e49"));
    }
    void emptyInputLeavesTheStream()
    {
        crypto::AesCtr cipher(keyOf(kCountingKey));
        cipher.apply({}, {});
        Bytes bytes = zeroBytes(4);
        cipher.apply(bytes);
        QCOMPARE(test::hexOf(bytes), QByteArray("c6a13b37"));
    }
    void farOffsetsKeepAllCounterBits()
    {
        // One stream across block 2^32 is the same as two entered beside the border.
        const FileKey key = keyOf(kCountingKey);
        const std::uint64_t border = std::uint64_t{16} << 32U;
        const Bytes across = applied(key, border - 24, zeroBytes(48));
        QCOMPARE(test::hexOf(ByteView(across).first(24)),
                 test::hexOf(applied(key, border - 24, zeroBytes(24))));
        QCOMPARE(test::hexOf(ByteView(across).last(24)),
                 test::hexOf(applied(key, border, zeroBytes(24))));
        QVERIFY(applied(key, border, zeroBytes(16)) != applied(key, 0, zeroBytes(16)));
    }
    void longPiecesAreShortOnesInARow()
    {
        // Long pieces may be encrypted in another way; across block 2^32, too.
        const FileKey key = keyOf(kCountingKey);
        const std::uint64_t border = std::uint64_t{16} << 32U;
        const Bytes plain = test::SeededRandom(1).bytes(300'001);
        for (const std::uint64_t offset :
             {std::uint64_t{0}, std::uint64_t{5}, border - 100'000, border - 99'999}) {
            const Bytes atOnce = applied(key, offset, plain);
            Bytes inPlace = plain;
            crypto::AesCtr cipher(key, offset);
            cipher.apply(MutableByteView(inPlace).first(150'003));
            cipher.apply(MutableByteView(inPlace).subspan(150'003, 10));
            cipher.apply(MutableByteView(inPlace).subspan(150'013));
            QVERIFY(inPlace == atOnce);
            Bytes bitByBit = plain;
            crypto::AesCtr slow(key, offset);
            for (std::size_t at = 0; at < bitByBit.size(); at += 1000) {
                const std::size_t size = std::min<std::size_t>(1000, bitByBit.size() - at);
                slow.apply(MutableByteView(bitByBit).subspan(at, size));
            }
            QVERIFY(bitByBit == atOnce);
        }
    }
    void anyPieceIsAPieceOfTheStream()
    {
        QVERIFY(test::forAll(300, [](test::SeededRandom& random) {
            const FileKey key = FileKey::prefixOf(random.bytes(16));
            const Bytes plain = random.bytesBetween(0, 500);
            const Bytes whole = applied(key, 0, plain);
            const std::size_t from = random.between(0, plain.size());
            const std::size_t size = random.between(0, plain.size() - from);
            Bytes piece = toBytes(ByteView(plain).subspan(from, size));
            crypto::AesCtr cipher(key, from);
            const std::size_t cut = random.between(0, size);
            cipher.apply(MutableByteView(piece).first(cut));
            cipher.apply(MutableByteView(piece).subspan(cut));
            return equal(piece, ByteView(whole).subspan(from, size)) &&
                   applied(key, 0, whole) == plain;
        }));
    }
};

QTEST_GUILESS_MAIN(TestAesCtr)
#include "test_aes_ctr.moc"
