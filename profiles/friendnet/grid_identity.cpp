#include "profiles/friendnet/grid_identity.h"

#include "core/membership/grid_id.h"
#include "core/wire/node_id.h"

namespace tarn::profiles {

namespace {

constexpr std::string_view kGridFile = "grid";

} // namespace

std::string GridIdentity::id() const
{
    return membership::gridIdText(membership::gridIdOf(root));
}

Result<std::optional<GridIdentity>> readGrid(const node::StateDir& dir)
{
    const Result<std::string> text = dir.readFile(kGridFile);
    if (!text && text.error().code() == ErrorCode::NotFound) return std::optional<GridIdentity>();
    if (!text) return text.error();
    const Result<crypto::Ed25519PublicKey> root = wire::parseNodeId(*text);
    if (!root) return root.error().within(dir.pathOf(kGridFile));
    return std::optional(GridIdentity{*root});
}

Result<void> writeGrid(const node::StateDir& dir, const GridIdentity& grid)
{
    return dir.writeFile(kGridFile, wire::nodeIdOf(grid.root) + "\n");
}

Result<GridIdentity> foundGrid(const node::StateDir& dir, const crypto::Ed25519PublicKey& own)
{
    const GridIdentity grid{own};
    TARN_TRY_VOID(writeGrid(dir, grid));
    return grid;
}

} // namespace tarn::profiles
