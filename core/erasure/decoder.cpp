#include "core/erasure/decoder.h"

#include "core/erasure/gf256.h"

#include <bitset>
#include <numeric>

namespace tarn::erasure {

namespace {

Result<std::bitset<kMaxShares>> distinctShares(std::span<const ShareNumber> have)
{
    std::bitset<kMaxShares> seen;
    for (const ShareNumber share : have) {
        if (share.value >= kMaxShares)
            return Error(ErrorCode::InvalidInput, "share number past 255");
        if (seen.test(share.value)) return Error(ErrorCode::InvalidInput, "the same share twice");
        seen.set(share.value);
    }
    return seen;
}

} // namespace

Result<Decoder> Decoder::make(std::uint64_t needed, std::span<const ShareNumber> have)
{
    if (needed < 1 || needed > kMaxShares)
        return Error(ErrorCode::InvalidInput, "needed shares must be 1 to 256");
    if (have.size() < needed)
        return Error(ErrorCode::NotEnoughShares, std::to_string(have.size()) + " shares of " +
                                                     std::to_string(needed) + " needed");
    if (have.size() > needed) return Error(ErrorCode::InvalidInput, "more shares than needed");
    TARN_TRY(const auto seen, distinctShares(have));

    Decoder decoder;
    decoder.m_have.assign(have.begin(), have.end());
    for (std::uint32_t piece = 0; piece < needed; ++piece)
        if (!seen.test(piece)) decoder.m_missing.push_back(ShareNumber{piece});
    decoder.m_product = MatrixProduct(interpolationMatrix(have, decoder.m_missing),
                                      decoder.m_missing.size(), have.size());
    return decoder;
}

Result<void> Decoder::decode(std::span<const ByteView> blocks,
                             std::span<const MutableByteView> missing) const
{
    if (blocks.size() != m_have.size() || missing.size() != m_missing.size())
        return Error(ErrorCode::InvalidInput, "wrong number of blocks or buffers");
    for (const ByteView block : blocks) {
        if (block.size() != blocks[0].size())
            return Error(ErrorCode::InvalidInput, "blocks of unequal length");
    }
    for (const MutableByteView piece : missing) {
        if (piece.size() != blocks[0].size())
            return Error(ErrorCode::InvalidInput, "buffers of another length than the blocks");
    }
    std::vector<std::size_t> rows(missing.size());
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    m_product.apply(blocks, rows, missing);
    return ok();
}

} // namespace tarn::erasure
