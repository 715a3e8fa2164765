#include "core/net/contradictions.h"

#include <algorithm>
#include <filesystem>

namespace tarn::net {

namespace {

bool isProxied(const Route& route)
{
    return route.kind != Route::Kind::Off && route.kind != Route::Kind::Direct;
}

HostPort hostPortOf(const Endpoint& endpoint)
{
    HostPort out;
    out.host = endpoint.address().to_string();
    out.port = endpoint.port();
    return out;
}

} // namespace

bool isLoopback(const HostPort& address)
{
    const Result<Endpoint> endpoint = endpointOf(address.host, address.port);
    return endpoint && endpoint->address().is_loopback();
}

bool sameDoor(const HostPort& a, const HostPort& b)
{
    if (a.port != b.port || a.port == 0) return false;
    const Result<Endpoint> one = endpointOf(a.host, a.port);
    const Result<Endpoint> other = endpointOf(b.host, b.port);
    if (!one || !other) return false;
    // A listener on all addresses of IPv6 leaves those of IPv4 alone.
    const auto takesAll = [](const Endpoint& all, const Endpoint& any) {
        return all.address().is_unspecified() && all.address().is_v6() == any.address().is_v6();
    };
    return *one == *other || takesAll(*one, *other) || takesAll(*other, *one);
}

bool keepsSecrets(std::string_view folder)
{
    const std::filesystem::path path = std::filesystem::path(folder).lexically_normal();
    if (path.is_absolute()) return false;
    const std::string first = path.empty() ? std::string(".") : path.begin()->string();
    return first == "." || first == ".." || first == "private";
}

void refuseLocations(ConfigTable announce, const std::vector<wire::Location>& locations,
                     std::uint16_t port)
{
    std::vector<wire::Location> seen;
    for (const wire::Location& location : locations) {
        const std::string text = "\"" + wire::textOf(location) + "\"";
        wire::Location meant = location;
        if (meant.port == 0) meant.port = port;
        if (std::find(seen.begin(), seen.end(), meant) != seen.end())
            announce.refuse("locations", text + " stands there twice");
        seen.push_back(meant);
        const Result<Endpoint> endpoint = endpointOf(location.host, location.port);
        if (endpoint && endpoint->address().is_unspecified())
            announce.refuse("locations",
                            text + " is nobody's address: expected one that others can dial");
    }
}

void refuseOwnDoors(ConfigTable table, std::string_view key, const HostPort& dialled,
                    const std::vector<Door>& doors)
{
    for (const Door& door : doors) {
        const bool here = isLoopback(dialled) || dialled.host == door.address.host;
        if (!here || !sameDoor(dialled, door.address)) continue;
        table.refuse(key, "\"" + tarn::textOf(dialled) + "\" is this daemon's own address, " +
                              std::string(door.setting));
    }
}

void refuseOwnProxies(ConfigReader& reader, const Outgoing& outgoing,
                      const std::vector<Door>& doors)
{
    ConfigTable connections = reader.table("connections");
    for (const wire::Network network :
         {wire::Network::Tcp, wire::Network::Tor, wire::Network::I2p}) {
        const Route& route = outgoing.routeOf(network);
        const std::string_view key = wire::nameOf(network);
        // Tor's may be tcp's.
        if (isProxied(route) && connections.has(key))
            refuseOwnDoors(connections, key, hostPortOf(route.proxy), doors);
    }
}

} // namespace tarn::net
