// sd_notify: tells the service manager how the daemon is (sd_notify(3)); does nothing when it was
// not started by one. Speaks the datagram protocol itself.
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace tarn::node {

/// \param socketPath  NOTIFY_SOCKET: a path, or "@name" for an abstract one; empty = nobody asks.
/// \param watchdog  how long the manager waits for alive() before it kills the service.
class ServiceManager
{
public:
    explicit ServiceManager(std::string socketPath, std::optional<Duration> watchdog = {})
        : m_socketPath(std::move(socketPath)), m_watchdog(watchdog)
    {
    }
    /// From the environment: NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
    static ServiceManager fromEnvironment();

    std::optional<Duration> watchdog() const { return m_watchdog; }

    Result<void> ready(std::string_view status) const;
    Result<void> stopping() const;
    Result<void> alive() const;
    /// Followed by ready() when done. \param now  CLOCK_MONOTONIC, as the manager wants to know.
    Result<void> reloading(TimePoint now) const;

private:
    Result<void> send(const std::string& message) const;

    std::string m_socketPath;
    std::optional<Duration> m_watchdog;
};

} // namespace tarn::node
