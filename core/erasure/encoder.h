// encoder: makes any of the N shares of a code from its k data pieces. Pure, any thread.
// Source: zfec (systematic: share i < k is data piece i).
#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/erasure/matrix_product.h"

#include <memory>
#include <span>

namespace tarn::erasure {

/// InvalidInput unless 1 <= needed <= total <= 256.
Result<void> checkCode(std::uint64_t needed, std::uint64_t total);

/// Cheap to copy: the expanded matrix is shared, and kept for the codes used last.
class Encoder
{
public:
    /// \return InvalidInput unless 1 <= needed <= total <= 256.
    static Result<Encoder> make(std::uint64_t needed, std::uint64_t total);

    unsigned needed() const { return m_needed; }
    unsigned total() const { return m_total; }

    /// \param pieces  the `needed()` data pieces, all of one length (may be 0).
    /// \param wanted  share numbers below `total()`, in any order; data shares are copied.
    /// \param out     one buffer per wanted share, as long as a piece, overlapping nothing.
    /// \return InvalidInput: any of this does not hold.
    Result<void> encode(std::span<const ByteView> pieces, std::span<const ShareNumber> wanted,
                        std::span<const MutableByteView> out) const;

    /// All parity shares, needed() .. total()-1, into that many buffers.
    Result<void> encodeParity(std::span<const ByteView> pieces,
                              std::span<const MutableByteView> out) const;

private:
    Encoder(unsigned needed, unsigned total, std::shared_ptr<const MatrixProduct> parity)
        : m_needed(needed), m_total(total), m_parity(std::move(parity))
    {
    }

    unsigned m_needed;
    unsigned m_total;
    std::shared_ptr<const MatrixProduct> m_parity; // row i makes share needed + i
};

} // namespace tarn::erasure
