#include "core/net/stream.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace tarn::net {

std::string_view nameOf(PathKind path)
{
    switch (path) {
    case PathKind::Direct:
        return "direct";
    case PathKind::Socks5:
        return "socks5";
    case PathKind::HttpConnect:
        return "http-connect";
    case PathKind::Sam:
        return "sam";
    case PathKind::Reversed:
        return "reversed";
    case PathKind::Relayed:
        return "relayed";
    case PathKind::Punched:
        return "punched";
    case PathKind::Local:
        return "local";
    }
    return "unknown";
}

Result<std::pair<Stream, Stream>> makeStreamPair(const asio::any_io_executor& executor,
                                                 std::string name)
{
    std::array<int, 2> fds{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) != 0)
        return errnoError(errno, "socketpair");
    const asio::generic::stream_protocol protocol(AF_UNIX, 0);
    Stream first{Stream::Socket(executor, protocol, fds[0]), PathKind::Local, name};
    Stream second{Stream::Socket(executor, protocol, fds[1]), PathKind::Local, std::move(name)};
    return std::pair<Stream, Stream>(std::move(first), std::move(second));
}

} // namespace tarn::net
