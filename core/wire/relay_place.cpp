#include "core/wire/relay_place.h"

#include "core/wire/node_id.h"

namespace tarn::wire {

Result<RelayPlace> parseRelayPlace(std::string_view text)
{
    const Error other(ErrorCode::InvalidInput,
                      "expected \"v0-KEY@tcp:HOST:PORT\", got \"" + std::string(text) + "\"");
    const std::size_t at = text.find('@');
    if (at == std::string_view::npos) return other;
    const Result<crypto::Ed25519PublicKey> key = parseNodeId(text.substr(0, at));
    const Result<Location> location = parseLocation(text.substr(at + 1));
    if (!key || !location || location->port == 0) return other;
    RelayPlace out;
    out.key = *key;
    out.location = *location;
    return out;
}

std::string textOf(const RelayPlace& place)
{
    return nodeIdOf(place.key) + "@" + textOf(place.location);
}

} // namespace tarn::wire
