// source_limits: how much work one address may ask for. Pure.
#pragma once

#include "core/base/clock.h"

#include <map>
#include <string>

namespace tarn::introducer {

/// A bucket of tokens for each address, refilled steadily; those that are full are forgotten.
class SourceLimits
{
public:
    SourceLimits(double perSecond, double burst, std::size_t addresses = 4096)
        : m_perSecond(perSecond), m_burst(burst), m_addresses(addresses)
    {
    }

    /// Takes a token. \return false: there is none. Unknown addresses get none while too many
    /// others are known.
    bool take(const std::string& address, TimePoint now);

private:
    struct Bucket
    {
        double tokens = 0;
        TimePoint at{};
    };
    double tokensOf(const Bucket& bucket, TimePoint now) const;

    double m_perSecond;
    double m_burst;
    std::size_t m_addresses;
    std::map<std::string, Bucket> m_buckets;
};

/// "192.0.2.1" of "192.0.2.1:41200".
std::string addressOf(const std::string& peer);

} // namespace tarn::introducer
