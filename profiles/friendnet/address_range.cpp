#include "profiles/friendnet/address_range.h"

#include <array>
#include <charconv>

namespace tarn::profiles {

namespace {

constexpr unsigned kAllBits = 128;
constexpr unsigned kMappedBits = 96; ///< in front of an IPv4 address

asio::ip::address_v6 wide(const asio::ip::address& address)
{
    if (address.is_v6()) return address.to_v6();
    return asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4());
}

bool sameBits(const asio::ip::address_v6& a, const asio::ip::address_v6& b, unsigned bits)
{
    const auto left = a.to_bytes();
    const auto right = b.to_bytes();
    for (unsigned i = 0; i < bits; ++i) {
        const unsigned mask = 0x80U >> (i % 8);
        if ((left[i / 8] & mask) != (right[i / 8] & mask)) return false;
    }
    return true;
}

Error unlikeRange(std::string_view text)
{
    return Error(ErrorCode::InvalidInput, "expected an address or a range such as 192.168.7.0/24, "
                                          "got \"" +
                                              std::string(text) + "\"");
}

struct Known
{
    std::string_view base;
    unsigned bits;
};

/// RFC 1918, 6598, 3927, 4193, 4291.
constexpr std::array<Known, 7> kLocal{Known{"10.0.0.0", 104},    Known{"172.16.0.0", 108},
                                      Known{"192.168.0.0", 112}, Known{"100.64.0.0", 106},
                                      Known{"169.254.0.0", 112}, Known{"fc00::", 7},
                                      Known{"fe80::", 10}};

} // namespace

Result<AddressRange> AddressRange::parse(std::string_view text)
{
    const std::size_t slash = text.find('/');
    const std::string host(text.substr(0, slash));
    boost::system::error_code bad;
    const asio::ip::address address = asio::ip::make_address(host, bad);
    if (bad || host.find('%') != std::string::npos) return unlikeRange(text);
    const unsigned whole = address.is_v4() ? kAllBits - kMappedBits : kAllBits;
    unsigned bits = whole;
    if (slash != std::string_view::npos) {
        const std::string_view digits = text.substr(slash + 1);
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), bits);
        if (error != std::errc() || end != digits.data() + digits.size() || bits > whole)
            return unlikeRange(text);
    }
    AddressRange out;
    out.m_text = text;
    out.m_base = wide(address);
    out.m_bits = bits + (kAllBits - whole);
    return out;
}

bool AddressRange::holds(const asio::ip::address& address) const
{
    return sameBits(m_base, wide(address), m_bits);
}

AddressScope scopeOf(const asio::ip::address& given)
{
    const asio::ip::address address = plainAddress(given);
    if (address.is_unspecified() || address.is_multicast()) return AddressScope::Nowhere;
    if (address.is_v4() && address.to_v4() == asio::ip::address_v4::broadcast())
        return AddressScope::Nowhere;
    if (address.is_loopback()) return AddressScope::Host;
    const asio::ip::address_v6 whole = wide(address);
    for (const Known& known : kLocal)
        if (sameBits(whole, wide(asio::ip::make_address(std::string(known.base))), known.bits))
            return AddressScope::Local;
    return AddressScope::World;
}

asio::ip::address plainAddress(const asio::ip::address& address)
{
    if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
}

} // namespace tarn::profiles
