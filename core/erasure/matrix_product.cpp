#include "core/erasure/matrix_product.h"

#include "core/base/check.h"

#include <isa-l/erasure_code.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <algorithm>
#include <numeric>

namespace tarn::erasure {

namespace {

constexpr std::size_t kTableSize = 32;
/// Rows are worked through in pieces that fit ISA-L's int lengths with room to spare.
constexpr std::size_t kMostAtOnce = std::size_t{1} << 30U;

#if defined(__x86_64__)
__attribute__((target("avx"))) void zeroUpper()
{
    _mm256_zeroupper();
}

/// ISA-L returns with the upper halves of the vector registers in use, which slows down every
/// SSE instruction (SHA-NI among them) that follows.
void leaveVectorUnit()
{
    static const bool hasAvx = __builtin_cpu_supports("avx") != 0;
    if (hasAvx) zeroUpper();
}
#else
void leaveVectorUnit() {}
#endif

bool consecutive(std::span<const std::size_t> numbers)
{
    for (std::size_t i = 1; i < numbers.size(); ++i)
        if (numbers[i] != numbers[i - 1] + 1) return false;
    return true;
}

using Pointers = std::vector<unsigned char*>;

/// ISA-L takes its sources as non-const, and does not write to them.
Pointers pointersTo(std::span<const ByteView> ranges)
{
    Pointers out;
    out.reserve(ranges.size());
    for (const ByteView range : ranges)
        out.push_back(reinterpret_cast<unsigned char*>(const_cast<std::byte*>(range.data())));
    return out;
}

Pointers pointersTo(std::span<const MutableByteView> ranges)
{
    Pointers out;
    out.reserve(ranges.size());
    for (const MutableByteView range : ranges)
        out.push_back(reinterpret_cast<unsigned char*>(range.data()));
    return out;
}

void advance(Pointers& pointers, std::size_t by)
{
    for (unsigned char*& pointer : pointers)
        pointer += by;
}

void multiplyRows(std::size_t length, const unsigned char* tables, Pointers in, Pointers out)
{
    for (std::size_t done = 0; done < length;) {
        const std::size_t part = std::min(length - done, kMostAtOnce);
        // ISA-L reads the tables only, whatever the type says.
        ec_encode_data(static_cast<int>(part), static_cast<int>(in.size()),
                       static_cast<int>(out.size()), const_cast<unsigned char*>(tables), in.data(),
                       out.data());
        advance(in, part);
        advance(out, part);
        done += part;
    }
    leaveVectorUnit();
}

} // namespace

MatrixProduct::MatrixProduct(std::span<const std::uint8_t> coefficients, std::size_t rows,
                             std::size_t columns)
    : m_rows(rows), m_columns(columns), m_tables(rows * columns * kTableSize)
{
    TARN_ASSERT(coefficients.size() == rows * columns);
    if (rows == 0) return;
    std::vector<std::uint8_t> copy(coefficients.begin(), coefficients.end());
    ec_init_tables(static_cast<int>(columns), static_cast<int>(rows), copy.data(), m_tables.data());
    leaveVectorUnit();
}

void MatrixProduct::apply(std::span<const ByteView> in, std::span<const std::size_t> rowNumbers,
                          std::span<const MutableByteView> out) const
{
    TARN_ASSERT(in.size() == m_columns && out.size() == rowNumbers.size());
    if (out.empty() || out[0].empty()) return;
    for (std::size_t i = 0; i < out.size(); ++i)
        TARN_ASSERT(rowNumbers[i] < m_rows && out[i].size() == out[0].size());
    for (const ByteView range : in)
        TARN_ASSERT(range.size() == out[0].size());

    const std::size_t rowSize = m_columns * kTableSize;
    if (consecutive(rowNumbers)) {
        multiplyRows(out[0].size(), m_tables.data() + rowNumbers[0] * rowSize, pointersTo(in),
                     pointersTo(out));
        return;
    }
    std::vector<std::uint8_t> chosen;
    chosen.reserve(rowNumbers.size() * rowSize);
    for (const std::size_t row : rowNumbers) {
        const auto* begin = m_tables.data() + row * rowSize;
        chosen.insert(chosen.end(), begin, begin + rowSize);
    }
    multiplyRows(out[0].size(), chosen.data(), pointersTo(in), pointersTo(out));
}

} // namespace tarn::erasure
