#include "core/control/control_json.h"

#include "core/control/json_fields.h"
#include "core/control/relay_json.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace tarn::control {

namespace {

using nlohmann::json;

constexpr std::size_t kMostWords = 500; ///< of an answer that is no JSON

json jsonOf(const GridStatus& grid)
{
    return {{"name", grid.name},       {"id", grid.id},         {"root", grid.root},
            {"founder", grid.founder}, {"reason", grid.reason}, {"membership", grid.membership}};
}

json jsonOf(const StorageStatus& storage)
{
    return {{"offered", orNull(storage.offered)},
            {"used", orNull(storage.used)},
            {"available", storage.available},
            {"problem", storage.problem}};
}

json jsonOf(const WaitingFile& file)
{
    return {{"index", file.index},       {"placed", file.placed}, {"waiting", file.waiting},
            {"needed", file.needed},     {"total", file.total},   {"since", file.since},
            {"openable", file.openable}, {"safe", file.safe}};
}

json jsonOf(const OutboxStatus& outbox)
{
    json waiting = json::array();
    for (const WaitingFile& file : outbox.waiting)
        waiting.push_back(jsonOf(file));
    return {{"files", outbox.files}, {"shares", outbox.shares},   {"bytes", outbox.bytes},
            {"limit", outbox.limit}, {"problem", outbox.problem}, {"waiting", std::move(waiting)}};
}

json jsonOf(const SafetyStatus& safety)
{
    return {{"checked", orNull(safety.checked)}, {"files", safety.files},
            {"unsafe", safety.unsafe},           {"missing", safety.missing},
            {"unreadable", safety.unreadable},   {"may_vanish", safety.mayVanish},
            {"members", safety.members},         {"repaired", safety.repaired},
            {"sentence", safety.sentence},       {"problem", safety.problem}};
}

// These throw json::exception; see readNodeStatus().

GridStatus gridOf(const json& value)
{
    GridStatus out;
    value.at("name").get_to(out.name);
    value.at("id").get_to(out.id);
    value.at("root").get_to(out.root);
    value.at("founder").get_to(out.founder);
    value.at("membership").get_to(out.membership);
    value.at("reason").get_to(out.reason);
    return out;
}

StorageStatus storageOf(const json& value)
{
    StorageStatus out;
    out.offered = optionalAt<std::uint64_t>(value, "offered");
    out.used = optionalAt<std::uint64_t>(value, "used");
    value.at("available").get_to(out.available);
    value.at("problem").get_to(out.problem);
    return out;
}

WaitingFile waitingFileOf(const json& value)
{
    WaitingFile out;
    value.at("index").get_to(out.index);
    value.at("placed").get_to(out.placed);
    value.at("waiting").get_to(out.waiting);
    value.at("needed").get_to(out.needed);
    value.at("total").get_to(out.total);
    value.at("since").get_to(out.since);
    value.at("openable").get_to(out.openable);
    value.at("safe").get_to(out.safe);
    return out;
}

OutboxStatus outboxOf(const json& value)
{
    OutboxStatus out;
    value.at("files").get_to(out.files);
    value.at("shares").get_to(out.shares);
    value.at("bytes").get_to(out.bytes);
    value.at("limit").get_to(out.limit);
    value.at("problem").get_to(out.problem);
    out.waiting = allAt<WaitingFile>(value, "waiting", waitingFileOf);
    return out;
}

SafetyStatus safetyOf(const json& value)
{
    SafetyStatus out;
    out.checked = optionalAt<std::int64_t>(value, "checked");
    value.at("files").get_to(out.files);
    value.at("unsafe").get_to(out.unsafe);
    value.at("missing").get_to(out.missing);
    value.at("unreadable").get_to(out.unreadable);
    value.at("may_vanish").get_to(out.mayVanish);
    value.at("members").get_to(out.members);
    value.at("repaired").get_to(out.repaired);
    value.at("sentence").get_to(out.sentence);
    value.at("problem").get_to(out.problem);
    return out;
}

EncodingStatus encodingOf(const json& value)
{
    EncodingStatus out;
    value.at("needed").get_to(out.needed);
    value.at("happy").get_to(out.happy);
    value.at("total").get_to(out.total);
    value.at("automatic").get_to(out.automatic);
    value.at("source").get_to(out.source);
    value.at("members").get_to(out.members);
    value.at("problem").get_to(out.problem);
    return out;
}

/// Numbers of shares; what is no such number is none that can be.
std::uint32_t countAt(const json& value, const char* key)
{
    constexpr std::uint64_t kMost = 1'000'000;
    return static_cast<std::uint32_t>(std::min(unsignedAt(value, key), kMost));
}

std::optional<EncodingChoice> choiceOf(const json& value)
{
    if (value.contains("automatic")) return std::nullopt;
    EncodingChoice out;
    out.needed = countAt(value, "needed");
    out.happy = countAt(value, "happy");
    out.total = countAt(value, "total");
    return out;
}

NodeStatus statusOf(const json& value)
{
    NodeStatus out;
    value.at("version").get_to(out.version);
    value.at("id").get_to(out.id);
    value.at("nickname").get_to(out.nickname);
    value.at("started").get_to(out.started);
    value.at("listen").get_to(out.listen);
    value.at("locations").get_to(out.locations);
    value.at("web").get_to(out.web);
    value.at("root_directory").get_to(out.rootDirectory);
    value.at("servers").get_to(out.servers);
    out.grid = gridOf(value.at("grid"));
    out.storage = storageOf(value.at("storage"));
    out.outbox = outboxOf(value.at("outbox"));
    out.safety = safetyOf(value.at("safety"));
    out.encoding = encodingOf(value.at("encoding"));
    out.relay = relayStatusOf(value.at("relay"));
    return out;
}

/// What a caller can do about the status of an error.
ErrorCode codeOf(unsigned status)
{
    switch (status) {
    case 400:
        return ErrorCode::InvalidInput;
    case 401:
    case 403:
        return ErrorCode::Unauthorized;
    case 404:
        return ErrorCode::NotFound;
    case 409:
        return ErrorCode::Conflict;
    case 413:
        return ErrorCode::TooLarge;
    case 503:
        return ErrorCode::Timeout;
    default:
        return ErrorCode::PeerMisbehaved;
    }
}

} // namespace

json jsonOf(const EncodingStatus& encoding)
{
    return {{"needed", encoding.needed},  {"happy", encoding.happy},
            {"total", encoding.total},    {"automatic", encoding.automatic},
            {"source", encoding.source},  {"members", encoding.members},
            {"problem", encoding.problem}};
}

Result<EncodingStatus> readEncodingStatus(const json& value)
{
    return reading(ErrorCode::PeerMisbehaved, "encoding", [&value] { return encodingOf(value); });
}

json jsonOf(const std::optional<EncodingChoice>& choice)
{
    if (!choice) return {{"automatic", true}};
    return {{"needed", choice->needed}, {"happy", choice->happy}, {"total", choice->total}};
}

Result<std::optional<EncodingChoice>> readEncodingChoice(const json& value)
{
    constexpr const char* kWhat =
        "expected \"needed\", \"happy\" and \"total\", or \"automatic\": true";
    const bool numbers =
        value.contains("needed") || value.contains("happy") || value.contains("total");
    const bool automatic = value.contains("automatic") && value["automatic"] == json(true);
    if (numbers == value.contains("automatic") || automatic == numbers)
        return Error(ErrorCode::InvalidInput, kWhat);
    return reading(ErrorCode::InvalidInput, kWhat, [&value] { return choiceOf(value); });
}

json jsonOf(const NodeStatus& status)
{
    json out;
    out["version"] = status.version;
    out["id"] = status.id;
    out["nickname"] = status.nickname;
    out["started"] = status.started;
    out["listen"] = status.listen;
    out["locations"] = status.locations;
    out["web"] = status.web;
    out["root_directory"] = status.rootDirectory;
    out["servers"] = status.servers;
    out["grid"] = jsonOf(status.grid);
    out["storage"] = jsonOf(status.storage);
    out["outbox"] = jsonOf(status.outbox);
    out["safety"] = jsonOf(status.safety);
    out["encoding"] = jsonOf(status.encoding);
    out["relay"] = jsonOf(status.relay);
    return out;
}

Result<NodeStatus> readNodeStatus(const json& value)
{
    return reading(ErrorCode::PeerMisbehaved, "no status of a node",
                   [&] { return statusOf(value); });
}

json jsonOf(const Error& error)
{
    return {{"error", error.message()}, {"code", nameOf(error.code())}};
}

Error readError(unsigned status, std::string_view body)
{
    const std::string number = "the node answered " + std::to_string(status);
    const json value = json::parse(body, nullptr, false);
    if (value.is_object() && value.contains("error") && value["error"].is_string())
        return Error(codeOf(status), value["error"].get<std::string>());
    return Error(codeOf(status), number + ": " + std::string(body.substr(0, kMostWords)));
}

std::string printed(const json& value)
{
    return value.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

Result<json> parseObject(std::string_view text)
{
    json value = json::parse(text, nullptr, false);
    if (value.is_object()) return value;
    return Error(ErrorCode::PeerMisbehaved, "expected a JSON object");
}

} // namespace tarn::control
