#include "core/pipeline/write/segment_batch.h"

#include "core/base/check.h"

#include <algorithm>

namespace tarn::pipeline {

BatchBuffers::BatchBuffers(const EncodingPlan& plan, std::size_t capacity)
    : m_file(plan.file), m_capacity(capacity),
      m_text(static_cast<std::size_t>(m_file.segmentSize()) * capacity),
      m_parity(static_cast<std::size_t>(m_file.blockSize()) * capacity *
               (m_file.total() - m_file.needed()))
{
    TARN_ASSERT(capacity >= 1);
}

SegmentRun::SegmentRun(BatchBuffers buffers, SegmentNumber first)
    : m_buffers(std::move(buffers)), m_first(first), m_count(0)
{
    TARN_ASSERT(first.value < file().segmentCount());
    const std::uint64_t left = file().segmentCount() - first.value;
    m_count = static_cast<std::size_t>(std::min<std::uint64_t>(left, m_buffers.capacity()));
}

MutableByteView SegmentRun::wholeText()
{
    const ByteView text = std::as_const(*this).wholeText();
    return MutableByteView(m_buffers.m_text).first(text.size());
}

ByteView SegmentRun::wholeText() const
{
    const std::uint64_t begin = file().rangeOf(segment(0)).begin;
    const std::uint64_t end = file().rangeOf(segment(m_count - 1)).end;
    return ByteView(m_buffers.m_text).first(static_cast<std::size_t>(end - begin));
}

ByteView SegmentRun::segmentText(std::size_t i) const
{
    const auto size = static_cast<std::size_t>(file().sizeOf(segment(i)));
    return ByteView(m_buffers.m_text).subspan(i * file().segmentSize(), size);
}

void SegmentRun::zeroPadding()
{
    const std::size_t last = m_count - 1;
    const std::size_t begin = last * file().segmentSize() + segmentText(last).size();
    const std::size_t end = last * file().segmentSize() + file().paddedSizeOf(segment(last));
    const MutableByteView padding = MutableByteView(m_buffers.m_text).subspan(begin, end - begin);
    std::fill(padding.begin(), padding.end(), std::byte{0});
}

ByteView SegmentRun::piece(std::size_t i, std::size_t j) const
{
    const auto size = static_cast<std::size_t>(file().blockSizeOf(segment(i)));
    return ByteView(m_buffers.m_text).subspan(i * file().segmentSize() + j * size, size);
}

std::size_t SegmentRun::parityOffset(std::size_t i, ShareNumber share) const
{
    const std::size_t index = share.value - file().needed();
    return (index * m_buffers.capacity() + i) * file().blockSize();
}

MutableByteView SegmentRun::parityBlock(std::size_t i, ShareNumber share)
{
    const auto size = static_cast<std::size_t>(file().blockSizeOf(segment(i)));
    return MutableByteView(m_buffers.m_parity).subspan(parityOffset(i, share), size);
}

ByteView SegmentRun::parityBlock(std::size_t i, ShareNumber share) const
{
    const auto size = static_cast<std::size_t>(file().blockSizeOf(segment(i)));
    return ByteView(m_buffers.m_parity).subspan(parityOffset(i, share), size);
}

ByteView SegmentRun::parityBlocks(ShareNumber share) const
{
    const std::size_t begin = parityOffset(0, share);
    const std::size_t end = parityOffset(m_count - 1, share) + piece(m_count - 1, 0).size();
    return ByteView(m_buffers.m_parity).subspan(begin, end - begin);
}

ByteView EncodedSegments::block(std::size_t i, ShareNumber share) const
{
    TARN_ASSERT(i < count() && share.value < file().total());
    return share.value < file().needed() ? piece(i, share.value) : parityBlock(i, share);
}

std::vector<ByteView> EncodedSegments::blocksOf(ShareNumber share) const
{
    if (share.value >= file().needed()) return {parityBlocks(share)};
    std::vector<ByteView> blocks;
    for (std::size_t i = 0; i < count(); ++i)
        blocks.push_back(block(i, share));
    return blocks;
}

} // namespace tarn::pipeline
