#include "core/control/relay_json.h"

#include "core/control/json_fields.h"

#include <nlohmann/json.hpp>

namespace tarn::control {

namespace {

using nlohmann::json;

json jsonOf(const RelayView& relay)
{
    return {{"key", relay.key},       {"name", relay.name},     {"location", relay.location},
            {"linked", relay.linked}, {"relays", relay.relays}, {"problem", relay.problem}};
}

RelayView relayOf(const json& value)
{
    RelayView out;
    value.at("key").get_to(out.key);
    value.at("name").get_to(out.name);
    value.at("location").get_to(out.location);
    value.at("linked").get_to(out.linked);
    value.at("relays").get_to(out.relays);
    value.at("problem").get_to(out.problem);
    return out;
}

RelayChoice choiceOf(const json& value)
{
    RelayChoice out;
    value.at("offer").get_to(out.offer);
    if (value.contains("budget")) out.budget = unsignedOrNull(value, "budget");
    return out;
}

} // namespace

json jsonOf(const RelayStatus& status)
{
    json used = json::array();
    for (const RelayView& relay : status.used)
        used.push_back(jsonOf(relay));
    json out;
    out["offer"] = status.offer;
    out["budget"] = orNull(status.budget);
    out["month"] = status.month;
    out["month_bytes"] = status.monthBytes;
    out["streams"] = status.streams;
    out["sessions"] = status.sessions;
    out["refused"] = status.refused;
    out["used"] = std::move(used);
    return out;
}

RelayStatus relayStatusOf(const json& value)
{
    RelayStatus out;
    value.at("offer").get_to(out.offer);
    out.budget = unsignedOrNull(value, "budget");
    value.at("month").get_to(out.month);
    out.monthBytes = unsignedAt(value, "month_bytes");
    value.at("streams").get_to(out.streams);
    out.sessions = unsignedAt(value, "sessions");
    out.refused = unsignedAt(value, "refused");
    out.used = allAt<RelayView>(value, "used", relayOf);
    return out;
}

Result<RelayStatus> readRelayStatus(const json& value)
{
    return reading(ErrorCode::PeerMisbehaved, "the node's answer about relaying",
                   [&] { return relayStatusOf(value); });
}

json jsonOf(const RelayChoice& choice)
{
    return {{"offer", choice.offer}, {"budget", orNull(choice.budget)}};
}

Result<RelayChoice> readRelayChoice(const json& value)
{
    return reading(ErrorCode::InvalidInput, "what is chosen of relaying",
                   [&] { return choiceOf(value); });
}

} // namespace tarn::control
