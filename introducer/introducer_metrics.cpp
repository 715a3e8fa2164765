#include "introducer/introducer_metrics.h"

#include "core/gossip/server_announcement.h"
#include "core/node/open_metrics.h"
#include "core/node/peer_metrics.h"

namespace tarn::introducer {

namespace {

using node::OpenMetrics;

void addRequests(OpenMetrics& out, const ApiCounts& requests)
{
    requests.requests.writeTo(out, "tarn_introducer_requests");
    out.family("tarn_introducer_request_seconds", "histogram",
               "From the head of a request to the end of its answer; subscribers wait for news.");
    for (const auto& [endpoint, latency] : requests.latencies)
        out.histogram("tarn_introducer_request_seconds", "endpoint", endpoint,
                      node::LatencyCounts::kBounds, latency.counts, latency.sum);
    out.counter("tarn_introducer_received_bytes", "Bodies of requests.", requests.bytesReceived);
    out.counter("tarn_introducer_sent_bytes", "Bodies of answers.", requests.bytesSent);
}

void addRecords(OpenMetrics& out, const gossip::RecordSet& records)
{
    std::uint64_t servers = 0;
    for (const gossip::RecordPtr& record : records.all()) {
        const auto server = gossip::readAnnouncement(*record);
        if (server && server->standing != gossip::Standing::Withdrawn) ++servers;
    }
    out.gauge("tarn_introducer_records", "Records that are kept.", records.size());
    out.gauge("tarn_introducer_record_bytes", "Their bytes.", records.bytes());
    out.gauge("tarn_introducer_servers", "Servers that are announced.", servers);
}

void addPeers(OpenMetrics& out, const std::vector<PeerView>& peers)
{
    std::uint64_t reached = 0;
    for (const PeerView& one : peers)
        if (one.lastGood && one.problem.empty()) ++reached;
    out.gauge("tarn_introducer_peers", "Introducers in the configuration.", peers.size());
    out.gauge("tarn_introducer_peers_reached", "Those that answered the last time.", reached);
}

void addCounts(OpenMetrics& out, const Introducer::Counts& counts)
{
    out.family("tarn_introducer_announcements", "counter", "Announcements by what came of them.");
    out.sample("tarn_introducer_announcements_total", "outcome", "accepted", counts.accepted);
    out.sample("tarn_introducer_announcements_total", "outcome", "refused", counts.refused);
    out.counter("tarn_introducer_subscriptions", "Requests of subscribers.", counts.subscriptions);
    out.family("tarn_introducer_gossip", "counter", "Exchanges with other introducers.");
    out.sample("tarn_introducer_gossip_total", "side", "asked", counts.asked);
    out.sample("tarn_introducer_gossip_total", "side", "failed", counts.failed);
    out.sample("tarn_introducer_gossip_total", "side", "answered", counts.answered);
}

} // namespace

std::string metricsText(const Introducer& introducer, const ApiCounts& requests,
                        const ConnectionFigures& connections)
{
    OpenMetrics out;
    addRequests(out, requests);
    out.gauge("tarn_introducer_healthy", "1 while all records are on disk.",
              introducer.diskProblem().empty() ? 1 : 0);
    addRecords(out, introducer.records());
    out.gauge("tarn_introducer_subscribers", "Gateways that ask for news.",
              introducer.subscribers().size());
    node::writeListener(out, "tarn_introducer", connections.listener);
    node::writePool(out, "tarn_introducer", connections.outgoing);
    addPeers(out, introducer.peers());
    addCounts(out, introducer.counts());
    return std::move(out).finish();
}

} // namespace tarn::introducer
