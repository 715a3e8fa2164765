#include "core/node/peer_metrics.h"

#include <algorithm>

namespace tarn::node {

void writeListener(OpenMetrics& out, const std::string& daemon, const net::ListenerCounts& counts)
{
    out.gauge(daemon + "_connections", "Connections to the listener.", counts.open);
    out.counter(daemon + "_connections_accepted", "Connections that came.", counts.accepted);
    out.counter(daemon + "_connections_refused", "Those for which there was no place.",
                counts.refused);
    out.counter(daemon + "_connections_failed", "Those that did not get through TLS.",
                counts.failed);
}

void writePool(OpenMetrics& out, const std::string& daemon, const net::PoolCounts& counts)
{
    out.gauge(daemon + "_outgoing_connections", "Connections that this daemon made and has.",
              counts.open);
    out.counter(daemon + "_outgoing_connections_opened", "Connections that it made.",
                counts.opened);
    out.counter(daemon + "_outgoing_connections_failed",
                "Attempts that failed, at all addresses of a peer.", counts.failed);
}

std::size_t countReached(const std::vector<IntroducerStatus>& introducers)
{
    return static_cast<std::size_t>(
        std::count_if(introducers.begin(), introducers.end(), [](const IntroducerStatus& one) {
            return one.lastGood && one.problem.empty();
        }));
}

} // namespace tarn::node
