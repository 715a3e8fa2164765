#include "core/net/address.h"

#include <boost/asio/ip/address.hpp>

#include <charconv>

namespace tarn::net {

Result<Endpoint> endpointOf(std::string_view host, std::uint16_t port)
{
    boost::system::error_code error;
    const asio::ip::address address = asio::ip::make_address(std::string(host), error);
    // A NUL is where make_address stops reading.
    if (error || host.find('\0') != std::string_view::npos) {
        return Error(ErrorCode::InvalidInput,
                     "\"" + std::string(host) + "\" is not a numeric address");
    }
    return Endpoint(address, port);
}

Result<Endpoint> parseEndpoint(std::string_view text)
{
    const auto refuse = [&](std::string_view why) {
        return Error(ErrorCode::InvalidInput,
                     "\"" + std::string(text) + "\" is not an address:port: " + std::string(why));
    };
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return refuse("no port");
    const std::string_view digits = text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || end != digits.data() + digits.size()) return refuse("bad port");
    std::string_view host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
        if (host.find(':') == std::string_view::npos) return refuse("brackets are for IPv6");
    } else if (host.find(':') != std::string_view::npos) {
        return refuse("an IPv6 address needs brackets");
    }
    return endpointOf(host, port);
}

std::string textOf(const Endpoint& endpoint)
{
    const std::string address = endpoint.address().to_string();
    const std::string port = std::to_string(endpoint.port());
    return endpoint.address().is_v6() ? "[" + address + "]:" + port : address + ":" + port;
}

} // namespace tarn::net
