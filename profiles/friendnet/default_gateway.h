// default_gateway: the router of this machine, from the kernel's table of IPv4 routes.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string_view>

namespace tarn::profiles {

namespace asio = boost::asio;

/// \param routes  the text of /proc/net/route. \return of the best default route; nothing: there is
///                none. Pure.
std::optional<asio::ip::address> gatewayIn(std::string_view routes);

std::optional<asio::ip::address> defaultGatewayBlocking();

} // namespace tarn::profiles
