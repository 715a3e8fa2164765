#include "storage-server/account_request.h"

#include "core/wire/node_id.h"

#include <nlohmann/json.hpp>

namespace tarn::storage {

namespace {

using nlohmann::json;
using Kind = AccountRequest::Kind;

constexpr std::string_view kAccounts = "/admin/v1/accounts";

Error bad(std::string why)
{
    return Error(ErrorCode::InvalidInput, std::move(why));
}

Result<json> parseObject(ByteView body)
{
    if (body.empty()) return json::object();
    json out = json::parse(asText(body), nullptr, false);
    if (!out.is_object()) return bad("expected a JSON object");
    return out;
}

/// \return nothing: the key is absent or null.
Result<std::optional<std::string>> optionalText(const json& object, const char* key)
{
    const auto found = object.find(key);
    if (found == object.end() || found->is_null()) return std::optional<std::string>();
    if (!found->is_string()) return bad(std::string(key) + ": expected a text");
    return std::optional(found->get<std::string>());
}

Result<std::optional<std::uint64_t>> optionalBytes(const json& object, const char* key)
{
    const auto found = object.find(key);
    if (found == object.end() || found->is_null()) return std::optional<std::uint64_t>();
    if (!found->is_number_unsigned()) return bad(std::string(key) + ": expected bytes or null");
    return std::optional(found->get<std::uint64_t>());
}

Result<void> readSwitches(const json& object, AccountRequest& out)
{
    for (const auto& [key, value] : object.items()) {
        if (value != true) return bad(key + ": expected true");
        if (key == "read") {
            out.read = true;
        } else if (key == "write") {
            out.write = true;
        } else if (key == "keep") {
            out.keep = true;
        } else {
            return bad("unknown switch " + key + "; there are read, write and keep");
        }
    }
    if (!out.read && !out.write && !out.keep) return bad("no switch is named");
    return ok();
}

Result<void> readNewAccount(const json& object, AccountRequest& out)
{
    TARN_TRY(std::optional<std::string> name, optionalText(object, "name"));
    TARN_TRY(const std::optional<std::string> key, optionalText(object, "key"));
    TARN_TRY(out.limit, optionalBytes(object, "limit"));
    if (key) {
        TARN_TRY(out.key, wire::parseNodeId(*key));
    }
    out.name = std::move(name).value_or(std::string());
    return ok();
}

Result<Kind> kindOf(bool post, std::string_view name, std::string_view action)
{
    if (name.empty() && action.empty()) return post ? Kind::Add : Kind::List;
    if (!post && action.empty()) return Kind::Show;
    if (!post) return Error(ErrorCode::Unsupported, "use POST");
    if (action == "limit") return Kind::Limit;
    if (action == "allow") return Kind::Allow;
    if (action == "deny") return Kind::Deny;
    if (action == "rotate") return Kind::Rotate;
    if (action == "revoke") return Kind::Revoke;
    return Error(ErrorCode::NotFound, "no such request");
}

} // namespace

Result<AccountRequest> parseAccountRequest(std::string_view method, std::string_view path,
                                           ByteView body)
{
    if (path != kAccounts && !path.starts_with(std::string(kAccounts) + "/"))
        return Error(ErrorCode::NotFound, "no such resource");
    const std::string_view rest = path.substr(std::min(path.size(), kAccounts.size() + 1));
    const std::string_view name = rest.substr(0, rest.find('/'));
    const std::string_view action = rest.substr(std::min(rest.size(), name.size() + 1));
    TARN_TRY(const json object, parseObject(body));
    AccountRequest out;
    TARN_TRY(out.kind, kindOf(method == "POST", name, action));
    out.name = std::string(name);
    if (out.kind == Kind::Add) {
        TARN_TRY_VOID(readNewAccount(object, out));
    } else if (out.kind == Kind::Limit) {
        TARN_TRY(out.limit, optionalBytes(object, "limit"));
    } else if (out.kind == Kind::Allow || out.kind == Kind::Deny) {
        TARN_TRY_VOID(readSwitches(object, out));
    }
    return out;
}

} // namespace tarn::storage
