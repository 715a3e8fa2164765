// encode: the second stage of the write pipeline: ciphertext into the blocks of N shares. The
// blocks of shares 0 .. k-1 are slices of the ciphertext itself. Any thread.
#pragma once

#include "core/erasure/encoder.h"
#include "core/pipeline/write/segment_batch.h"

namespace tarn::pipeline {

/// For the runs of one file, in any order.
class SegmentEncoder
{
public:
    explicit SegmentEncoder(const EncodingPlan& plan);

    /// Pads the file's last segment with zeroes and makes all parity blocks.
    EncodedSegments encode(CipherSegments cipher) const;

private:
    erasure::Encoder m_encoder;
};

} // namespace tarn::pipeline
