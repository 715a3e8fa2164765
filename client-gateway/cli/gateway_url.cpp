#include "client-gateway/cli/gateway_url.h"

#include "core/node/files.h"

namespace tarn::gateway::cli {

namespace {

constexpr std::size_t kMaxUrlBytes = 4096;

std::string_view firstLine(std::string_view text)
{
    return text.substr(0, text.find_first_of(" \t\r\n"));
}

constexpr std::string_view kPlain = "http://";
constexpr std::string_view kSecure = "https://";
constexpr std::string_view kLocalhost = "localhost";
constexpr std::string_view kSecurePort = ":443";

bool hasPort(std::string_view authority)
{
    const std::size_t colon = authority.rfind(':');
    const std::size_t bracket = authority.rfind(']');
    if (colon == std::string_view::npos) return false;
    return bracket == std::string_view::npos || colon > bracket;
}

} // namespace

std::string urlOf(const GatewayAddress& gateway)
{
    return std::string(gateway.isSecure ? kSecure : kPlain) +
           textOf(HostPort{gateway.host, gateway.place.port});
}

Result<GatewayAddress> parseGatewayUrl(std::string_view url)
{
    GatewayAddress gateway;
    gateway.isSecure = url.starts_with(kSecure);
    if (!gateway.isSecure && !url.starts_with(kPlain)) {
        return Error(ErrorCode::InvalidInput,
                     "the gateway's URL must be http://ADDRESS:PORT or https://ADDRESS[:PORT], "
                     "not '" +
                         std::string(url) + "'");
    }
    std::string authority(url.substr(gateway.isSecure ? kSecure.size() : kPlain.size()));
    if (authority.ends_with('/')) authority.pop_back();
    if (gateway.isSecure && !hasPort(authority)) authority += kSecurePort;
    const bool isLocal = authority.starts_with(std::string(kLocalhost) + ":");
    if (isLocal) authority.replace(0, kLocalhost.size(), "127.0.0.1");
    Result<HostPort> place = parseHostPort(authority);
    if (!place) {
        return std::move(place).error().within(
            "the gateway's URL (names but localhost are not looked up: write the address)");
    }
    if (place->port == 0) return Error(ErrorCode::InvalidInput, "the gateway's URL has port 0");
    gateway.host = isLocal ? std::string(kLocalhost) : place->host;
    gateway.place = *std::move(place);
    return gateway;
}

Result<GatewayAddress> findGateway(const GatewayChoice& choice)
{
    if (choice.url) return parseGatewayUrl(*choice.url);
    const std::string path = choice.stateDirectory + "/node.url";
    const Result<Bytes> text = node::readFileBlocking(path, kMaxUrlBytes);
    if (!text) {
        return Error(ErrorCode::NotFound,
                     "cannot read " + path + " (" + text.error().message() +
                         "): start the gateway, name its state directory with -d, or its URL "
                         "with --gateway");
    }
    Result<GatewayAddress> address = parseGatewayUrl(firstLine(asText(*text)));
    if (!address) return std::move(address).error().within(path);
    return address;
}

} // namespace tarn::gateway::cli
