#include "introducer/introducer_metrics.h"

#include "core/gossip/server_announcement.h"
#include "core/node/open_metrics.h"

namespace tarn::introducer {

namespace {

using node::OpenMetrics;

void addRecords(OpenMetrics& out, const gossip::RecordSet& records)
{
    std::uint64_t servers = 0;
    for (const gossip::RecordPtr& record : records.all())
        if (gossip::readAnnouncement(*record)) ++servers;
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

std::string metricsText(const Introducer& introducer, const node::RequestCounts& requests,
                        std::size_t connections)
{
    OpenMetrics out;
    requests.writeTo(out, "tarn_introducer_requests");
    out.gauge("tarn_introducer_healthy", "1 while all records are on disk.",
              introducer.diskProblem().empty() ? 1 : 0);
    addRecords(out, introducer.records());
    out.gauge("tarn_introducer_subscribers", "Gateways that ask for news.",
              introducer.subscribers().size());
    out.gauge("tarn_introducer_connections", "Connections to the listener.", connections);
    addPeers(out, introducer.peers());
    addCounts(out, introducer.counts());
    return std::move(out).finish();
}

} // namespace tarn::introducer
