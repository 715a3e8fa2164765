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

Result<GridIdentity> readOrFoundGrid(const node::StateDir& dir, const crypto::Ed25519PublicKey& own)
{
    const Result<std::string> text = dir.readFile(kGridFile);
    if (text) {
        const Result<crypto::Ed25519PublicKey> root = wire::parseNodeId(*text);
        if (!root) return root.error().within(dir.pathOf(kGridFile));
        return GridIdentity{*root};
    }
    if (text.error().code() != ErrorCode::NotFound) return text.error();
    TARN_TRY_VOID(dir.writeFile(kGridFile, wire::nodeIdOf(own) + "\n"));
    return GridIdentity{own};
}

} // namespace tarn::profiles
