// share_goal: where the shares of a new version go, and what each write tests for. Pure.
// Source: spec of mutable files, section 7; allmydata.mutable.publish.
#pragma once

#include "client-gateway/mutable/mutable_parts.h"
#include "client-gateway/mutable/server_map.h"
#include "client-gateway/upload/placement_policy.h"
#include "core/storage_api/share_store.h"

#include <vector>

namespace tarn::gateway {

/// The numbers that go to each server, servers in the order given.
struct ServerGoal
{
    ServerPtr server;
    std::set<ShareNumber> shares;
};

/// What becomes of shares that have no home.
enum class NewHomes { None, WithTheEmptiest };

/// Known shares stay, bad ones are replaced where they are, and what has no home goes to the
/// servers with the fewest shares of those that may be given new ones.
/// \param usable  the servers that may be written to, in permuted order.
/// \param placed  numbers that need no home any more.
std::vector<ServerGoal> placeMutableShares(const ServerMap& map, std::uint32_t total,
                                           const std::vector<ServerPtr>& usable,
                                           const std::set<ShareNumber>& placed, WallTime now,
                                           NewHomes homes = NewHomes::WithTheEmptiest);

/// Adds to such goals what an owner wishes: shares without a home, and second copies where a server
/// has several and another one none, go as `placement` has it; the server `home.server` gets
/// `needed` different shares at least. Spare copies are left out (spare_copies.h).
/// \param goals  of placeMutableShares() without new homes.
void spreadMutableShares(std::vector<ServerGoal>& goals, const MutableHome& home,
                         StorageIndex index, PlacementCounts counts,
                         const std::set<ShareNumber>& placed, WallTime now);

/// What the first bytes of a share must be for it to be written; empty: that it is not there.
Bytes expectedFront(const ServerMap& map, const SharePlace& place);

/// Whether the answer shows somebody else's writing.
/// \param own       the numbers that we write on this server.
/// \param newCheck  the check string of the version being written; what was read is as long.
bool showsOtherWriter(const storage_api::ReadTestWriteAnswer& answer, const ServerMap& map,
                      const std::string& serverId, const std::set<ShareNumber>& own,
                      ByteView newCheck);

} // namespace tarn::gateway
