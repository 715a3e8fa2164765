// outbox_home: the outbox as the place where a gateway's new files go first.
#pragma once

#include "client-gateway/upload/first_home.h"
#include "profiles/friendnet/outbox.h"

namespace tarn::profiles {

/// Engine thread.
class OutboxHome final : public gateway::FirstHome
{
public:
    /// \param self  id of this node's own storage. The outbox outlives it.
    OutboxHome(Outbox& outbox, std::string self) : m_outbox(outbox), m_placement(std::move(self)) {}

    const gateway::PlacementPolicy& placement() const override { return m_placement; }
    const std::string& server() const override { return m_placement.server(); }
    asio::awaitable<Result<void>> admit(std::uint64_t bytes) override;

private:
    Outbox& m_outbox;
    gateway::SingleHome m_placement;
};

} // namespace tarn::profiles
