// relay_offer: whether a node relays for others, as its owner chose. Pure, any thread.
// Source: core/doc/protocol/relay.md.
//
//   STATE/relay.json    {"offer": true, "budget"?: bytes a month}
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::node {

inline constexpr std::string_view kRelayFile = "relay.json";

/// Whether others are relayed to, and how much of that.
struct RelayOffer
{
    bool offer = false;
    std::optional<std::uint64_t> budget; ///< bytes a month; absent: any number
    friend bool operator==(const RelayOffer&, const RelayOffer&) = default;
};

std::string relayOfferText(const RelayOffer& offer);
/// \return InvalidInput: not such JSON.
Result<RelayOffer> parseRelayOffer(std::string_view text);

} // namespace tarn::node
