#include "core/node/relay_offer.h"

#include <nlohmann/json.hpp>

namespace tarn::node {

using Json = nlohmann::json;

std::string relayOfferText(const RelayOffer& offer)
{
    Json out = {{"offer", offer.offer}};
    if (offer.budget) out["budget"] = *offer.budget;
    return out.dump() + "\n";
}

Result<RelayOffer> parseRelayOffer(std::string_view text)
{
    const Json in = Json::parse(text, nullptr, false);
    const bool fits = in.is_object() && in.contains("offer") && in["offer"].is_boolean() &&
                      (!in.contains("budget") || in["budget"].is_number_unsigned());
    if (!fits)
        return Error(ErrorCode::InvalidInput,
                     "expected {\"offer\": true or false, \"budget\": bytes a month}");
    RelayOffer out;
    out.offer = in["offer"].get<bool>();
    if (in.contains("budget")) out.budget = in["budget"].get<std::uint64_t>();
    return out;
}

} // namespace tarn::node
