#include "client-gateway/download/run_decoder.h"

#include <algorithm>

namespace tarn::gateway {

namespace {

using pipeline::DecodedSegment;
using pipeline::FetchedBlock;
using pipeline::SegmentBuffer;
using pipeline::VerifiedBlock;
using pipeline::VerifiedSegment;

/// Segment by segment, the block of each share; all of one length, so the hash lanes stay busy.
std::vector<FetchedBlock> blocksOf(const share::Segmentation& file, pipeline::SegmentSpan segments,
                                   std::span<const FetchedBlocks> shares)
{
    std::vector<FetchedBlock> blocks;
    blocks.reserve(segments.count * shares.size());
    const std::uint64_t base = file.blockRangeOf(segments.first).begin;
    for (std::uint64_t i = 0; i < segments.count; ++i) {
        const SegmentNumber segment{segments.first.value + i};
        const ByteRange range = file.blockRangeOf(segment);
        for (const FetchedBlocks& share : shares) {
            const ByteView bytes = ByteView(share.data).subspan(range.begin - base, range.size());
            blocks.push_back(FetchedBlock{share.hashes[i], bytes});
        }
    }
    return blocks;
}

std::vector<BadBlock> badOnes(const share::Segmentation& file, pipeline::SegmentSpan segments,
                              std::span<const FetchedBlocks> shares,
                              std::span<const Result<VerifiedBlock>> verified)
{
    std::vector<BadBlock> bad;
    const std::uint64_t base = file.blockRangeOf(segments.first).begin;
    for (std::size_t share = 0; share < shares.size(); ++share) {
        for (std::uint64_t i = 0; i < segments.count; ++i) {
            const Result<VerifiedBlock>& one = verified[i * shares.size() + share];
            if (one) continue;
            const ByteRange block = file.blockRangeOf(SegmentNumber{segments.first.value + i});
            const std::uint64_t begin = shares[share].range.begin + block.begin - base;
            const ByteRange range{begin, begin + block.size()};
            bad.push_back(BadBlock{shares[share].share, corruptIn(range, one.error().message())});
            break;
        }
    }
    return bad;
}

Result<std::vector<DecodedSegment>> decodeAll(const share::Segmentation& file,
                                              pipeline::SegmentSpan segments, std::size_t needed,
                                              std::vector<Result<VerifiedBlock>> verified,
                                              std::vector<SegmentBuffer> buffers)
{
    std::vector<DecodedSegment> decoded;
    for (std::uint64_t i = 0; i < segments.count; ++i) {
        std::vector<VerifiedBlock> blocks;
        for (std::size_t share = 0; share < needed; ++share)
            blocks.push_back(*std::move(verified[i * needed + share]));
        if (buffers.empty()) buffers.emplace_back(file);
        SegmentBuffer buffer = std::move(buffers.back());
        buffers.pop_back();
        TARN_TRY(DecodedSegment segment, pipeline::decodeSegment(blocks, std::move(buffer)));
        decoded.push_back(std::move(segment));
    }
    return decoded;
}

} // namespace

Result<DecodedRun> decodeRun(const share::Segmentation& file, pipeline::SegmentSpan segments,
                             std::span<const FetchedBlocks> shares,
                             std::span<const pipeline::ProvenSegmentHash> expected,
                             std::vector<SegmentBuffer> buffers)
{
    DecodedRun run;
    const std::vector<FetchedBlock> blocks = blocksOf(file, segments, shares);
    std::vector<Result<VerifiedBlock>> verified = pipeline::verifyBlocks(blocks);
    run.bad = badOnes(file, segments, shares, verified);
    if (!run.bad.empty()) return run;
    TARN_TRY(std::vector<DecodedSegment> decoded,
             decodeAll(file, segments, shares.size(), std::move(verified), std::move(buffers)));
    for (Result<VerifiedSegment>& one : pipeline::verifySegments(std::move(decoded), expected)) {
        if (!one)
            return std::move(one).error().within("the file was damaged before it was uploaded");
        run.segments.push_back(*std::move(one));
    }
    return run;
}

std::vector<BadBlock> verifyRun(const share::Segmentation& file, pipeline::SegmentSpan segments,
                                std::span<const FetchedBlocks> shares)
{
    const std::vector<FetchedBlock> blocks = blocksOf(file, segments, shares);
    return badOnes(file, segments, shares, pipeline::verifyBlocks(blocks));
}

std::vector<pipeline::PlainSegment> decryptRun(std::vector<VerifiedSegment> segments,
                                               const FileKey& key, ByteRange wanted)
{
    std::vector<pipeline::PlainSegment> plain;
    plain.reserve(segments.size());
    for (VerifiedSegment& segment : segments) {
        const ByteRange part = pipeline::partIn(segment.file(), segment.number(), wanted);
        plain.push_back(pipeline::decryptSegment(std::move(segment), key, part));
    }
    return plain;
}

} // namespace tarn::gateway
