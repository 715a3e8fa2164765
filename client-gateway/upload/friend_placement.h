// friend_placement: places shares as the owner of a friend grid's node wishes: not on servers that
// it avoids, and not too many under one roof. Engine thread. Source: design.md section 7;
// core/pipeline/write/households.h.
#pragma once

#include "client-gateway/upload/placement_policy.h"

#include <string>

namespace tarn::gateway {

/// By server id, "v0-...".
struct PlacementWishes
{
    std::set<std::string> avoided;                 ///< get no new shares
    std::map<std::string, std::string> households; ///< its name; the others each stand alone
    friend bool operator==(const PlacementWishes&, const PlacementWishes&) = default;
};

class FriendPlacement final : public PlacementPolicy
{
public:
    explicit FriendPlacement(PlacementWishes wishes = {});

    const PlacementWishes& wishes() const { return m_wishes; }
    /// For uploads from now on, and for what others under way still place.
    void set(PlacementWishes wishes) { m_wishes = std::move(wishes); }

    /// As the permuted placement, without those avoided.
    std::vector<ServerPtr> candidates(StorageIndex index, std::vector<ServerPtr> known,
                                      std::uint32_t total) const override;
    /// A household gets N - k shares at most where that leaves `happy` servers with one.
    std::map<ShareNumber, std::size_t> place(const std::vector<PlacementPeer>& peers,
                                             PlacementCounts counts) const override;
    std::string householdOf(const std::string& serverId) const override;

private:
    PlacementWishes m_wishes;
    std::unique_ptr<PlacementPolicy> m_permuted;
};

} // namespace tarn::gateway
