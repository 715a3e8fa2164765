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

std::string placeOf(const Location& location)
{
    const bool six = location.host.find(':') != std::string::npos;
    return (six ? "[" + location.host + "]:" : location.host + ":") + std::to_string(location.port);
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
    stream.peer = placeOf(location) + " via " + textOf(route.proxy);
    SocketIo io(std::move(stream), clock);
    io.expireAt(until);
    Result<void> open = ok();
    if (socks)
        open = co_await askSocks5(io, location, route.user, route.password);
    else
        open = co_await askHttpConnect(io, location, route.user, route.password);
    if (!open) co_return std::move(open).error();
    co_return std::move(io).release();
}

} // namespace

Result<Route> parseRoute(std::string_view text)
{
    Route route;
    if (text == "direct") return route;
    if (text == "off") {
        route.kind = Route::Kind::Off;
        return route;
    }
    if (text.starts_with(kSocks)) {
        route.kind = Route::Kind::Socks5;
        text.remove_prefix(kSocks.size());
    } else if (text.starts_with(kHttp)) {
        route.kind = Route::Kind::HttpConnect;
        text.remove_prefix(kHttp.size());
    } else {
        return Error(ErrorCode::InvalidInput,
                     "expected \"direct\", \"off\", \"socks5://127.0.0.1:9050\" or "
                     "\"http://127.0.0.1:3128\"");
    }
    if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
        const std::string_view account = text.substr(0, at);
        const std::size_t colon = account.find(':');
        route.user = account.substr(0, colon);
        if (colon != std::string_view::npos) route.password = account.substr(colon + 1);
        if (route.user.empty() || route.user.size() > 255 || route.password.size() > 255)
            return Error(ErrorCode::InvalidInput, "proxy user and password have 1 to 255 bytes");
        text.remove_prefix(at + 1);
    }
    if (text.ends_with('/')) text.remove_suffix(1);
    TARN_TRY(route.proxy, parseEndpoint(text));
    return route;
}

std::string textOf(const Route& route)
{
    const std::string account = route.user.empty() ? "" : route.user + "@";
    switch (route.kind) {
    case Route::Kind::Off:
        return "off";
    case Route::Kind::Direct:
        return "direct";
    case Route::Kind::Socks5:
        return std::string(kSocks) + account + textOf(route.proxy);
    case Route::Kind::HttpConnect:
        return std::string(kHttp) + account + textOf(route.proxy);
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
        return Error(ErrorCode::PeerUnreachable, placeOf(location) + ": " + std::string(why));
    };
    if (route.kind == Route::Kind::Off) co_return refuse("outgoing connections are switched off");
    if (location.tor && route.kind != Route::Kind::Socks5)
        co_return refuse("a Tor address needs a SOCKS proxy");
    if (route.kind != Route::Kind::Direct) {
        Result<Stream> stream = co_await connectThroughProxy(std::move(route), std::move(location),
                                                             std::move(options), clock);
        co_return stream;
    }
    const Result<Endpoint> endpoint = endpointOf(location.host, location.port);
    if (!endpoint) co_return refuse("names are not looked up; configure a proxy or an address");
    co_return co_await connectTcp(*endpoint, std::move(options), clock);
}

RouteDialer::RouteDialer(Route route, ConnectOptions options, Clock& clock)
    : m_route(std::move(route)), m_options(std::move(options)), m_clock(clock)
{
}

asio::awaitable<Result<Stream>> RouteDialer::dial(std::vector<Location> locations)
{
    std::string why;
    for (const Location& location : locations) {
        Result<Stream> stream = co_await connectOver(m_route, location, m_options, m_clock);
        if (stream || stream.error().code() == ErrorCode::Cancelled) co_return stream;
        why += why.empty() ? "" : "; ";
        why += stream.error().message();
    }
    if (why.empty()) why = "no address is known";
    co_return Error(ErrorCode::PeerUnreachable, std::move(why));
}

} // namespace tarn::net
