#include "client-gateway/web/json_texts.h"

#include "client-gateway/dirs/child_name.h"
#include "client-gateway/web/check_value.h"
#include "client-gateway/web/indented_json.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace tarn::gateway::web {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

/// Nicknames come from strangers: bytes that are no UTF-8 become U+FFFD.
template <class Json>
std::string print(const Json& value)
{
    return value.dump(1, ' ', true, Json::error_handler_t::replace) + "\n";
}

void addText(IndentedJson& out, const char* name, std::string_view text)
{
    if (text.empty()) return;
    out.key(name);
    out.text(text);
}

void addFlag(IndentedJson& out, const char* name, bool value)
{
    out.key(name);
    out.literal(value ? "true" : "false");
}

void addCaps(IndentedJson& out, const CapInfo& cap)
{
    addText(out, "rw_uri", cap.write);
    addText(out, "ro_uri", cap.readOnly);
    addText(out, "verify_uri", cap.verify);
}

void addMetadata(IndentedJson& out, const MetadataText& metadata)
{
    if (metadata.empty()) return;
    out.key("metadata");
    out.value(metadata.front() == '{' ? std::string_view(metadata) : "{}");
}

/// A directory is in a file of some format, too.
std::string_view formatOf(const CapInfo& cap)
{
    if (!cap.format.empty()) return cap.format;
    if (!cap.isMutable) return "CHK";
    return cap.text.starts_with("URI:DIR2-MDMF") ? "MDMF" : "SDMF";
}

void addFile(IndentedJson& out, const CapInfo& cap)
{
    addFlag(out, "mutable", cap.isMutable);
    addText(out, "format", formatOf(cap));
    if (cap.size) {
        out.key("size");
        out.literal(std::to_string(*cap.size));
    }
    addCaps(out, cap);
}

void addUnknown(IndentedJson& out, const CapInfo& cap)
{
    addCaps(out, cap);
    const bool immutable = cap.readOnly.starts_with("imm.");
    if (immutable || !cap.write.empty()) addFlag(out, "mutable", !immutable);
}

/// [type, members], the members still open: of a directory its children may follow.
void beginNode(IndentedJson& out, const CapInfo& cap, const MetadataText& metadata,
               bool prohibited = false)
{
    using Kind = CapInfo::Kind;
    const bool unknown =
        cap.kind == Kind::Unknown || (cap.isVerifier && cap.kind != Kind::Verifier);
    const bool directory = !unknown && cap.kind == Kind::Directory && !prohibited;
    out.beginArray();
    out.text(unknown ? "unknown" : directory ? "dirnode" : "filenode");
    out.beginObject();
    if (unknown) {
        addUnknown(out, cap);
    } else if (directory) {
        addFlag(out, "mutable", cap.isMutable);
        addCaps(out, cap);
    } else {
        addFile(out, cap);
    }
    addMetadata(out, metadata);
}

void endNode(IndentedJson& out)
{
    out.endObject();
    out.endArray();
}

Error badChild(const std::string& name, std::string_view reason)
{
    return Error(ErrorCode::InvalidInput, "child \"" + name + "\": " + std::string(reason));
}

Result<std::optional<std::string>> optionalText(const json& members, const char* field,
                                                const std::string& name)
{
    const auto it = members.find(field);
    if (it == members.end() || it->is_null()) return std::optional<std::string>();
    if (!it->is_string()) return badChild(name, std::string(field) + " must be a string");
    return std::optional<std::string>(it->get<std::string>());
}

Result<NewChild> childFromJson(const std::string& name, const json& value)
{
    if (!value.is_array() || value.size() < 2 || !value[1].is_object())
        return badChild(name, "it must be [type, {\"rw_uri\", \"ro_uri\", \"metadata\"}]");
    const json& members = value[1];
    NewChild child;
    child.name = name;
    TARN_TRY(child.write, optionalText(members, "rw_uri", name));
    TARN_TRY(child.read, optionalText(members, "ro_uri", name));
    if (!child.write && !child.read) return badChild(name, "neither rw_uri nor ro_uri");
    const auto metadata = members.find("metadata");
    if (metadata == members.end() || metadata->is_null()) return child;
    if (!metadata->is_object()) return badChild(name, "metadata must be an object");
    child.metadata = metadata->dump();
    return child;
}

/// nlohmann's parser recurses; deeper texts than this are refused before it sees them.
constexpr std::size_t kMaxJsonDepth = 64;

bool nestsTooDeep(std::string_view text)
{
    std::size_t depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted && c == '\\') {
            ++i;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && (c == '{' || c == '[')) {
            if (++depth > kMaxJsonDepth) return true;
        } else if (!quoted && (c == '}' || c == ']') && depth > 0) {
            --depth;
        }
    }
    return false;
}

double unixTime(WallTime time)
{
    return std::chrono::duration<double>(time.time_since_epoch()).count();
}

ordered_json serverValue(const ServerView& server)
{
    ordered_json out{{"nodeid", server.id},
                     {"connection_status", server.status.text},
                     {"available_space", nullptr},
                     {"nickname", server.nickname},
                     {"version", nullptr},
                     {"last_received_data", nullptr},
                     {"corrupt_shares", server.status.corruptShares},
                     {"bad_answers", server.status.badAnswers},
                     {"old_versions", server.status.oldVersions},
                     {"last_problem", nullptr},
                     {"last_problem_at", nullptr},
                     {"upload_permitted", server.uploadRefusal.empty()},
                     {"upload_refusal", nullptr}};
    if (!server.uploadRefusal.empty()) out["upload_refusal"] = server.uploadRefusal;
    if (server.status.version) {
        out["available_space"] = server.status.version->availableSpace;
        out["version"] = server.status.version->applicationVersion;
    }
    if (server.status.lastReceived)
        out["last_received_data"] = unixTime(*server.status.lastReceived);
    if (server.status.lastProblemAt) {
        out["last_problem"] = server.status.lastProblem;
        out["last_problem_at"] = unixTime(*server.status.lastProblemAt);
    }
    return out;
}

ordered_json numbersOf(const std::set<ShareNumber>& shares)
{
    ordered_json out = ordered_json::array();
    for (const ShareNumber share : shares)
        out.push_back(share.value);
    return out;
}

ordered_json happinessValue(const HappinessReport& report)
{
    ordered_json servers = ordered_json::array();
    for (const ServerReport& server : report.servers) {
        servers.push_back({{"nodeid", server.serverId},
                           {"nickname", server.nickname},
                           {"outcome", nameOf(server.outcome)},
                           {"reason", server.reason},
                           {"holding", numbersOf(server.holding)},
                           {"accepted", numbersOf(server.accepted)}});
    }
    return {{"summary", report.summary()},  {"needed", report.needed},
            {"happy", report.happy},        {"total", report.total},
            {"reached", report.reached},    {"servers-known", report.serversKnown},
            {"servers", std::move(servers)}};
}

} // namespace

std::string capJson(const CapInfo& cap, const MetadataText& metadata)
{
    IndentedJson out;
    beginNode(out, cap, metadata);
    endNode(out);
    return std::move(out).take();
}

std::string directoryJson(const CapInfo& cap, const DirectoryContents& contents,
                          const std::function<bool(const std::string&)>& prohibited)
{
    IndentedJson out;
    beginNode(out, cap, {});
    out.key("children");
    out.beginObject();
    for (const auto& [name, child] : contents.children) {
        out.key(name);
        const CapInfo info = describeNode(child.node);
        beginNode(out, info, child.metadata, prohibited(info.storageIndex));
        endNode(out);
    }
    out.endObject();
    endNode(out);
    return std::move(out).take();
}

Result<std::vector<NewChild>> childrenFromJson(std::string_view text)
{
    if (nestsTooDeep(text))
        return Error(ErrorCode::InvalidInput, "children: JSON nested more than 64 deep");
    const json value = json::parse(text, nullptr, false);
    if (value.is_discarded()) return Error(ErrorCode::InvalidInput, "children: malformed JSON");
    if (!value.is_object()) return Error(ErrorCode::InvalidInput, "children: not a JSON object");
    std::vector<NewChild> out;
    std::set<std::string> names;
    for (const auto& [name, child] : value.items()) {
        TARN_TRY(NewChild one, childFromJson(name, child));
        const Result<std::string> normal = normalizedName(name);
        if (!normal) return badChild(name, normal.error().message());
        if (!names.insert(*normal).second)
            return badChild(name, "it comes twice, in two Unicode forms");
        out.push_back(std::move(one));
    }
    return out;
}

std::string checkJson(const CheckResult& result)
{
    return print(checkValue(result));
}

std::string repairJson(const RepairResult& result)
{
    return print(repairValue(result));
}

std::string serversJson(const std::vector<ServerView>& servers)
{
    ordered_json list = ordered_json::array();
    for (const ServerView& server : servers)
        list.push_back(serverValue(server));
    ordered_json out;
    out["introducers"]["statuses"] = ordered_json::array();
    out["servers"] = std::move(list);
    return print(out);
}

std::string errorJson(const Error& error, const HappinessReport* report)
{
    ordered_json out{{"error", error.message()}, {"code", nameOf(error.code())}};
    if (report) out["happiness"] = happinessValue(*report);
    return print(out);
}

} // namespace tarn::gateway::web
