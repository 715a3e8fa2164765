#include "introducer/relay/relay_config.h"

#include "core/base/config_writer.h"
#include "core/base/log_config.h"
#include "core/net/contradictions.h"
#include "core/node/files.h"
#include "introducer/relay/admission_desk.h"

#include <algorithm>

namespace tarn::relay {

namespace {

constexpr std::uint32_t kMostStreams = 10'000;
constexpr std::size_t kMaxTokenFile = std::size_t{64} * 1024;
constexpr Duration kLeastIdle = std::chrono::seconds(30);

bool listensEverywhere(const HostPort& address)
{
    return address.host == "0.0.0.0" || address.host == "::";
}

void readLocations(ConfigTable table, RelayConfig& config)
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

void readAdmit(ConfigTable table, RelayConfig& config)
{
    config.tokenFile = table.string("token_file", {});
    if (!config.tokenFile.empty() && config.tokenFile.front() != '/')
        table.refuse("token_file", "expected an absolute path");
    for (const std::string& text : table.strings("grids", {})) {
        const Result<membership::GridId> grid = membership::parseGridId(text);
        if (grid)
            config.grids.push_back(*grid);
        else
            table.refuse("grids", "\"" + text + "\": " + grid.error().message());
    }
    if (config.tokenFile.empty() && config.grids.empty())
        table.refuse("grids", "name a grid here or a token_file: else nobody gets in");
}

void readLimits(ConfigTable table, RelayConfig& config)
{
    RelayLimits& limits = config.limits;
    limits.streams = static_cast<std::uint32_t>(table.integer("streams", 512, 1, kMostStreams));
    limits.sourceStreams =
        static_cast<std::uint32_t>(table.integer("streams_per_node", 32, 1, kMostStreams));
    limits.guestStreams =
        static_cast<std::uint32_t>(table.integer("guests", limits.guestStreams, 0, kMostStreams));
    limits.sessionBytes = table.optionalByteSize("session");
    limits.sourceMonthBytes = table.optionalByteSize("month_per_node");
    limits.monthBytes = table.optionalByteSize("month");
    config.idle = table.duration("idle", config.idle);
    if (config.idle < kLeastIdle) table.refuse("idle", "expected 30 s or more");
}

void refuseContradictions(ConfigReader& reader, const RelayConfig& config)
{
    ConfigTable listen = reader.table("listen");
    if (config.admin && net::sameDoor(*config.admin, config.listen))
        listen.refuse("admin", "this is the address of [listen] relay: give it another port");
    if (config.admin && !net::isLoopback(*config.admin))
        listen.refuse("admin", "the status tells who is here, to anybody: expected a loopback "
                               "address");
    net::refuseLocations(reader.table("announce"), config.effectiveLocations(), config.listen.port);
}

} // namespace

std::vector<wire::Location> RelayConfig::effectiveLocations() const
{
    if (locations) return *locations;
    if (listensEverywhere(listen)) return {};
    return {{listen.host, listen.port, wire::Network::Tcp}};
}

Result<RelayConfig> readRelayConfig(ConfigReader reader)
{
    RelayConfig config;
    ConfigTable listen = reader.table("listen");
    config.listen = listen.requiredAddress("relay");
    config.admin = listen.optionalAddress("admin");
    config.stun = listen.optionalAddress("stun");
    config.connections =
        static_cast<std::uint32_t>(listen.integer("connections", config.connections, 1, 100'000));
    readLocations(reader.table("announce"), config);
    readAdmit(reader.table("admit"), config);
    readLimits(reader.table("limits"), config);
    config.log = readLogSettings(reader);
    refuseContradictions(reader, config);
    TARN_TRY_VOID(reader.finish());
    return config;
}

std::string printedConfig(const RelayConfig& config)
{
    ConfigWriter out;
    out.table("listen");
    out.address("relay", config.listen);
    if (config.admin) out.address("admin", *config.admin);
    if (config.stun) out.address("stun", *config.stun);
    out.integer("connections", config.connections);
    out.table("announce");
    std::vector<std::string> locations;
    for (const wire::Location& location : config.effectiveLocations())
        locations.push_back(wire::textOf(location));
    out.strings("locations", locations);
    out.table("admit");
    if (!config.tokenFile.empty()) out.string("token_file", config.tokenFile);
    std::vector<std::string> grids;
    for (const membership::GridId& grid : config.grids)
        grids.push_back(membership::gridIdText(grid));
    out.strings("grids", grids);
    out.table("limits");
    out.integer("streams", config.limits.streams);
    out.integer("streams_per_node", config.limits.sourceStreams);
    out.integer("guests", config.limits.guestStreams);
    if (config.limits.sessionBytes) out.byteSize("session", *config.limits.sessionBytes);
    if (config.limits.sourceMonthBytes)
        out.byteSize("month_per_node", *config.limits.sourceMonthBytes);
    if (config.limits.monthBytes) out.byteSize("month", *config.limits.monthBytes);
    out.string("idle", durationText(config.idle));
    printLogSettings(out, config.log);
    return out.text();
}

std::string explained(const RelayConfig& config)
{
    std::string out = "Listeners\n  " + textOf(config.listen) +
                      "  links, requests for connections, and those connections; TLS 1.3 but for "
                      "what is carried\n";
    if (config.stun) out += "  " + textOf(*config.stun) + "  STUN Binding requests, UDP\n";
    if (config.admin) out += "  " + textOf(*config.admin) + "  /healthz, /metrics, plain HTTP\n";
    out += "Who gets in\n";
    if (!config.tokenFile.empty()) out += "  nodes with a token of " + config.tokenFile + "\n";
    for (const membership::GridId& grid : config.grids)
        out += "  members of the grid " + membership::gridIdText(grid) + "\n";
    out += "  guests of those, each to the node that invited it\n"
           "Addresses in relay.url (port 0: the one that is picked)\n";
    for (const wire::Location& location : config.effectiveLocations())
        out += "  " + wire::textOf(location) + "\n";
    if (config.effectiveLocations().empty()) out += "  none\n";
    return out +
           "Outbound connections\n  none\n"
           "Name lookups, address detection, port mapping\n  none\n"
           "Timers\n"
           "  links are looked at every 2 s, what was carried is written every 10 s\n"
           "  a carried connection without a byte for " +
           durationText(config.idle) + " is ended\n";
}

Result<std::vector<Secret>> readTokensBlocking(const RelayConfig& config)
{
    if (config.tokenFile.empty()) return std::vector<Secret>();
    TARN_TRY(const Secret text, node::readPrivateFileBlocking(config.tokenFile, kMaxTokenFile));
    Result<std::vector<Secret>> out = parseTokens(asText(text.view()));
    if (!out) return std::move(out).error().within(config.tokenFile);
    return out;
}

} // namespace tarn::relay
