#include "client-gateway/service_config.h"

#include "core/base/log_config.h"
#include "core/grid_manager/key_text.h"
#include "core/net/contradictions.h"
#include "core/wire/node_id.h"

#include <algorithm>

namespace tarn::gateway {

namespace {

constexpr std::int64_t kMaxShares = 256;
constexpr std::int64_t kMostKeysAhead = 64;

std::uint32_t number(ConfigTable table, std::string_view key, std::uint32_t otherwise,
                     std::int64_t least, std::int64_t most)
{
    return static_cast<std::uint32_t>(table.integer(key, otherwise, least, most));
}

std::string atMostTotal(std::uint32_t value, std::uint32_t total)
{
    return "expected at most total, " + std::to_string(total) + ", got " + std::to_string(value);
}

} // namespace

EncodingParameters readEncoding(ConfigTable table, EncodingParameters otherwise)
{
    EncodingParameters encoding = otherwise;
    encoding.needed = number(table, "needed", encoding.needed, 1, kMaxShares);
    encoding.happy = number(table, "happy", encoding.happy, 0, kMaxShares);
    encoding.total = number(table, "total", encoding.total, 1, kMaxShares);
    encoding.segmentSize = table.byteSize("segment_size", encoding.segmentSize);
    const Result<void> segment = encoding.checkSegmentSize();
    if (!segment) table.refuse("segment_size", segment.error().message());
    if (encoding.needed > encoding.total)
        table.refuse("needed", atMostTotal(encoding.needed, encoding.total));
    if (encoding.happy > encoding.total)
        table.refuse("happy", atMostTotal(encoding.happy, encoding.total));
    return encoding;
}

void printEncoding(ConfigWriter& out, const EncodingParameters& encoding)
{
    out.table("encoding");
    out.integer("needed", encoding.needed);
    out.integer("happy", encoding.happy);
    out.integer("total", encoding.total);
    out.byteSize("segment_size", encoding.segmentSize);
}

namespace {

void readIntroducers(ConfigTable table, ServiceConfig& config)
{
    config.askForAccounts = table.boolean("accounts", config.askForAccounts);
    for (const std::string& text : table.strings("urls", {})) {
        Result<wire::IntroducerUrl> url = wire::parseIntroducerUrl(text);
        if (!url) {
            table.refuse("urls", url.error().message());
            continue;
        }
        const Result<void> way = config.outgoing.mayDial(wire::locationOf(*url));
        if (!way) table.refuse("urls", way.error().message());
        if (std::find(config.introducers.begin(), config.introducers.end(), *url) !=
            config.introducers.end())
            table.refuse("urls", "\"" + text + "\" stands there twice");
        config.introducers.push_back(*std::move(url));
    }
    for (const std::string& id : table.strings("without", {})) {
        const Result<crypto::Ed25519PublicKey> key = wire::parseNodeId(id);
        if (!key) table.refuse("without", key.error().message());
        if (!config.leftOut.insert(id).second)
            table.refuse("without", "\"" + id + "\" stands there twice");
    }
    if (!config.leftOut.empty() && config.introducers.empty())
        table.refuse("without", "means nothing without urls: take the server out of [servers] "
                                "file");
}

bool isPlainName(std::string_view name)
{
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    });
}

std::map<std::string, crypto::Ed25519PublicKey> readGridManagers(ConfigTable table)
{
    std::map<std::string, crypto::Ed25519PublicKey> out;
    for (const std::string& name : table.keys()) {
        const std::string text = table.string(name, {});
        const Result<crypto::Ed25519PublicKey> key = grid_manager::parsePublicKey(text);
        const auto twin = std::find_if(out.begin(), out.end(), [&key](const auto& other) {
            return key && other.second == *key;
        });
        if (!isPlainName(name))
            table.refuse(name, "expected a name of letters, digits, '-' and '_'");
        else if (twin != out.end())
            table.refuse(name, "has the key of " + twin->first);
        else if (key)
            out.emplace(name, *key);
        else
            table.refuse(name, key.error().message());
    }
    return out;
}

std::string explainedAccounts(bool ask)
{
    if (!ask) return "  those that have no account for everybody are not asked for one\n";
    return "  those that have no account for everybody are asked for one, and shown this "
           "gateway's\n"
           "    node key for it: when they are introduced and when files are stored or read, 5 s "
           "to\n"
           "    10 min apart until they give one\n";
}

/// Settings that are right alone and wrong together.
void refuseContradictions(ConfigReader& reader, const ServiceConfig& config)
{
    if (!config.revealIpAddress && !net::isLoopback(config.webListen)) {
        reader.table("web").refuse("listen",
                                   net::revealing("\"" + textOf(config.webListen) + "\""));
    }
    net::refuseOwnProxies(reader, config.outgoing, {{config.webListen, "[web] listen"}});
    if (!config.webStatic.empty() && net::keepsSecrets(config.webStatic))
        reader.table("web").refuse("static", "\"" + config.webStatic +
                                                 "\" holds the state directory's keys: expected "
                                                 "a folder that anybody may read");
}

} // namespace

Result<ServiceConfig> readServiceConfig(ConfigReader reader)
{
    ServiceConfig config;
    ConfigTable node = reader.table("node");
    config.nickname = node.string("nickname", config.nickname);
    config.revealIpAddress = node.boolean("reveal_ip_address", config.revealIpAddress);
    ConfigTable web = reader.table("web");
    config.webListen = web.requiredAddress("listen");
    config.webConnections = number(web, "connections", config.webConnections, 1, 100'000);
    config.webStatic = web.string("static", config.webStatic);
    config.encoding = readEncoding(reader.table("encoding"), config.encoding);
    config.serversFile = reader.table("servers").string("file", config.serversFile);
    config.gridManagers = readGridManagers(reader.table("grid_managers"));
    config.outgoing = net::readOutgoing(reader, config.revealIpAddress);
    readIntroducers(reader.table("introducers"), config);
    ConfigTable spool = reader.table("spool");
    config.spoolDirectory = spool.string("directory", config.spoolDirectory);
    config.spoolMemory = spool.byteSize("memory", config.spoolMemory);
    config.spoolDisk = spool.byteSize("disk", config.spoolDisk);
    config.keysAhead =
        number(reader.table("mutable"), "keys_ahead", config.keysAhead, 0, kMostKeysAhead);
    config.log = readLogSettings(reader);
    refuseContradictions(reader, config);
    TARN_TRY_VOID(reader.finish());
    return config;
}

std::vector<crypto::Ed25519PublicKey> gridManagerKeys(const ServiceConfig& config)
{
    std::vector<crypto::Ed25519PublicKey> out;
    for (const auto& [name, key] : config.gridManagers)
        out.push_back(key);
    return out;
}

std::string printedConfig(const ServiceConfig& config)
{
    ConfigWriter out;
    out.table("node");
    out.string("nickname", config.nickname);
    out.boolean("reveal_ip_address", config.revealIpAddress);
    out.table("web");
    out.address("listen", config.webListen);
    out.integer("connections", config.webConnections);
    out.string("static", config.webStatic);
    printEncoding(out, config.encoding);
    out.table("servers");
    out.string("file", config.serversFile);
    out.table("introducers");
    std::vector<std::string> introducers;
    for (const wire::IntroducerUrl& url : config.introducers)
        introducers.push_back(wire::textOf(url));
    out.strings("urls", introducers);
    out.boolean("accounts", config.askForAccounts);
    out.strings("without", {config.leftOut.begin(), config.leftOut.end()});
    if (!config.gridManagers.empty()) out.table("grid_managers");
    for (const auto& [name, key] : config.gridManagers)
        out.string(name, grid_manager::publicKeyText(key));
    net::printOutgoing(out, config.outgoing);
    out.table("spool");
    out.string("directory", config.spoolDirectory);
    out.byteSize("memory", config.spoolMemory);
    out.byteSize("disk", config.spoolDisk);
    out.table("mutable");
    out.integer("keys_ahead", config.keysAhead);
    printLogSettings(out, config.log);
    return out.text();
}

std::string explained(const ServiceConfig& config, const std::vector<std::string>& servers)
{
    std::string out =
        "Listeners\n  " + textOf(config.webListen) +
        "  web API, plain HTTP, no password\n"
        "Announced addresses\n  none\n"
        "Outbound connections, all to storage servers, TLS 1.3 pinned to their keys\n" +
        net::explained(config.outgoing);
    if (servers.empty()) out += "  none known\n";
    for (const std::string& server : servers)
        out += "  " + server + "\n";
    if (!config.introducers.empty())
        out += "and to introducers, which name more storage servers to connect to\n";
    for (const wire::IntroducerUrl& url : config.introducers)
        out += "  " + wire::placeOf(url) + "\n";
    if (!config.introducers.empty()) out += explainedAccounts(config.askForAccounts);
    out += "Name lookups, address detection, port mapping, UDP\n" +
           net::explainedLookups(config.outgoing, "servers") +
           "Timers\n"
           "  an idle storage server is asked how it is every 4 to 8 min, one that did not answer\n"
           "    after 5 s to 2 min\n"
           "  an introducer is asked what is new, again and again, and answers after 40 s at the\n"
           "    latest; one that does not is asked again after 2 s to 5 min\n"
           "  the processor time used is noted every minute\n"
           "  connections to storage servers idle for 2 min are closed\n"
           "  web connections idle for 5 min are closed, slow ones after 60 s without progress\n";
    return out;
}

std::string needsRestart(const ServiceConfig& now, const ServiceConfig& next)
{
    std::string out;
    const auto compare = [&out](std::string_view section, bool equal) {
        if (!equal) out += (out.empty() ? "" : ", ") + std::string(section);
    };
    compare("[web]", now.webListen == next.webListen && now.webConnections == next.webConnections &&
                         now.webStatic == next.webStatic);
    compare("[connections]", now.outgoing == next.outgoing);
    compare("[node] reveal_ip_address", now.revealIpAddress == next.revealIpAddress);
    compare("[spool]", now.spoolDirectory == next.spoolDirectory &&
                           now.spoolMemory == next.spoolMemory && now.spoolDisk == next.spoolDisk);
    compare("[mutable]", now.keysAhead == next.keysAhead);
    return out;
}

} // namespace tarn::gateway
