#include "core/net/outgoing.h"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace tarn::net {

namespace {

using wire::Network;

constexpr std::array<std::string_view, 2> kSeveral = {"in_order", "race"};
/// Circuits and tunnels take their time.
constexpr Duration kHiddenLimit = std::chrono::seconds(60);
constexpr Duration kShortestLimit = std::chrono::seconds(1);
constexpr Duration kLongestLimit = std::chrono::minutes(5);
constexpr std::size_t kMaxAccount = 255; // RFC 1929

bool isProxy(const Route& route)
{
    return route.kind == Route::Kind::Socks5 || route.kind == Route::Kind::HttpConnect ||
           route.kind == Route::Kind::Sam;
}

Route readRoute(ConfigTable table, std::string_view key, const Route& fallback)
{
    if (!table.has(key)) {
        table.string(key, ""); // an accepted key all the same
        return fallback;
    }
    const Result<Route> route = parseRoute(table.string(key, textOf(fallback)));
    if (route) return *route;
    table.refuse(key, route.error().message());
    return fallback;
}

/// One of these kinds; `expected` says which.
Route readRouteOf(ConfigTable table, std::string_view key, const Route& fallback,
                  std::initializer_list<Route::Kind> kinds, std::string_view expected)
{
    Route route = readRoute(table, key, fallback);
    if (std::find(kinds.begin(), kinds.end(), route.kind) != kinds.end()) return route;
    table.refuse(key, "expected " + std::string(expected) + ", got \"" + textOf(route) + "\"");
    return fallback;
}

Duration readLimit(ConfigTable table, Duration fallback)
{
    const Duration limit = table.duration("limit", fallback);
    if (limit >= kShortestLimit && limit <= kLongestLimit) return limit;
    table.refuse("limit", "expected 1 s to 5 min, got " + durationText(limit));
    return fallback;
}

Result<Endpoint> parseNameServer(const std::string& text)
{
    constexpr std::uint16_t kDnsPort = 53;
    Result<Endpoint> server = endpointOf(text, kDnsPort);
    if (!server) server = parseEndpoint(text);
    if (server && server->port() != 0 && !server->address().is_unspecified()) return server;
    return Error(ErrorCode::InvalidInput,
                 "expected numeric addresses such as \"192.0.2.53\" or \"[2001:db8::53]:5353\", "
                 "got \"" +
                     text + "\"");
}

std::vector<Endpoint> readNameServers(ConfigTable table, const Route& tcp, bool revealIpAddress)
{
    constexpr std::size_t kMost = 8;
    std::vector<Endpoint> out;
    for (const std::string& text : table.strings("servers", {})) {
        const Result<Endpoint> server = parseNameServer(text);
        if (!server)
            table.refuse("servers", server.error().message());
        else if (std::find(out.begin(), out.end(), *server) != out.end())
            table.refuse("servers", "\"" + text + "\" stands there twice");
        else
            out.push_back(*server);
    }
    if (out.size() > kMost) table.refuse("servers", "expected 8 at most");
    if (!out.empty() && tcp.kind != Route::Kind::Direct) {
        table.refuse("servers",
                     "nobody would be asked: [connections] tcp is \"" + textOf(tcp) + "\"");
    }
    if (!out.empty() && !revealIpAddress)
        table.refuse("servers", revealing("asking a name server"));
    return out;
}

std::string wayOf(const Route& route)
{
    return isProxy(route) ? "through " + textOf(route) : textOf(route);
}

} // namespace

const Route& Outgoing::routeOf(Network network) const
{
    switch (network) {
    case Network::Tcp:
        return tcp;
    case Network::Tor:
        return tor;
    case Network::I2p:
        return i2p;
    }
    return tcp;
}

Duration Outgoing::limitOf(Network network) const
{
    return network == Network::Tcp ? limit : std::max(limit, kHiddenLimit);
}

Result<void> Outgoing::mayDial(const Location& location) const
{
    const Route& route = routeOf(location.network);
    const std::string key = "[connections] " + std::string(nameOf(location.network));
    if (route.kind == Route::Kind::Off)
        return Error(ErrorCode::InvalidInput, wire::textOf(location) + ": " + key + " is off");
    const bool named = !endpointOf(location.host, location.port);
    if (route.kind == Route::Kind::Direct && named && nameServers.empty()) {
        return Error(ErrorCode::InvalidInput, wire::textOf(location) +
                                                  ": names are not looked up without [dns] "
                                                  "servers; only a proxy takes them");
    }
    return ok();
}

Outgoing readOutgoing(ConfigReader& reader, bool revealIpAddress)
{
    Outgoing out;
    ConfigTable table = reader.table("connections");
    using Kind = Route::Kind;
    out.tcp = readRouteOf(table, "tcp", out.tcp,
                          {Kind::Direct, Kind::Off, Kind::Socks5, Kind::HttpConnect},
                          "\"direct\", \"off\", \"socks5://...\" or \"http://...\"");
    const bool tcpIsSocks = out.tcp.kind == Route::Kind::Socks5;
    out.tor = readRouteOf(table, "tor", tcpIsSocks ? out.tcp : Route::off(),
                          {Kind::Off, Kind::Socks5}, "\"off\" or \"socks5://127.0.0.1:9050\"");
    out.i2p = readRouteOf(table, "i2p", Route::off(), {Kind::Off, Kind::Sam, Kind::Socks5},
                          "\"off\", \"sam://127.0.0.1:7656\" or \"socks5://127.0.0.1:4447\"");
    out.credentials = table.string("credentials", "");
    const auto several = static_cast<std::size_t>(out.several);
    out.several = static_cast<Several>(table.choice("several", kSeveral, several));
    out.limit = readLimit(table, out.limit);
    if (table.has("credentials") && out.credentials.empty())
        table.refuse("credentials", "expected a path, got \"\"");
    if (!out.credentials.empty() && !isProxy(out.tcp)) {
        table.refuse("credentials",
                     "there is no proxy to log in at: tcp is \"" + textOf(out.tcp) + "\"");
    }
    out.nameServers = readNameServers(reader.table("dns"), out.tcp, revealIpAddress);
    if (!revealIpAddress && out.tcp.kind == Route::Kind::Direct)
        table.refuse("tcp", revealing("\"direct\"") + "; name a proxy, or \"off\"");
    return out;
}

void printOutgoing(ConfigWriter& out, const Outgoing& outgoing)
{
    out.table("connections");
    out.string("tcp", textOf(outgoing.tcp));
    out.string("tor", textOf(outgoing.tor));
    out.string("i2p", textOf(outgoing.i2p));
    if (!outgoing.credentials.empty()) out.string("credentials", outgoing.credentials);
    out.string("several", kSeveral.at(static_cast<std::size_t>(outgoing.several)));
    out.duration("limit", outgoing.limit);
    out.table("dns");
    std::vector<std::string> servers;
    for (const Endpoint& server : outgoing.nameServers)
        servers.push_back(textOf(server));
    out.strings("servers", servers);
}

std::string explained(const Outgoing& outgoing)
{
    const bool race = outgoing.several == Several::Race;
    std::string out = "  tcp: " + wayOf(outgoing.tcp) + "\n  tor: " + wayOf(outgoing.tor);
    if (outgoing.tor.kind == Route::Kind::Socks5) out += ", another circuit for every address";
    out += "\n  i2p: " + wayOf(outgoing.i2p) + "\n  several addresses of a server: ";
    out += race ? "all at once" : "one after the other";
    out += ", " + durationText(outgoing.limit) + " each; 1 min over Tor and I2P, or as long\n";
    return out;
}

std::string explainedLookups(const Outgoing& outgoing, std::string_view whose)
{
    std::string out;
    for (const Endpoint& server : outgoing.nameServers)
        out += (out.empty() ? "" : ", ") + textOf(server);
    if (out.empty()) return "  none\n";
    return "  names of " + std::string(whose) + ": over UDP and TCP at " + out +
           "\n  nothing else\n";
}

Result<void> useCredentials(Outgoing& outgoing, std::string_view text)
{
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
        text.remove_suffix(1);
    const std::size_t colon = text.find(':');
    const bool whole = colon != std::string_view::npos && text.find('\n') == std::string_view::npos;
    const std::string_view user = text.substr(0, colon);
    const std::string_view password = whole ? text.substr(colon + 1) : std::string_view();
    const bool fits = user.size() <= kMaxAccount && password.size() <= kMaxAccount;
    if (!whole || user.empty() || password.empty() || !fits) {
        return Error(ErrorCode::InvalidInput,
                     "expected one line USER:PASSWORD, of 1 to 255 bytes each");
    }
    const auto useFor = [&](Route& route) {
        route.user = user;
        route.password = password;
    };
    const bool sameForTor = outgoing.tor == outgoing.tcp;
    useFor(outgoing.tcp);
    if (sameForTor) useFor(outgoing.tor);
    return ok();
}

std::string revealing(std::string_view what)
{
    return std::string(what) + " reveals this machine's address, and [node] reveal_ip_address is "
                               "false";
}

} // namespace tarn::net
