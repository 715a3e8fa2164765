#include "core/control/link_json.h"

#include <nlohmann/json.hpp>

namespace tarn::control {

namespace {

using nlohmann::json;

/// No sign and no point.
std::uint64_t unsignedAt(const json& value, const char* key)
{
    return value.at(key).get_ref<const json::number_unsigned_t&>();
}

std::optional<std::uint64_t> unsignedOrNull(const json& value, const char* key)
{
    if (value.at(key).is_null()) return std::nullopt;
    return unsignedAt(value, key);
}

json orNull(const std::optional<std::uint64_t>& value)
{
    return value ? json(*value) : json();
}

/// Runs what throws json::exception.
template <class Read>
auto reading(ErrorCode code, const char* what, const Read& read) -> Result<decltype(read())>
{
    try {
        return read();
    } catch (const json::exception& e) {
        return Error(code, std::string(what) + ": " + e.what());
    }
}

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
    if (value.contains("cap")) value.at("cap").get_to(out.cap);
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
    if (value.contains("entry")) value.at("entry").get_to(out.entry);
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

template <class T>
json listOf(const char* key, const std::vector<T>& all)
{
    json list = json::array();
    for (const T& one : all)
        list.push_back(jsonOf(one));
    return {{key, std::move(list)}};
}

template <class T>
std::vector<T> allAt(const json& value, const char* key, T (*read)(const json&))
{
    std::vector<T> out;
    for (const json& one : value.at(key))
        out.push_back(read(one));
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
    return listOf("links", links);
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
    return listOf("clients", clients);
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
