// node_desk: answers what people ask of this node (core/control/node_control.h) from the roles that
// it is made of. Engine thread.
#pragma once

#include "client-gateway/service.h"
#include "core/control/node_control.h"
#include "profiles/friendnet/grid_identity.h"
#include "profiles/friendnet/node_config.h"
#include "storage-server/service.h"

namespace tarn::profiles {

class NodeDesk final : public control::NodeControl
{
public:
    struct Parts
    {
        const node::StateDir& dir;
        const NodeConfig& config; ///< as it is now, also after a reload
        const GridIdentity& grid;
        storage::StorageService& storage;
        gateway::GatewayService& gateway;
        WorkPool& diskPool;
    };
    /// All parts outlive the desk; both roles have been started. \param started  when.
    NodeDesk(const Parts& parts, WallTime started) : m_parts(parts), m_started(started) {}

    asio::awaitable<Result<control::NodeStatus>> status() override;
    control::Subscription watch(control::OnChange onChange) override;

    void tell(control::Topic topic) { m_watchers.tell(topic); }

private:
    control::GridStatus gridStatus() const;
    std::vector<std::string> locations() const;

    Parts m_parts;
    WallTime m_started;
    control::Watchers m_watchers;
};

} // namespace tarn::profiles
