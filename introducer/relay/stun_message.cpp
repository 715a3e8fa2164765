#include "introducer/relay/stun_message.h"

#include <algorithm>
#include <cstdint>
#include <string>

namespace tarn::relay {

namespace {

constexpr std::array<unsigned char, 4> kCookie = {0x21, 0x12, 0xa4, 0x42};
constexpr unsigned kBindingRequest = 0x0001;
constexpr unsigned kBindingAnswer = 0x0101;
constexpr unsigned kMappedAddress = 0x0001;
constexpr unsigned kXorMappedAddress = 0x0020;
constexpr unsigned kMayBeSkipped = 0x8000; ///< attributes from here on
constexpr std::size_t kIdAt = 4;
constexpr std::size_t kAttributeHeader = 4;
constexpr unsigned char kIpv4 = 1;
constexpr unsigned char kIpv6 = 2;

Error misbehaved(const char* why)
{
    return Error(ErrorCode::PeerMisbehaved, std::string("STUN: ") + why);
}

unsigned number(ByteView bytes, std::size_t at)
{
    return std::to_integer<unsigned>(bytes[at]) << 8U | std::to_integer<unsigned>(bytes[at + 1]);
}

void add(Bytes& out, unsigned value)
{
    out.push_back(static_cast<std::byte>(value >> 8U));
    out.push_back(static_cast<std::byte>(value));
}

Result<void> checkAttributes(ByteView rest)
{
    while (!rest.empty()) {
        if (rest.size() < kAttributeHeader) return misbehaved("an attribute cut short");
        const std::size_t padded = (number(rest, 2) + 3U) / 4 * 4;
        if (rest.size() - kAttributeHeader < padded) return misbehaved("an attribute cut short");
        if (number(rest, 0) < kMayBeSkipped) return misbehaved("it asks for more than an address");
        rest = rest.subspan(kAttributeHeader + padded);
    }
    return ok();
}

} // namespace

Result<StunRequest> parseStunRequest(ByteView datagram)
{
    if (datagram.size() < kStunHeader || datagram.size() > kLargestStun)
        return misbehaved("another length");
    if (number(datagram, 0) != kBindingRequest) return misbehaved("no Binding request");
    if (number(datagram, 2) != datagram.size() - kStunHeader) return misbehaved("another length");
    TARN_TRY_VOID(checkAttributes(datagram.subspan(kStunHeader)));
    StunRequest out;
    const ByteView id = datagram.subspan(kIdAt, out.id.size());
    std::copy(id.begin(), id.end(), out.id.begin());
    out.hasCookie =
        std::equal(kCookie.begin(), kCookie.end(), id.begin(), [](unsigned char a, std::byte b) {
            return a == std::to_integer<unsigned char>(b);
        });
    return out;
}

Bytes stunAnswer(const StunRequest& request, boost::asio::ip::address address, std::uint16_t port)
{
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        address = boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
    Bytes value;
    value.push_back(std::byte{0});
    value.push_back(std::byte{address.is_v4() ? kIpv4 : kIpv6});
    add(value, port);
    const auto append = [&value](const auto& bytes) {
        for (const unsigned char byte : bytes)
            value.push_back(std::byte{byte});
    };
    if (address.is_v4())
        append(address.to_v4().to_bytes());
    else
        append(address.to_v6().to_bytes());
    if (request.hasCookie) {
        for (std::size_t i = 2; i < value.size(); ++i)
            value[i] ^= request.id[i < kAttributeHeader ? i - 2 : i - kAttributeHeader];
    }
    Bytes out;
    add(out, kBindingAnswer);
    add(out, static_cast<unsigned>(kAttributeHeader + value.size()));
    out.insert(out.end(), request.id.begin(), request.id.end());
    add(out, request.hasCookie ? kXorMappedAddress : kMappedAddress);
    add(out, static_cast<unsigned>(value.size()));
    out.insert(out.end(), value.begin(), value.end());
    return out;
}

} // namespace tarn::relay
