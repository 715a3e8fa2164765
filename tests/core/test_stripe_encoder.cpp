#include "core/pipeline/mutable/stripe_encoder.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;
using pipeline::MutableTerms;
using pipeline::StripeEncoder;

namespace {

MutableTerms termsOf(std::uint64_t size, std::uint64_t needed, std::uint64_t total,
                     test::SeededRandom& random)
{
    MutableTerms terms{
        *share::MutableShape::forNewVersion(cap::MutableFormat::Sdmf, size, needed, total),
        *erasure::Encoder::make(needed, total), crypto::ReadKey(), crypto::Salt()};
    terms.readKey = crypto::ReadKey::prefixOf(random.bytesBetween(16, 16));
    terms.salt = crypto::Salt::prefixOf(random.bytesBetween(16, 16));
    return terms;
}

struct Encoded
{
    std::vector<Bytes> blocks;
    std::vector<Hash256> leaves;
    friend bool operator==(const Encoded&, const Encoded&) = default;
};

Encoded atOnce(const MutableTerms& terms, Bytes plain)
{
    Encoded out;
    std::vector<MutableByteView> views;
    for (unsigned i = 0; i < terms.shape.total(); ++i)
        out.blocks.emplace_back(static_cast<std::size_t>(terms.shape.blockSizeOf(0)));
    for (Bytes& block : out.blocks)
        views.emplace_back(block);
    out.leaves.resize(terms.shape.total());
    if (!pipeline::encodeMutableSegment(terms, plain, terms.salt, views, out.leaves)) return {};
    return out;
}

Encoded inStripes(const MutableTerms& terms, ByteView plain, test::SeededRandom& random)
{
    StripeEncoder encoder(terms);
    Encoded out;
    out.blocks.resize(terms.shape.total());
    for (std::uint64_t at = 0; at < encoder.blockSize();) {
        const ByteRange stripe{at, at + random.between(1, encoder.blockSize() - at)};
        const auto length = static_cast<std::size_t>(stripe.size());
        std::vector<Bytes> pieces;
        std::vector<MutableByteView> views;
        for (unsigned i = 0; i < terms.shape.needed(); ++i) {
            const ByteRange range = encoder.plainOf(i, stripe);
            Bytes& piece = pieces.emplace_back(length, std::byte{0xee});
            std::copy_n(plain.begin() + static_cast<std::ptrdiff_t>(range.begin), range.size(),
                        piece.begin());
        }
        for (Bytes& piece : pieces)
            views.emplace_back(piece);
        Bytes blocks;
        if (!encoder.encode(stripe, views, blocks)) return {};
        for (std::size_t i = 0; i < out.blocks.size(); ++i)
            append(out.blocks[i], ByteView(blocks).subspan(i * length, length));
        at = stripe.end;
    }
    out.leaves = encoder.leaves();
    return out;
}

} // namespace

class TestStripeEncoder final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void makesWhatTheWholeSegmentMakes()
    {
        QVERIFY(test::forAll(200, [](test::SeededRandom& random) {
            const std::uint64_t needed = random.between(1, 5);
            const std::uint64_t total = random.between(needed, 12);
            const std::uint64_t size = random.between(1, 3000);
            const MutableTerms terms = termsOf(size, needed, total, random);
            const Bytes plain = random.bytesBetween(size, size);
            const Encoded whole = atOnce(terms, plain);
            return !whole.leaves.empty() && whole == inStripes(terms, plain, random);
        }));
    }
    void refusesStripesOutOfPlace()
    {
        test::SeededRandom random(1);
        const MutableTerms terms = termsOf(100, 2, 3, random);
        Bytes room(60);
        Bytes blocks;
        const auto tries = [&](ByteRange stripe, std::size_t length, std::size_t pieces) {
            StripeEncoder encoder(terms);
            std::vector<MutableByteView> views(pieces, MutableByteView(room).first(length));
            return encoder.encode(stripe, views, blocks).has_value();
        };
        QVERIFY(tries({0, 10}, 10, 2));
        QVERIFY(tries({0, 50}, 50, 2));
        QVERIFY(!tries({0, 51}, 51, 2)); // behind the end
        QVERIFY(!tries({1, 10}, 9, 2));  // not the first
        QVERIFY(!tries({0, 0}, 0, 2));
        QVERIFY(!tries({0, 10}, 9, 2));
        QVERIFY(!tries({0, 10}, 10, 1));
    }
};

QTEST_GUILESS_MAIN(TestStripeEncoder)
#include "test_stripe_encoder.moc"
