#include "introducer/service_config.h"

#include "core/base/config_writer.h"
#include "core/base/log_config.h"
#include "core/net/contradictions.h"
#include "core/wire/node_id.h"
#include "introducer/introducer.h"

#include <algorithm>

namespace tarn::introducer {

namespace {

bool listensEverywhere(const HostPort& address)
{
    return address.host == "0.0.0.0" || address.host == "::";
}

void readLocations(ConfigTable table, ServiceConfig& config)
{
    const std::vector<std::string> texts = table.strings("locations", {});
    if (!table.has("locations")) return;
    config.locations.emplace();
    for (const std::string& text : texts) {
        Result<wire::Location> location = wire::parseLocation(text);
        if (location)
            config.locations->push_back(*std::move(location));
        else
            table.refuse("locations", location.error().message());
    }
}

void readGossip(ConfigTable table, ServiceConfig& config)
{
    for (const std::string& text : table.strings("peers", {})) {
        Result<wire::IntroducerUrl> url = wire::parseIntroducerUrl(text);
        if (!url) {
            table.refuse("peers", url.error().message());
            continue;
        }
        const bool twice = std::any_of(config.peers.begin(), config.peers.end(),
                                       [&](const auto& p) { return p.spkiHash == url->spkiHash; });
        if (twice) table.refuse("peers", "\"" + text + "\" has the key of another peer");
        if (const Result<void> way = config.outgoing.mayDial(wire::locationOf(*url)); !way)
            table.refuse("peers", way.error().message());
        config.peers.push_back(*std::move(url));
    }
    for (const std::string& text : table.strings("allow", {})) {
        const Result<crypto::Ed25519PublicKey> key = wire::parseNodeId(text);
        if (key && std::find(config.allow.begin(), config.allow.end(), *key) != config.allow.end())
            table.refuse("allow", "\"" + text + "\" stands there twice");
        else if (key)
            config.allow.push_back(*key);
        else
            table.refuse("allow", "\"" + text + "\": " + key.error().message());
    }
    if (table.has("allow") && config.allow.empty())
        table.refuse("allow", "an empty list would let nobody announce; leave the key out to let "
                              "everybody");
}

void refuseContradictions(ConfigReader& reader, const ServiceConfig& config)
{
    ConfigTable listen = reader.table("listen");
    if (config.admin && net::sameDoor(*config.admin, config.listen))
        listen.refuse("admin", "this is the address of [listen] introducer: give it another port");
    std::vector<net::Door> doors{{config.listen, "[listen] introducer"}};
    if (config.admin) doors.push_back({*config.admin, "[listen] admin"});
    net::refuseOwnProxies(reader, config.outgoing, doors);
    net::refuseLocations(reader.table("announce"), config.effectiveLocations(), config.listen.port);
    for (const wire::IntroducerUrl& peer : config.peers)
        net::refuseOwnDoors(reader.table("gossip"), "peers", {peer.host, peer.port}, doors);
    if (config.admin && !net::isLoopback(*config.admin))
        listen.refuse("admin", "the status page tells who subscribes, to anybody: expected a "
                               "loopback address");
    if (config.revealIpAddress) return;
    if (!config.locations)
        reader.table("announce")
            .refuse("locations", "with [node] reveal_ip_address = false nothing is announced by "
                                 "itself; name tor: or i2p: locations, or [] for none");
    if (!net::isLoopback(config.listen))
        listen.refuse("introducer", net::revealing("\"" + textOf(config.listen) + "\""));
    for (const wire::Location& location : config.effectiveLocations())
        if (location.network == wire::Network::Tcp)
            reader.table("announce")
                .refuse("locations", net::revealing("\"" + wire::textOf(location) + "\""));
}

} // namespace

std::vector<wire::Location> ServiceConfig::effectiveLocations() const
{
    if (locations) return *locations;
    if (listensEverywhere(listen) || !revealIpAddress) return {};
    return {{listen.host, listen.port, wire::Network::Tcp}};
}

Result<ServiceConfig> readServiceConfig(ConfigReader reader)
{
    ServiceConfig config;
    ConfigTable node = reader.table("node");
    config.nickname = node.string("nickname", config.nickname);
    config.revealIpAddress = node.boolean("reveal_ip_address", config.revealIpAddress);
    ConfigTable listen = reader.table("listen");
    config.listen = listen.requiredAddress("introducer");
    config.admin = listen.optionalAddress("admin");
    config.connections =
        static_cast<std::uint32_t>(listen.integer("connections", config.connections, 1, 100'000));
    readLocations(reader.table("announce"), config);
    config.outgoing = net::readOutgoing(reader, config.revealIpAddress);
    readGossip(reader.table("gossip"), config);
    config.log = readLogSettings(reader);
    refuseContradictions(reader, config);
    TARN_TRY_VOID(reader.finish());
    return config;
}

std::string printedConfig(const ServiceConfig& config)
{
    ConfigWriter out;
    out.table("node");
    out.string("nickname", config.nickname);
    out.boolean("reveal_ip_address", config.revealIpAddress);
    out.table("listen");
    out.address("introducer", config.listen);
    if (config.admin) out.address("admin", *config.admin);
    out.integer("connections", config.connections);
    out.table("announce");
    std::vector<std::string> locations;
    for (const wire::Location& location : config.effectiveLocations())
        locations.push_back(wire::textOf(location));
    out.strings("locations", locations);
    out.table("gossip");
    std::vector<std::string> peers;
    for (const wire::IntroducerUrl& peer : config.peers)
        peers.push_back(wire::textOf(peer));
    out.strings("peers", peers);
    std::vector<std::string> allow;
    for (const crypto::Ed25519PublicKey& key : config.allow)
        allow.push_back(wire::nodeIdOf(key));
    if (!allow.empty()) out.strings("allow", allow);
    net::printOutgoing(out, config.outgoing);
    printLogSettings(out, config.log);
    return out.text();
}

std::string explained(const ServiceConfig& config)
{
    std::string out = "Listeners\n  " + textOf(config.listen) +
                      "  announcements, subscriptions, gossip; HTTP/1.1 over TLS 1.3\n";
    if (config.admin) out += "  " + textOf(*config.admin) + "  status page, /healthz, plain HTTP\n";
    out += "Who may announce\n  ";
    out += config.allow.empty() ? std::string("any key\n")
                                : std::to_string(config.allow.size()) + " listed keys\n";
    out += "Addresses in introducer.url (port 0: the one that is picked)\n";
    for (const wire::Location& location : config.effectiveLocations())
        out += "  " + wire::textOf(location) + "\n";
    if (config.effectiveLocations().empty()) out += "  none\n";
    out += "Outbound connections, all to configured introducers, TLS 1.3 pinned to their keys\n" +
           net::explained(config.outgoing);
    for (const wire::IntroducerUrl& peer : config.peers)
        out += "  " + wire::placeOf(peer) + "\n";
    if (config.peers.empty()) out += "  no peers: none\n";
    out += "Name lookups, address detection, port mapping, UDP\n" +
           net::explainedLookups(config.outgoing, "introducers") +
           "Timers\n"
           "  news goes to peers at once, digests are compared with one of them every " +
           durationText(kGossipRound * gossip::GossipSettings().syncEvery) +
           ";\n"
           "    one that does not answer rests for 1 s to 64 s\n"
           "  announcements expire 48 h after they were made\n"
           "  a subscriber that waits is answered after 40 s at the latest\n"
           "  connections idle for 5 min are closed, slow ones after 60 s without progress\n";
    return out;
}

} // namespace tarn::introducer
