#include "profiles/friendnet/pcp_message.h"

#include "profiles/friendnet/address_range.h"

#include <string_view>

namespace tarn::profiles {

namespace {

constexpr std::byte kPcpVersion{2};
constexpr std::byte kPmpVersion{0};
constexpr std::byte kMap{1};
constexpr std::byte kAnswer{0x80};
constexpr std::byte kTcp{6};
constexpr std::size_t kPcpBytes = 60;
constexpr std::size_t kPcpClientAt = 8;
constexpr std::size_t kPcpNonceAt = 24;
constexpr std::size_t kPcpProtocolAt = 36;
constexpr std::size_t kPcpInnerAt = 40;
constexpr std::size_t kPcpOuterAt = 42;
constexpr std::size_t kPcpAddressAt = 44;
constexpr std::byte kPmpTcp{2};
constexpr std::size_t kPmpMapBytes = 16;
constexpr std::size_t kPmpAddressBytes = 12;

constexpr std::array<std::string_view, 14> kPcpRefusals{
    "",
    "it speaks another version",
    "it does not allow it",
    "it found the request malformed",
    "it does not know the request",
    "it does not know the option",
    "it found the option malformed",
    "its network fails",
    "it has no resources left",
    "it does not know the protocol",
    "this machine has as many ways in as it may",
    "it cannot give that port",
    "this machine's address is another there: another router is in between",
    "it knows too many peers"};
constexpr std::array<std::string_view, 6> kPmpRefusals{"",
                                                       "it speaks another version",
                                                       "it does not allow it",
                                                       "its network fails",
                                                       "it has no resources left",
                                                       "it does not know the request"};

asio::ip::address_v6 wide(const asio::ip::address& address)
{
    if (address.is_v6()) return address.to_v6();
    return asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4());
}

void putAddress(Bytes& into, std::size_t at, const asio::ip::address& address)
{
    const auto bytes = wide(address).to_bytes();
    std::memcpy(into.data() + at, bytes.data(), bytes.size());
}

Error unlike(const char* what)
{
    return Error(ErrorCode::PeerMisbehaved, std::string("the router's answer: ") + what);
}

template <std::size_t N>
Error refusal(const std::array<std::string_view, N>& words, std::size_t code)
{
    std::string why = "the router refuses: ";
    if (code < N)
        why += words.at(code);
    else
        why += "code " + std::to_string(code);
    return Error(ErrorCode::Conflict, why);
}

/// Version, kind and result of an answer by NAT-PMP.
Result<void> checkPmp(ByteView bytes, std::size_t size, std::byte operation)
{
    constexpr std::size_t kHead = 4;
    if (bytes.size() < kHead || bytes[0] != kPmpVersion) return unlike("another version");
    const auto result = loadBig<std::uint16_t>(bytes, 2);
    if (result != 0) return refusal(kPmpRefusals, result);
    if (bytes[1] != (kAnswer | operation) || bytes.size() != size) return unlike("another form");
    return ok();
}

} // namespace

Bytes encodePcpMap(const PcpMapping& wanted)
{
    Bytes out = zeroBytes(kPcpBytes);
    out[0] = kPcpVersion;
    out[1] = kMap;
    storeBig<std::uint32_t>(out, 4, wanted.lifeSeconds);
    putAddress(out, kPcpClientAt, wanted.inside);
    std::memcpy(out.data() + kPcpNonceAt, wanted.nonce.data(), wanted.nonce.size());
    out[kPcpProtocolAt] = kTcp;
    storeBig<std::uint16_t>(out, kPcpInnerAt, wanted.innerPort);
    storeBig<std::uint16_t>(out, kPcpOuterAt, wanted.outerPort);
    // Any address outside, of the same family.
    const bool v6 = wanted.inside.is_v6();
    putAddress(out, kPcpAddressAt,
               v6 ? asio::ip::address(asio::ip::address_v6::any())
                  : asio::ip::address(asio::ip::address_v4::any()));
    return out;
}

Result<PcpMapping> decodePcpMap(ByteView bytes)
{
    constexpr std::size_t kHead = 4;
    if (bytes.size() < kHead || bytes.size() > kMostPcpBytes) return unlike("another size");
    if (bytes[0] == kPmpVersion)
        return Error(ErrorCode::Unsupported, "the router speaks NAT-PMP only");
    if (bytes[0] != kPcpVersion || bytes[1] != (kAnswer | kMap)) return unlike("another form");
    const auto result = std::to_integer<std::size_t>(bytes[3]);
    if (result != 0) return refusal(kPcpRefusals, result);
    if (bytes.size() < kPcpBytes || bytes[kPcpProtocolAt] != kTcp) return unlike("another form");
    PcpMapping out;
    out.lifeSeconds = loadBig<std::uint32_t>(bytes, 4);
    std::memcpy(out.nonce.data(), bytes.data() + kPcpNonceAt, out.nonce.size());
    out.innerPort = loadBig<std::uint16_t>(bytes, kPcpInnerAt);
    out.outerPort = loadBig<std::uint16_t>(bytes, kPcpOuterAt);
    asio::ip::address_v6::bytes_type address{};
    std::memcpy(address.data(), bytes.data() + kPcpAddressAt, address.size());
    out.inside = plainAddress(asio::ip::address_v6(address));
    return out;
}

Bytes encodePmpAddressRequest()
{
    return zeroBytes(2);
}

Result<asio::ip::address> decodePmpAddress(ByteView bytes)
{
    TARN_TRY_VOID(checkPmp(bytes, kPmpAddressBytes, std::byte{0}));
    return asio::ip::address(asio::ip::address_v4(loadBig<std::uint32_t>(bytes, 8)));
}

Bytes encodePmpMap(const PmpMapping& wanted)
{
    Bytes out = zeroBytes(4);
    out[1] = kPmpTcp;
    appendBig<std::uint16_t>(out, wanted.innerPort);
    appendBig<std::uint16_t>(out, wanted.outerPort);
    appendBig<std::uint32_t>(out, wanted.lifeSeconds);
    return out;
}

Result<PmpMapping> decodePmpMap(ByteView bytes)
{
    TARN_TRY_VOID(checkPmp(bytes, kPmpMapBytes, kPmpTcp));
    PmpMapping out;
    out.innerPort = loadBig<std::uint16_t>(bytes, 8);
    out.outerPort = loadBig<std::uint16_t>(bytes, 10);
    out.lifeSeconds = loadBig<std::uint32_t>(bytes, 12);
    return out;
}

} // namespace tarn::profiles
