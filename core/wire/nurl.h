// nurl: where a storage server is, which key it has, and the account to use. Pure, any thread.
// Source: spec of the HTTP storage protocol, section 1.
//
//   pb://SPKIHASH@HOST:PORT/SWISSNUM#v=1         pb+tor://...         pb+i2p://...
//
// pb+i2p is ours: Tahoe-LAFS has no NURLs for I2P and leaves such ones alone.
#pragma once

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/crypto/x509.h"
#include "core/wire/location.h"

#include <string>
#include <string_view>

namespace tarn::wire {

using crypto::SpkiHash;

struct Nurl
{
    SpkiHash spkiHash;
    std::string host; ///< address or name; an IPv6 address without its brackets
    std::uint16_t port = 0;
    std::string swissnum;           ///< a secret: never logged
    Network network = Network::Tcp; ///< what the scheme names

    friend bool operator==(const Nurl&, const Nurl&) = default;
};

/// Takes exactly what textOf() writes.
/// \return InvalidInput saying which part is wrong, without repeating the swissnum.
Result<Nurl> parseNurl(std::string_view text);
std::string textOf(const Nurl& nurl);

/// How to reach it. A name below .onion or .i2p is reached through its network whatever the scheme.
Location locationOf(const Nurl& nurl);
/// "host:port" with brackets around IPv6, for logs and messages.
std::string placeOf(const Nurl& nurl);

} // namespace tarn::wire
