// decoder: brings the data pieces back from any k distinct shares. Pure, any thread.
// Source: zfec.
#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/erasure/matrix_product.h"

#include <span>
#include <vector>

namespace tarn::erasure {

/// Made for one set of shares; use it for every segment that is read from this set.
class Decoder
{
public:
    /// \param have  `needed` distinct share numbers below 256, in any order.
    /// \return NotEnoughShares: fewer.  InvalidInput: more, a duplicate, past 255, or needed
    ///         is not within 1 .. 256.
    static Result<Decoder> make(std::uint64_t needed, std::span<const ShareNumber> have);

    unsigned needed() const { return static_cast<unsigned>(m_have.size()); }
    const std::vector<ShareNumber>& have() const { return m_have; }
    /// Data pieces that are not among `have`, ascending: what decode() makes.
    const std::vector<ShareNumber>& missing() const { return m_missing; }

    /// \param blocks   in the order of have(), all of one length.
    /// \param missing  one buffer per entry of missing(), as long as a block.
    /// \return InvalidInput: any of this does not hold. Wrong bytes pass here: what they decode
    ///         to must be checked by a hash.
    Result<void> decode(std::span<const ByteView> blocks,
                        std::span<const MutableByteView> missing) const;

private:
    Decoder() = default;

    std::vector<ShareNumber> m_have;
    std::vector<ShareNumber> m_missing;
    MatrixProduct m_product;
};

} // namespace tarn::erasure
