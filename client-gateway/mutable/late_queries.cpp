#include "client-gateway/mutable/late_queries.h"

#include <algorithm>
#include <utility>

namespace tarn::gateway {

LateQueries::Place::Place(std::shared_ptr<LateQueries> queries, std::vector<std::string> servers)
    : m_queries(std::move(queries)), m_servers(std::move(servers))
{
    for (const std::string& server : m_servers)
        ++m_queries->m_running[server];
}

LateQueries::Place::~Place()
{
    if (!m_queries) return;
    for (const std::string& server : m_servers)
        if (--m_queries->m_running[server] == 0) m_queries->m_running.erase(server);
}

std::optional<LateQueries::Place> LateQueries::enter(std::vector<std::string> servers)
{
    const auto crowded = [this](const std::string& server) {
        const auto running = m_running.find(server);
        return running != m_running.end() && running->second >= kMostPerServer;
    };
    if (std::any_of(servers.begin(), servers.end(), crowded)) return std::nullopt;
    return Place(shared_from_this(), std::move(servers));
}

} // namespace tarn::gateway
