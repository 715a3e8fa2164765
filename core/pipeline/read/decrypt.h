// decrypt: the last stage of the read pipeline. Pure, any thread.
#pragma once

#include "core/base/byte_range.h"
#include "core/pipeline/read/verify.h"

namespace tarn::pipeline {

/// Plaintext of (a part of) one segment. Made by decryptSegment().
class PlainSegment
{
public:
    SegmentNumber number() const { return m_segment.number(); }
    ByteView plaintext() const;
    SegmentBuffer release() && { return std::move(m_segment).release(); }

private:
    friend PlainSegment decryptSegment(VerifiedSegment segment, const FileKey& key, ByteRange part);
    PlainSegment(VerifiedSegment segment, ByteRange part);
    MutableByteView text();

    VerifiedSegment m_segment;
    ByteRange m_part;
};

/// In place; only what is asked for.
/// \param part  within the segment, as partIn() of plan.h gives it; must lie inside.
PlainSegment decryptSegment(VerifiedSegment segment, const FileKey& key, ByteRange part);

} // namespace tarn::pipeline
