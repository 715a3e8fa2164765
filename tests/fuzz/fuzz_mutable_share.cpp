// A head that parses prints to the same head, and its sections lie in order.
#include "core/base/check.h"
#include "core/share/mutable_layout.h"

using namespace tarn;
using namespace tarn::share;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const ByteView bytes = std::as_bytes(std::span(data, size));
    const auto layout = parseMutableLayout(bytes);
    if (!layout) return 0;
    const Bytes head = encodeMutableHead(*layout);
    TARN_ASSERT(equal(head, bytes.first(head.size())));
    const MutableSections& at = layout->sections;
    for (const ByteRange range : {at.publicKey, at.signature, at.shareHashChain, at.blockHashTree,
                                  at.shareData, at.encryptedPrivateKey})
        TARN_ASSERT(range.begin >= head.size() && range.begin <= range.end && range.end <= at.end);
    TARN_ASSERT(layout->header.needed >= 1 && layout->header.needed <= layout->header.total);
    return 0;
}
