// hash: the third stage of the write pipeline: the leaves of all trees, many at once. Any thread.
#pragma once

#include "core/base/ids.h"
#include "core/pipeline/write/segment_batch.h"

#include <vector>

namespace tarn::pipeline {

/// Leaves of one run of segments.
struct RunHashes
{
    std::vector<Hash256> crypttext; ///< by segment
    std::vector<Hash256> blocks;    ///< by segment, then by share: N for each segment
};

RunHashes hashSegments(const EncodedSegments& run);

} // namespace tarn::pipeline
