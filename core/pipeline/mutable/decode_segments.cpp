#include "core/pipeline/mutable/decode_segments.h"

#include "core/crypto/aes_ctr.h"
#include "core/crypto/hash_tags.h"
#include "core/crypto/multi_hash.h"
#include "core/erasure/decoder.h"
#include "core/hashtree/partial_tree.h"
#include "core/share/hash_sections.h"

#include <algorithm>

namespace tarn::pipeline {

namespace {

/// Salt and block of one segment within a run.
ByteView storedSegment(const share::MutableShape& shape, MutableSpan span, ByteView stored,
                       std::uint64_t segment)
{
    const ByteRange all = shape.storedRange(span.first, segment - span.first + 1);
    const ByteRange own = shape.storedRange(segment, 1);
    return stored.subspan(static_cast<std::size_t>(own.begin - all.begin),
                          static_cast<std::size_t>(own.size()));
}

Error corrupt(const char* what)
{
    return Error(ErrorCode::Corrupt, what);
}

/// k blocks -> the segment's ciphertext, padding cut off, behind what `out` has.
Result<void> joinBlocks(const erasure::Decoder& decoder, std::span<const ByteView> blocks,
                        std::size_t size, Bytes& out)
{
    const std::size_t blockSize = blocks.front().size();
    std::vector<Bytes> made;
    std::vector<MutableByteView> into;
    for (std::size_t i = 0; i < decoder.missing().size(); ++i)
        into.emplace_back(made.emplace_back(blockSize));
    TARN_TRY_VOID(decoder.decode(blocks, into));
    std::vector<ByteView> pieces(decoder.needed());
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        const std::uint32_t number = decoder.have()[i].value;
        if (number < pieces.size()) pieces[number] = blocks[i];
    }
    for (std::size_t i = 0; i < made.size(); ++i)
        pieces[decoder.missing()[i].value] = made[i];
    for (const ByteView piece : pieces) {
        const std::size_t take = std::min(piece.size(), size);
        append(out, piece.first(take));
        size -= take;
    }
    return ok();
}

} // namespace

Result<void> proveMutableShare(const share::MutableHeader& header, ShareNumber share,
                               std::span<const Hash256> leaves, ByteView chain)
{
    if (share.value >= header.total) return corrupt("share number past N");
    const hashtree::TreeShape shape(header.total);
    TARN_TRY(std::vector<hashtree::NumberedHash> nodes, share::parseShareHashes(chain));
    nodes.push_back({shape.nodeOfLeaf(share.value), hashtree::rootOf(leaves)});
    hashtree::PartialTree tree(shape, header.rootHash);
    return tree.add(nodes);
}

Result<void> verifyMutableRun(const share::MutableShape& shape, MutableSpan span,
                              const MutableRun& run)
{
    if (run.stored.size() != shape.storedRange(span.first, span.count).size())
        return corrupt("blocks end early");
    std::vector<ByteView> values;
    for (std::uint64_t i = 0; i < span.count; ++i)
        values.push_back(storedSegment(shape, span, run.stored, span.first + i));
    std::vector<Hash256> hashes(values.size());
    crypto::taggedHashMany(crypto::tags::kBlock, values, hashes);
    const auto expected = run.leaves.subspan(static_cast<std::size_t>(span.first), hashes.size());
    if (!std::equal(hashes.begin(), hashes.end(), expected.begin()))
        return corrupt("block hash does not match");
    return ok();
}

Result<Bytes> decodeMutableRun(const share::MutableShape& shape, MutableSpan span,
                               std::span<const MutableRun> runs, const crypto::ReadKey& key,
                               const crypto::Salt& versionSalt)
{
    std::vector<ShareNumber> have;
    for (const MutableRun& run : runs)
        have.push_back(run.share);
    TARN_TRY(const erasure::Decoder decoder, erasure::Decoder::make(shape.needed(), have));
    const auto saltSize = static_cast<std::size_t>(shape.saltSize());
    Bytes out;
    out.reserve(static_cast<std::size_t>(shape.plainRange(span.first, span.count).size()));
    for (std::uint64_t segment = span.first; segment < span.first + span.count; ++segment) {
        std::vector<ByteView> blocks;
        ByteView salt = versionSalt.view();
        for (const MutableRun& run : runs) {
            const ByteView stored = storedSegment(shape, span, run.stored, segment);
            if (saltSize != 0 && blocks.empty()) salt = stored.first(saltSize);
            if (saltSize != 0 && !tarn::equal(salt, stored.first(saltSize)))
                return corrupt("shares carry different salts");
            blocks.push_back(stored.subspan(saltSize));
        }
        const std::size_t begin = out.size();
        const auto size = static_cast<std::size_t>(shape.sizeOf(segment));
        TARN_TRY_VOID(joinBlocks(decoder, blocks, size, out));
        crypto::AesCtr(crypto::dataKeyOf(crypto::Salt::prefixOf(salt), key))
            .apply(MutableByteView(out).subspan(begin));
    }
    return out;
}

} // namespace tarn::pipeline
