#include "client-gateway/mutable/backoff.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tarn::gateway {

namespace {

constexpr unsigned kPauses = 3;
constexpr double kSpread = 0.1196;

/// In (0, 1].
double fraction(Random& random)
{
    constexpr std::uint64_t kSteps = std::uint64_t{1} << 32U;
    return static_cast<double>(random.below(kSteps) + 1) / static_cast<double>(kSteps);
}

double standardNormal(Random& random)
{
    const double radius = std::sqrt(-2.0 * std::log(fraction(random)));
    return radius * std::cos(2.0 * std::numbers::pi * fraction(random));
}

} // namespace

std::optional<Duration> Backoff::next()
{
    if (m_count++ == kPauses) return std::nullopt;
    const double mean = m_seconds * std::numbers::e;
    m_seconds = std::max(0.0, mean + kSpread * mean * standardNormal(m_random));
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(m_seconds));
}

} // namespace tarn::gateway
