// route: how connections leave this machine: directly, through a proxy, or not at all. The
// dialers of the profiles are made of this. Names travel inside a proxy, they are never looked up.
#pragma once

#include "core/base/clock.h"
#include "core/base/secret.h"
#include "core/net/address.h"
#include "core/net/dialer.h"
#include "core/net/stream.h"

#include <optional>

namespace tarn::net {

struct Route
{
    enum class Kind { Off, Direct, Socks5, HttpConnect, Sam };

    static Route off();

    Kind kind = Kind::Direct;
    Endpoint proxy;   ///< with Socks5, HttpConnect and Sam
    std::string user; ///< empty: none
    std::string password;
    friend bool operator==(const Route&, const Route&) = default;
};

/// "direct", "off", "socks5://127.0.0.1:9050", "http://127.0.0.1:3128", or
/// "sam://127.0.0.1:7656".
/// \return InvalidInput naming the accepted forms.
Result<Route> parseRoute(std::string_view text);
/// As parseRoute() takes it.
std::string textOf(const Route& route);

struct ConnectOptions
{
    Duration limit = std::chrono::seconds(20); ///< connection and proxy negotiation together
    /// Bound with SO_REUSEADDR and SO_REUSEPORT: a listening port can be dialled from.
    std::optional<Endpoint> bindTo;
    /// Shown to a SOCKS5 proxy that has no user of its own: Tor gives another one another circuit.
    std::string isolation;
};

/// \return PeerUnreachable, Timeout, Cancelled.
asio::awaitable<Result<Stream>> connectTcp(Endpoint endpoint, ConnectOptions options, Clock& clock);

/// One location over one route, which is no Sam: that has sessions (sam_session.h). \return
/// PeerUnreachable: refused, unreachable, the route is off, a name without a proxy, a Tor or I2P
/// location without SOCKS.  Unauthorized: the proxy wants another user.  PeerMisbehaved: the proxy
/// breaks its protocol.  Timeout, Cancelled.
asio::awaitable<Result<Stream>> connectOver(Route route, Location location, ConnectOptions options,
                                            Clock& clock);

} // namespace tarn::net
