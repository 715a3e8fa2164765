// local_server: this node's own storage as one of the servers of its gateway: in the same program,
// without a connection. Engine thread.
#pragma once

#include "client-gateway/observed_store.h"
#include "client-gateway/server_set.h"
#include "storage-server/server_identity.h"

namespace tarn::profiles {

class LocalServer final : public gateway::ServerConnection
{
public:
    /// Both outlive it. \param store  of the node's own account.
    LocalServer(storage_api::ShareStore& store, Clock& clock) : m_observed(store, clock) {}

    storage_api::ShareStore& store() override { return m_observed; }
    gateway::ServerStatus status() const override;
    void noteOldVersion(StorageIndex index, ShareNumber share, std::uint64_t sequence,
                        std::uint64_t newest) override;

private:
    gateway::ObservedStore m_observed;
};

/// \param store  outlives the server, as does `clock`.
/// \return InvalidInput: a permutation seed that is none.
Result<gateway::ServerPtr> makeLocalServer(const storage::ServerIdentity& identity,
                                           const std::string& nickname,
                                           storage_api::ShareStore& store, Clock& clock);

} // namespace tarn::profiles
