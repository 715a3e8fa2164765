// encoding_plan: everything about the shares of an immutable file that its size and encoding
// decide before a byte is hashed. Pure, any thread.
#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/cap/file_cap.h"
#include "core/share/immutable_layout.h"
#include "core/share/segmentation.h"

#include <cstddef>
#include <cstdint>

namespace tarn::pipeline {

/// Files of this many bytes or fewer become LIT capabilities and are not encoded.
constexpr bool isLiteral(std::uint64_t size)
{
    return size <= share::kMaxLiteralSize;
}

struct EncodingPlan
{
    share::Segmentation file;
    share::ImmutableLayout layout;  ///< of every share
    std::uint64_t uriExtensionSize; ///< bytes
    std::uint64_t shareSize;        ///< bytes of every share: what servers are asked to allocate

    /// \return InvalidInput, naming the number: size 0, k and N not within 1 <= k <= N <= 256,
    ///         no segment size.
    static Result<EncodingPlan> forNewFile(std::uint64_t size, std::uint64_t needed,
                                           std::uint64_t total, std::uint64_t maxSegmentSize);
    /// For a file whose segment size is known: repair. Also what a reader expects of a file before
    /// it has seen its extension block.
    static EncodingPlan of(const share::Segmentation& file);

    /// The first bytes of every share, up to layout.data.
    Bytes shareHeader() const { return share::encodeHeader(layout); }
    /// Bytes of every share behind its blocks, from offset trailerBegin() to its end.
    std::uint64_t trailerBegin() const { return layout.plaintextHashTree; }
    std::uint64_t trailerSize() const { return shareSize - trailerBegin(); }
};

/// The read capability of an encoded file.
cap::ImmutableReadCap readCapOf(const EncodingPlan& plan, const FileKey& key,
                                const Hash256& uriExtensionHash);

/// How many segments to work on at a time: enough for the hash lanes, little enough memory
/// (about 7 MiB with all blocks), at least 1.
std::size_t segmentsPerBatch(const EncodingPlan& plan);

} // namespace tarn::pipeline
