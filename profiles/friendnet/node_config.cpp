#include "profiles/friendnet/node_config.h"

#include "core/base/config_writer.h"
#include "core/base/log_config.h"
#include "core/membership/share_counts.h"
#include "core/net/contradictions.h"
#include "profiles/friendnet/own_addresses.h"

#include <algorithm>

namespace tarn::profiles {

namespace {

constexpr std::string_view kAnyName = "expected 1 to 64 bytes without control characters";

/// One person makes few directories at a time, on a machine that others may want to be quiet.
constexpr std::uint32_t kKeysAhead = 8;
constexpr Duration kLeastUnseen = std::chrono::hours(24);

bool isFitName(std::string_view text)
{
    const auto isControl = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; };
    return !text.empty() && text.size() <= kLongestName &&
           std::none_of(text.begin(), text.end(), isControl);
}

std::string readName(ConfigTable table, std::string_view key)
{
    std::string name = table.string(key, {});
    if (!isFitName(name)) table.refuse(key, std::string(kAnyName));
    return name;
}

std::optional<std::vector<wire::Location>> readLocations(ConfigTable table)
{
    const std::vector<std::string> texts = table.strings("locations", {});
    if (!table.has("locations")) return std::nullopt;
    std::vector<wire::Location> out;
    for (const std::string& text : texts) {
        Result<wire::Location> location = wire::parseLocation(text);
        if (location)
            out.push_back(*std::move(location));
        else
            table.refuse("locations", location.error().message());
    }
    return out;
}

HostPort readWeb(ConfigTable table, HostPort otherwise)
{
    const HostPort web = table.optionalAddress("listen").value_or(std::move(otherwise));
    if (!net::isLoopback(web))
        table.refuse("listen", "expected an address of loopback: whoever reaches it has the files");
    return web;
}

constexpr std::size_t kMostRelays = 4;

void readRelay(ConfigTable table, NodeConfig& config)
{
    config.relayOffer = table.boolean("offer", config.relayOffer);
    config.relayBudget = table.optionalByteSize("budget");
    config.relayUse = table.boolean("use", config.relayUse);
    for (const std::string& text : table.strings("relays", {})) {
        Result<wire::RelayPlace> place = wire::parseRelayPlace(text);
        if (place)
            config.relays.push_back(*std::move(place));
        else
            table.refuse("relays", place.error().message());
    }
    if (config.relays.size() > kMostRelays) table.refuse("relays", "expected 4 at most");
    if (!config.relayUse && !config.relays.empty())
        table.refuse("relays", "with [relay] use = false none is used: leave them out");
}

bool sameEncoding(const std::optional<gateway::EncodingParameters>& a,
                  const std::optional<gateway::EncodingParameters>& b)
{
    if (!a || !b) return !a && !b;
    return a->needed == b->needed && a->happy == b->happy && a->total == b->total &&
           a->segmentSize == b->segmentSize;
}

std::vector<std::string> textsOf(const std::vector<wire::Location>& locations)
{
    std::vector<std::string> out;
    for (const wire::Location& location : locations)
        out.push_back(wire::textOf(location));
    return out;
}

void refuseFolder(ConfigTable table, const std::string& folder)
{
    if (folder.empty() || net::keepsSecrets(folder))
        table.refuse("directory",
                     "expected a folder of its own for shares, got \"" + folder + "\"");
}

/// What is never told, and told all the same.
void refuseExcluded(ConfigTable announce, const NodeConfig& config)
{
    if (!config.locations) return;
    for (const wire::Location& location : *config.locations) {
        const Result<net::Endpoint> at = net::endpointOf(location.host, location.port);
        if (!at || !config.reach.excludes(at->address())) continue;
        announce.refuse("locations",
                        "\"" + wire::textOf(location) + "\": [reach] exclude holds it");
    }
}

std::vector<std::string> textsOf(const std::vector<wire::RelayPlace>& places)
{
    std::vector<std::string> out;
    for (const wire::RelayPlace& place : places)
        out.push_back(wire::textOf(place));
    return out;
}

/// Settings that are right alone and wrong together.
void refuseContradictions(ConfigReader& reader, const NodeConfig& config)
{
    if (net::sameDoor(config.web, config.listen))
        reader.table("web").refuse("listen",
                                   "this is the address of [listen] address: give it another port");
    refuseFolder(reader.table("storage"), config.directory);
    refuseFolder(reader.table("outbox"), config.outboxDirectory);
    if (config.outboxDirectory == config.directory)
        reader.table("outbox").refuse(
            "directory", "this is [storage] directory: what waits for friends is kept apart");
    if (config.locations)
        net::refuseLocations(reader.table("announce"), *config.locations, config.listen.port);
    refuseExcluded(reader.table("announce"), config);
    net::refuseOwnProxies(reader, config.outgoing,
                          {{config.listen, "[listen] address"}, {config.web, "[web] listen"}});
}

gateway::EncodingParameters encodingFor(std::uint32_t members)
{
    const membership::ShareCounts counts = membership::shareCountsFor(members);
    gateway::EncodingParameters out;
    out.needed = counts.needed;
    out.happy = counts.happy;
    out.total = counts.total;
    return out;
}

} // namespace

Result<NodeConfig> readNodeConfig(ConfigReader reader)
{
    NodeConfig config;
    config.nickname = readName(reader.table("node"), "nickname");
    config.gridName = readName(reader.table("grid"), "name");
    ConfigTable listen = reader.table("listen");
    config.listen = listen.optionalAddress("address").value_or(config.listen);
    config.connections =
        static_cast<std::uint32_t>(listen.integer("connections", config.connections, 1, 100'000));
    config.locations = readLocations(reader.table("announce"));
    ConfigTable storage = reader.table("storage");
    config.directory = storage.string("directory", config.directory);
    config.offer = storage.optionalByteSize("offer");
    config.reserved = storage.byteSize("reserved_space", config.reserved);
    ConfigTable outbox = reader.table("outbox");
    config.outboxDirectory = outbox.string("directory", config.outboxDirectory);
    config.outboxLimit = outbox.byteSize("limit", config.outboxLimit);
    ConfigTable members = reader.table("members");
    config.memberLimit = members.optionalByteSize("limit");
    config.unseen = members.duration("unseen", config.unseen);
    if (config.unseen < kLeastUnseen) members.refuse("unseen", "expected 1 d or more");
    readRelay(reader.table("relay"), config);
    config.web = readWeb(reader.table("web"), config.web);
    ConfigTable encoding = reader.table("encoding"); // an accepted key all the same
    if (reader.root().has("encoding"))
        config.encoding = gateway::readEncoding(encoding, encodingFor(1));
    config.reach = readReach(reader);
    config.outgoing = net::readOutgoing(reader, true);
    config.log = readLogSettings(reader);
    refuseContradictions(reader, config);
    TARN_TRY_VOID(reader.finish());
    return config;
}

std::string printedConfig(const NodeConfig& config)
{
    ConfigWriter out;
    out.table("node");
    out.string("nickname", config.nickname);
    out.table("grid");
    out.string("name", config.gridName);
    out.table("listen");
    out.address("address", config.listen);
    out.integer("connections", config.connections);
    if (config.locations) {
        out.table("announce");
        out.strings("locations", textsOf(*config.locations));
    }
    out.table("storage");
    out.string("directory", config.directory);
    if (config.offer) out.byteSize("offer", *config.offer);
    out.byteSize("reserved_space", config.reserved);
    out.table("outbox");
    out.string("directory", config.outboxDirectory);
    out.byteSize("limit", config.outboxLimit);
    out.table("members");
    if (config.memberLimit) out.byteSize("limit", *config.memberLimit);
    out.string("unseen", durationText(config.unseen));
    out.table("relay");
    out.boolean("offer", config.relayOffer);
    if (config.relayBudget) out.byteSize("budget", *config.relayBudget);
    out.boolean("use", config.relayUse);
    if (!config.relays.empty()) out.strings("relays", textsOf(config.relays));
    out.table("web");
    out.address("listen", config.web);
    if (config.encoding) gateway::printEncoding(out, *config.encoding);
    printReach(out, config.reach);
    net::printOutgoing(out, config.outgoing);
    printLogSettings(out, config.log);
    return out.text();
}

bool looksAround(const NodeConfig& config)
{
    return !keepsToItself(config.locations, config.outgoing.tcp.kind == net::Route::Kind::Direct);
}

namespace {

std::string explainedReach(const NodeConfig& config)
{
    const ReachConfig& reach = config.reach;
    std::string out;
    if (looksAround(config) && reach.interfaces)
        out += "  the addresses of this machine's interfaces, every 5 s; members are told them\n";
    if (looksAround(config) && reach.mapping)
        out += "  the router is asked to let members in, by UPnP, NAT-PMP and PCP: UDP and HTTP to "
               "it,\n"
               "  UDP to the local network's multicast address 239.255.255.250\n";
    if (looksAround(config) && reach.seen)
        out +=
            "  members are asked as which address they see this node, and whether they reach it;\n"
            "  asked so, this node connects to who asks\n";
    if (looksAround(config) && reach.punching)
        out +=
            "  members that cannot be connected to are tried from this port and over UDP, as "
            "agreed with "
            "them:\n"
            "  TCP and UDP to the addresses that they tell, and UDP to relays that answer STUN\n";
    return out.empty() ? "  none\n" : out;
}

} // namespace

std::string explained(const NodeConfig& config)
{
    std::string out = "Listeners\n  " + textOf(config.listen) +
                      "  shares and peers, TLS 1.3 with the node's key" +
                      (config.listen.port == 0 ? "; a port that stays the same\n" : "\n") + "  " +
                      textOf(config.web) +
                      "  web API, plain HTTP, and the control API, with a token\n"
                      "Announced addresses\n";
    const storage::ServiceConfig storage = storageConfigOf(config, config.listen.port);
    for (const std::string& location : textsOf(storage.effectiveLocations()))
        out += "  " + location + "\n";
    if (storage.effectiveLocations().empty()) out += "  none\n";
    out += std::string("Relaying\n  for members who cannot be connected to: ") +
           (config.relayOffer ? "yes" : "no") + ", unless the owner has chosen otherwise since\n" +
           "  by others, where this node cannot be connected to: " +
           (config.relayUse ? "yes\n" : "no\n");
    for (const wire::RelayPlace& place : config.relays)
        out += "  a link to the relay " + wire::textOf(place) + ", a ping every 15 s\n";
    out +=
        "Outbound connections, all to members of the grid, TLS 1.3 pinned to their keys\n" +
        net::explained(config.outgoing) + "Name lookups\n" +
        net::explainedLookups(config.outgoing, "members") +
        "Address detection, port mapping, UDP\n" + explainedReach(config) +
        "Timers\n"
        "  the disk is looked at every 30 s, the processor time used is noted every minute\n"
        "  leases are counted and shares re-read in the background, a round in days\n"
        "  each member is asked every 20 s whether it is there; records are compared with one of\n"
        "  them every 10 s, renewed at half their life; this node announces itself every 12 h\n"
        "  own files are looked after every 6 h, mutable ones when a member comes, too\n"
        "  shares of a member that was not seen for " +
        durationText(config.unseen) +
        " are let go, and those of\n  former members, after another week\n"
        "  connections idle for 5 min are closed\n";
    return out;
}

std::string needsRestart(const NodeConfig& now, const NodeConfig& next)
{
    std::string out;
    const auto compare = [&out](std::string_view section, bool equal) {
        if (!equal) out += (out.empty() ? "" : ", ") + std::string(section);
    };
    compare("[grid]", now.gridName == next.gridName);
    compare("[listen]", now.listen == next.listen && now.connections == next.connections);
    compare("[storage] directory", now.directory == next.directory);
    compare("[outbox] directory", now.outboxDirectory == next.outboxDirectory);
    compare("[relay] relays", now.relays == next.relays);
    compare("[web]", now.web == next.web);
    compare("[connections]", now.outgoing == next.outgoing);
    compare("[encoding]", sameEncoding(now.encoding, next.encoding) ||
                              (now.encoding.has_value() && next.encoding.has_value()));
    return out;
}

OutboxLimits outboxLimitsOf(const NodeConfig& config, std::string directory)
{
    OutboxLimits out;
    out.directory = std::move(directory);
    out.most = config.outboxLimit;
    out.reserved = config.reserved;
    return out;
}

storage::ServiceConfig storageConfigOf(const NodeConfig& config, std::uint16_t port)
{
    storage::ServiceConfig out;
    out.nickname = config.nickname;
    out.listen = config.listen;
    if (out.listen.port == 0) out.listen.port = port;
    out.connections = config.connections;
    out.locations = config.locations;
    out.outgoing = config.outgoing;
    out.directory = config.directory;
    out.reservedSpace = config.reserved;
    out.maximumSpace = config.offer;
    out.anonymous = false;
    out.log = config.log;
    return out;
}

gateway::ServiceConfig gatewayConfigOf(const NodeConfig& config, std::uint32_t members)
{
    gateway::ServiceConfig out;
    out.nickname = config.nickname;
    out.webListen = config.web;
    out.encoding = config.encoding.value_or(encodingFor(members));
    out.serversFile.clear();
    out.outgoing = config.outgoing;
    out.keysAhead = kKeysAhead;
    out.log = config.log;
    return out;
}

} // namespace tarn::profiles
