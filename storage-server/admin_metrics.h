// admin_metrics: what GET /metrics of a storage server tells; README.md names every family.
// Figures of all accounts together only: who uses how much stays between the operator and
// `tarn-storage account list`.
#pragma once

#include "core/net/connection_pool.h"
#include "core/net/listener.h"
#include "core/node/announcer.h"
#include "storage-server/account_book.h"
#include "storage-server/draining.h"
#include "storage-server/lease_keeper.h"
#include "storage-server/scrubber.h"
#include "storage-server/service_counters.h"

#include <functional>

namespace tarn::storage {

/// Whom the figures come from. What is null is left out.
struct AdminSources
{
    const AccountBook* accounts = nullptr;
    const AccountUsage* usage = nullptr;
    const LeaseKeeper* leases = nullptr;
    const Scrubber* scrubber = nullptr;
    const Draining* draining = nullptr;
    std::function<std::vector<node::IntroducerStatus>()> introducers;
    std::function<node::ToldIntroducers()> told;
    std::function<net::PoolCounts()> outgoing; ///< connections to them
};

/// OpenMetrics text.
std::string metricsText(const StoreStatus& status, const ServiceCounters& counters,
                        const net::ListenerCounts& connections, const AdminSources& sources);

} // namespace tarn::storage
