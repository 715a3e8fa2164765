#include "core/membership/grid_id.h"

#include "core/codec/base32.h"
#include "core/crypto/sha256.h"

namespace tarn::membership {

GridId gridIdOf(const Ed25519PublicKey& founder)
{
    return GridId::prefixOf(crypto::sha256(founder.view()).view());
}

std::string gridIdText(const GridId& grid)
{
    return codec::encodeBase32(grid.view());
}

Result<GridId> parseGridId(std::string_view text)
{
    const Result<Bytes> bytes = codec::decodeBase32(text);
    if (!bytes || bytes->size() != GridId::kSize)
        return Error(ErrorCode::InvalidInput, "expected a grid id: 26 characters of a-z, 2-7");
    return GridId::from(*bytes);
}

} // namespace tarn::membership
