// store_health: whether the disk may be written, why not, and when to look again. Engine thread.
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"
#include "storage-server/disk_store.h"

namespace tarn::storage {

class HealthKeeper
{
public:
    static constexpr Duration kFirstPause = std::chrono::seconds(1);
    static constexpr Duration kLongestPause = std::chrono::seconds(60);

    explicit HealthKeeper(Clock& clock) : m_clock(clock) {}

    const StoreHealth& health() const { return m_health; }
    bool healthy() const { return m_health.state == StoreState::Healthy; }
    /// \return IoFailure with the reason unless reads (writes) are served.
    Result<void> admitRead() const;
    Result<void> admitWrite() const;

    /// A write or sync failed. \return true when the store was healthy until now.
    bool suspect(const Error& why);
    /// The directory is gone.
    void unavailable(const Error& why);
    /// The store is not healthy and the pause since the last look is over.
    bool checkDue() const;
    /// The next moment at which checkDue() may change; only while not healthy.
    TimePoint nextCheck() const { return m_nextCheck; }
    /// A check passed, or failed: then the next pause is twice as long.
    void checked(const Result<void>& outcome);
    /// How often the store stopped being healthy since the start.
    std::uint64_t failures() const { return m_failures; }

private:
    void fall(StoreState state, const Error& why);

    Clock& m_clock;
    StoreHealth m_health;
    Duration m_pause = kFirstPause;
    TimePoint m_nextCheck{};
    std::uint64_t m_failures = 0;
};

} // namespace tarn::storage
