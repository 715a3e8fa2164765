#include "client-gateway/upload/share_pieces.h"

#include <algorithm>

namespace tarn::gateway {

void SharePieces::add(ByteView range)
{
    while (!range.empty()) {
        const bool small = range.size() < kSmallRange || m_growing;
        if (small) {
            if (!m_growing) m_buffers.emplace_back();
            m_growing = true;
            Bytes& buffer = m_buffers.back();
            const std::size_t count = std::min(range.size(), kMaxPiece - buffer.size());
            append(buffer, range.first(count));
            range = range.subspan(count);
            if (buffer.size() >= kSmallRange) closeBuffer();
            continue;
        }
        // Equal parts, so that several requests of one range end together.
        const std::size_t parts = (range.size() + kMaxPiece - 1) / kMaxPiece;
        const std::size_t count = (range.size() + parts - 1) / parts;
        SharePiece piece;
        piece.offset = m_next;
        piece.data = range.first(count);
        m_pieces.push_back(piece);
        m_next += count;
        range = range.subspan(count);
    }
}

void SharePieces::closeBuffer()
{
    if (!m_growing) return;
    SharePiece piece;
    piece.offset = m_next;
    piece.data = m_buffers.back();
    m_pieces.push_back(piece);
    m_next += piece.data.size();
    m_growing = false;
}

std::vector<SharePiece> SharePieces::finish()
{
    closeBuffer();
    return std::move(m_pieces);
}

} // namespace tarn::gateway
