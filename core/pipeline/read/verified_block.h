// verified_block: a block whose hash leads to the capability. Made by verifyBlocks() alone.
#pragma once

#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/base/result.h"

#include <span>
#include <vector>

namespace tarn::pipeline {

struct FetchedBlock;

class VerifiedBlock
{
public:
    ShareNumber share() const { return m_share; }
    SegmentNumber segment() const { return m_segment; }
    /// Lent by whoever fetched it.
    ByteView bytes() const { return m_bytes; }

private:
    friend std::vector<Result<VerifiedBlock>> verifyBlocks(std::span<const FetchedBlock> blocks);
    VerifiedBlock(ShareNumber share, SegmentNumber segment, ByteView bytes)
        : m_share(share), m_segment(segment), m_bytes(bytes)
    {
    }

    ShareNumber m_share;
    SegmentNumber m_segment;
    ByteView m_bytes;
};

} // namespace tarn::pipeline
