// store_health: whether the disk may be written, why not, and when to look again. Engine thread.
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"
#include "storage-server/disk_store.h"

#include <optional>
#include <string>

namespace tarn::storage {

class HealthKeeper
{
public:
    static constexpr Duration kFirstPause = std::chrono::seconds(1);
    static constexpr Duration kLongestPause = std::chrono::seconds(60);

    explicit HealthKeeper(Clock& clock) : m_clock(clock) {}

    /// A disk that does not answer makes the store unavailable, whatever else is known of it.
    StoreHealth health() const;
    bool healthy() const { return answers() && m_health.state == StoreState::Healthy; }
    /// What is known of the disk apart from whether it answers.
    bool trusted() const { return m_health.state == StoreState::Healthy; }
    /// \return IoFailure with the reason unless reads (writes) are served.
    Result<void> admitRead() const;
    Result<void> admitWrite() const;

    /// A write or sync failed. \return true when the store was healthy until now.
    bool suspect(const Error& why);
    /// The directory is gone.
    void unavailable(const Error& why);
    /// The disk does not answer: everything is refused until answered().
    void stalled(const Error& why);
    void answered();
    bool answers() const { return !m_silence; }
    /// The store is not healthy, its disk answers, and the pause since the last look is over.
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
    std::optional<std::string> m_silence; ///< why the disk does not answer, as far as is known
    Duration m_pause = kFirstPause;
    TimePoint m_nextCheck{};
    std::uint64_t m_failures = 0;
};

} // namespace tarn::storage
