#include "core/wire/location.h"

#include "core/base/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace tarn::wire {

namespace {

constexpr std::array<Network, 3> kNetworks = {Network::Tcp, Network::Tor, Network::I2p};
constexpr std::size_t kMaxHost = 255;

Error bad(std::string_view text, std::string_view why)
{
    return Error(ErrorCode::InvalidInput,
                 "expected \"tcp:HOST:PORT\", \"tor:NAME.onion:PORT\" or \"i2p:NAME.i2p:PORT\", "
                 "got \"" +
                     std::string(text) + "\"" + std::string(why));
}

bool isHostCharacter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
}

bool endsWithAnyCase(std::string_view text, std::string_view end)
{
    if (text.size() <= end.size()) return false;
    text.remove_prefix(text.size() - end.size());
    return std::equal(text.begin(), text.end(), end.begin(), [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
}

/// As textOf() writes it: no sign, no leading zero.
std::optional<std::uint16_t> parsePort(std::string_view text)
{
    std::uint16_t port = 0;
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, port, 10);
    if (error != std::errc() || at != end || std::to_string(port) != text) return std::nullopt;
    return port;
}

std::optional<Network> takeNetwork(std::string_view& text)
{
    for (const Network network : kNetworks) {
        const std::string_view name = nameOf(network);
        if (!text.starts_with(name) || !text.substr(name.size()).starts_with(':')) continue;
        text.remove_prefix(name.size() + 1);
        return network;
    }
    return std::nullopt;
}

} // namespace

std::string_view nameOf(Network network)
{
    switch (network) {
    case Network::Tcp:
        return "tcp";
    case Network::Tor:
        return "tor";
    case Network::I2p:
        return "i2p";
    }
    return "unknown";
}

Network networkOfHost(std::string_view host)
{
    if (endsWithAnyCase(host, ".onion")) return Network::Tor;
    if (endsWithAnyCase(host, ".i2p")) return Network::I2p;
    return Network::Tcp;
}

Result<Location> parseLocation(std::string_view text)
{
    std::string_view place = text;
    const std::optional<Network> network = takeNetwork(place);
    if (!network) return bad(text, "");
    Location out;
    out.network = *network;
    if (*network == Network::Tcp && place.starts_with('[')) {
        const Result<HostPort> address = parseHostPort(place);
        if (!address) return bad(text, "");
        out.host = address->host;
        out.port = address->port;
        return out;
    }
    const std::size_t colon = place.rfind(':');
    if (colon == std::string_view::npos || colon == 0 || colon > kMaxHost) return bad(text, "");
    const std::string_view host = place.substr(0, colon);
    const std::optional<std::uint16_t> port = parsePort(place.substr(colon + 1));
    if (!port || !std::all_of(host.begin(), host.end(), isHostCharacter)) return bad(text, "");
    if (networkOfHost(host) != *network) {
        const std::string_view right = nameOf(networkOfHost(host));
        return bad(text, ": this name belongs to \"" + std::string(right) + ":\"");
    }
    if (*network != Network::Tcp && *port == 0) return bad(text, ": port 0");
    out.host = std::string(host);
    out.port = *port;
    return out;
}

std::string placeOf(const Location& location)
{
    HostPort place;
    place.host = location.host;
    place.port = location.port;
    return tarn::textOf(place);
}

std::string textOf(const Location& location)
{
    return std::string(nameOf(location.network)) + ":" + placeOf(location);
}

} // namespace tarn::wire
