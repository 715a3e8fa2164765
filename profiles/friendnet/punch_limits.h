// punch_limits: how often others may have this node send packets to where they say. Time comes in
// as `now`. Engine thread.
#pragma once

#include "core/base/clock.h"
#include "core/net/peer_key.h"

#include <map>
#include <set>

namespace tarn::profiles {

inline constexpr int kPunchBurst = 6; ///< questions of one peer in a row
inline constexpr Duration kPunchEvery = std::chrono::seconds(10);
inline constexpr int kPunchBurstOfAll = 32;
inline constexpr Duration kPunchEveryOfAll = std::chrono::seconds(1);
inline constexpr std::size_t kPunchesAtOnce = 8;
inline constexpr std::size_t kPunchesAtOnceOfOne = 2; ///< TCP and ICE of one attempt

class PunchLimits
{
public:
    /// One more question of `peer` may be taken up. It counts until ended().
    bool begin(const net::PeerKey& peer, TimePoint now);
    void ended(const net::PeerKey& peer);
    std::size_t running() const { return m_running; }

private:
    /// So many in a row, then one every so often.
    struct Allowance
    {
        bool holds(int burst, Duration every, TimePoint now) const;
        void use(Duration every, TimePoint now);
        TimePoint restedAt{};
    };
    struct Peer
    {
        Allowance allowance;
        std::size_t running = 0;
    };
    void forgetRested(TimePoint now);

    std::map<net::PeerKey, Peer> m_peers; ///< those that have asked and are not rested yet
    Allowance m_all;
    std::size_t m_running = 0;
};

} // namespace tarn::profiles
