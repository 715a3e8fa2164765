// sd_notify: tells the service manager how the daemon is (sd_notify(3)); does nothing when it was
// not started by one. Speaks the datagram protocol itself.
#pragma once

#include "core/base/clock.h"
#include "core/base/result.h"

#include <string>
#include <string_view>

namespace tarn::node {

/// \param socketPath  NOTIFY_SOCKET: a path, or "@name" for an abstract one; empty = nobody asks.
class ServiceManager
{
public:
    explicit ServiceManager(std::string socketPath) : m_socketPath(std::move(socketPath)) {}
    /// From the environment.
    static ServiceManager fromEnvironment();

    Result<void> ready(std::string_view status) const;
    Result<void> stopping() const;
    /// Followed by ready() when done. \param now  CLOCK_MONOTONIC, as the manager wants to know.
    Result<void> reloading(TimePoint now) const;

private:
    Result<void> send(const std::string& message) const;

    std::string m_socketPath;
};

} // namespace tarn::node
