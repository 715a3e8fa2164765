// gf256: the field and the matrix of zfec's code, in closed form.
// Share i is the value, at point x_i, of the polynomial of degree < k that takes the data pieces
// as its values at x_0 .. x_(k-1); any k shares determine it, so one formula (Lagrange's) gives
// both the parity rows of the encoder and the rows that bring lost data pieces back.
// Source: zfec, GF(2^8) with polynomial 0x11d. Pure, any thread.
#pragma once

#include "core/base/ids.h"

#include <cstdint>
#include <span>
#include <vector>

namespace tarn::erasure {

/// Most shares a code can have: one per element of the field.
constexpr unsigned kMaxShares = 256;

std::uint8_t multiply(std::uint8_t a, std::uint8_t b);
/// \param a  not 0.
std::uint8_t inverse(std::uint8_t a);
/// x_0 = 0, x_i = 2^(i-1).  \param share  < kMaxShares.
std::uint8_t pointOf(ShareNumber share);

/// Coefficients that make the shares `wanted` from the shares `have`: row-major,
/// wanted.size() rows of have.size() columns; share w = XOR over h of row[w][h] * share h.
/// \param have  k distinct shares below kMaxShares.  \param wanted  shares below kMaxShares.
std::vector<std::uint8_t> interpolationMatrix(std::span<const ShareNumber> have,
                                              std::span<const ShareNumber> wanted);

} // namespace tarn::erasure
