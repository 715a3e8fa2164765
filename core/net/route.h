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
    enum class Kind { Off, Direct, Socks5, HttpConnect } kind = Kind::Direct;
    Endpoint proxy;   ///< with Socks5 and HttpConnect
    std::string user; ///< empty: none. With Tor, another user is another circuit
    std::string password;
};

/// "direct", "off", "socks5://[USER:PASSWORD@]127.0.0.1:9050", "http://127.0.0.1:3128".
/// \return InvalidInput naming the accepted forms.
Result<Route> parseRoute(std::string_view text);
/// Without the password, for --explain.
std::string textOf(const Route& route);

struct ConnectOptions
{
    Duration limit = std::chrono::seconds(20); ///< connection and proxy negotiation together
    /// Bound with SO_REUSEADDR and SO_REUSEPORT: a listening port can be dialled from.
    std::optional<Endpoint> bindTo;
};

/// \return PeerUnreachable, Timeout, Cancelled.
asio::awaitable<Result<Stream>> connectTcp(Endpoint endpoint, ConnectOptions options, Clock& clock);

/// One location over one route. \return PeerUnreachable: refused, unreachable, the route is off,
/// a name without a proxy, a Tor location without SOCKS.  Unauthorized: the proxy wants another
/// user.  PeerMisbehaved: the proxy breaks its protocol.  Timeout, Cancelled.
asio::awaitable<Result<Stream>> connectOver(Route route, Location location, ConnectOptions options,
                                            Clock& clock);

/// The configured locations in order, each once, over one route.
class RouteDialer final : public Dialer
{
public:
    RouteDialer(Route route, ConnectOptions options, Clock& clock);
    asio::awaitable<Result<Stream>> dial(std::vector<Location> locations) override;

private:
    Route m_route;
    ConnectOptions m_options;
    Clock& m_clock;
};

} // namespace tarn::net
