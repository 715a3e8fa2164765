// share_pieces: cuts what has to be written to one share into the pieces that are sent: large
// ranges as they lie in memory, small ones put together. Pure.
#pragma once

#include "core/base/bytes.h"

#include <cstdint>
#include <deque>
#include <vector>

namespace tarn::gateway {

/// One write request. The view is good as long as the SharePieces and what was added to it.
struct SharePiece
{
    std::uint64_t offset = 0;
    ByteView data;
};

class SharePieces
{
public:
    /// \param begin  where in the share the first range lies; the others follow it directly.
    explicit SharePieces(std::uint64_t begin) : m_next(begin) {}

    void add(ByteView range);
    /// Everything added, in order, no piece longer than kMaxPiece.
    std::vector<SharePiece> finish();

    static constexpr std::size_t kMaxPiece = 1'000'000;
    /// Shorter ranges are copied together.
    static constexpr std::size_t kSmallRange = 256 * 1024;

private:
    void closeBuffer();

    std::uint64_t m_next;
    std::deque<Bytes> m_buffers; ///< the last one may be growing
    bool m_growing = false;
    std::vector<SharePiece> m_pieces;
};

} // namespace tarn::gateway
