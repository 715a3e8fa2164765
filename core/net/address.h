// address: numeric addresses with a port. Nothing here looks a name up.
#pragma once

#include "core/base/result.h"

#include <boost/asio/ip/tcp.hpp>

#include <string>
#include <string_view>

namespace tarn::net {

namespace asio = boost::asio;

using Endpoint = asio::ip::tcp::endpoint;

/// "127.0.0.1:3456", "[::1]:3456". \return InvalidInput: a name, or no port.
Result<Endpoint> parseEndpoint(std::string_view text);
/// Brackets around IPv6.
std::string textOf(const Endpoint& endpoint);
/// \return InvalidInput: not a numeric address.
Result<Endpoint> endpointOf(std::string_view host, std::uint16_t port);

} // namespace tarn::net
