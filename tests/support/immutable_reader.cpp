#include "tests/support/immutable_reader.h"

#include "core/pipeline/read/decrypt.h"
#include "core/pipeline/read/plan.h"

namespace tarn::test {

using namespace pipeline;

namespace {

Result<std::vector<hashtree::NumberedHash>>
readNodes(const OpenShare& share, ByteRange tree, const std::vector<hashtree::NodeNumber>& nodes)
{
    std::vector<hashtree::NumberedHash> out;
    TARN_TRY(const std::vector<NodeRun> runs, nodeRuns(tree, nodes));
    for (const NodeRun& run : runs) {
        TARN_TRY(const ByteView bytes, rangeOf(share, run.range));
        TARN_TRY(const auto some, share::parseTreeNodes(bytes, run.first));
        out.insert(out.end(), some.begin(), some.end());
    }
    return out;
}

struct Reader
{
    cap::ImmutableReadCap cap;
    std::vector<OpenShare> shares;
    FileProof file;
    std::vector<ShareProof> proofs;
};

Result<Reader> openAll(const cap::ImmutableReadCap& cap, const ShareMap& map)
{
    std::vector<OpenShare> shares;
    for (const auto& [number, bytes] : map) {
        if (shares.size() == cap.needed) break;
        TARN_TRY(OpenShare share, openShare(number, bytes));
        shares.push_back(share);
    }
    if (shares.empty()) return Error(ErrorCode::NoShares, "no shares");
    TARN_TRY(const ByteView block, extensionBlockOf(shares[0]));
    TARN_TRY(FileProof file, FileProof::make(cap::verifyCapOf(cap), block));
    std::vector<ShareProof> proofs;
    for (const OpenShare& share : shares) {
        TARN_TRY(ShareProof proof, proveShare(file, share));
        proofs.push_back(std::move(proof));
    }
    return Reader{cap, std::move(shares), std::move(file), std::move(proofs)};
}

Result<std::vector<VerifiedBlock>> readBlocks(Reader& reader, SegmentNumber segment)
{
    std::vector<FetchedBlock> fetched;
    for (std::size_t i = 0; i < reader.shares.size(); ++i) {
        const OpenShare& share = reader.shares[i];
        TARN_TRY_VOID(proveBlock(reader.proofs[i], share, segment));
        TARN_TRY(const ProvenBlockHash expected, reader.proofs[i].blockHash(segment));
        TARN_TRY(const ByteView bytes,
                 rangeOf(share, blocksIn(share.layout, reader.file.file(), {segment, 1})));
        fetched.push_back({expected, bytes});
    }
    std::vector<VerifiedBlock> blocks;
    for (Result<VerifiedBlock>& block : verifyBlocks(fetched)) {
        if (!block) return std::move(block).error();
        blocks.push_back(*block);
    }
    return blocks;
}

Result<PlainSegment> readSegment(Reader& reader, SegmentNumber segment, ByteRange range)
{
    TARN_TRY_VOID(proveSegment(reader.file, reader.shares[0], segment));
    TARN_TRY(const ProvenSegmentHash expected, reader.file.segmentHash(segment));
    TARN_TRY(const std::vector<VerifiedBlock> blocks, readBlocks(reader, segment));
    const share::Segmentation& file = reader.file.file();
    TARN_TRY(DecodedSegment decoded, decodeSegment(blocks, SegmentBuffer(file)));
    std::vector<DecodedSegment> one;
    one.push_back(std::move(decoded));
    auto verified = verifySegments(std::move(one), std::span(&expected, 1));
    if (!verified[0]) return std::move(verified[0]).error();
    return decryptSegment(*std::move(verified[0]), reader.cap.key, partIn(file, segment, range));
}

} // namespace

Result<ByteView> rangeOf(const OpenShare& share, ByteRange range)
{
    if (range.begin > range.end || range.end > share.bytes.size())
        return Error(ErrorCode::Corrupt, "the share ends early");
    return share.bytes.subspan(static_cast<std::size_t>(range.begin),
                               static_cast<std::size_t>(range.size()));
}

Result<OpenShare> openShare(ShareNumber number, ByteView bytes)
{
    TARN_TRY(const share::ImmutableLayout layout, share::parseImmutableLayout(bytes));
    return OpenShare{number, bytes, layout};
}

Result<ByteView> extensionBlockOf(const OpenShare& share)
{
    const ByteRange field = share.layout.uriExtensionLengthRange();
    TARN_TRY(const ByteView lengthField, rangeOf(share, field));
    TARN_TRY(const std::uint64_t length, share::parseUriExtensionLength(share.layout, lengthField));
    return rangeOf(share, {field.end, field.end + length});
}

Result<ShareProof> proveShare(FileProof& file, const OpenShare& share)
{
    TARN_TRY(const ByteView section, rangeOf(share, share.layout.shareHashesRange()));
    TARN_TRY(const auto chain, share::parseShareHashes(section));
    return file.proveShare(share.number, chain);
}

Result<void> proveBlock(ShareProof& proof, const OpenShare& share, SegmentNumber segment)
{
    TARN_TRY(const auto nodes,
             readNodes(share, share.layout.blockHashesRange(), proof.missingNodes(segment)));
    return proof.addNodes(nodes);
}

Result<void> proveSegment(FileProof& file, const OpenShare& share, SegmentNumber segment)
{
    TARN_TRY(const auto nodes,
             readNodes(share, share.layout.crypttextTreeRange(), file.missingNodes(segment)));
    return file.addNodes(nodes);
}

Result<Bytes> readImmutable(const cap::ImmutableReadCap& cap, const ShareMap& shares,
                            ByteRange range)
{
    TARN_TRY(Reader reader, openAll(cap, shares));
    const SegmentSpan span = segmentsHolding(reader.file.file(), range);
    Bytes out;
    for (std::uint64_t i = 0; i < span.count; ++i) {
        TARN_TRY(const PlainSegment plain,
                 readSegment(reader, SegmentNumber{span.first.value + i}, range));
        append(out, plain.plaintext());
    }
    return out;
}

} // namespace tarn::test
