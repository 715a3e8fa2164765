#include "core/pipeline/write/hash.h"

#include "core/crypto/hash_tags.h"
#include "core/crypto/multi_hash.h"

namespace tarn::pipeline {

namespace {
std::vector<Hash256> hashAll(std::string_view tag, const std::vector<ByteView>& messages)
{
    std::vector<Hash256> hashes(messages.size());
    crypto::taggedHashMany(tag, messages, hashes);
    return hashes;
}
} // namespace

RunHashes hashSegments(const EncodedSegments& run)
{
    std::vector<ByteView> segments;
    std::vector<ByteView> blocks;
    for (std::size_t i = 0; i < run.count(); ++i) {
        segments.push_back(run.segmentText(i));
        for (unsigned share = 0; share < run.file().total(); ++share)
            blocks.push_back(run.block(i, ShareNumber{share}));
    }
    return {hashAll(crypto::tags::kCiphertextSegment, segments),
            hashAll(crypto::tags::kBlock, blocks)};
}

} // namespace tarn::pipeline
