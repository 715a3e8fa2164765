// immutable_shares: whole shares of an immutable file, made in memory.
#pragma once

#include "core/cap/file_cap.h"
#include "core/pipeline/write/encoding_plan.h"

#include <optional>
#include <vector>

namespace tarn::test {

struct EncodedShares
{
    Hash256 uriExtensionHash;
    std::vector<Bytes> shares; ///< by share number
};

/// \param key   none: `text` is ciphertext.  \param capacity  segments in a run.
EncodedShares encodeShares(const pipeline::EncodingPlan& plan, const std::optional<FileKey>& key,
                           ByteView text, std::size_t capacity);

struct EncodedFile
{
    cap::ImmutableReadCap readCap;
    pipeline::EncodingPlan plan;
    std::vector<Bytes> shares;
};

/// Under the convergent key.  \param text  not empty.
Result<EncodedFile> encodeImmutable(ByteView text, unsigned needed, unsigned total,
                                    std::uint64_t maxSegmentSize, ByteView convergence);

} // namespace tarn::test
