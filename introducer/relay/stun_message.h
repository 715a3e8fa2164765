// stun_message: STUN Binding requests and their answers: which address a datagram came from, and
// nothing else. Pure, any thread. Source: RFC 8489 (5, 6.3, 14.1, 14.2); requests without its magic
// cookie are of RFC 3489 and answered as there.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

#include <boost/asio/ip/address.hpp>

#include <array>
#include <cstdint>

namespace tarn::relay {

inline constexpr std::size_t kStunHeader = 20;
inline constexpr std::size_t kLargestStun = 548; ///< of a request that is looked at

struct StunRequest
{
    std::array<std::byte, 16> id{}; ///< with the magic cookie, where there is one
    bool hasCookie = false;
};

/// \return PeerMisbehaved: no Binding request, or one that has to be understood in full and is not.
Result<StunRequest> parseStunRequest(ByteView datagram);
/// 32 bytes for IPv4, 44 for IPv6.
Bytes stunAnswer(const StunRequest& request, boost::asio::ip::address from, std::uint16_t port);

} // namespace tarn::relay
