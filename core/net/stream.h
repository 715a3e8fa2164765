// stream: a connected socket and how it came about. Every way to reach a peer ends in one, and
// TLS and HTTP run on any of them (TCP, a proxy's tunnel, a reversed connection, AF_UNIX).
#pragma once

#include "core/base/result.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace tarn::net {

namespace asio = boost::asio;

enum class PathKind { Direct, Socks5, HttpConnect, Sam, Reversed, Relayed, Punched, Local };

std::string_view nameOf(PathKind path);

/// Stream::choice of a stream that came about without any location.
inline constexpr std::size_t kNoChoice = static_cast<std::size_t>(-1);

struct Stream
{
    using Socket = asio::generic::stream_protocol::socket;

    Socket socket;
    PathKind path = PathKind::Direct;
    std::string peer;       ///< for logs and errors only: "127.0.0.1:41001", "v0-abcde via socks5"
    std::size_t choice = 0; ///< dialled: which of the locations that the dialler was given
};

/// Two connected AF_UNIX ends; both call their peer `name`.
/// \return IoFailure: no descriptors left.
Result<std::pair<Stream, Stream>> makeStreamPair(const asio::any_io_executor& executor,
                                                 std::string name);

} // namespace tarn::net
