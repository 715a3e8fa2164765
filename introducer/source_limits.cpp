#include "introducer/source_limits.h"

#include <algorithm>

namespace tarn::introducer {

double SourceLimits::tokensOf(const Bucket& bucket, TimePoint now) const
{
    const double seconds = std::chrono::duration<double>(now - bucket.at).count();
    return std::min(m_burst, bucket.tokens + seconds * m_perSecond);
}

bool SourceLimits::take(const std::string& address, TimePoint now)
{
    auto at = m_buckets.find(address);
    if (at == m_buckets.end()) {
        if (m_buckets.size() >= m_addresses)
            std::erase_if(m_buckets,
                          [&](const auto& one) { return tokensOf(one.second, now) >= m_burst; });
        if (m_buckets.size() >= m_addresses) return false;
        at = m_buckets.emplace(address, Bucket{m_burst, now}).first;
    }
    const double tokens = tokensOf(at->second, now);
    at->second = {tokens >= 1 ? tokens - 1 : tokens, now};
    return tokens >= 1;
}

std::string addressOf(const std::string& peer)
{
    const std::size_t colon = peer.rfind(':');
    return colon == std::string::npos ? peer : peer.substr(0, colon);
}

} // namespace tarn::introducer
