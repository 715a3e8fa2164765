#include "profiles/friendnet/node_desk.h"

#include "core/wire/node_id.h"
#include "profiles/friendnet/root_directory.h"

namespace tarn::profiles {

namespace {

control::StorageStatus storageStatusOf(const storage::StoreStatus& store,
                                       const std::optional<std::uint64_t>& offered)
{
    control::StorageStatus out;
    out.offered = offered;
    out.used = store.usedSpace;
    out.available = store.availableSpace;
    if (store.health.state != storage::StoreState::Healthy) out.problem = store.health.reason;
    return out;
}

} // namespace

control::GridStatus NodeDesk::gridStatus() const
{
    control::GridStatus out;
    out.name = m_parts.config.gridName;
    out.id = m_parts.grid.id();
    out.root = wire::nodeIdOf(m_parts.grid.root);
    out.founder = m_parts.grid.root == m_parts.storage.identity().node.key.publicKey();
    return out;
}

std::vector<std::string> NodeDesk::locations() const
{
    const std::uint16_t port = m_parts.storage.address().port();
    std::vector<std::string> out;
    for (wire::Location location : storageConfigOf(m_parts.config, port).effectiveLocations()) {
        if (location.port == 0) location.port = port;
        out.push_back(wire::textOf(location));
    }
    return out;
}

asio::awaitable<Result<control::NodeStatus>> NodeDesk::status()
{
    const storage::StoreStatus store = co_await m_parts.storage.storeStatus();
    auto job = [this] { return hasRootDirectory(m_parts.dir); };
    control::NodeStatus out;
    out.rootDirectory = co_await runOn(m_parts.diskPool, job);
    out.version = TARN_VERSION;
    out.id = m_parts.storage.identity().node.serverId();
    out.nickname = m_parts.config.nickname;
    out.started = unixSeconds(m_started);
    out.listen = net::textOf(m_parts.storage.address());
    out.locations = locations();
    out.web = m_parts.gateway.url();
    out.servers = static_cast<std::uint32_t>(m_parts.gateway.servers().servers().size());
    out.grid = gridStatus();
    out.storage = storageStatusOf(store, m_parts.config.offer);
    const gateway::EncodingParameters encoding = m_parts.gateway.files().encoding();
    out.encoding.needed = encoding.needed;
    out.encoding.happy = encoding.happy;
    out.encoding.total = encoding.total;
    out.encoding.automatic = !m_parts.config.encoding;
    co_return out;
}

control::Subscription NodeDesk::watch(control::OnChange onChange)
{
    return m_watchers.add(std::move(onChange));
}

} // namespace tarn::profiles
