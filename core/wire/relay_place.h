// relay_place: where a relay is and which key it has, as owners write it. Pure, any thread.
//
//   v0-KEY@tcp:HOST:PORT
#pragma once

#include "core/crypto/ed25519.h"
#include "core/wire/location.h"

namespace tarn::wire {

struct RelayPlace
{
    crypto::Ed25519PublicKey key;
    Location location; ///< its port is not 0
    friend bool operator==(const RelayPlace&, const RelayPlace&) = default;
};

/// \return InvalidInput: another form.
Result<RelayPlace> parseRelayPlace(std::string_view text);
std::string textOf(const RelayPlace& place);

} // namespace tarn::wire
