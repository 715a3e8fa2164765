// stream: a connected socket and how it came about. Every way to reach a peer ends in one, and
// TLS and HTTP run on any of them (TCP, a proxy's tunnel, a reversed connection, AF_UNIX).
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>

#include <string>

namespace tarn::net {

namespace asio = boost::asio;

enum class PathKind { Direct, Socks5, HttpConnect, Reversed, Relayed, Punched, Local };

struct Stream
{
    using Socket = asio::generic::stream_protocol::socket;

    Socket socket;
    PathKind path = PathKind::Direct;
    std::string peer; ///< for logs and errors only: "127.0.0.1:41001", "v0-abcde via socks5"
};

} // namespace tarn::net
