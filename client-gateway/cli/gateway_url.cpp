#include "client-gateway/cli/gateway_url.h"

#include "core/node/files.h"

namespace tarn::gateway::cli {

namespace {

constexpr std::size_t kMaxUrlBytes = 4096;

std::string_view firstLine(std::string_view text)
{
    return text.substr(0, text.find_first_of(" \t\r\n"));
}

} // namespace

Result<HostPort> parseGatewayUrl(std::string_view url)
{
    constexpr std::string_view kScheme = "http://";
    constexpr std::string_view kLocalhost = "localhost:";
    if (url.starts_with("https://")) {
        return Error(
            ErrorCode::Unsupported,
            "https is not spoken here: a gateway serves plain HTTP on loopback, and this "
            "program checks no certificates. For a gateway elsewhere, forward a local port "
            "(ssh -L 3456:127.0.0.1:3456 HOST) and name http://127.0.0.1:3456");
    }
    if (!url.starts_with(kScheme)) {
        return Error(ErrorCode::InvalidInput,
                     "the gateway's URL must be http://ADDRESS:PORT, not '" + std::string(url) +
                         "'");
    }
    std::string authority(url.substr(kScheme.size()));
    if (authority.ends_with('/')) authority.pop_back();
    if (authority.starts_with(kLocalhost)) authority.replace(0, kLocalhost.size(), "127.0.0.1:");
    Result<HostPort> address = parseHostPort(authority);
    if (!address) return std::move(address).error().within("the gateway's URL");
    if (address->port == 0) return Error(ErrorCode::InvalidInput, "the gateway's URL has port 0");
    return address;
}

Result<HostPort> findGateway(const GatewayChoice& choice)
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
    Result<HostPort> address = parseGatewayUrl(firstLine(asText(*text)));
    if (!address) return std::move(address).error().within(path);
    return address;
}

} // namespace tarn::gateway::cli
