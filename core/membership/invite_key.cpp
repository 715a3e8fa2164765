#include "core/membership/invite_key.h"

#include "core/crypto/sha256.h"

namespace tarn::membership {

crypto::Ed25519Key inviteKeyOf(const GridId& grid, const InviteId& invite, const InviteToken& token)
{
    constexpr std::string_view context{"tarn invite key v1\0", 19};
    Bytes text = toBytes(context);
    append(text, grid.view());
    append(text, invite.view());
    append(text, token.view());
    Hash256 seed = crypto::sha256(text);
    crypto::Ed25519Key out =
        crypto::Ed25519Key::fromSeed(crypto::Ed25519Seed::prefixOf(seed.view()));
    wipe(text);
    wipe(seed.mutableView());
    return out;
}

} // namespace tarn::membership
