// location: an address of a server as operators write it and announcements carry it. Pure, any
// thread. Source: connection hints of Foolscap and Tahoe-LAFS ("tcp:", "tor:", "i2p:").
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tarn::wire {

/// What carries connections to an address.
enum class Network { Tcp, Tor, I2p };

struct Location
{
    std::string host; ///< address or name; an IPv6 address without its brackets
    std::uint16_t port = 0;
    Network network = Network::Tcp;
    friend bool operator==(const Location&, const Location&) = default;
};

/// "tcp:HOST:PORT", "tor:NAME.onion:PORT", "i2p:NAME.i2p:PORT". Port 0 only with tcp: "the port
/// that is listened on". \return InvalidInput: another form, also a name of another network.
Result<Location> parseLocation(std::string_view text);
std::string textOf(const Location& location);
/// "HOST:PORT" with brackets around IPv6.
std::string placeOf(const Location& location);

/// "tcp", "tor", "i2p".
std::string_view nameOf(Network network);
/// Names below .onion and .i2p exist in their networks only, all else is Tcp. Any case.
Network networkOfHost(std::string_view host);

} // namespace tarn::wire
