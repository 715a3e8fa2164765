#include "storage-server/service_config.h"

#include "core/base/config_writer.h"

#include <algorithm>
#include <charconv>

namespace tarn::storage {

namespace {

constexpr std::string_view kTcp = "tcp:";
constexpr std::string_view kTor = "tor:";

Error badLocation(std::string_view text)
{
    return Error(ErrorCode::InvalidInput, "expected \"tcp:HOST:PORT\" or \"tor:NAME.onion:PORT\", "
                                          "got \"" +
                                              std::string(text) + "\"");
}

bool isHostCharacter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
}

std::optional<std::uint16_t> parsePort(std::string_view text)
{
    std::uint16_t port = 0;
    const char* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, port, 10);
    if (error != std::errc() || at != end) return std::nullopt;
    return port;
}

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
        Result<AnnouncedLocation> location = parseAnnouncedLocation(text);
        if (location)
            config.locations->push_back(*std::move(location));
        else
            table.refuse("locations", location.error().message());
    }
}

std::string textOfAll(const std::vector<AnnouncedLocation>& locations)
{
    std::string out;
    for (const AnnouncedLocation& location : locations)
        out += "  " + textOf(location) + "\n";
    return out.empty() ? "  none\n" : out;
}

} // namespace

Result<AnnouncedLocation> parseAnnouncedLocation(std::string_view text)
{
    AnnouncedLocation out;
    out.tor = text.starts_with(kTor);
    if (!out.tor && !text.starts_with(kTcp)) return badLocation(text);
    const std::string_view place = text.substr(kTcp.size());
    if (!out.tor && place.starts_with('[')) {
        const Result<HostPort> address = parseHostPort(place);
        if (!address) return badLocation(text);
        out.host = address->host;
        out.port = address->port;
        return out;
    }
    const std::size_t colon = place.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return badLocation(text);
    const std::string_view host = place.substr(0, colon);
    const std::optional<std::uint16_t> port = parsePort(place.substr(colon + 1));
    if (!port || !std::all_of(host.begin(), host.end(), isHostCharacter)) return badLocation(text);
    if (out.tor && !host.ends_with(".onion")) return badLocation(text);
    out.host = std::string(host);
    out.port = *port;
    return out;
}

std::string textOf(const AnnouncedLocation& location)
{
    HostPort place;
    place.host = location.host;
    place.port = location.port;
    return std::string(location.tor ? kTor : kTcp) + tarn::textOf(place);
}

std::vector<AnnouncedLocation> ServiceConfig::effectiveLocations() const
{
    if (locations) return *locations;
    if (listensEverywhere(listen)) return {};
    AnnouncedLocation own;
    own.host = listen.host;
    own.port = listen.port;
    return {own};
}

Result<ServiceConfig> readServiceConfig(ConfigReader reader)
{
    ServiceConfig config;
    config.nickname = reader.table("node").string("nickname", config.nickname);
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
    TARN_TRY_VOID(reader.finish());
    return config;
}

std::string printedConfig(const ServiceConfig& config)
{
    ConfigWriter out;
    out.table("node");
    out.string("nickname", config.nickname);
    out.table("listen");
    out.address("storage", config.listen);
    if (config.admin) out.address("admin", *config.admin);
    out.integer("connections", config.connections);
    out.table("announce");
    std::vector<std::string> locations;
    for (const AnnouncedLocation& location : config.effectiveLocations())
        locations.push_back(textOf(location));
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
                      (config.anonymous ? "; one shared account" : "; no account may log in") +
                      "\n";
    if (config.admin)
        out += "  " + tarn::textOf(*config.admin) + "  /healthz and /metrics, plain HTTP\n";
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
