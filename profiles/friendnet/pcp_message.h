// pcp_message: what a router is asked for by PCP and, where it is older, by NAT-PMP, and its
// answers. Pure, any thread. Source: RFC 6887 (PCP), RFC 6886 (NAT-PMP). Numbers are big-endian.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

#include <boost/asio/ip/address.hpp>

#include <array>
#include <cstdint>
#include <string>

namespace tarn::profiles {

namespace asio = boost::asio;

inline constexpr std::uint16_t kPcpPort = 5351;
inline constexpr std::size_t kMostPcpBytes = 1100;
inline constexpr std::size_t kPcpNonceBytes = 12;
using PcpNonce = std::array<std::byte, kPcpNonceBytes>;

/// A way in for TCP.
struct PcpMapping
{
    PcpNonce nonce{};
    asio::ip::address inside; ///< of the answer: outside
    std::uint16_t innerPort = 0;
    std::uint16_t outerPort = 0; ///< of a request: wished
    std::uint32_t lifeSeconds = 0;
    friend bool operator==(const PcpMapping&, const PcpMapping&) = default;
};

Bytes encodePcpMap(const PcpMapping& wanted);
/// \return PeerMisbehaved: no such answer.  Unsupported: it speaks NAT-PMP only.  Conflict: its
///         refusal, in words.
Result<PcpMapping> decodePcpMap(ByteView bytes);

struct PmpMapping
{
    std::uint16_t innerPort = 0;
    std::uint16_t outerPort = 0;
    std::uint32_t lifeSeconds = 0;
    friend bool operator==(const PmpMapping&, const PmpMapping&) = default;
};

Bytes encodePmpAddressRequest();
/// As decodePcpMap(). \return the router's address outside.
Result<asio::ip::address> decodePmpAddress(ByteView bytes);
Bytes encodePmpMap(const PmpMapping& wanted);
Result<PmpMapping> decodePmpMap(ByteView bytes);

} // namespace tarn::profiles
