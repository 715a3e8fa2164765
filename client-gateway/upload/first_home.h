// first_home: where all shares of a new file go at once, for a gateway that has such a place;
// others carry them on from there.
#pragma once

#include "client-gateway/upload/placement_policy.h"
#include "core/base/result.h"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace tarn::gateway {

namespace asio = boost::asio;

/// Engine thread.
class FirstHome
{
public:
    virtual ~FirstHome() = default;
    virtual const PlacementPolicy& placement() const = 0;
    /// Of its server: this node's own disk.
    virtual const std::string& server() const = 0;
    /// Before shares of so many bytes altogether are sent. \return NoSpace: how much is needed and
    /// what there is.
    virtual asio::awaitable<Result<void>> admit(std::uint64_t bytes) = 0;
};

/// All shares to one server, and nobody else is asked.
class SingleHome final : public PlacementPolicy
{
public:
    explicit SingleHome(std::string serverId);

    std::vector<ServerPtr> candidates(StorageIndex index, std::vector<ServerPtr> known,
                                      std::uint32_t total) const override;
    std::map<ShareNumber, std::size_t> place(const std::vector<PlacementPeer>& peers,
                                             PlacementCounts counts) const override;
    const std::string& server() const { return m_server; }

private:
    std::string m_server;
    std::unique_ptr<PlacementPolicy> m_permuted;
};

} // namespace tarn::gateway
