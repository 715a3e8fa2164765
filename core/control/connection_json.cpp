#include "core/control/connection_json.h"

#include "core/control/json_fields.h"

#include <nlohmann/json.hpp>

namespace tarn::control {

namespace {

using nlohmann::json;

json proofJson(const std::optional<ProofView>& proof)
{
    if (!proof) return nullptr;
    return {{"reached", proof->reached}, {"at", proof->at}, {"observer", proof->observer}};
}

json addressJson(const AddressView& address)
{
    return {{"location", address.location}, {"kind", address.kind},
            {"origin", address.origin},     {"told", address.told},
            {"reason", address.reason},     {"proof", proofJson(address.proof)}};
}

AddressView addressOf(const json& value)
{
    AddressView out;
    value.at("location").get_to(out.location);
    value.at("kind").get_to(out.kind);
    value.at("origin").get_to(out.origin);
    value.at("told").get_to(out.told);
    value.at("reason").get_to(out.reason);
    const json& proof = value.at("proof");
    if (proof.is_null()) return out;
    out.proof.emplace();
    proof.at("reached").get_to(out.proof->reached);
    proof.at("at").get_to(out.proof->at);
    proof.at("observer").get_to(out.proof->observer);
    return out;
}

json pathJson(const PathView& path)
{
    return {{"kind", path.kind}, {"place", path.place},  {"result", path.result},
            {"at", path.at},     {"took_ms", path.took}, {"reason", path.reason}};
}

PathView pathOf(const json& value)
{
    PathView out;
    value.at("kind").get_to(out.kind);
    value.at("place").get_to(out.place);
    value.at("result").get_to(out.result);
    value.at("at").get_to(out.at);
    value.at("took_ms").get_to(out.took);
    value.at("reason").get_to(out.reason);
    return out;
}

json peerJson(const PeerPathsView& peer)
{
    json paths = json::array();
    for (const PathView& path : peer.paths)
        paths.push_back(pathJson(path));
    return {{"name", peer.name}, {"key", peer.key},     {"online", peer.online},
            {"kind", peer.kind}, {"place", peer.place}, {"paths", std::move(paths)},
            {"step", peer.step}};
}

PeerPathsView peerOf(const json& value)
{
    PeerPathsView out;
    value.at("name").get_to(out.name);
    value.at("key").get_to(out.key);
    value.at("online").get_to(out.online);
    value.at("kind").get_to(out.kind);
    value.at("place").get_to(out.place);
    out.paths = allAt<PathView>(value, "paths", pathOf);
    value.at("step").get_to(out.step);
    return out;
}

ConnectionView connectionOf(const json& value)
{
    ConnectionView out;
    value.at("looks").get_to(out.looks);
    value.at("interfaces").get_to(out.interfaces);
    value.at("mapping").get_to(out.mapping);
    value.at("seen").get_to(out.seen);
    value.at("punching").get_to(out.punching);
    out.addresses = allAt<AddressView>(value, "addresses", addressOf);
    const json& router = value.at("router");
    router.at("state").get_to(out.router.state);
    router.at("protocol").get_to(out.router.protocol);
    router.at("address").get_to(out.router.address);
    router.at("reason").get_to(out.router.reason);
    value.at("unproven").get_to(out.unproven);
    out.peers = allAt<PeerPathsView>(value, "peers", peerOf);
    return out;
}

} // namespace

json jsonOf(const ConnectionView& connection)
{
    json addresses = json::array();
    for (const AddressView& address : connection.addresses)
        addresses.push_back(addressJson(address));
    json peers = json::array();
    for (const PeerPathsView& peer : connection.peers)
        peers.push_back(peerJson(peer));
    const RouterView& router = connection.router;
    return {{"looks", connection.looks},
            {"interfaces", connection.interfaces},
            {"mapping", connection.mapping},
            {"seen", connection.seen},
            {"punching", connection.punching},
            {"addresses", std::move(addresses)},
            {"router",
             {{"state", router.state},
              {"protocol", router.protocol},
              {"address", router.address},
              {"reason", router.reason}}},
            {"unproven", connection.unproven},
            {"peers", std::move(peers)}};
}

Result<ConnectionView> readConnectionView(const json& value)
{
    return reading(ErrorCode::PeerMisbehaved, "the node's connections",
                   [&] { return connectionOf(value); });
}

} // namespace tarn::control
