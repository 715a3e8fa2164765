#include "storage-server/hidden_config.h"

#include "core/net/address.h"

#include <initializer_list>

namespace tarn::storage {

namespace {

std::uint16_t readPort(ConfigTable table)
{
    return static_cast<std::uint16_t>(table.integer("port", kHiddenPort, 1, 65535));
}

/// Settings of a service that is not made.
void refuseOthers(ConfigTable table, std::string_view needed,
                  std::initializer_list<std::string_view> keys)
{
    for (const std::string_view key : keys) {
        if (table.has(key)) table.refuse(key, "means nothing without " + std::string(needed));
    }
}

std::optional<OnionConfig> readOnion(ConfigTable table)
{
    OnionConfig out;
    const std::string control = table.string("control", "");
    out.passwordFile = table.string("password", "");
    out.settings.port = readPort(table);
    if (!table.has("control")) {
        refuseOthers(table, "control", {"password", "port"});
        return std::nullopt;
    }
    if (table.has("password") && out.passwordFile.empty())
        table.refuse("password", "expected a path, got \"\"");
    const Result<net::ControlAddress> address = net::parseControlAddress(control);
    if (address)
        out.settings.control = *address;
    else
        table.refuse("control", address.error().message());
    return out;
}

std::optional<I2pConfig> readI2p(ConfigTable table)
{
    I2pConfig out;
    const std::optional<HostPort> sam = table.optionalAddress("sam");
    out.port = readPort(table);
    if (!table.has("sam")) {
        refuseOthers(table, "sam", {"port"});
        return std::nullopt;
    }
    if (!sam) return out;
    out.sam = *sam;
    const Result<net::Endpoint> endpoint = net::endpointOf(sam->host, sam->port);
    if (!endpoint || !endpoint->address().is_loopback() || sam->port == 0) {
        table.refuse("sam", "expected a port of loopback such as \"127.0.0.1:7656\" (keys travel "
                            "over it), got \"" +
                                tarn::textOf(*sam) + "\"");
    }
    return out;
}

} // namespace

bool HiddenConfig::sameAs(const HiddenConfig& other) const
{
    ConfigWriter mine;
    ConfigWriter theirs;
    printHidden(mine, *this);
    printHidden(theirs, other);
    return mine.text() == theirs.text();
}

HiddenConfig readHidden(ConfigReader& reader)
{
    HiddenConfig out;
    out.onion = readOnion(reader.table("tor"));
    out.i2p = readI2p(reader.table("i2p"));
    return out;
}

void printHidden(ConfigWriter& out, const HiddenConfig& config)
{
    if (config.onion) {
        out.table("tor");
        out.string("control", net::textOf(config.onion->settings.control));
        if (!config.onion->passwordFile.empty()) out.string("password", config.onion->passwordFile);
        out.integer("port", config.onion->settings.port);
    }
    if (config.i2p) {
        out.table("i2p");
        out.address("sam", config.i2p->sam);
        out.integer("port", config.i2p->port);
    }
}

std::string explained(const HiddenConfig& config)
{
    std::string out;
    if (config.onion) {
        out += "  " + net::textOf(config.onion->settings.control) +
               "  control port of a Tor, for an onion service\n";
    }
    if (config.i2p)
        out += "  tcp:" + tarn::textOf(config.i2p->sam) + "  SAM port of an I2P router\n";
    if (out.empty()) return "  none\n";
    return out + "  each kept open, and tried again after 1 s to 1 min when it ends\n";
}

} // namespace tarn::storage
