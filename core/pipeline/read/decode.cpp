#include "core/pipeline/read/decode.h"

#include "core/base/check.h"
#include "core/erasure/decoder.h"

#include <cstring>
#include <vector>

namespace tarn::pipeline {

namespace {

Result<void> checkBlocks(std::span<const VerifiedBlock> blocks, const share::Segmentation& file)
{
    if (blocks.size() < file.needed()) {
        return Error(ErrorCode::NotEnoughShares, std::to_string(blocks.size()) + " blocks of " +
                                                     std::to_string(file.needed()) + " needed");
    }
    const SegmentNumber segment = blocks[0].segment();
    if (segment.value >= file.segmentCount())
        return Error(ErrorCode::InvalidInput, "a block of another file");
    for (const VerifiedBlock& block : blocks) {
        if (block.segment() != segment || block.bytes().size() != file.blockSizeOf(segment))
            return Error(ErrorCode::InvalidInput, "blocks of several segments or files");
    }
    return ok();
}

/// Data blocks to their slots, unless they were read there.
void putInPlace(std::span<const VerifiedBlock> blocks, SegmentBuffer& buffer)
{
    for (const VerifiedBlock& block : blocks) {
        if (block.share().value >= buffer.file().needed()) continue;
        const MutableByteView slot = buffer.slot(block.segment(), block.share().value);
        if (slot.data() != block.bytes().data())
            std::memcpy(slot.data(), block.bytes().data(), slot.size());
    }
}

} // namespace

SegmentBuffer::SegmentBuffer(const share::Segmentation& file)
    : m_file(file), m_text(static_cast<std::size_t>(file.segmentSize()))
{
}

MutableByteView SegmentBuffer::slot(SegmentNumber segment, unsigned piece)
{
    TARN_ASSERT(piece < m_file.needed() && segment.value < m_file.segmentCount());
    const auto size = static_cast<std::size_t>(m_file.blockSizeOf(segment));
    return MutableByteView(m_text).subspan(piece * size, size);
}

ByteView DecodedSegment::ciphertext() const
{
    return ByteView(m_buffer.m_text).first(static_cast<std::size_t>(file().sizeOf(m_number)));
}

MutableByteView DecodedSegment::mutableText()
{
    return MutableByteView(m_buffer.m_text)
        .first(static_cast<std::size_t>(file().sizeOf(m_number)));
}

Result<DecodedSegment> decodeSegment(std::span<const VerifiedBlock> blocks, SegmentBuffer buffer)
{
    TARN_TRY_VOID(checkBlocks(blocks, buffer.file()));
    std::vector<ShareNumber> shares;
    std::vector<ByteView> views;
    for (const VerifiedBlock& block : blocks) {
        shares.push_back(block.share());
        views.push_back(block.bytes());
    }
    TARN_TRY(const erasure::Decoder decoder,
             erasure::Decoder::make(buffer.file().needed(), shares));
    const SegmentNumber segment = blocks[0].segment();
    std::vector<MutableByteView> missing;
    for (const ShareNumber piece : decoder.missing())
        missing.push_back(buffer.slot(segment, piece.value));
    putInPlace(blocks, buffer);
    TARN_TRY_VOID(decoder.decode(views, missing));
    return DecodedSegment(segment, std::move(buffer));
}

} // namespace tarn::pipeline
