#include "storage-server/service_config.h"

#include "core/base/config_writer.h"
#include "core/net/outgoing.h"

#include <algorithm>

namespace tarn::storage {

namespace {

bool listensEverywhere(const HostPort& address)
{
    return address.host == "0.0.0.0" || address.host == "::";
}

void readLocations(ConfigTable table, ServiceConfig& config)
{
    if (!table.has("locations")) {
        table.strings("locations", {}); // an accepted key all the same
        return;
    }
    config.locations.emplace();
    for (const std::string& text : table.strings("locations", {})) {
        Result<wire::Location> location = wire::parseLocation(text);
        if (location)
            config.locations->push_back(*std::move(location));
        else
            table.refuse("locations", location.error().message());
    }
}

bool isLoopback(const HostPort& address)
{
    const Result<net::Endpoint> endpoint = net::endpointOf(address.host, address.port);
    return endpoint && endpoint->address().is_loopback();
}

bool isNobodys(const wire::Location& location)
{
    const Result<net::Endpoint> endpoint = net::endpointOf(location.host, location.port);
    return endpoint && endpoint->address().is_unspecified();
}

/// Settings that are right alone and wrong together.
void refuseContradictions(ConfigReader& reader, const ServiceConfig& config)
{
    if (config.admin && config.listen.port != 0 && *config.admin == config.listen)
        reader.table("listen").refuse("admin", "this is the address of [listen] storage");
    ConfigTable announce = reader.table("announce");
    const std::vector<wire::Location> locations = config.effectiveLocations();
    for (auto at = locations.begin(); at != locations.end(); ++at) {
        const std::string text = wire::textOf(*at);
        if (std::find(locations.begin(), at, *at) != at)
            announce.refuse("locations", "\"" + text + "\" stands there twice");
        if (isNobodys(*at)) announce.refuse("locations", "\"" + text + "\" is nobody's address");
    }
}

/// What would tell this machine's address to somebody.
void refuseRevealing(ConfigReader& reader, const ServiceConfig& config)
{
    ConfigTable listen = reader.table("listen");
    if (!isLoopback(config.listen))
        listen.refuse("storage", net::revealing("\"" + tarn::textOf(config.listen) + "\""));
    if (config.admin && !isLoopback(*config.admin))
        listen.refuse("admin", net::revealing("\"" + tarn::textOf(*config.admin) + "\""));
    ConfigTable announce = reader.table("announce");
    for (const wire::Location& location : config.effectiveLocations()) {
        if (location.network != wire::Network::Tcp) continue;
        announce.refuse("locations", net::revealing("\"" + wire::textOf(location) + "\""));
    }
    if (!config.locations) {
        announce.refuse("locations", "with [node] reveal_ip_address = false nothing is announced "
                                     "by itself; name tor: or i2p: locations, or [] for none");
    }
}

std::string textOfAll(const std::vector<wire::Location>& locations)
{
    std::string out;
    for (const wire::Location& location : locations)
        out += "  " + wire::textOf(location) + "\n";
    return out.empty() ? "  none\n" : out;
}

} // namespace

std::vector<wire::Location> ServiceConfig::effectiveLocations() const
{
    if (locations) return *locations;
    if (listensEverywhere(listen) || !revealIpAddress) return {};
    wire::Location own;
    own.host = listen.host;
    own.port = listen.port;
    return {own};
}

Result<ServiceConfig> readServiceConfig(ConfigReader reader)
{
    ServiceConfig config;
    ConfigTable node = reader.table("node");
    config.nickname = node.string("nickname", config.nickname);
    config.revealIpAddress = node.boolean("reveal_ip_address", config.revealIpAddress);
    ConfigTable listen = reader.table("listen");
    config.listen = listen.requiredAddress("storage");
    config.admin = listen.optionalAddress("admin");
    config.connections =
        static_cast<std::uint32_t>(listen.integer("connections", config.connections, 1, 100'000));
    readLocations(reader.table("announce"), config);
    ConfigTable storage = reader.table("storage");
    config.directory = storage.string("directory", config.directory);
    config.reservedSpace = storage.byteSize("reserved_space", config.reservedSpace);
    config.maximumSpace = storage.optionalByteSize("maximum_space");
    config.readonly = storage.boolean("readonly", config.readonly);
    config.anonymous = storage.boolean("anonymous", config.anonymous);
    if (config.directory.empty()) storage.refuse("directory", "expected a path, got \"\"");
    refuseContradictions(reader, config);
    if (!config.revealIpAddress) refuseRevealing(reader, config);
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
    out.address("storage", config.listen);
    if (config.admin) out.address("admin", *config.admin);
    out.integer("connections", config.connections);
    out.table("announce");
    std::vector<std::string> locations;
    for (const wire::Location& location : config.effectiveLocations())
        locations.push_back(wire::textOf(location));
    out.strings("locations", locations);
    out.table("storage");
    out.string("directory", config.directory);
    out.byteSize("reserved_space", config.reservedSpace);
    if (config.maximumSpace) out.byteSize("maximum_space", *config.maximumSpace);
    out.boolean("readonly", config.readonly);
    out.boolean("anonymous", config.anonymous);
    return out.text();
}

std::string explained(const ServiceConfig& config)
{
    std::string out = "Listeners\n  " + tarn::textOf(config.listen) +
                      "  storage protocol, HTTP/1.1 over TLS 1.3" +
                      (config.anonymous ? "; one shared account, and those that were added"
                                        : "; the accounts that were added") +
                      "\n";
    if (config.admin)
        out += "  " + tarn::textOf(*config.admin) + "  /healthz and /metrics, plain HTTP\n";
    out += "  STATE/admin.sock  commands of the operator, for the owner of the state directory\n";
    out += "Announced addresses (port 0: the one that is picked)\n";
    out += textOfAll(config.effectiveLocations());
    out += "Outbound connections\n  none\n"
           "Name lookups, address detection, port mapping, UDP\n  none\n"
           "Timers\n"
           "  uploads without a write for 30 min are aborted\n"
           "  connections idle for 5 min are closed, slow ones after 60 s without progress;\n"
           "  with all connections in use, the longest idle one gives way to the next\n"
           "  a storage directory that failed is looked at again every few seconds\n";
    return out;
}

} // namespace tarn::storage
