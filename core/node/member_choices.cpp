#include "core/node/member_choices.h"

#include "core/wire/node_id.h"

#include <nlohmann/json.hpp>

namespace tarn::node {

namespace {

using nlohmann::json;

constexpr std::size_t kMaxFileBytes = std::size_t{4} << 20U; ///< some 20,000 members

json jsonOf(const MemberChoice& choice)
{
    json out = json::object();
    if (choice.limit) out["limit"] = *choice.limit;
    if (!choice.read) out["read"] = false;
    if (!choice.write) out["write"] = false;
    if (!choice.keep) out["keep"] = false;
    if (!choice.use) out["use"] = false;
    if (!choice.household.empty()) out["household"] = choice.household;
    return out;
}

/// Throws json::exception.
MemberChoice choiceOf(const json& value)
{
    MemberChoice out;
    if (value.contains("limit"))
        out.limit = value.at("limit").get_ref<const json::number_unsigned_t&>();
    const auto getIf = [&value](const char* key, bool& into) {
        if (value.contains(key)) value.at(key).get_to(into);
    };
    getIf("read", out.read);
    getIf("write", out.write);
    getIf("keep", out.keep);
    getIf("use", out.use);
    if (value.contains("household")) value.at("household").get_to(out.household);
    return out;
}

Result<MemberChoices> choicesOf(const json& members)
{
    MemberChoices out;
    for (const auto& [id, value] : members.items()) {
        const Result<crypto::Ed25519PublicKey> key = wire::parseNodeId(id);
        if (!key) return key.error();
        out[*key] = choiceOf(value);
    }
    return out;
}

} // namespace

std::string choicesText(const MemberChoices& choices)
{
    json members = json::object();
    for (const auto& [key, choice] : choices)
        if (!(choice == MemberChoice())) members[wire::nodeIdOf(key)] = jsonOf(choice);
    return json{{"members", std::move(members)}}.dump(1) + "\n";
}

Result<MemberChoices> parseChoices(std::string_view text)
{
    const json value = json::parse(text, nullptr, false);
    if (!value.is_object()) return Error(ErrorCode::InvalidInput, "expected a JSON object");
    try {
        return choicesOf(value.at("members"));
    } catch (const json::exception& e) {
        return Error(ErrorCode::InvalidInput, e.what());
    }
}

Result<MemberChoices> readChoicesBlocking(const StateDir& dir)
{
    const std::string path = dir.pathOf(kChoicesFile);
    const Result<Bytes> text = readFileBlocking(path, kMaxFileBytes);
    if (!text && text.error().code() == ErrorCode::NotFound) return MemberChoices();
    if (!text) return text.error();
    Result<MemberChoices> out = parseChoices(asText(*text));
    if (!out) return std::move(out).error().within(path);
    return out;
}

} // namespace tarn::node
