// punching: how this node punches holes: what it knows of itself for that, the way to members, and
// the answer to those who ask. Engine thread. Source: core/doc/protocol/punching.md.
#pragma once

#include "core/node/daemon.h"
#include "profiles/friendnet/punch_way.h"
#include "profiles/friendnet/whereabouts.h"

#include <functional>
#include <vector>

namespace tarn::profiles {

/// What may be tried, and from where: a port of its own for each meeting, which most routers keep.
/// \param stun  servers of others, best first.
PunchSelf punchSelfOf(const Whereabouts& where, std::vector<net::Endpoint> stun, Random& random);

class Punching
{
public:
    struct Parts
    {
        node::DaemonContext& context;
        net::TicketRegistry& tickets; ///< of the listener
        PeerSignals& signals;
        std::function<PunchSelf()> self;
        std::function<void(net::Stream)> serve; ///< as TLS and HTTP server
    };
    /// What `parts` refers to outlives it.
    explicit Punching(Parts parts);

    PeerWay& way() { return m_way; }
    SignalHandler& answerer() { return m_answerer; }

private:
    NiceThread m_nice;
    PunchWay m_way;
    PunchAnswerer m_answerer;
};

} // namespace tarn::profiles
