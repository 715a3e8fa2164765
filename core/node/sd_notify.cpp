#include "core/node/sd_notify.h"

#include "core/base/file_descriptor.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace tarn::node {

namespace {

std::string fromEnvironmentOr(const char* name, std::string otherwise)
{
    const char* const value = std::getenv(name);
    return value != nullptr ? value : otherwise;
}

/// Of a positive number of microseconds; nothing of anything else.
std::optional<Duration> microseconds(const std::string& text)
{
    std::int64_t count = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), count);
    const bool whole = failed == std::errc() && end == text.data() + text.size();
    constexpr std::int64_t kDay = 86'400'000'000;
    if (!whole || count <= 0 || count > kDay) return std::nullopt;
    return std::chrono::microseconds(count);
}

} // namespace

ServiceManager ServiceManager::fromEnvironment()
{
    const std::string self = std::to_string(::getpid());
    std::optional<Duration> watchdog;
    if (fromEnvironmentOr("WATCHDOG_PID", self) == self)
        watchdog = microseconds(fromEnvironmentOr("WATCHDOG_USEC", ""));
    return ServiceManager(fromEnvironmentOr("NOTIFY_SOCKET", ""), watchdog);
}

Result<void> ServiceManager::ready(std::string_view status) const
{
    return send("READY=1\nSTATUS=" + std::string(status));
}

Result<void> ServiceManager::stopping() const
{
    return send("STOPPING=1");
}

Result<void> ServiceManager::alive() const
{
    return send("WATCHDOG=1");
}

Result<void> ServiceManager::reloading(TimePoint now) const
{
    const auto us =
        std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
    return send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(us));
}

Result<void> ServiceManager::send(const std::string& message) const
{
    if (m_socketPath.empty()) return ok();
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    if (m_socketPath.size() >= sizeof(address.sun_path))
        return Error(ErrorCode::InvalidInput, "NOTIFY_SOCKET is too long");
    std::memcpy(address.sun_path, m_socketPath.data(), m_socketPath.size());
    if (m_socketPath.front() == '@') address.sun_path[0] = '\0';
    const FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket) return errnoError(errno, "NOTIFY_SOCKET");
    const auto length =
        static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + m_socketPath.size());
    const ssize_t sent = ::sendto(socket.get(), message.data(), message.size(), MSG_NOSIGNAL,
                                  reinterpret_cast<const sockaddr*>(&address), length);
    if (sent < 0) return errnoError(errno, "NOTIFY_SOCKET");
    return ok();
}

} // namespace tarn::node
