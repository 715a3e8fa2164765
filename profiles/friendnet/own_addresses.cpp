#include "profiles/friendnet/own_addresses.h"

#include "core/net/address.h"

#include <algorithm>
#include <array>

namespace tarn::profiles {

namespace {

constexpr std::array<std::string_view, 4> kOrigins{"entered", "interface", "router",
                                                   "seen by a member"};
constexpr std::array<std::string_view, 7> kWays{"same host", "lan",     "direct", "mapped",
                                                "reversed",  "punched", "relayed"};

/// Absent: a name, or of another network.
std::optional<asio::ip::address> addressOf(const wire::Location& location)
{
    if (location.network != wire::Network::Tcp) return std::nullopt;
    const Result<net::Endpoint> endpoint = net::endpointOf(location.host, location.port);
    return endpoint ? std::optional(plainAddress(endpoint->address())) : std::nullopt;
}

wire::Location locationOf(const asio::ip::address& address, std::uint16_t port)
{
    wire::Location out;
    out.host = address.to_string();
    out.port = port;
    return out;
}

WayClass wayOfScope(AddressScope scope)
{
    if (scope == AddressScope::Host) return WayClass::SameHost;
    return scope == AddressScope::Local ? WayClass::Lan : WayClass::Direct;
}

/// Whether what comes to `address` is heard.
bool hears(const AddressFacts& facts, const asio::ip::address& address)
{
    const Result<net::Endpoint> at = net::endpointOf(facts.listen.host, facts.listen.port);
    if (!at) return false;
    if (!at->address().is_unspecified()) return at->address() == address;
    return at->address().is_v6() == address.is_v6() || (address.is_v6() && facts.ipv6);
}

class Collected
{
public:
    Collected(const AddressFacts& facts, const ReachConfig& config)
        : m_facts(facts), m_config(config)
    {
    }

    void add(wire::Location location, AddressOrigin origin, WayClass way, std::string untold)
    {
        const auto same = [&location](const OwnAddress& known) {
            return known.location == location;
        };
        if (std::any_of(m_all.begin(), m_all.end(), same)) return;
        OwnAddress out;
        out.way = way;
        out.origin = origin;
        out.untold = std::move(untold);
        const std::optional<asio::ip::address> address = addressOf(location);
        if (address && m_config.excludes(*address)) out.untold = "its owner excluded it";
        if (address) out.proof = proofOf(*address, location.port);
        out.location = std::move(location);
        m_all.push_back(std::move(out));
    }

    std::vector<OwnAddress> finish()
    {
        std::size_t told = 0;
        for (OwnAddress& one : m_all) {
            if (one.untold.empty() && told == kMostTold)
                one.untold = "there are better ones, as many as members are told";
            one.told = one.untold.empty();
            if (one.told) ++told;
        }
        return std::move(m_all);
    }
    bool any() const
    {
        return std::any_of(m_all.begin(), m_all.end(),
                           [](const OwnAddress& one) { return one.untold.empty(); });
    }

private:
    std::optional<AddressProof> proofOf(const asio::ip::address& address, std::uint16_t port) const
    {
        for (const AddressProof& proof : m_facts.proofs)
            if (proof.address == address && proof.port == port) return proof;
        return std::nullopt;
    }

    const AddressFacts& m_facts;
    const ReachConfig& m_config;
    std::vector<OwnAddress> m_all;
};

void addEntered(Collected& out, const AddressFacts& facts)
{
    if (!facts.entered) return;
    for (wire::Location location : *facts.entered) {
        if (location.port == 0) location.port = facts.listen.port;
        const std::optional<asio::ip::address> address = addressOf(location);
        const WayClass way = address ? wayOfScope(scopeOf(*address)) : WayClass::Direct;
        out.add(std::move(location), AddressOrigin::Entered, way, {});
    }
}

/// The address that is listened on, where nobody entered any.
void addListener(Collected& out, const AddressFacts& facts)
{
    const Result<net::Endpoint> at = net::endpointOf(facts.listen.host, facts.listen.port);
    if (facts.entered || !at || at->address().is_unspecified()) return;
    out.add(locationOf(at->address(), facts.listen.port), AddressOrigin::Entered,
            wayOfScope(scopeOf(at->address())), {});
}

/// One of each family, and one more: a member may say what is not so.
constexpr std::size_t kMostSeenTold = 3;

bool isOwn(const AddressFacts& facts, const asio::ip::address& address)
{
    return std::any_of(facts.local.begin(), facts.local.end(),
                       [&address](const LocalAddress& one) { return one.address == address; });
}

/// What members saw, and were let in at, the latest first.
void addSeen(Collected& out, const AddressFacts& facts)
{
    std::size_t told = 0;
    for (auto at = facts.proofs.rbegin(); at != facts.proofs.rend(); ++at) {
        const AddressProof& proof = *at;
        const bool router =
            facts.door && facts.door->address == proof.address && facts.door->port == proof.port;
        if (router || isOwn(facts, proof.address)) continue;
        std::string untold;
        if (!proof.reached)
            untold = "members cannot connect to it";
        else if (told == kMostSeenTold)
            untold = "members have seen this node elsewhere since";
        else
            ++told;
        const AddressScope scope = scopeOf(proof.address);
        const WayClass way = scope == AddressScope::World ? WayClass::Mapped : WayClass::Lan;
        out.add(locationOf(proof.address, proof.port), AddressOrigin::Seen, way, std::move(untold));
    }
}

void addDoor(Collected& out, const AddressFacts& facts)
{
    if (!facts.door) return;
    const bool world = scopeOf(facts.door->address) == AddressScope::World;
    out.add(locationOf(facts.door->address, facts.door->port), AddressOrigin::Router,
            world ? WayClass::Mapped : WayClass::Lan, {});
}

void addInterfaces(Collected& out, const AddressFacts& facts, const ReachConfig& config,
                   AddressScope scope)
{
    for (const LocalAddress& local : facts.local) {
        if (scopeOf(local.address) != scope || !hears(facts, local.address)) continue;
        const bool excluded =
            std::find(config.excludedInterfaces.begin(), config.excludedInterfaces.end(),
                      local.interface) != config.excludedInterfaces.end();
        out.add(locationOf(local.address, facts.listen.port), AddressOrigin::Interface,
                wayOfScope(scope), excluded ? "its owner excluded " + local.interface : "");
    }
}

} // namespace

std::string_view nameOf(AddressOrigin origin)
{
    return kOrigins.at(static_cast<std::size_t>(origin));
}

std::string_view nameOf(WayClass way)
{
    return kWays.at(static_cast<std::size_t>(way));
}

bool keepsToItself(const std::optional<std::vector<wire::Location>>& entered, bool dialsDirectly)
{
    return !dialsDirectly || (entered && entered->empty());
}

std::vector<OwnAddress> ownAddresses(const AddressFacts& facts, const ReachConfig& config)
{
    Collected out(facts, config);
    addEntered(out, facts);
    addListener(out, facts);
    addSeen(out, facts);
    addDoor(out, facts);
    addInterfaces(out, facts, config, AddressScope::World);
    addInterfaces(out, facts, config, AddressScope::Local);
    // Without any network there may still be other nodes on this machine.
    const asio::ip::address loopback = asio::ip::address_v4::loopback();
    if (!out.any() && config.interfaces && !facts.entered && hears(facts, loopback))
        out.add(locationOf(loopback, facts.listen.port), AddressOrigin::Interface,
                WayClass::SameHost, {});
    return out.finish();
}

std::vector<wire::Location> toldOf(const std::vector<OwnAddress>& addresses)
{
    std::vector<wire::Location> out;
    for (const OwnAddress& one : addresses)
        if (one.told) out.push_back(one.location);
    return out;
}

WayClass wayTo(const wire::Location& location, const std::vector<wire::Location>& all,
               const std::vector<LocalAddress>& local)
{
    const std::optional<asio::ip::address> address = addressOf(location);
    if (!address) return WayClass::Direct;
    const auto isHere = [&address](const LocalAddress& one) { return one.address == *address; };
    if (std::any_of(local.begin(), local.end(), isHere)) return WayClass::SameHost;
    const WayClass way = wayOfScope(scopeOf(*address));
    if (way != WayClass::Direct) return way;
    // Who has an address of its own and tells a private one besides would be rare.
    const auto isPrivate = [](const wire::Location& other) {
        const std::optional<asio::ip::address> one = addressOf(other);
        return one && scopeOf(*one) == AddressScope::Local;
    };
    const bool behindRouter = address->is_v4() && std::any_of(all.begin(), all.end(), isPrivate);
    return behindRouter ? WayClass::Mapped : WayClass::Direct;
}

} // namespace tarn::profiles
