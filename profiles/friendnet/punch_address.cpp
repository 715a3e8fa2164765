#include "profiles/friendnet/punch_address.h"

#include <algorithm>

namespace tarn::profiles {

namespace {

using net::asio::ip::address;
using net::asio::ip::address_v4;
using net::asio::ip::address_v6;

constexpr std::uint16_t kFirstPort = 1024;
constexpr std::size_t kSameV4 = 3; // bytes of a /24
constexpr std::size_t kSameV6 = 8; // bytes of a /64

bool in(const address_v4& host, std::uint32_t network, unsigned bits)
{
    return ((host.to_uint() ^ network) >> (32 - bits)) == 0;
}

bool isPublicOrPrivateV4(const address_v4& host)
{
    return !in(host, 0x00000000, 8) && !in(host, 0x7f000000, 8) && // this network, loopback
           !in(host, 0xa9fe0000, 16) && !in(host, 0xe0000000, 3);  // link-local, 224/4 and 240/4
}

bool isPublicOrPrivateV6(const address_v6& host)
{
    if (host.scope_id() != 0) return false;
    const address_v6::bytes_type bytes = host.to_bytes();
    const bool global = (bytes[0] & 0xe0U) == 0x20; // 2000::/3, all that is given out
    const bool unique = (bytes[0] & 0xfeU) == 0xfc;
    // 6to4 and Teredo hide an IPv4 address that nobody looked at.
    const bool sixToFour = bytes[0] == 0x20 && bytes[1] == 0x02;
    const bool teredo = bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0 && bytes[3] == 0;
    return (global || unique) && !sixToFour && !teredo;
}

bool sameNetwork(const address& a, const address& b)
{
    if (a.is_v4() != b.is_v4()) return false;
    if (a.is_v4()) {
        const auto left = a.to_v4().to_bytes();
        const auto right = b.to_v4().to_bytes();
        return std::equal(left.begin(), left.begin() + kSameV4, right.begin());
    }
    const auto left = a.to_v6().to_bytes();
    const auto right = b.to_v6().to_bytes();
    return std::equal(left.begin(), left.begin() + kSameV6, right.begin());
}

} // namespace

bool mayBeNamed(const net::Endpoint& endpoint)
{
    if (endpoint.port() < kFirstPort) return false;
    const address host = endpoint.address();
    return host.is_v4() ? isPublicOrPrivateV4(host.to_v4()) : isPublicOrPrivateV6(host.to_v6());
}

bool isPrivate(const address& host)
{
    if (host.is_v4()) {
        return in(host.to_v4(), 0x0a000000, 8) || in(host.to_v4(), 0xac100000, 12) ||
               in(host.to_v4(), 0xc0a80000, 16) || in(host.to_v4(), 0x64400000, 10);
    }
    return (host.to_v6().to_bytes()[0] & 0xfeU) == 0xfc;
}

bool makesSense(const net::Endpoint& endpoint, std::span<const address> own)
{
    if (!mayBeNamed(endpoint)) return false;
    if (!isPrivate(endpoint.address())) return true;
    return std::any_of(own.begin(), own.end(),
                       [&](const address& mine) { return sameNetwork(mine, endpoint.address()); });
}

} // namespace tarn::profiles
