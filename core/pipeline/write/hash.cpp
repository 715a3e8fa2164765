#include "core/pipeline/write/hash.h"

#include "core/crypto/hash_tags.h"

namespace tarn::pipeline {

RunHashes hashSegments(const EncodedSegments& run, crypto::TaggedStream& file)
{
    std::vector<ByteView> segments;
    std::vector<ByteView> blocks;
    for (std::size_t i = 0; i < run.count(); ++i) {
        segments.push_back(run.segmentText(i));
        for (unsigned share = 0; share < run.file().total(); ++share)
            blocks.push_back(run.block(i, ShareNumber{share}));
    }
    RunHashes hashes;
    hashes.crypttext.resize(segments.size());
    hashes.blocks.resize(blocks.size());
    crypto::taggedHashMany(crypto::tags::kCiphertextSegment, segments, hashes.crypttext, file,
                           run.text());
    crypto::taggedHashMany(crypto::tags::kBlock, blocks, hashes.blocks);
    return hashes;
}

} // namespace tarn::pipeline
