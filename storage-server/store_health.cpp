#include "storage-server/store_health.h"

#include "core/base/log.h"

#include <algorithm>

namespace tarn::storage {

StoreHealth HealthKeeper::health() const
{
    if (!m_silence) return m_health;
    return {StoreState::Unavailable, *m_silence};
}

Result<void> HealthKeeper::admitRead() const
{
    if (m_silence) return Error(ErrorCode::IoFailure, "the store is unavailable: " + *m_silence);
    if (m_health.state != StoreState::Unavailable) return ok();
    return Error(ErrorCode::IoFailure, "the store is unavailable: " + m_health.reason);
}

Result<void> HealthKeeper::admitWrite() const
{
    TARN_TRY_VOID(admitRead());
    if (m_health.state == StoreState::Healthy) return ok();
    return Error(ErrorCode::IoFailure, "the store refuses writes: " + m_health.reason);
}

void HealthKeeper::fall(StoreState state, const Error& why)
{
    if (m_health.state == StoreState::Healthy) {
        m_pause = kFirstPause;
        m_nextCheck = m_clock.now() + m_pause;
        ++m_failures;
    }
    if (m_health.state != state) {
        const bool all = state == StoreState::Unavailable;
        TARN_LOG(Error, Storage,
                 all ? "the store stops serving: its directory is away"
                     : "the store stops taking writes",
                 {"why", why.message()});
    }
    m_health = {state, why.message()};
}

bool HealthKeeper::suspect(const Error& why)
{
    const bool wasHealthy = healthy();
    if (m_health.state != StoreState::Unavailable) fall(StoreState::Suspect, why);
    return wasHealthy;
}

void HealthKeeper::unavailable(const Error& why)
{
    fall(StoreState::Unavailable, why);
}

void HealthKeeper::stalled(const Error& why)
{
    if (m_silence) return;
    if (healthy()) ++m_failures;
    m_silence = why.message();
    TARN_LOG(Error, Storage, "the store stops serving: its disk does not answer",
             {"why", why.message()});
}

void HealthKeeper::answered()
{
    if (!m_silence) return;
    m_silence.reset();
    TARN_LOG(Warning, Storage,
             trusted() ? "the disk answers; the store takes reads and writes again"
                       : "the disk answers; the store is checked before it takes writes");
}

bool HealthKeeper::checkDue() const
{
    return answers() && !trusted() && m_clock.now() >= m_nextCheck;
}

void HealthKeeper::checked(const Result<void>& outcome)
{
    if (outcome) {
        TARN_LOG(Warning, Storage, "the store takes reads and writes again");
        m_health = {};
        return;
    }
    m_health.reason = outcome.error().message();
    m_pause = std::min(m_pause * 2, kLongestPause);
    m_nextCheck = m_clock.now() + m_pause;
}

} // namespace tarn::storage
