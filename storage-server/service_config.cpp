#include "storage-server/service_config.h"

#include "core/base/config_writer.h"
#include "core/base/log_config.h"
#include "core/codec/base64.h"
#include "core/net/contradictions.h"

#include <algorithm>
#include <array>

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

void refuseWaysToNobody(ConfigReader& reader)
{
    ConfigTable root = reader.root();
    for (const std::string_view key : {"connections", "dns"}) {
        if (root.has(key)) root.refuse(key, "means nothing without [announce] introducers");
    }
    static_cast<void>(net::readOutgoing(reader, true)); // its keys are known all the same
}

/// Whom to tell, and how to get there; without introducers nothing is dialled.
void readIntroducers(ConfigReader& reader, ServiceConfig& config)
{
    ConfigTable table = reader.table("announce");
    const std::vector<std::string> texts = table.strings("introducers", {});
    config.announceAnonymous = table.boolean("anonymous_nurl", config.announceAnonymous);
    if (texts.empty()) {
        refuseWaysToNobody(reader);
        return;
    }
    config.outgoing = net::readOutgoing(reader, config.revealIpAddress);
    for (const std::string& text : texts) {
        Result<wire::IntroducerUrl> url = wire::parseIntroducerUrl(text);
        if (!url) {
            table.refuse("introducers", url.error().message());
            continue;
        }
        const Result<void> way = config.outgoing.mayDial(wire::locationOf(*url));
        if (!way) table.refuse("introducers", way.error().message());
        if (std::find(config.introducers.begin(), config.introducers.end(), *url) !=
            config.introducers.end())
            table.refuse("introducers", "\"" + text + "\" stands there twice");
        config.introducers.push_back(*std::move(url));
    }
}

std::optional<crypto::SpkiHash> readProxyKey(ConfigTable listen)
{
    constexpr std::array<std::string_view, 2> kChoices = {"own", "proxy"};
    const bool behindProxy = listen.choice("tls", kChoices, 0) == 1;
    const std::string text = listen.string("proxy_key", "");
    if (!behindProxy) {
        for (const char* key : {"proxy_key", "proxy_proof"})
            if (listen.has(key)) listen.refuse(key, "means nothing without tls = \"proxy\"");
        return std::nullopt;
    }
    const Result<Bytes> hash = codec::decodeBase64Url(text);
    if (hash && hash->size() == crypto::SpkiHash::kSize) return crypto::SpkiHash::prefixOf(*hash);
    listen.refuse(listen.has("proxy_key") ? "proxy_key" : "tls",
                  "tls = \"proxy\" needs proxy_key: 43 characters of base64url, the SHA-256 of the "
                  "proxy's public key");
    return crypto::SpkiHash();
}

/// The proxy ends TLS; what comes around it would meet none.
void refuseAroundTheProxy(ConfigReader& reader, const ServiceConfig& config)
{
    ConfigTable listen = reader.table("listen");
    if (!net::isLoopback(config.listen)) {
        listen.refuse("storage",
                      "with tls = \"proxy\" this is plain HTTP and for loopback only, got "
                      "\"" +
                          tarn::textOf(config.listen) + "\"");
    }
    ConfigTable announce = reader.table("announce");
    if (!config.locations)
        announce.refuse("locations",
                        "with [listen] tls = \"proxy\" name where the proxy is reached");
    for (const wire::Location& location : config.effectiveLocations()) {
        if (location.port != 0) continue;
        announce.refuse("locations",
                        "\"" + wire::textOf(location) + "\": the proxy's port is needed");
    }
    if (config.hidden.onion)
        reader.table("tor").refuse("control", "leads past the proxy of [listen] tls = \"proxy\"");
    if (config.hidden.i2p)
        reader.table("i2p").refuse("sam", "leads past the proxy of [listen] tls = \"proxy\"");
}

/// What this server would dial, and is itself.
void refuseOwnAddresses(ConfigReader& reader, const ServiceConfig& config)
{
    std::vector<net::Door> doors{{config.listen, "[listen] storage"}};
    if (config.admin) doors.push_back({*config.admin, "[listen] admin"});
    net::refuseOwnProxies(reader, config.outgoing, doors);
    if (config.hidden.onion && config.hidden.onion->settings.control.path.empty()) {
        const net::Endpoint& control = config.hidden.onion->settings.control.endpoint;
        const HostPort dialled{control.address().to_string(), control.port()};
        net::refuseOwnDoors(reader.table("tor"), "control", dialled, doors);
    }
    if (config.hidden.i2p)
        net::refuseOwnDoors(reader.table("i2p"), "sam", config.hidden.i2p->sam, doors);
}

void refuseFolder(ConfigTable storage, const std::string& directory)
{
    if (directory.empty())
        storage.refuse("directory", "expected a path, got \"\"");
    else if (net::keepsSecrets(directory))
        storage.refuse("directory", "expected a folder of its own for shares, got \"" + directory +
                                        "\", which holds the state directory's keys");
}

void refuseFiles(ConfigTable table, const std::vector<std::string>& files)
{
    for (auto at = files.begin(); at != files.end(); ++at) {
        if (at->empty()) table.refuse("certificates", "expected paths, got \"\"");
        if (std::find(files.begin(), at, *at) != at)
            table.refuse("certificates", "\"" + *at + "\" stands there twice");
    }
}

/// Settings that are right alone and wrong together.
void refuseContradictions(ConfigReader& reader, const ServiceConfig& config)
{
    if (config.admin && net::sameDoor(*config.admin, config.listen))
        reader.table("listen").refuse(
            "admin", "this is the address of [listen] storage: give it another port");
    refuseOwnAddresses(reader, config);
    ConfigTable announce = reader.table("announce");
    const std::vector<wire::Location> locations = config.effectiveLocations();
    const bool hidden = config.hidden.onion || config.hidden.i2p;
    if (!config.introducers.empty() && locations.empty() && !hidden)
        announce.refuse("introducers", "there is no address to tell them: name it in locations");
    if (config.announceAnonymous && config.introducers.empty())
        announce.refuse("anonymous_nurl", "there are no introducers to tell it");
    if (config.announceAnonymous && !config.anonymous)
        announce.refuse("anonymous_nurl", "with [storage] anonymous = false there is no such NURL");
    net::refuseLocations(announce, locations, config.listen.port);
}

/// What would tell this machine's address to somebody.
void refuseRevealing(ConfigReader& reader, const ServiceConfig& config)
{
    ConfigTable listen = reader.table("listen");
    if (!net::isLoopback(config.listen))
        listen.refuse("storage", net::revealing("\"" + tarn::textOf(config.listen) + "\""));
    if (config.admin && !net::isLoopback(*config.admin))
        listen.refuse("admin", net::revealing("\"" + tarn::textOf(*config.admin) + "\""));
    ConfigTable announce = reader.table("announce");
    for (const wire::Location& location : config.effectiveLocations()) {
        if (location.network != wire::Network::Tcp) continue;
        announce.refuse("locations", net::revealing("\"" + wire::textOf(location) + "\""));
    }
    if (!config.locations && !config.hidden.any()) {
        announce.refuse(
            "locations",
            "with [node] reveal_ip_address = false nothing is announced "
            "by itself; name tor: or i2p: locations, or [] for none, or [tor] control or "
            "[i2p] sam");
    }
}

constexpr std::array<std::string_view, 2> kExpireModes{"age", "cutoff-date"};

LeasePolicy readLeasePolicy(ConfigTable table)
{
    LeasePolicy out;
    out.enabled = table.boolean("enabled", out.enabled);
    const bool cutoff = table.choice("mode", kExpireModes, 0) == 1;
    out.mode = cutoff ? LeasePolicy::Mode::CutoffDate : LeasePolicy::Mode::Age;
    const Duration duration = table.duration("override_lease_duration", Duration(0));
    const std::string date = table.string("cutoff_date", "");
    out.immutableShares = table.boolean("immutable", out.immutableShares);
    out.mutableShares = table.boolean("mutable", out.mutableShares);
    if (duration > Duration(0)) out.overrideDuration = duration;
    if (!date.empty()) {
        const Result<std::int64_t> parsed = parseDate(date);
        if (!parsed) table.refuse("cutoff_date", parsed.error().message());
        out.cutoff = parsed.value_or(std::int64_t(0));
    }
    if (cutoff && date.empty()) table.refuse("mode", "\"cutoff-date\" takes a cutoff_date");
    if (!cutoff && !date.empty()) table.refuse("cutoff_date", "takes mode = \"cutoff-date\"");
    if (cutoff && out.overrideDuration)
        table.refuse("override_lease_duration", "takes mode = \"age\"");
    if (out.enabled && !out.immutableShares && !out.mutableShares)
        table.refuse("enabled", "no lease would end: immutable and mutable are both false");
    return out;
}

void printLeasePolicy(ConfigWriter& out, const LeasePolicy& policy)
{
    const bool cutoff = policy.mode == LeasePolicy::Mode::CutoffDate;
    out.table("storage.expire");
    out.boolean("enabled", policy.enabled);
    out.string("mode", std::string(kExpireModes[cutoff ? 1 : 0]));
    if (policy.overrideDuration)
        out.string("override_lease_duration", durationText(*policy.overrideDuration));
    if (cutoff) out.string("cutoff_date", dateText(policy.cutoff));
    out.boolean("immutable", policy.immutableShares);
    out.boolean("mutable", policy.mutableShares);
}

ScrubConfig readScrub(ConfigTable table)
{
    constexpr std::uint64_t kLeastPace = 1000;
    constexpr Duration kLeastInterval = std::chrono::hours(1);
    ScrubConfig out;
    out.enabled = table.boolean("enabled", out.enabled);
    out.pace = table.byteSize("pace", out.pace);
    out.interval = table.duration("interval", out.interval);
    if (out.pace < kLeastPace) table.refuse("pace", "expected at least 1 kB (per second)");
    if (out.interval < kLeastInterval) table.refuse("interval", "expected at least 1 h");
    return out;
}

void printScrub(ConfigWriter& out, const ScrubConfig& scrub)
{
    out.table("scrub");
    out.boolean("enabled", scrub.enabled);
    out.byteSize("pace", scrub.pace);
    out.duration("interval", scrub.interval);
}

std::string outboundExplained(const ServiceConfig& config)
{
    std::string out = "Outbound connections\n";
    const bool hidden = config.hidden.onion || config.hidden.i2p;
    if (config.introducers.empty() || hidden) out += explained(config.hidden);
    if (config.introducers.empty()) return out;
    out += "  to introducers, TLS 1.3 pinned to their keys\n" + net::explained(config.outgoing);
    for (const wire::IntroducerUrl& url : config.introducers)
        out += "  " + wire::placeOf(url) + "\n";
    out += "  told: name, software, the addresses above, key hash, tubid, permutation seed";
    if (!config.certificates.empty()) out += ", grid manager certificates";
    out += config.announceAnonymous ? ", the NURL of the shared account\n" : "; no credential\n";
    return out + "  every 12 h, on change, and again until it succeeds (5 s to 10 min apart)\n";
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
    std::vector<wire::Location> out = locations.value_or(defaultLocations());
    for (const wire::Location& own : ownLocations)
        if (std::find(out.begin(), out.end(), own) == out.end()) out.push_back(own);
    return out;
}

std::vector<wire::Location> ServiceConfig::defaultLocations() const
{
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
    config.proxyKey = readProxyKey(listen);
    config.proxyProof = listen.string("proxy_proof", "");
    config.connections =
        static_cast<std::uint32_t>(listen.integer("connections", config.connections, 1, 100'000));
    readLocations(reader.table("announce"), config);
    config.hidden = readHidden(reader);
    readIntroducers(reader, config);
    ConfigTable storage = reader.table("storage");
    config.directory = storage.string("directory", config.directory);
    config.reservedSpace = storage.byteSize("reserved_space", config.reservedSpace);
    config.maximumSpace = storage.optionalByteSize("maximum_space");
    config.readonly = storage.boolean("readonly", config.readonly);
    config.anonymous = storage.boolean("anonymous", config.anonymous);
    config.expire = readLeasePolicy(storage.table("expire"));
    config.scrub = readScrub(reader.table("scrub"));
    config.accountGrace = reader.table("accounts").duration("grace", config.accountGrace);
    ConfigTable management = reader.table("grid_management");
    config.certificates = management.strings("certificates", {});
    refuseFiles(management, config.certificates);
    refuseFolder(storage, config.directory);
    config.log = readLogSettings(reader);
    refuseContradictions(reader, config);
    if (config.proxyKey) refuseAroundTheProxy(reader, config);
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
    out.string("tls", config.proxyKey ? "proxy" : "own");
    if (config.proxyKey) out.string("proxy_key", codec::encodeBase64Url(config.proxyKey->view()));
    if (!config.proxyProof.empty()) out.string("proxy_proof", config.proxyProof);
    out.integer("connections", config.connections);
    out.table("announce");
    std::vector<std::string> locations;
    for (const wire::Location& location : config.effectiveLocations())
        locations.push_back(wire::textOf(location));
    out.strings("locations", locations);
    std::vector<std::string> introducers;
    for (const wire::IntroducerUrl& url : config.introducers)
        introducers.push_back(wire::textOf(url));
    out.strings("introducers", introducers);
    out.boolean("anonymous_nurl", config.announceAnonymous);
    printHidden(out, config.hidden);
    out.table("storage");
    out.string("directory", config.directory);
    out.byteSize("reserved_space", config.reservedSpace);
    if (config.maximumSpace) out.byteSize("maximum_space", *config.maximumSpace);
    out.boolean("readonly", config.readonly);
    out.boolean("anonymous", config.anonymous);
    printLeasePolicy(out, config.expire);
    out.table("accounts");
    out.string("grace", durationText(config.accountGrace));
    printScrub(out, config.scrub);
    if (!config.introducers.empty()) net::printOutgoing(out, config.outgoing);
    if (!config.certificates.empty()) {
        out.table("grid_management");
        out.strings("certificates", config.certificates);
    }
    printLogSettings(out, config.log);
    return out.text();
}

std::string explained(const ServiceConfig& config)
{
    std::string out = "Listeners\n  " + tarn::textOf(config.listen) +
                      "  storage protocol, HTTP/1.1 " +
                      (config.proxyKey ? "in clear, to a TLS proxy" : "over TLS 1.3") +
                      (config.anonymous ? "; one shared account, and those that were added"
                                        : "; the accounts that were added") +
                      "\n";
    if (config.admin)
        out += "  " + tarn::textOf(*config.admin) + "  /healthz and /metrics, plain HTTP\n";
    out += "  STATE/admin.sock  commands of the operator, for the owner of the state directory\n";
    out += "Announced addresses (port 0: the one that is picked)\n";
    out += textOfAll(config.effectiveLocations());
    out += outboundExplained(config) + "Name lookups, address detection, port mapping, UDP\n" +
           net::explainedLookups(config.outgoing, "introducers") +
           "Timers\n"
           "  uploads without a write for 30 min are aborted\n"
           "  connections idle for 5 min are closed, slow ones after 60 s without progress;\n"
           "  with all connections in use, the longest idle one gives way to the next\n"
           "  a storage directory that failed is looked at again every few seconds\n"
           "  the disk is tried with a small file every 30 s; it has 20 s to answer\n"
           "  all leases are looked at, one share after the other, within 12 h of the last time\n";
    if (config.scrub.enabled)
        out += "  all shares are re-read, at most " + byteSizeText(config.scrub.pace) +
               " per second, every " + durationText(config.scrub.interval) + "\n";
    return out;
}

} // namespace tarn::storage
