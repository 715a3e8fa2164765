#include "core/wire/gathered_body.h"

namespace tarn::wire {

namespace {

/// Up to here copying is cheaper than another piece.
constexpr std::size_t kCopiedBytes = 512;

} // namespace

std::uint64_t GatheredBody::size() const
{
    std::uint64_t sum = 0;
    for (const ByteView piece : m_pieces)
        sum += piece.size();
    return sum;
}

void GatheredWriter::bytes(ByteView value)
{
    if (value.size() <= kCopiedBytes) {
        m_items.bytes(value);
        return;
    }
    m_items.bytesHead(value.size());
    m_cuts.push_back(Cut{m_items.written().size(), value});
}

GatheredBody GatheredWriter::finish() &&
{
    Bytes framing = m_items.take();
    std::vector<ByteView> pieces;
    std::size_t done = 0;
    for (const Cut& cut : m_cuts) {
        pieces.push_back(ByteView(framing).subspan(done, cut.framingBefore - done));
        pieces.push_back(cut.bytes);
        done = cut.framingBefore;
    }
    if (done < framing.size()) pieces.push_back(ByteView(framing).subspan(done));
    return GatheredBody(std::move(framing), std::move(pieces));
}

} // namespace tarn::wire
