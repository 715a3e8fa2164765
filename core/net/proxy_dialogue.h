// proxy_dialogue: asks a proxy for a tunnel. Names travel inside. Nothing beyond the proxy's
// answer is read, so the first byte of the tunnel is the next layer's.
// Source: RFC 1928 and 1929 (SOCKS5), RFC 9110 9.3.6 (CONNECT).
#pragma once

#include "core/net/dialer.h"
#include "core/net/socket_io.h"

namespace tarn::net {

/// How to log in at a proxy.
struct ProxyLogin
{
    std::string user; ///< empty: no authentication is offered
    std::string password;
    bool optional = false; ///< SOCKS5: a proxy that asks for no user will do as well
};

/// \return PeerUnreachable: the proxy could not connect.  Unauthorized: it wants another user.
///         PeerMisbehaved: not a SOCKS5 proxy.  InvalidInput: the name is too long.
asio::awaitable<Result<void>> askSocks5(SocketIo& io, Location location, ProxyLogin login);
asio::awaitable<Result<void>> askHttpConnect(SocketIo& io, Location location, ProxyLogin login);

/// "succeeded" and so on for the reply code of a SOCKS5 proxy.
std::string_view socks5ReplyText(unsigned reply);

} // namespace tarn::net
