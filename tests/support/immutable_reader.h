// immutable_reader: reads an immutable file from whole shares in memory, through the stages of
// the read pipeline; the simplest driver that they can have.
#pragma once

#include "core/base/byte_range.h"
#include "core/cap/file_cap.h"
#include "core/pipeline/read/file_proof.h"
#include "core/pipeline/read/verify.h"
#include "core/share/immutable_layout.h"

#include <map>
#include <vector>

namespace tarn::test {

using ShareMap = std::map<ShareNumber, Bytes>;

/// Bytes of one share with its layout parsed.
struct OpenShare
{
    ShareNumber number;
    ByteView bytes;
    share::ImmutableLayout layout;
};

/// \return Corrupt: the range leaves the share.
Result<ByteView> rangeOf(const OpenShare& share, ByteRange range);
Result<OpenShare> openShare(ShareNumber number, ByteView bytes);
Result<ByteView> extensionBlockOf(const OpenShare& share);
/// Proves the whole block tree or what `segment` needs of it.
Result<pipeline::ShareProof> proveShare(pipeline::FileProof& file, const OpenShare& share);
Result<void> proveBlock(pipeline::ShareProof& proof, const OpenShare& share, SegmentNumber segment);
Result<void> proveSegment(pipeline::FileProof& file, const OpenShare& share, SegmentNumber segment);

/// Plaintext of `range`, from exactly the first k shares of the map; every segment on its own.
Result<Bytes> readImmutable(const cap::ImmutableReadCap& cap, const ShareMap& shares,
                            ByteRange range);

} // namespace tarn::test
