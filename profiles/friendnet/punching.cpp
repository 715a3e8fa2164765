#include "profiles/friendnet/punching.h"

#include <algorithm>

namespace tarn::profiles {

namespace {

/// Of those that systems give to connections.
constexpr std::uint16_t kFirstPort = 32768;
constexpr std::uint16_t kPorts = 28232;

PunchParts partsOf(const Punching::Parts& parts, NiceThread& nice)
{
    node::DaemonContext& context = parts.context;
    return PunchParts{context.engine, context.clock, context.random,
                      parts.tickets,  nice,          parts.self};
}

} // namespace

PunchSelf punchSelfOf(const Whereabouts& where, std::vector<net::Endpoint> stun, Random& random)
{
    PunchSelf out;
    const Whereabouts::Settings& settings = where.settings();
    const Result<net::Endpoint> listen =
        net::endpointOf(settings.listen.host, settings.listen.port);
    const bool may = settings.looksAround && settings.reach.punching;
    if (!may || !listen || listen->address().is_loopback()) return out;
    out.tcp = true;
    out.udp = true;
    const auto port = static_cast<std::uint16_t>(kFirstPort + random.below(kPorts));
    if (listen->address().is_v4()) out.portV4 = port;
    if (listen->address().is_v6() || settings.ipv6) out.portV6 = port;
    for (const asio::ip::address& address : where.seenAs()) {
        const bool may4or6 = (address.is_v4() ? out.portV4 : out.portV6) != 0;
        if (may4or6) out.seen.emplace_back(address, port);
    }
    out.own = where.usable();
    out.stun = std::move(stun);
    return out;
}

Punching::Punching(Parts parts)
    : m_nice(parts.context.clock), m_way(partsOf(parts, m_nice), parts.signals),
      m_answerer(partsOf(parts, m_nice), std::move(parts.serve))
{
}

} // namespace tarn::profiles
