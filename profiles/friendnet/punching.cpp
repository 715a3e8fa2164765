#include "profiles/friendnet/punching.h"

#include <algorithm>

namespace tarn::profiles {

namespace {

PunchParts partsOf(const Punching::Parts& parts, NiceThread& nice)
{
    node::DaemonContext& context = parts.context;
    return PunchParts{context.engine, context.clock, context.random,
                      parts.tickets,  nice,          parts.self};
}

} // namespace

PunchSelf punchSelfOf(const Whereabouts& where, std::vector<net::Endpoint> stun)
{
    PunchSelf out;
    const Whereabouts::Settings& settings = where.settings();
    const Result<net::Endpoint> listen =
        net::endpointOf(settings.listen.host, settings.listen.port);
    const bool may = settings.looksAround && settings.reach.punching;
    if (!may || !listen || listen->address().is_loopback()) return out;
    out.tcp = true;
    out.udp = true;
    if (listen->address().is_v4()) out.portV4 = listen->port();
    if (listen->address().is_v6() || settings.ipv6) out.portV6 = listen->port();
    for (const asio::ip::address& address : where.seenAs()) {
        const std::uint16_t port = address.is_v4() ? out.portV4 : out.portV6;
        if (port != 0) out.seen.emplace_back(address, port);
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
