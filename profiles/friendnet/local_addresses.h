// local_addresses: the addresses of this machine's own network interfaces, by QtNetwork. Blocking:
// it asks the kernel, and sends nothing.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <string>
#include <vector>

namespace tarn::profiles {

namespace asio = boost::asio;

struct LocalAddress
{
    asio::ip::address address;
    std::string interface; ///< "eth0"
    friend bool operator==(const LocalAddress&, const LocalAddress&) = default;
};

/// Those that others may connect to: of interfaces that are up, without loopback, addresses that
/// are good on one wire only and those that are about to go. In a steady order.
std::vector<LocalAddress> localAddressesBlocking();

} // namespace tarn::profiles
