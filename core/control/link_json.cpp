#include "core/control/link_json.h"

#include "core/control/json_fields.h"

#include <nlohmann/json.hpp>

namespace tarn::control {

namespace {

using nlohmann::json;

LinkView linkOf(const json& value)
{
    LinkView out;
    value.at("id").get_to(out.id);
    value.at("member").get_to(out.member);
    value.at("key").get_to(out.key);
    value.at("name").get_to(out.name);
    value.at("kind").get_to(out.kind);
    out.size = unsignedOrNull(value, "size");
    value.at("time").get_to(out.time);
    value.at("sent").get_to(out.sent);
    value.at("delivered").get_to(out.delivered);
    getIf(value, "cap", out.cap);
    return out;
}

ClientView clientOf(const json& value)
{
    ClientView out;
    value.at("name").get_to(out.name);
    out.used = unsignedAt(value, "used");
    out.shares = unsignedAt(value, "shares");
    out.limit = unsignedOrNull(value, "limit");
    value.at("created").get_to(out.created);
    value.at("revoked").get_to(out.revoked);
    getIf(value, "entry", out.entry);
    return out;
}

LinkRequest linkRequestOf(const json& value)
{
    LinkRequest out;
    value.at("cap").get_to(out.cap);
    value.at("name").get_to(out.name);
    return out;
}

ClientRequest clientRequestOf(const json& value)
{
    ClientRequest out;
    value.at("name").get_to(out.name);
    if (value.contains("limit")) out.limit = unsignedOrNull(value, "limit");
    return out;
}

} // namespace

json jsonOf(const LinkView& link)
{
    json out;
    out["id"] = link.id;
    out["member"] = link.member;
    out["key"] = link.key;
    out["name"] = link.name;
    out["kind"] = link.kind;
    out["size"] = orNull(link.size);
    out["time"] = link.time;
    out["sent"] = link.sent;
    out["delivered"] = link.delivered;
    if (!link.cap.empty()) out["cap"] = link.cap;
    return out;
}

Result<LinkView> readLinkView(const json& value)
{
    return reading(ErrorCode::PeerMisbehaved, "no link", [&] { return linkOf(value); });
}

json jsonOf(const std::vector<LinkView>& links)
{
    return listOf("links", links.size(), [&](std::size_t i) { return jsonOf(links[i]); });
}

Result<std::vector<LinkView>> readLinkViews(const json& value)
{
    return reading(ErrorCode::PeerMisbehaved, "no list of links",
                   [&] { return allAt<LinkView>(value, "links", linkOf); });
}

json jsonOf(const LinkRequest& request)
{
    return {{"cap", request.cap}, {"name", request.name}};
}

Result<LinkRequest> readLinkRequest(const json& value)
{
    return reading(ErrorCode::InvalidInput, "no link", [&] { return linkRequestOf(value); });
}

json jsonOf(const ClientView& client)
{
    json out;
    out["name"] = client.name;
    out["used"] = client.used;
    out["shares"] = client.shares;
    out["limit"] = orNull(client.limit);
    out["created"] = client.created;
    out["revoked"] = client.revoked;
    if (!client.entry.empty()) out["entry"] = client.entry;
    return out;
}

Result<ClientView> readClientView(const json& value)
{
    return reading(ErrorCode::PeerMisbehaved, "no client", [&] { return clientOf(value); });
}

json jsonOf(const std::vector<ClientView>& clients)
{
    return listOf("clients", clients.size(), [&](std::size_t i) { return jsonOf(clients[i]); });
}

Result<std::vector<ClientView>> readClientViews(const json& value)
{
    return reading(ErrorCode::PeerMisbehaved, "no list of clients",
                   [&] { return allAt<ClientView>(value, "clients", clientOf); });
}

json jsonOf(const ClientRequest& request)
{
    return {{"name", request.name}, {"limit", orNull(request.limit)}};
}

Result<ClientRequest> readClientRequest(const json& value)
{
    return reading(ErrorCode::InvalidInput, "no client", [&] { return clientRequestOf(value); });
}

} // namespace tarn::control
