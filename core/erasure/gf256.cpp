#include "core/erasure/gf256.h"

#include "core/base/check.h"

#include <algorithm>
#include <array>

namespace tarn::erasure {

namespace {

constexpr unsigned kOrder = 255; // of the multiplicative group

struct Tables
{
    std::array<std::uint8_t, 2 * kOrder> power{}; // power[i] = 2^i, twice round
    std::array<std::uint8_t, 256> log{};
};

constexpr Tables makeTables()
{
    Tables tables;
    unsigned value = 1;
    for (unsigned i = 0; i < kOrder; ++i) {
        tables.power[i] = static_cast<std::uint8_t>(value);
        tables.power[i + kOrder] = static_cast<std::uint8_t>(value);
        tables.log[value] = static_cast<std::uint8_t>(i);
        value <<= 1U;
        if (value > 0xffU) value ^= 0x11dU;
    }
    return tables;
}

constexpr Tables kTables = makeTables();

std::uint8_t difference(std::uint8_t a, std::uint8_t b)
{
    return static_cast<std::uint8_t>(a ^ b);
}

/// 1 / product over the other points m of (x_j - x_m), for each j.
std::vector<std::uint8_t> weightsOf(std::span<const std::uint8_t> points)
{
    std::vector<std::uint8_t> weights;
    weights.reserve(points.size());
    for (const std::uint8_t own : points) {
        std::uint8_t product = 1;
        for (const std::uint8_t other : points)
            if (other != own) product = multiply(product, difference(own, other));
        weights.push_back(inverse(product));
    }
    return weights;
}

void fillRow(std::uint8_t target, std::span<const std::uint8_t> points,
             std::span<const std::uint8_t> weights, std::span<std::uint8_t> row)
{
    const auto known = std::find(points.begin(), points.end(), target);
    if (known != points.end()) {
        row[static_cast<std::size_t>(known - points.begin())] = 1;
        return;
    }
    std::uint8_t product = 1;
    for (const std::uint8_t point : points)
        product = multiply(product, difference(target, point));
    for (std::size_t j = 0; j < points.size(); ++j) {
        const std::uint8_t others = multiply(product, inverse(difference(target, points[j])));
        row[j] = multiply(others, weights[j]);
    }
}

} // namespace

std::uint8_t multiply(std::uint8_t a, std::uint8_t b)
{
    if (a == 0 || b == 0) return 0;
    return kTables.power[static_cast<std::size_t>(kTables.log[a]) + kTables.log[b]];
}

std::uint8_t inverse(std::uint8_t a)
{
    TARN_ASSERT(a != 0);
    return kTables.power[kOrder - kTables.log[a]];
}

std::uint8_t pointOf(ShareNumber share)
{
    TARN_ASSERT(share.value < kMaxShares);
    return share.value == 0 ? std::uint8_t{0} : kTables.power[share.value - 1];
}

std::vector<std::uint8_t> interpolationMatrix(std::span<const ShareNumber> have,
                                              std::span<const ShareNumber> wanted)
{
    std::vector<std::uint8_t> points;
    points.reserve(have.size());
    for (const ShareNumber share : have)
        points.push_back(pointOf(share));
    const std::vector<std::uint8_t> weights = weightsOf(points);
    std::vector<std::uint8_t> matrix(have.size() * wanted.size(), 0);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const std::span<std::uint8_t> row(matrix.data() + i * have.size(), have.size());
        fillRow(pointOf(wanted[i]), points, weights, row);
    }
    return matrix;
}

} // namespace tarn::erasure
