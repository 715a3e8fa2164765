#include "core/net/route.h"

#include "core/base/executor.h"
#include "core/net/proxy_dialogue.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sys/socket.h>

namespace tarn::net {

namespace {

constexpr std::string_view kSocks = "socks5://";
constexpr std::string_view kHttp = "http://";
constexpr std::string_view kSam = "sam://";

constexpr std::string_view kIsolationUser = "tarn";

ProxyLogin loginOf(const Route& route, const ConnectOptions& options)
{
    ProxyLogin login;
    login.user = route.user;
    login.password = route.password;
    if (!login.user.empty() || options.isolation.empty()) return login;
    login.user = kIsolationUser;
    login.password = options.isolation;
    login.optional = true;
    return login;
}

asio::awaitable<Result<void>> connectSocket(asio::ip::tcp::socket& socket, Endpoint endpoint)
{
    auto [error] = co_await socket.async_connect(endpoint, asio::as_tuple(asio::use_awaitable));
    if (error == asio::error::operation_aborted)
        co_return Error(ErrorCode::Cancelled, "connecting was cancelled");
    if (error) {
        co_return Error(ErrorCode::PeerUnreachable,
                        errnoError(error.value(), textOf(endpoint)).message());
    }
    co_return ok();
}

Result<void> prepareSocket(asio::ip::tcp::socket& socket, const Endpoint& endpoint,
                           const ConnectOptions& options)
{
    using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
    boost::system::error_code error;
    socket.open(endpoint.protocol(), error);
    if (!error && options.bindTo) {
        socket.set_option(asio::socket_base::reuse_address(true), error);
        if (!error) socket.set_option(ReusePort(true), error);
        if (!error) socket.bind(*options.bindTo, error);
    }
    if (error) return errnoError(error.value(), "socket to " + textOf(endpoint));
    return ok();
}

asio::awaitable<Result<Stream>> connectThroughProxy(Route route, Location location,
                                                    ConnectOptions options, Clock& clock)
{
    const TimePoint until = clock.now() + options.limit;
    options.bindTo.reset();
    TARN_CO_TRY(Stream stream, co_await connectTcp(route.proxy, options, clock));
    const bool socks = route.kind == Route::Kind::Socks5;
    stream.path = socks ? PathKind::Socks5 : PathKind::HttpConnect;
    stream.peer = wire::placeOf(location) + " via " + textOf(route.proxy);
    SocketIo io(std::move(stream), clock);
    io.expireAt(until);
    Result<void> open = ok();
    if (socks) {
        ProxyLogin login = loginOf(route, options);
        open = co_await askSocks5(io, location, std::move(login));
    } else {
        ProxyLogin login = loginOf(route, ConnectOptions());
        open = co_await askHttpConnect(io, location, std::move(login));
    }
    if (!open) co_return std::move(open).error();
    co_return std::move(io).release();
}

} // namespace

Route Route::off()
{
    Route route;
    route.kind = Kind::Off;
    return route;
}

Result<Route> parseRoute(std::string_view text)
{
    Route route;
    if (text == "direct") return route;
    if (text == "off") return Route::off();
    if (text.starts_with(kSocks)) {
        route.kind = Route::Kind::Socks5;
        text.remove_prefix(kSocks.size());
    } else if (text.starts_with(kHttp)) {
        route.kind = Route::Kind::HttpConnect;
        text.remove_prefix(kHttp.size());
    } else if (text.starts_with(kSam)) {
        route.kind = Route::Kind::Sam;
        text.remove_prefix(kSam.size());
    } else {
        return Error(ErrorCode::InvalidInput,
                     "expected \"direct\", \"off\", \"socks5://127.0.0.1:9050\" or "
                     "\"http://127.0.0.1:3128\"");
    }
    if (text.find('@') != std::string_view::npos) {
        return Error(ErrorCode::InvalidInput,
                     "a user and password belong in the file that credentials names");
    }
    if (text.ends_with('/')) text.remove_suffix(1);
    TARN_TRY(route.proxy, parseEndpoint(text));
    if (route.proxy.port() == 0 || route.proxy.address().is_unspecified())
        return Error(ErrorCode::InvalidInput, "\"" + std::string(text) + "\" is nobody's address");
    return route;
}

std::string textOf(const Route& route)
{
    switch (route.kind) {
    case Route::Kind::Off:
        return "off";
    case Route::Kind::Direct:
        return "direct";
    case Route::Kind::Socks5:
        return std::string(kSocks) + textOf(route.proxy);
    case Route::Kind::HttpConnect:
        return std::string(kHttp) + textOf(route.proxy);
    case Route::Kind::Sam:
        return std::string(kSam) + textOf(route.proxy);
    }
    return "unknown";
}

asio::awaitable<Result<Stream>> connectTcp(Endpoint endpoint, ConnectOptions options, Clock& clock)
{
    asio::ip::tcp::socket socket(co_await asio::this_coro::executor);
    TARN_CO_TRY_VOID(prepareSocket(socket, endpoint, options));
    asio::awaitable<Result<void>> work = connectSocket(socket, endpoint);
    std::string what = "connecting to " + textOf(endpoint);
    TARN_CO_TRY_VOID(
        co_await withDeadline<void>(clock, options.limit, std::move(what), std::move(work)));
    co_return Stream{Stream::Socket(std::move(socket)), PathKind::Direct, textOf(endpoint)};
}

asio::awaitable<Result<Stream>> connectOver(Route route, Location location, ConnectOptions options,
                                            Clock& clock)
{
    const auto refuse = [&](std::string_view why) {
        return Error(ErrorCode::PeerUnreachable, wire::placeOf(location) + ": " + std::string(why));
    };
    if (route.kind == Route::Kind::Off) co_return refuse("outgoing connections are switched off");
    if (route.kind == Route::Kind::Sam) co_return refuse("a SAM port is no proxy");
    if (location.network != wire::Network::Tcp && route.kind != Route::Kind::Socks5)
        co_return refuse("an address of Tor or I2P needs a SOCKS proxy");
    if (route.kind != Route::Kind::Direct) {
        Result<Stream> stream = co_await connectThroughProxy(std::move(route), std::move(location),
                                                             std::move(options), clock);
        co_return stream;
    }
    const Result<Endpoint> endpoint = endpointOf(location.host, location.port);
    if (!endpoint) co_return refuse("names are not looked up; configure a proxy or an address");
    co_return co_await connectTcp(*endpoint, std::move(options), clock);
}

} // namespace tarn::net
