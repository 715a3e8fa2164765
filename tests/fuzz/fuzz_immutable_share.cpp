// Any bytes as a share: a layout that parses prints to the same header; its sections never lead
// outside; what does not belong to the capability is refused.
#include "core/base/check.h"
#include "core/pipeline/read/file_proof.h"
#include "core/pipeline/read/plan.h"
#include "core/share/immutable_layout.h"

#include <algorithm>

using namespace tarn;

namespace {

/// What a server would answer to a read of `range`.
ByteView readAt(ByteView share, ByteRange range)
{
    const std::uint64_t begin = std::min<std::uint64_t>(range.begin, share.size());
    const std::uint64_t end = std::clamp<std::uint64_t>(range.end, begin, share.size());
    return share.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
}

void useExtension(ByteView share, const share::ImmutableLayout& layout)
{
    const ByteRange field = layout.uriExtensionLengthRange();
    const auto length = share::parseUriExtensionLength(layout, readAt(share, field));
    if (!length) return;
    const ByteView block = readAt(share, {field.end, field.end + *length});
    // A capability that names this very block: the numbers in it are hostile, its hash is right.
    cap::ImmutableVerifyCap cap;
    cap.uriExtensionHash = share::uriExtensionHash(block);
    cap.needed = 2;
    cap.total = 3;
    cap.size = 200;
    auto file = pipeline::FileProof::make(cap, block);
    if (!file) return;
    const auto chain = share::parseShareHashes(readAt(share, layout.shareHashesRange()));
    if (!chain) return;
    auto proof = file->proveShare(ShareNumber{0}, *chain);
    if (!proof) return;
    const auto missing = proof->missingNodes(SegmentNumber{0});
    const auto runs = pipeline::nodeRuns(layout.blockHashesRange(), missing);
    if (!runs) return;
    std::vector<hashtree::NumberedHash> nodes;
    for (const pipeline::NodeRun& run : *runs) {
        const auto some = share::parseTreeNodes(readAt(share, run.range), run.first);
        if (some) nodes.insert(nodes.end(), some->begin(), some->end());
    }
    if (proof->addNodes(nodes) && nodes.size() == missing.size())
        TARN_ASSERT(proof->blockHash(SegmentNumber{0}));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const ByteView share = std::as_bytes(std::span(data, size));
    const auto layout = share::parseImmutableLayout(share);
    if (!layout) return 0;
    const Bytes header = share::encodeHeader(*layout);
    TARN_ASSERT(equal(header, share.first(header.size())));
    TARN_ASSERT(layout->data >= header.size() && layout->data <= layout->plaintextHashTree);
    useExtension(share, *layout);
    return 0;
}
