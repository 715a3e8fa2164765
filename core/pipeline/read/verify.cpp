#include "core/pipeline/read/verify.h"

#include "core/base/check.h"
#include "core/crypto/hash_tags.h"
#include "core/crypto/multi_hash.h"

namespace tarn::pipeline {

namespace {

Error corrupt(const char* what, std::uint64_t number, const char* why)
{
    return Error(ErrorCode::Corrupt, std::string(what) + " " + std::to_string(number) + ": " + why);
}

std::vector<Hash256> hashAll(std::string_view tag, const std::vector<ByteView>& messages)
{
    std::vector<Hash256> hashes(messages.size());
    crypto::taggedHashMany(tag, messages, hashes);
    return hashes;
}

} // namespace

std::vector<Result<VerifiedBlock>> verifyBlocks(std::span<const FetchedBlock> blocks)
{
    std::vector<ByteView> messages;
    for (const FetchedBlock& block : blocks)
        messages.push_back(block.bytes);
    const std::vector<Hash256> hashes = hashAll(crypto::tags::kBlock, messages);

    std::vector<Result<VerifiedBlock>> out;
    out.reserve(blocks.size());
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        const ProvenBlockHash& expected = blocks[i].expected;
        const std::uint64_t number = expected.segment().value;
        if (blocks[i].bytes.size() != expected.blockSize())
            out.emplace_back(corrupt("block", number, "wrong length"));
        else if (hashes[i] != expected.hash())
            out.emplace_back(corrupt("block", number, "wrong hash"));
        else
            out.emplace_back(VerifiedBlock(expected.share(), expected.segment(), blocks[i].bytes));
    }
    return out;
}

std::vector<Result<VerifiedSegment>> verifySegments(std::vector<DecodedSegment> segments,
                                                    std::span<const ProvenSegmentHash> expected)
{
    TARN_ASSERT(segments.size() == expected.size());
    std::vector<ByteView> messages;
    for (const DecodedSegment& segment : segments)
        messages.push_back(segment.ciphertext());
    const std::vector<Hash256> hashes = hashAll(crypto::tags::kCiphertextSegment, messages);

    std::vector<Result<VerifiedSegment>> out;
    out.reserve(segments.size());
    for (std::size_t i = 0; i < segments.size(); ++i) {
        const std::uint64_t number = segments[i].number().value;
        if (segments[i].number() != expected[i].segment())
            out.emplace_back(corrupt("segment", number, "compared with another one"));
        else if (hashes[i] != expected[i].hash())
            out.emplace_back(corrupt("segment", number, "wrong hash"));
        else
            out.emplace_back(VerifiedSegment(std::move(segments[i])));
    }
    return out;
}

} // namespace tarn::pipeline
