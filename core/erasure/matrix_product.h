// matrix_product: a fixed matrix over GF(2^8) times rows of bytes, by ISA-L (its only user).
#pragma once

#include "core/base/bytes.h"

#include <cstdint>
#include <span>
#include <vector>

namespace tarn::erasure {

/// Immutable after construction; apply() from any thread.
class MatrixProduct
{
public:
    MatrixProduct() = default;
    /// \param coefficients  row-major, rows * columns of them; columns >= 1, rows >= 0.
    MatrixProduct(std::span<const std::uint8_t> coefficients, std::size_t rows,
                  std::size_t columns);

    std::size_t rows() const { return m_rows; }
    std::size_t columns() const { return m_columns; }

    /// The product with some of the rows: out[i] = row rowNumbers[i] times `in`.
    /// \param in   columns() ranges.  All ranges of `in` and `out` are equally long.
    void apply(std::span<const ByteView> in, std::span<const std::size_t> rowNumbers,
               std::span<const MutableByteView> out) const;

private:
    std::size_t m_rows = 0;
    std::size_t m_columns = 0;
    std::vector<std::uint8_t> m_tables; // 32 bytes per coefficient, as ISA-L expands them
};

} // namespace tarn::erasure
