// The stages of the read pipeline in their order, on good and on damaged shares.
#include "core/cap/parse.h"
#include "core/pipeline/read/decrypt.h"
#include "core/pipeline/read/plan.h"
#include "tests/support/immutable_reader.h"
#include "tests/support/immutable_shares.h"
#include "tests/support/property.h"
#include "tests/support/vectors.h"

#include <QtCore/QJsonArray>
#include <QtCore/QJsonObject>
#include <QtTest/QTest>

#include <numeric>
#include <tuple>

using namespace tarn;
using namespace tarn::pipeline;

namespace {

/// `count` shares of the file, chosen at random.
test::ShareMap someShares(test::SeededRandom& random, const std::vector<Bytes>& shares,
                          std::size_t count)
{
    std::vector<std::uint32_t> numbers(shares.size());
    std::iota(numbers.begin(), numbers.end(), 0U);
    test::ShareMap out;
    for (std::size_t i = 0; i < count; ++i) {
        std::swap(numbers[i], numbers[random.between(i, numbers.size() - 1)]);
        out[ShareNumber{numbers[i]}] = shares[numbers[i]];
    }
    return out;
}

Result<test::EncodedFile> sampleFile(const Bytes& text)
{
    return test::encodeImmutable(text, 3, 7, 500, asBytes("secret"));
}

} // namespace

class TestReadPipeline final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void anySharesGiveAnyRange()
    {
        QVERIFY(test::forAll(150, [](test::SeededRandom& random) {
            const Bytes text = random.bytesBetween(56, 3000);
            const auto total = static_cast<unsigned>(random.between(1, 12));
            const auto needed = static_cast<unsigned>(random.between(1, total));
            const auto file = test::encodeImmutable(text, needed, total, random.between(1, 1500),
                                                    asBytes("secret"));
            if (!file) return false;
            const test::ShareMap shares = someShares(random, file->shares, needed);
            const std::uint64_t begin = random.between(0, text.size());
            const std::uint64_t end = random.between(begin, text.size());
            const auto read = test::readImmutable(file->readCap, shares, {begin, end});
            return read && equal(*read, ByteView(text).subspan(begin, end - begin));
        }));
    }
    void samplesOfBothLayoutsAreRead()
    {
        const QJsonObject sample = test::ownVectors("samples.json")["chk"].toObject();
        const auto cap = cap::parseCap(sample["cap"].toString().toStdString());
        for (const char* layout : {"shares_v1", "shares_v2"}) {
            test::ShareMap shares;
            const QJsonArray all = sample[layout].toArray();
            for (int i = 1; i < all.size(); ++i)
                shares[ShareNumber{static_cast<std::uint32_t>(i)}] = test::base64Of(all[i]);
            const auto read =
                test::readImmutable(std::get<cap::ImmutableReadCap>(cap), shares, {0, 200});
            QVERIFY(read);
            QVERIFY(equal(*read, test::base64Of(sample["plaintext"])));
        }
    }
    /// Whatever byte of a share is changed, the read gives the right plaintext or an error.
    void noDamagePasses()
    {
        const Bytes text = test::expandSample(asBytes("damage"), 1700);
        const auto file = sampleFile(text);
        QVERIFY(file);
        const test::ShareMap good{{ShareNumber{1}, file->shares[1]},
                                  {ShareNumber{4}, file->shares[4]},
                                  {ShareNumber{6}, file->shares[6]}};
        unsigned noticed = 0;
        for (std::size_t at = 0; at < file->shares[4].size(); ++at) {
            test::ShareMap damaged = good;
            damaged[ShareNumber{4}][at] ^= std::byte{0x10};
            const auto read = test::readImmutable(file->readCap, damaged, {0, text.size()});
            if (read) QVERIFY(equal(*read, text));
            noticed += read ? 0 : 1;
        }
        // All of its data is read, and its hashes: most of the share.
        QVERIFY(noticed > file->plan.file.shareDataSize());
    }
    void cutSharesAreErrors()
    {
        const Bytes text = test::expandSample(asBytes("cut"), 1700);
        const auto file = sampleFile(text);
        QVERIFY(file);
        for (std::size_t size = 0; size < file->shares[0].size(); size += 7) {
            test::ShareMap cut{{ShareNumber{0}, file->shares[0]},
                               {ShareNumber{1}, file->shares[1]},
                               {ShareNumber{2}, file->shares[2]}};
            cut[ShareNumber{0}].resize(size);
            QVERIFY(!test::readImmutable(file->readCap, cut, {0, text.size()}));
        }
    }
    void otherFilesExtensionIsRefused()
    {
        const Bytes text = test::expandSample(asBytes("a"), 600);
        const Bytes other = test::expandSample(asBytes("b"), 600);
        const auto file = sampleFile(text);
        const auto wrong = sampleFile(other);
        const test::ShareMap shares{{ShareNumber{0}, wrong->shares[0]},
                                    {ShareNumber{1}, file->shares[1]},
                                    {ShareNumber{2}, file->shares[2]}};
        const auto read = test::readImmutable(file->readCap, shares, {0, 600});
        QCOMPARE(read.error().code(), ErrorCode::Corrupt);
    }
    void sharesUnderAWrongNumberAreRefused()
    {
        const Bytes text = test::expandSample(asBytes("n"), 600);
        const auto file = sampleFile(text);
        const test::ShareMap shares{{ShareNumber{0}, file->shares[0]},
                                    {ShareNumber{1}, file->shares[2]},
                                    {ShareNumber{2}, file->shares[1]}};
        QCOMPARE(test::readImmutable(file->readCap, shares, {0, 600}).error().code(),
                 ErrorCode::Corrupt);
    }
    void impossibleCapsAreInvalid()
    {
        const Bytes text = test::expandSample(asBytes("x"), 600);
        const auto file = sampleFile(text);
        const auto share = test::openShare(ShareNumber{0}, file->shares[0]);
        const auto block = test::extensionBlockOf(*share);
        QVERIFY(block);
        for (const auto& [needed, total, size] : {std::tuple{0ULL, 7ULL, 600ULL},
                                                  {8ULL, 7ULL, 600ULL},
                                                  {3ULL, 999ULL, 600ULL},
                                                  {3ULL, 7ULL, 0ULL},
                                                  {3ULL, 7ULL, ~0ULL}}) {
            cap::ImmutableVerifyCap cap = cap::verifyCapOf(file->readCap);
            cap.needed = needed;
            cap.total = total;
            cap.size = size;
            QCOMPARE(FileProof::make(cap, *block).error().code(), ErrorCode::InvalidInput);
        }
    }
    void decoderWantsKDistinctBlocksOfOneSegment()
    {
        const Bytes text = test::expandSample(asBytes("d"), 1400);
        const auto file = sampleFile(text);
        std::vector<test::OpenShare> shares;
        for (std::uint32_t i = 0; i < 3; ++i)
            shares.push_back(*test::openShare(ShareNumber{i}, file->shares[i]));
        auto proof =
            FileProof::make(cap::verifyCapOf(file->readCap), *test::extensionBlockOf(shares[0]));
        QVERIFY(proof);
        std::vector<VerifiedBlock> blocks; // segment 0 of shares 0, 1, 2, then segment 1 of share 2
        for (const auto& [index, segment] :
             {std::pair{0U, 0ULL}, {1U, 0ULL}, {2U, 0ULL}, {2U, 1ULL}}) {
            auto share = test::proveShare(*proof, shares[index]);
            QVERIFY(share);
            const SegmentNumber number{segment};
            QCOMPARE(share->blockHash(number).error().code(), ErrorCode::NotFound);
            QVERIFY(test::proveBlock(*share, shares[index], number));
            QVERIFY(share->missingNodes(number).empty());
            const auto range = blocksIn(shares[index].layout, proof->file(), {number, 1});
            const FetchedBlock fetched{*share->blockHash(number),
                                       *test::rangeOf(shares[index], range)};
            const auto verified = verifyBlocks(std::span(&fetched, 1));
            QVERIFY(verified[0]);
            blocks.push_back(*verified[0]);
        }
        const auto decode = [&](std::vector<VerifiedBlock> chosen) {
            return decodeSegment(chosen, SegmentBuffer(proof->file()));
        };
        QVERIFY(decode({blocks[0], blocks[1], blocks[2]}));
        QVERIFY(decode({blocks[2], blocks[0], blocks[1]}));
        QCOMPARE(decode({blocks[0], blocks[1]}).error().code(), ErrorCode::NotEnoughShares);
        QCOMPARE(decode({blocks[0], blocks[1], blocks[1]}).error().code(), ErrorCode::InvalidInput);
        QCOMPARE(decode({blocks[0], blocks[1], blocks[3]}).error().code(), ErrorCode::InvalidInput);
    }
    void blocksReadIntoTheirSlotsStayThere()
    {
        const Bytes text = test::expandSample(asBytes("slots"), 450);
        const auto file = sampleFile(text);
        std::vector<test::OpenShare> shares;
        for (std::uint32_t i = 0; i < 3; ++i)
            shares.push_back(*test::openShare(ShareNumber{i}, file->shares[i]));
        auto proof =
            FileProof::make(cap::verifyCapOf(file->readCap), *test::extensionBlockOf(shares[0]));
        SegmentBuffer buffer(proof->file());
        std::vector<FetchedBlock> fetched;
        for (unsigned i = 0; i < 3; ++i) {
            auto share = test::proveShare(*proof, shares[i]);
            const MutableByteView slot = buffer.slot(SegmentNumber{0}, i);
            const auto range = blocksIn(shares[i].layout, proof->file(), {SegmentNumber{0}, 1});
            const ByteView block = *test::rangeOf(shares[i], range);
            std::copy(block.begin(), block.end(), slot.begin());
            fetched.push_back({*share->blockHash(SegmentNumber{0}), slot});
        }
        std::vector<VerifiedBlock> blocks;
        for (const auto& block : verifyBlocks(fetched))
            blocks.push_back(*block);
        std::vector<DecodedSegment> decoded;
        decoded.push_back(*decodeSegment(blocks, std::move(buffer)));
        const ProvenSegmentHash expected = *proof->segmentHash(SegmentNumber{0});
        auto verified = verifySegments(std::move(decoded), std::span(&expected, 1));
        QVERIFY(verified[0]);
        const PlainSegment plain =
            decryptSegment(*std::move(verified[0]), file->readCap.key, {100, 450});
        QVERIFY(equal(plain.plaintext(), ByteView(text).subspan(100)));
    }
    void rangesBecomeSegmentsAndBytes()
    {
        const auto file = share::Segmentation::ofFile(1000, 2, 3, 300);
        QVERIFY(file);
        QCOMPARE(segmentsHolding(*file, {0, 1000}), (SegmentSpan{SegmentNumber{0}, 4}));
        QCOMPARE(segmentsHolding(*file, {299, 301}), (SegmentSpan{SegmentNumber{0}, 2}));
        QCOMPARE(segmentsHolding(*file, {300, 600}), (SegmentSpan{SegmentNumber{1}, 1}));
        QCOMPARE(segmentsHolding(*file, {1000, 1000}).count, 0ULL);
        QCOMPARE(partIn(*file, SegmentNumber{1}, {299, 301}), (ByteRange{0, 1}));
        QCOMPARE(partIn(*file, SegmentNumber{3}, {0, 1000}), (ByteRange{0, 100}));
        const share::ImmutableLayout layout = EncodingPlan::of(*file).layout;
        const SegmentSpan lastTwo{SegmentNumber{2}, 2};
        QCOMPARE(blocksIn(layout, *file, lastTwo), (ByteRange{0x24 + 300, 0x24 + 500}));
        const std::vector<hashtree::NodeNumber> nodes{1, 2, 5};
        const auto runs = nodeRuns({100, 100 + 7 * 32}, nodes);
        QVERIFY(runs);
        QCOMPARE(*runs, (std::vector<NodeRun>{{1, {132, 196}}, {5, {260, 292}}}));
        const std::vector<hashtree::NodeNumber> past{7};
        QCOMPARE(nodeRuns({100, 100 + 7 * 32}, past).error().code(), ErrorCode::Corrupt);
    }
};

QTEST_GUILESS_MAIN(TestReadPipeline)
#include "test_read_pipeline.moc"
