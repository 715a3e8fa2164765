#include "core/pipeline/write/encoding_plan.h"
#include "core/share/immutable_layout.h"
#include "core/share/uri_extension.h"
#include "tests/support/property.h"
#include "tests/support/vectors.h"

#include <QtCore/QJsonArray>
#include <QtCore/QJsonObject>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::share;

namespace {

PlannedLayout plan(std::uint64_t size, unsigned needed, unsigned total, std::uint64_t segment)
{
    const auto file = Segmentation::forNewFile(size, needed, total, segment);
    return layOut(*file, uriExtensionSize(*file));
}

ImmutableLayout sampleLayout()
{
    return plan(200, 2, 3, 64).layout;
}

} // namespace

class TestImmutableLayout final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void sectionsFollowEachOther()
    {
        const PlannedLayout planned = plan(200, 2, 3, 64);
        const ImmutableLayout expected{ImmutableVersion::V1,
                                       32,
                                       100,
                                       0x24,
                                       0x24 + 100,
                                       0x24 + 100 + 224,
                                       0x24 + 100 + 448,
                                       0x24 + 100 + 672,
                                       0x24 + 100 + 672 + 3 * 34};
        QCOMPARE(planned.layout, expected);
        QCOMPARE(planned.allocatedSize, 1219ULL);
    }
    void samplesParseAndPrint()
    {
        const QJsonObject sample = test::ownVectors("samples.json")["chk"].toObject();
        for (const char* name : {"shares_v1", "shares_v2"}) {
            for (const QJsonValue value : sample[name].toArray()) {
                const Bytes share = test::base64Of(value);
                const auto layout = parseImmutableLayout(share);
                QVERIFY(layout);
                const Bytes header = encodeHeader(*layout);
                QVERIFY(equal(header, ByteView(share).first(header.size())));
                const ByteRange field = layout->uriExtensionLengthRange();
                const auto length = parseUriExtensionLength(
                    *layout, ByteView(share).subspan(field.begin, field.size()));
                QVERIFY(length);
                QCOMPARE(field.end + *length, std::uint64_t{share.size()});
            }
        }
    }
    void largeSharesNeedVersionTwo()
    {
        const std::uint64_t four = std::uint64_t{1} << 32U;
        QVERIFY(plan(four - 1000, 1, 1, four / 2).layout.version == ImmutableVersion::V1);
        // The extension block starts past 2^32.
        QVERIFY(plan(four - 100, 1, 1, four / 2).layout.version == ImmutableVersion::V2);
        QVERIFY(plan(four * 3, 3, 10, 1U << 20U).layout.version == ImmutableVersion::V2);
        const PlannedLayout large = plan(four * 30, 3, 10, 1U << 20U);
        QCOMPARE(large.layout.data, 0x44ULL);
        QCOMPARE(large.layout.lengthFieldSize(), std::size_t{8});
        const auto parsed = parseImmutableLayout(encodeHeader(large.layout));
        QVERIFY(parsed);
        QCOMPARE(*parsed, large.layout);
    }
    void anyPlannedLayoutRoundTrips()
    {
        QVERIFY(test::forAll(500, [](test::SeededRandom& random) {
            const auto total = static_cast<unsigned>(random.between(1, 256));
            const auto needed = static_cast<unsigned>(random.between(1, total));
            const std::uint64_t size = random.between(1, std::uint64_t{1} << random.between(0, 45));
            const ImmutableLayout layout =
                plan(size, needed, total, random.between(1000, std::uint64_t{1} << 33U)).layout;
            const auto parsed = parseImmutableLayout(encodeHeader(layout));
            return parsed && *parsed == layout;
        }));
    }
    void unknownVersionsAreUnsupportedNotCorrupt()
    {
        Bytes header = encodeHeader(sampleLayout());
        for (const unsigned version : {0U, 3U, 0xffffffffU}) {
            storeBig<std::uint32_t>(header, 0, version);
            QCOMPARE(parseImmutableLayout(header).error().code(), ErrorCode::Unsupported);
        }
    }
    void damagedHeadersAreCorrupt()
    {
        const Bytes good = encodeHeader(sampleLayout());
        for (std::size_t size = 0; size < good.size(); ++size) {
            const auto cut = parseImmutableLayout(ByteView(good).first(size));
            QCOMPARE(cut.error().code(), ErrorCode::Corrupt);
        }
        for (const std::size_t field : {0x0cU, 0x10U, 0x14U, 0x18U, 0x1cU, 0x20U}) {
            Bytes bad = good;
            storeBig<std::uint32_t>(bad, field, field == 0x20U ? 0 : 0xffff'ffffU);
            QCOMPARE(parseImmutableLayout(bad).error().code(), ErrorCode::Corrupt);
        }
        Bytes overlap = good; // data inside the header
        storeBig<std::uint32_t>(overlap, 0x0c, 0x20);
        QCOMPARE(parseImmutableLayout(overlap).error().code(), ErrorCode::Corrupt);
        Bytes odd = good; // share hashes no multiple of 34
        storeBig<std::uint32_t>(odd, 0x20, loadBig<std::uint32_t>(odd, 0x20) + 1);
        QCOMPARE(parseImmutableLayout(odd).error().code(), ErrorCode::Corrupt);
    }
    void sectionsHaveOneOrder()
    {
        const Bytes good = encodeHeader(sampleLayout());
        constexpr std::array<std::size_t, 6> kFields{0x0c, 0x10, 0x14, 0x18, 0x1c, 0x20};
        for (std::size_t a = 0; a < kFields.size(); ++a) {
            for (std::size_t b = a + 1; b < kFields.size(); ++b) {
                Bytes swapped = good;
                storeBig(swapped, kFields[a], loadBig<std::uint32_t>(good, kFields[b]));
                storeBig(swapped, kFields[b], loadBig<std::uint32_t>(good, kFields[a]));
                QCOMPARE(parseImmutableLayout(swapped).error().code(), ErrorCode::Corrupt);
            }
        }
    }
    void offsetsNearTheEndOfNumbersAreCorrupt()
    {
        const std::uint64_t four = std::uint64_t{1} << 32U;
        Bytes header = encodeHeader(plan(four * 3, 3, 10, 1U << 20U).layout);
        for (std::size_t at = 0x14; at < header.size(); at += 8)
            storeBig<std::uint64_t>(header, at, ~std::uint64_t{0});
        QCOMPARE(parseImmutableLayout(header).error().code(), ErrorCode::Corrupt);
    }
    void extensionLengthsAreBounded()
    {
        const ImmutableLayout layout = sampleLayout();
        QCOMPARE(*parseUriExtensionLength(layout, encodeUriExtensionLength(layout, 1999)), 1999ULL);
        QVERIFY(!parseUriExtensionLength(layout, encodeUriExtensionLength(layout, 2000)));
        QVERIFY(!parseUriExtensionLength(layout, zeroBytes(3)));
        QVERIFY(!parseUriExtensionLength(layout, zeroBytes(8)));
    }
    void shareHashesAreWrittenAscendingAndReadInAnyOrder()
    {
        const Hash256 hash = Hash256::prefixOf(Bytes(32, std::byte{7}));
        const std::vector<hashtree::NumberedHash> chain{{300, hash}, {2, Hash256()}, {5, hash}};
        const Bytes section = encodeShareHashes(chain);
        QCOMPARE(section.size(), std::size_t{3 * 34});
        const auto read = parseShareHashes(section);
        QVERIFY(read);
        QCOMPARE(*read, (std::vector<hashtree::NumberedHash>{chain[1], chain[2], chain[0]}));
        QVERIFY(!parseShareHashes(ByteView(section).first(33)));
        QVERIFY(parseShareHashes({})->empty());
    }
    void treesAreStoredInNodeOrder()
    {
        const std::vector<Hash256> leaves(3, Hash256::prefixOf(Bytes(32, std::byte{1})));
        const hashtree::HashTree tree = hashtree::HashTree::build(leaves);
        Bytes section;
        appendTree(section, tree);
        QCOMPARE(section.size(), std::size_t{7 * 32});
        const auto nodes = parseTreeNodes(ByteView(section).subspan(3 * 32), 3);
        QVERIFY(nodes);
        QCOMPARE(nodes->size(), std::size_t{4});
        QCOMPARE((*nodes)[0], (hashtree::NumberedHash{3, leaves[0]}));
        QVERIFY(!parseTreeNodes(ByteView(section).first(31), 0));
    }
};

QTEST_GUILESS_MAIN(TestImmutableLayout)
#include "test_immutable_layout.moc"
