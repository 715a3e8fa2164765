#include "storage-server/admin_metrics.h"

#include "core/node/open_metrics.h"
#include "core/node/peer_metrics.h"

namespace tarn::storage {

namespace {

using node::OpenMetrics;

void addRequests(OpenMetrics& out, const ServiceCounters& counters)
{
    counters.requests.writeTo(out, "tarn_storage_requests");
    out.family("tarn_storage_request_seconds", "histogram",
               "From the head of a request that was let in to the end of its answer.");
    for (std::size_t i = 0; i < kOperationCount; ++i) {
        const node::LatencyCounts& latency = counters.latencies[i];
        out.histogram("tarn_storage_request_seconds", "endpoint",
                      storage::nameOf(static_cast<wire::Operation>(i)),
                      node::LatencyCounts::kBounds, latency.counts, latency.sum);
    }
    out.counter("tarn_storage_received_bytes", "Share data received.", counters.bytesReceived);
    out.counter("tarn_storage_sent_bytes", "Share data sent.", counters.bytesSent);
}

void addStore(OpenMetrics& out, const StoreStatus& status)
{
    out.gauge("tarn_storage_healthy", "1 when the store takes everything.",
              status.health.state == StoreState::Healthy ? 1 : 0);
    out.gauge("tarn_storage_serving", "1 when shares can be read.",
              status.health.state != StoreState::Unavailable ? 1 : 0);
    out.counter("tarn_storage_disk_failures", "How often the disk failed or went away.",
                status.failures);
    out.gauge("tarn_storage_readonly", "1 when no new data are taken.", status.readonly ? 1 : 0);
    out.gauge("tarn_storage_available_bytes", "Space for new shares.", status.availableSpace);
    if (status.usedSpace)
        out.gauge("tarn_storage_used_bytes", "Share files on disk.", *status.usedSpace);
    out.gauge("tarn_storage_allocated_bytes", "Promised to uploads in progress.",
              status.allocatedSpace);
    out.gauge("tarn_storage_uploads", "Uploads in progress.", status.uploadsInProgress);
}

void addAccounts(OpenMetrics& out, const AccountBook& accounts, const AccountUsage& usage)
{
    std::uint64_t open = 0;
    AccountUsage::Figures sum;
    for (const Account* account : accounts.all()) {
        if (!account->revoked && (account->id != kAnonymous || accounts.anonymous())) ++open;
        const AccountUsage::Figures figures = usage.figures(account->id);
        sum.used += figures.used;
        sum.shares += figures.shares;
        sum.pledged += figures.pledged;
    }
    out.gauge("tarn_storage_accounts", "Accounts that are let in.", open);
    out.gauge("tarn_storage_charged_bytes",
              "Charged to all accounts; what several lease counts for each.", sum.used);
    out.gauge("tarn_storage_charged_shares", "Shares leased, once for each account.", sum.shares);
    out.gauge("tarn_storage_pledged_bytes", "Of quotas, to what is on its way in.", sum.pledged);
}

void addLeases(OpenMetrics& out, const LeaseKeeperStatus& status)
{
    out.counter("tarn_storage_lease_rounds", "Rounds of the lease keeper that ended.",
                status.rounds);
    out.counter("tarn_storage_lease_shares", "Shares that it looked at.", status.all.shares);
    out.counter("tarn_storage_ended_leases", "Leases that it ended.", status.all.endedLeases);
    out.counter("tarn_storage_expired_shares", "Shares that went with their last lease.",
                status.all.removedShares);
    out.counter("tarn_storage_expired_bytes", "Bytes that became free so.", status.all.freedBytes);
    out.counter("tarn_storage_lease_drift", "Charges that were not what the shares say.",
                status.all.drift);
    out.gauge("tarn_storage_missing_indexes", "Storage indexes that are leased and have no share.",
              status.absentIndexes);
}

void addScrub(OpenMetrics& out, const Scrubber& scrubber)
{
    out.counter("tarn_storage_scrub_rounds", "Rounds of the scrub that ended.", scrubber.rounds());
    out.counter("tarn_storage_scrub_shares", "Shares that it re-read.", scrubber.shares());
    out.counter("tarn_storage_scrub_bytes", "Bytes that it re-read.", scrubber.bytes());
    out.family("tarn_storage_scrub_findings", "gauge", "Shares known not to be sound.");
    for (const AuditState state :
         {AuditState::Damaged, AuditState::Unreadable, AuditState::Unknown})
        out.sample("tarn_storage_scrub_findings", "state", nameOf(state),
                   scrubber.record().found(state));
}

void addIntroducers(OpenMetrics& out, const node::ToldIntroducers& told)
{
    out.gauge("tarn_storage_introducers", "Introducers in the configuration.", told.introducers);
    out.gauge("tarn_storage_introducers_told", "Those that took the last announcement.", told.told);
}

} // namespace

std::string metricsText(const StoreStatus& status, const ServiceCounters& counters,
                        const net::ListenerCounts& connections, const AdminSources& sources)
{
    OpenMetrics out;
    addRequests(out, counters);
    addStore(out, status);
    if (sources.draining != nullptr)
        out.gauge("tarn_storage_draining", "1 while the operator empties the server.",
                  sources.draining->on() ? 1 : 0);
    node::writeListener(out, "tarn_storage", connections);
    if (sources.outgoing) node::writePool(out, "tarn_storage", sources.outgoing());
    if (sources.accounts != nullptr && sources.usage != nullptr)
        addAccounts(out, *sources.accounts, *sources.usage);
    if (sources.leases != nullptr) addLeases(out, sources.leases->status());
    if (sources.scrubber != nullptr) addScrub(out, *sources.scrubber);
    if (sources.told) addIntroducers(out, sources.told());
    return std::move(out).finish();
}

} // namespace tarn::storage
