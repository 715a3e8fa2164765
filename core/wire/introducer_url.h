// introducer_url: where an introducer is and which key it has. Pure, any thread. No secret.
//
//   tarn-intro://SPKIHASH@HOST:PORT
#pragma once

#include "core/wire/location.h"
#include "core/wire/nurl.h"

namespace tarn::wire {

struct IntroducerUrl
{
    SpkiHash spkiHash; ///< of its node key
    std::string host;  ///< address or name; an IPv6 address without its brackets
    std::uint16_t port = 0;
    friend bool operator==(const IntroducerUrl&, const IntroducerUrl&) = default;
};

/// Takes exactly what textOf() writes. \return InvalidInput.
Result<IntroducerUrl> parseIntroducerUrl(std::string_view text);
std::string textOf(const IntroducerUrl& url);

/// Names below .onion and .i2p are reached through their networks.
Location locationOf(const IntroducerUrl& url);
/// "host:port", for people.
std::string placeOf(const IntroducerUrl& url);

} // namespace tarn::wire
