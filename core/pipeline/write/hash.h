// hash: the third stage of the write pipeline: the leaves of all trees, many at once. Any thread.
#pragma once

#include "core/base/ids.h"
#include "core/crypto/multi_hash.h"
#include "core/pipeline/write/segment_batch.h"

#include <vector>

namespace tarn::pipeline {

/// Leaves of one run of segments.
struct RunHashes
{
    std::vector<Hash256> crypttext; ///< by segment
    std::vector<Hash256> blocks;    ///< by segment, then by share: N for each segment
};

/// \param file  hash of the whole ciphertext, which goes on with this run.
RunHashes hashSegments(const EncodedSegments& run, crypto::TaggedStream& file);

} // namespace tarn::pipeline
