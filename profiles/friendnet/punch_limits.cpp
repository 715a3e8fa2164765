#include "profiles/friendnet/punch_limits.h"

#include <algorithm>

namespace tarn::profiles {

namespace {

constexpr std::size_t kMostPeers = 256;

} // namespace

bool PunchLimits::Allowance::holds(int burst, Duration every, TimePoint now) const
{
    return restedAt - now <= every * (burst - 1);
}

void PunchLimits::Allowance::use(Duration every, TimePoint now)
{
    restedAt = std::max(restedAt, now) + every;
}

void PunchLimits::forgetRested(TimePoint now)
{
    std::erase_if(m_peers, [&](const auto& entry) {
        return entry.second.running == 0 && entry.second.allowance.restedAt <= now;
    });
}

bool PunchLimits::begin(const net::PeerKey& peer, TimePoint now)
{
    if (m_running >= kPunchesAtOnce || !m_all.holds(kPunchBurstOfAll, kPunchEveryOfAll, now))
        return false;
    if (!m_peers.contains(peer) && m_peers.size() >= kMostPeers) forgetRested(now);
    if (!m_peers.contains(peer) && m_peers.size() >= kMostPeers) return false;
    Peer& one = m_peers[peer];
    if (one.running >= kPunchesAtOnceOfOne || !one.allowance.holds(kPunchBurst, kPunchEvery, now))
        return false;
    one.allowance.use(kPunchEvery, now);
    m_all.use(kPunchEveryOfAll, now);
    ++one.running;
    ++m_running;
    return true;
}

void PunchLimits::ended(const net::PeerKey& peer)
{
    const auto at = m_peers.find(peer);
    if (at == m_peers.end() || at->second.running == 0) return;
    --at->second.running;
    --m_running;
}

} // namespace tarn::profiles
