// admin_service: what the admin listener tells: GET /healthz (JSON; 503 unless healthy) and
// GET /metrics (OpenMetrics). Nothing can be changed here. Engine thread.
#pragma once

#include "core/net/http_server.h"
#include "storage-server/admin_metrics.h"
#include "storage-server/disk_store.h"

#include <functional>

namespace tarn::storage {

class AdminService final : public net::HttpHandler
{
public:
    /// Of the storage listener.
    using CountConnections = std::function<net::ListenerCounts()>;

    /// All outlive the service.
    AdminService(DiskStore& store, const ServiceCounters& counters, CountConnections connections)
        : m_store(store), m_counters(counters), m_connections(std::move(connections))
    {
    }

    void setSources(AdminSources sources) { m_sources = std::move(sources); }

    asio::awaitable<Result<void>> serve(net::ServerExchange& exchange) override;

private:
    asio::awaitable<Result<void>> health(net::ServerExchange& exchange);
    asio::awaitable<Result<void>> metrics(net::ServerExchange& exchange);

    DiskStore& m_store;
    const ServiceCounters& m_counters;
    CountConnections m_connections;
    AdminSources m_sources;
};

} // namespace tarn::storage
