// address_range: which addresses belong together: ranges as an owner writes them, and what kind of
// network an address is of. Pure, any thread.
#pragma once

#include "core/base/result.h"
#include "core/net/address.h"

#include <string>
#include <string_view>

namespace tarn::profiles {

namespace asio = boost::asio;

/// "192.168.7.0/24", "fd00::/8", or one address.
class AddressRange
{
public:
    /// \return InvalidInput: names the accepted forms.
    static Result<AddressRange> parse(std::string_view text);

    bool holds(const asio::ip::address& address) const;
    const std::string& text() const { return m_text; }
    friend bool operator==(const AddressRange& a, const AddressRange& b)
    {
        return a.m_text == b.m_text;
    }

private:
    std::string m_text;
    asio::ip::address_v6 m_base; ///< IPv4 as ::ffff:A.B.C.D
    unsigned m_bits = 0;         ///< of the 128
};

enum class AddressScope {
    Nowhere, ///< nobody's address, or many's: unspecified, multicast
    Host,    ///< loopback
    Local,   ///< of private networks: a home, a provider's own
    World
};
AddressScope scopeOf(const asio::ip::address& address);

/// ::ffff:A.B.C.D as A.B.C.D.
asio::ip::address plainAddress(const asio::ip::address& address);

} // namespace tarn::profiles
