#include "core/control/control_calls.h"

#include "core/control/connection_json.h"
#include "core/control/control_json.h"
#include "core/control/control_routes.h"
#include "core/control/link_json.h"
#include "core/control/member_json.h"
#include "core/control/relay_json.h"
#include "core/control/transfer_json.h"
#include "core/net/http_message.h"

#include <nlohmann/json.hpp>

#include <optional>

namespace tarn::control {

namespace {

using nlohmann::json;

/// What a path below a list names: "ID" or "ID/action".
struct Item
{
    std::string_view name; ///< percent-encoded
    std::string_view action;
};

std::optional<Item> itemBelow(std::string_view list, std::string_view path)
{
    if (!path.starts_with(list) || path.size() <= list.size() + 1 || path[list.size()] != '/')
        return std::nullopt;
    const std::string_view rest = path.substr(list.size() + 1);
    const std::size_t slash = rest.find('/');
    if (slash == std::string_view::npos) return Item{rest, {}};
    if (slash == 0 || slash + 1 == rest.size()) return std::nullopt;
    return Item{rest.substr(0, slash), rest.substr(slash + 1)};
}

std::optional<InviteDecision> decisionNamed(std::string_view action)
{
    if (action == "approve") return InviteDecision::Approve;
    if (action == "deny") return InviteDecision::Deny;
    if (action == "cancel") return InviteDecision::Cancel;
    return std::nullopt;
}

Result<json> bodyOf(const ControlCall& call)
{
    if (call.body.empty()) return json::object();
    Result<json> body = parseObject(call.body);
    if (!body) return Error(ErrorCode::InvalidInput, "the body is no JSON object");
    return body;
}

template <class T>
Result<json> asJson(const Result<T>& value)
{
    if (!value) return value.error();
    return jsonOf(*value);
}

asio::awaitable<Result<json>> answerEncoding(NodeControl& node, const ControlCall& call)
{
    if (call.method == "GET") co_return asJson(co_await node.encoding());
    TARN_CO_TRY(const json body, bodyOf(call));
    TARN_CO_TRY(std::optional<EncodingChoice> choice, readEncodingChoice(body));
    co_return asJson(co_await node.chooseEncoding(std::move(choice)));
}

asio::awaitable<Result<json>> createInvite(NodeControl& node, const ControlCall& call)
{
    TARN_CO_TRY(const json body, bodyOf(call));
    TARN_CO_TRY(InviteRequest request, readInviteRequest(body));
    co_return asJson(co_await node.createInvite(std::move(request)));
}

asio::awaitable<Result<json>> changeMember(NodeControl& node, const ControlCall& call,
                                           std::string name)
{
    TARN_CO_TRY(const json body, bodyOf(call));
    TARN_CO_TRY(MemberChange change, readMemberChange(body));
    co_return asJson(co_await node.changeMember(std::move(name), std::move(change)));
}

asio::awaitable<Result<json>> answerInvite(NodeControl& node, const Item& item)
{
    TARN_CO_TRY(std::string id, net::percentDecode(item.name, false));
    const std::optional<InviteDecision> decision = decisionNamed(item.action);
    if (!decision) co_return asJson(co_await node.invite(std::move(id)));
    co_return asJson(co_await node.decideInvite(std::move(id), *decision));
}

asio::awaitable<Result<json>> shareLink(NodeControl& node, const ControlCall& call,
                                        std::string name)
{
    TARN_CO_TRY(const json body, bodyOf(call));
    TARN_CO_TRY(LinkRequest request, readLinkRequest(body));
    co_return asJson(co_await node.shareLink(std::move(name), std::move(request)));
}

asio::awaitable<Result<json>> answerLink(NodeControl& node, const Item& item)
{
    TARN_CO_TRY(std::string id, net::percentDecode(item.name, false));
    if (item.action.empty()) co_return asJson(co_await node.link(std::move(id)));
    co_return asJson(co_await node.dropLink(std::move(id)));
}

asio::awaitable<Result<json>> addClient(NodeControl& node, const ControlCall& call)
{
    TARN_CO_TRY(const json body, bodyOf(call));
    TARN_CO_TRY(ClientRequest request, readClientRequest(body));
    co_return asJson(co_await node.addClient(std::move(request)));
}

asio::awaitable<Result<json>> limitClient(NodeControl& node, const ControlCall& call,
                                          std::string name)
{
    TARN_CO_TRY(json body, bodyOf(call));
    if (!body.contains("limit")) co_return Error(ErrorCode::InvalidInput, "limit is missing");
    body["name"] = std::move(name);
    TARN_CO_TRY(ClientRequest request, readClientRequest(body));
    co_return asJson(co_await node.limitClient(std::move(request)));
}

asio::awaitable<Result<json>> answerClient(NodeControl& node, const ControlCall& call,
                                           const Item& item)
{
    TARN_CO_TRY(std::string name, net::percentDecode(item.name, false));
    if (!item.action.empty()) co_return asJson(co_await node.revokeClient(std::move(name)));
    if (call.method == "GET") co_return asJson(co_await node.client(std::move(name)));
    co_return co_await limitClient(node, call, std::move(name));
}

asio::awaitable<Result<json>> answerRelay(NodeControl& node, const ControlCall& call)
{
    if (call.method == "GET") co_return asJson(co_await node.relay());
    TARN_CO_TRY(const json body, bodyOf(call));
    TARN_CO_TRY(const RelayChoice choice, readRelayChoice(body));
    co_return asJson(co_await node.chooseRelay(choice));
}

asio::awaitable<Result<json>> answerMember(NodeControl& node, const ControlCall& call,
                                           const Item& item)
{
    TARN_CO_TRY(std::string name, net::percentDecode(item.name, false));
    if (item.action == "share") co_return co_await shareLink(node, call, std::move(name));
    if (!item.action.empty()) co_return asJson(co_await node.revokeMember(std::move(name)));
    if (call.method == "GET") co_return asJson(co_await node.member(std::move(name)));
    co_return co_await changeMember(node, call, std::move(name));
}

} // namespace

std::string_view methodsAt(std::string_view path)
{
    if (path == kStatusPath || path == kMembersPath || path == kInboxPath ||
        path == kConnectionPath || path == kTransfersPath)
        return "GET";
    if (path == kInvitesPath || path == kClientsPath || path == kEncodingPath || path == kRelayPath)
        return "GET, POST";
    if (path == kLeavePath || path == kCheckPath) return "POST";
    if (const std::optional<Item> invite = itemBelow(kInvitesPath, path)) {
        if (invite->action.empty()) return "GET";
        return decisionNamed(invite->action) ? "POST" : "";
    }
    if (const std::optional<Item> member = itemBelow(kMembersPath, path)) {
        if (member->action.empty()) return "GET, POST";
        return member->action == "revoke" || member->action == "share" ? "POST" : "";
    }
    if (const std::optional<Item> link = itemBelow(kInboxPath, path)) {
        if (link->action.empty()) return "GET";
        return link->action == "drop" ? "POST" : "";
    }
    if (const std::optional<Item> client = itemBelow(kClientsPath, path)) {
        if (client->action.empty()) return "GET, POST";
        return client->action == "revoke" ? "POST" : "";
    }
    return "";
}

asio::awaitable<Result<json>> answerCall(NodeControl& node, ControlCall call)
{
    if (call.path == kStatusPath) co_return asJson(co_await node.status());
    if (call.path == kConnectionPath) co_return asJson(co_await node.connection());
    if (call.path == kCheckPath) co_return asJson(co_await node.checkConnection());
    if (call.path == kLeavePath) co_return asJson(co_await node.leave());
    if (call.path == kTransfersPath) co_return asJson(co_await node.transfers());
    if (call.path == kEncodingPath) co_return co_await answerEncoding(node, call);
    if (call.path == kRelayPath) co_return co_await answerRelay(node, call);
    if (call.path == kMembersPath) co_return asJson(co_await node.members());
    if (call.path == kInvitesPath && call.method == "POST") {
        co_return co_await createInvite(node, call);
    }
    if (call.path == kInvitesPath) co_return asJson(co_await node.invites());
    if (const std::optional<Item> invite = itemBelow(kInvitesPath, call.path)) {
        co_return co_await answerInvite(node, *invite);
    }
    if (const std::optional<Item> member = itemBelow(kMembersPath, call.path)) {
        co_return co_await answerMember(node, call, *member);
    }
    if (call.path == kInboxPath) co_return asJson(co_await node.links());
    if (call.path == kClientsPath && call.method == "POST") {
        co_return co_await addClient(node, call);
    }
    if (call.path == kClientsPath) co_return asJson(co_await node.clients());
    if (const std::optional<Item> link = itemBelow(kInboxPath, call.path)) {
        co_return co_await answerLink(node, *link);
    }
    if (const std::optional<Item> client = itemBelow(kClientsPath, call.path)) {
        co_return co_await answerClient(node, call, *client);
    }
    co_return Error(ErrorCode::NotFound, "there is nothing here");
}

} // namespace tarn::control
