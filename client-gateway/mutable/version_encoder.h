// version_encoder: the plaintext of a new version -> what is written of each share. Of a changed
// version that is only the segments that changed and what lies above them.
// Source: spec of mutable files, sections 2 to 5 and 7.
#pragma once

#include "client-gateway/mutable/mutable_parts.h"
#include "client-gateway/mutable/plain_source.h"
#include "client-gateway/mutable/share_images.h"
#include "core/pipeline/mutable/decode_segments.h"
#include "core/pipeline/mutable/encode_segments.h"
#include "core/storage_api/share_store.h"

#include <span>
#include <vector>

namespace tarn::gateway {

/// What a new version follows.
struct Publication
{
    const MutableFile& file; ///< with its write key
    const crypto::RsaKey& key;
    const ServerMap& map; ///< of mode Write or Check; empty for a new file
    std::uint32_t needed = 0;
    std::uint32_t total = 0;
};

struct EncodedVersion
{
    std::unique_ptr<ShareImages> images; ///< of each share: `stored`, then `treeParts`
    std::uint64_t imageSize = 0;         ///< bytes of one
    ByteRange stored;                    ///< of the share data
    std::vector<ByteRange> treeParts;    ///< of the block hash tree
    pipeline::SealedVersion sealed;
    std::shared_ptr<BlockHashes> leaves; ///< all of them; null where they are too many to keep

    /// Whether what is not written is in its place in a share of the older version.
    bool fitsOver(const share::MutableLayout& older) const;
    /// Views of this.
    std::vector<storage_api::WriteVector> writesOf(ShareNumber share) const;
};

/// After all versions that are seen, and those that this gateway has seen before.
std::uint64_t nextSequence(const MutableParts& parts, const Publication& what);

/// Whether an SDMF file, which is one segment, is encoded without being in memory as a whole.
bool goesInStripes(const Publication& what, const PlainSource& plain);

/// Memory: two runs of segments with their blocks, and 32 bytes per block; else ShareImages'.
/// \return TooLarge, InvalidInput, NoSpace, the errors of `plain`.
asio::awaitable<Result<EncodedVersion>> encodeVersion(MutableParts parts, const Publication& what,
                                                      PlainSource& plain);

/// What a version of `size` bytes is made with.  \return TooLarge, InvalidInput.
Result<pipeline::MutableTerms> termsOf(const MutableParts& parts, const Publication& what,
                                       std::uint64_t size);

/// For the next reader or writer. \param leaves  of all shares; may be null.
void rememberWritten(const MutableParts& parts, const MutableFile& file,
                     const share::MutableHeader& header, std::shared_ptr<const BlockHashes> leaves);

/// What a changed version takes over from an older one of the same encoding, not longer than it.
struct ChangeBase
{
    const share::MutableHeader& header;
    /// Of the block hash tree of each share.
    std::span<const std::span<const Hash256>> leaves;
};

/// \param changed  the segments of the new version that differ, the last one of the older version
///                 and all behind it where its length changes; at least one.
/// \return Unsupported: its segments have another size than this writer makes. As above.
asio::awaitable<Result<EncodedVersion>> encodeChange(MutableParts parts, const Publication& what,
                                                     PlainSource& plain, ChangeBase base,
                                                     pipeline::MutableSpan changed);

} // namespace tarn::gateway
