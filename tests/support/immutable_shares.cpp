#include "tests/support/immutable_shares.h"

#include "core/pipeline/write/convergence.h"
#include "core/pipeline/write/immutable_encoder.h"

#include <algorithm>

namespace tarn::test {

using namespace pipeline;

EncodedShares encodeShares(const EncodingPlan& plan, const std::optional<FileKey>& key,
                           ByteView text, std::size_t capacity)
{
    ImmutableEncoder encoder =
        key ? ImmutableEncoder::forPlaintext(plan, *key) : ImmutableEncoder::forCiphertext(plan);
    EncodedShares out;
    out.shares.assign(plan.file.total(), plan.shareHeader());
    BatchBuffers buffers(plan, capacity);
    while (!encoder.complete()) {
        PlainSegments run(std::move(buffers), encoder.next());
        const auto begin = static_cast<std::size_t>(plan.file.rangeOf(encoder.next()).begin);
        const ByteView part = text.subspan(begin, run.text().size());
        std::copy(part.begin(), part.end(), run.text().begin());
        EncodedSegments encoded = encoder.encode(std::move(run));
        for (unsigned share = 0; share < plan.file.total(); ++share)
            for (const ByteView blocks : encoded.blocksOf(ShareNumber{share}))
                append(out.shares[share], blocks);
        buffers = std::move(encoded).release();
    }
    const FinishedFile file = std::move(encoder).finish();
    for (unsigned share = 0; share < plan.file.total(); ++share)
        append(out.shares[share], file.trailer(ShareNumber{share}));
    out.uriExtensionHash = file.uriExtensionHash();
    return out;
}

Result<EncodedFile> encodeImmutable(ByteView text, unsigned needed, unsigned total,
                                    std::uint64_t maxSegmentSize, ByteView convergence)
{
    TARN_TRY(const EncodingPlan plan,
             EncodingPlan::forNewFile(text.size(), needed, total, maxSegmentSize));
    ConvergentKeyMaker maker(convergence, needed, total, maxSegmentSize);
    maker.update(text);
    const FileKey key = maker.finish();
    EncodedShares encoded = encodeShares(plan, key, text, segmentsPerBatch(plan));
    return EncodedFile{readCapOf(plan, key, encoded.uriExtensionHash), plan,
                       std::move(encoded.shares)};
}

} // namespace tarn::test
