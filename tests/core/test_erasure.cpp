// Encoder and decoder against each other and against zfec's published rows.
#include "core/crypto/sha256.h"
#include "core/erasure/decoder.h"
#include "core/erasure/encoder.h"
#include "tests/support/property.h"
#include "tests/support/vector_file.h"

#include <QtCore/QJsonArray>
#include <QtCore/QJsonObject>
#include <QtTest/QTest>

#include <algorithm>

using namespace tarn;
using namespace tarn::erasure;

namespace {

std::vector<ByteView> viewsOf(const std::vector<Bytes>& buffers)
{
    return {buffers.begin(), buffers.end()};
}

std::vector<MutableByteView> mutableViewsOf(std::vector<Bytes>& buffers)
{
    return {buffers.begin(), buffers.end()};
}

std::vector<Bytes> randomPieces(test::SeededRandom& random, std::size_t count, std::size_t length)
{
    std::vector<Bytes> pieces;
    for (std::size_t i = 0; i < count; ++i)
        pieces.push_back(random.bytes(length));
    return pieces;
}

/// All N shares of `pieces`.
Result<std::vector<Bytes>> allShares(const std::vector<Bytes>& pieces, unsigned total)
{
    TARN_TRY(const Encoder encoder, Encoder::make(pieces.size(), total));
    std::vector<ShareNumber> wanted;
    for (unsigned i = 0; i < total; ++i)
        wanted.push_back(ShareNumber{i});
    std::vector<Bytes> shares(total, zeroBytes(pieces[0].size()));
    TARN_TRY_VOID(encoder.encode(viewsOf(pieces), wanted, mutableViewsOf(shares)));
    return shares;
}

/// `count` distinct share numbers below `total`, in random order.
std::vector<ShareNumber> choose(test::SeededRandom& random, unsigned count, unsigned total)
{
    std::vector<ShareNumber> all;
    for (unsigned i = 0; i < total; ++i)
        all.push_back(ShareNumber{i});
    for (std::size_t i = 0; i < count; ++i)
        std::swap(all[i], all[random.between(i, total - 1)]);
    all.resize(count);
    return all;
}

/// Decodes from the given shares; true if every missing piece comes back.
bool decodes(const std::vector<Bytes>& pieces, const std::vector<Bytes>& shares,
             const std::vector<ShareNumber>& chosen)
{
    const Result<Decoder> decoder = Decoder::make(pieces.size(), chosen);
    if (!decoder) return false;
    std::vector<ByteView> blocks;
    for (const ShareNumber share : chosen)
        blocks.emplace_back(shares[share.value]);
    std::vector<Bytes> missing(decoder->missing().size(), zeroBytes(pieces[0].size()));
    if (!decoder->decode(blocks, mutableViewsOf(missing))) return false;
    for (std::size_t i = 0; i < missing.size(); ++i)
        if (!equal(missing[i], pieces[decoder->missing()[i].value])) return false;
    return true;
}

} // namespace

class TestErasure final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void dataSharesAreThePieces()
    {
        test::SeededRandom random(1);
        const std::vector<Bytes> pieces = randomPieces(random, 5, 100);
        const auto shares = allShares(pieces, 9);
        QVERIFY(shares);
        for (std::size_t i = 0; i < pieces.size(); ++i)
            QVERIFY(equal(pieces[i], (*shares)[i]));
    }
    void parityFollowsTheRow()
    {
        // k=2, row 2 = 03 02: byte = 3*a + 2*b.
        const std::vector<Bytes> pieces{Bytes(70, std::byte{1}), Bytes(70, std::byte{0x80})};
        const auto shares = allShares(pieces, 3);
        QVERIFY(shares);
        QVERIFY(equal((*shares)[2], Bytes(70, std::byte{3 ^ 0x1d})));
    }
    void blocksAreZfecs()
    {
        const QJsonArray vectors = test::readVectors("zfec.json");
        QVERIFY(!vectors.isEmpty());
        for (const QJsonValue value : vectors) {
            const QJsonObject v = value.toObject();
            const auto size = static_cast<std::size_t>(v["block_size"].toInt());
            const auto needed = static_cast<std::size_t>(v["k"].toInt());
            const Bytes text = test::vectorPattern(needed * size);
            std::vector<Bytes> pieces;
            for (std::size_t i = 0; i < needed; ++i)
                pieces.push_back(toBytes(ByteView(text).subspan(i * size, size)));
            const auto shares = allShares(pieces, static_cast<unsigned>(v["n"].toInt()));
            QVERIFY(shares);
            Bytes all;
            for (const Bytes& share : *shares)
                append(all, share);
            QVERIFY(equal(crypto::sha256(all), test::bytesIn(v, "blocks_sha256")));
        }
    }
    void anyShareSetDecodes()
    {
        QVERIFY(test::forAll(300, [](test::SeededRandom& random) {
            const auto total = static_cast<unsigned>(random.between(1, 30));
            const auto needed = static_cast<unsigned>(random.between(1, total));
            const auto pieces = randomPieces(random, needed, random.between(0, 300));
            const auto shares = allShares(pieces, total);
            return shares && decodes(pieces, *shares, choose(random, needed, total));
        }));
    }
    void largeCodesWork_data()
    {
        QTest::addColumn<unsigned>("needed");
        QTest::addColumn<unsigned>("total");
        for (const unsigned needed : {1U, 3U, 71U, 101U, 128U, 255U, 256U})
            QTest::addRow("%u of 256", needed) << needed << 256U;
        QTest::addRow("255 of 255") << 255U << 255U;
    }
    void largeCodesWork()
    {
        QFETCH(unsigned, needed);
        QFETCH(unsigned, total);
        test::SeededRandom random(needed);
        const std::vector<Bytes> pieces = randomPieces(random, needed, 65);
        const auto shares = allShares(pieces, total);
        QVERIFY(shares);
        QVERIFY(decodes(pieces, *shares, choose(random, needed, total)));
        std::vector<ShareNumber> last;
        for (unsigned i = total - needed; i < total; ++i)
            last.push_back(ShareNumber{i});
        QVERIFY(decodes(pieces, *shares, last));
    }
    void wantedSharesMayBeFewAndUnordered()
    {
        test::SeededRandom random(3);
        const std::vector<Bytes> pieces = randomPieces(random, 3, 1000);
        const auto shares = allShares(pieces, 10);
        const auto encoder = Encoder::make(3, 10);
        QVERIFY(shares && encoder);
        const std::vector<ShareNumber> wanted{{9}, {1}, {4}, {5}};
        std::vector<Bytes> out(4, zeroBytes(1000));
        QVERIFY(encoder->encode(viewsOf(pieces), wanted, mutableViewsOf(out)));
        for (std::size_t i = 0; i < wanted.size(); ++i)
            QVERIFY(equal(out[i], (*shares)[wanted[i].value]));
        std::vector<Bytes> parity(7, zeroBytes(1000));
        QVERIFY(encoder->encodeParity(viewsOf(pieces), mutableViewsOf(parity)));
        for (std::size_t i = 0; i < parity.size(); ++i)
            QVERIFY(equal(parity[i], (*shares)[i + 3]));
    }
    void refusesImpossibleCodes()
    {
        QCOMPARE(Encoder::make(0, 3).error().code(), ErrorCode::InvalidInput);
        QCOMPARE(Encoder::make(4, 3).error().code(), ErrorCode::InvalidInput);
        QCOMPARE(Encoder::make(3, 257).error().code(), ErrorCode::InvalidInput);
        QCOMPARE(Encoder::make(std::uint64_t{1} << 40U, std::uint64_t{1} << 40U).error().code(),
                 ErrorCode::InvalidInput);
    }
    void refusesWrongBuffers()
    {
        const auto encoder = Encoder::make(2, 3);
        QVERIFY(encoder);
        std::vector<Bytes> pieces{zeroBytes(4), zeroBytes(4)};
        std::vector<Bytes> out{zeroBytes(4)};
        const std::vector<ShareNumber> past{ShareNumber{3}};
        QVERIFY(!encoder->encode(viewsOf(pieces), past, mutableViewsOf(out)));
        out[0].resize(5);
        QVERIFY(!encoder->encodeParity(viewsOf(pieces), mutableViewsOf(out)));
        out[0].resize(4);
        pieces[1].resize(3);
        QVERIFY(!encoder->encodeParity(viewsOf(pieces), mutableViewsOf(out)));
        pieces.pop_back();
        QVERIFY(!encoder->encodeParity(viewsOf(pieces), mutableViewsOf(out)));
    }
    void decoderRefusesWrongSets()
    {
        const std::vector<ShareNumber> one{ShareNumber{1}};
        const std::vector<ShareNumber> twice{ShareNumber{1}, ShareNumber{1}};
        const std::vector<ShareNumber> past{ShareNumber{1}, ShareNumber{256}};
        QCOMPARE(Decoder::make(2, one).error().code(), ErrorCode::NotEnoughShares);
        QCOMPARE(Decoder::make(1, twice).error().code(), ErrorCode::InvalidInput);
        QCOMPARE(Decoder::make(2, twice).error().code(), ErrorCode::InvalidInput);
        QCOMPARE(Decoder::make(2, past).error().code(), ErrorCode::InvalidInput);
        QCOMPARE(Decoder::make(0, {}).error().code(), ErrorCode::InvalidInput);
    }
    void decoderRefusesWrongBuffers()
    {
        const std::vector<ShareNumber> have{ShareNumber{1}, ShareNumber{2}};
        const auto decoder = Decoder::make(2, have);
        QVERIFY(decoder);
        std::vector<Bytes> blocks{zeroBytes(4), zeroBytes(5)};
        std::vector<Bytes> out{zeroBytes(4)};
        QVERIFY(!decoder->decode(viewsOf(blocks), mutableViewsOf(out)));
        blocks[1].resize(4);
        QVERIFY(decoder->decode(viewsOf(blocks), mutableViewsOf(out)));
        out[0].resize(3);
        QVERIFY(!decoder->decode(viewsOf(blocks), mutableViewsOf(out)));
        out.clear();
        QVERIFY(!decoder->decode(viewsOf(blocks), mutableViewsOf(out)));
    }
};

QTEST_GUILESS_MAIN(TestErasure)
#include "test_erasure.moc"
