// placement_policy: the seam that decides which servers are asked, and which of them gets which
// share. The sysadmin's is Tahoe-LAFS's; a friend grid may weigh people and places.
#pragma once

#include "client-gateway/server_set.h"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace tarn::gateway {

/// What is known of one candidate when shares are placed.
struct PlacementPeer
{
    std::string serverId;
    bool writable = true;        ///< may be given shares that it does not hold
    std::set<ShareNumber> holds; ///< found on it or accepted by it
};

struct PlacementCounts
{
    std::uint32_t needed = 1; ///< k
    std::uint32_t happy = 1;
    std::uint32_t total = 1; ///< N
};

class PlacementPolicy
{
public:
    virtual ~PlacementPolicy() = default;

    /// The servers worth asking, best first.
    /// \param known  every server there is.  \param total  N.
    virtual std::vector<ServerPtr> candidates(StorageIndex index, std::vector<ServerPtr> known,
                                              std::uint32_t total) const = 0;

    /// Which of `peers` (by its place in the list) each share 0 .. total-1 should be on; shares
    /// may be left out.
    virtual std::map<ShareNumber, std::size_t> place(const std::vector<PlacementPeer>& peers,
                                                     PlacementCounts counts) const = 0;

    /// Servers of one name share a fate. Empty: this one stands alone, as all do by default.
    virtual std::string householdOf(const std::string& serverId) const;
};

/// The first 2N of the permuted order (those not known to be unreachable before the others), and
/// spec 03 section 7.3.
std::unique_ptr<PlacementPolicy> makePermutedPlacement();

} // namespace tarn::gateway
