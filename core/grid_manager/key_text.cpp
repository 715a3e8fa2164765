#include "core/grid_manager/key_text.h"

#include "core/codec/base32.h"

namespace tarn::grid_manager {

namespace {

constexpr std::string_view kPublicPrefix = "pub-v0-";
constexpr std::string_view kPrivatePrefix = "priv-v0-";

template <class Key>
Result<Key> parseKey(std::string_view text, std::string_view prefix)
{
    const Error bad(ErrorCode::InvalidInput,
                    "expected " + std::string(prefix) + " and 52 base32 characters");
    if (!text.starts_with(prefix)) return bad;
    Result<Bytes> bytes = codec::decodeBase32Lax(text.substr(prefix.size()));
    if (!bytes) return bad;
    Result<Key> key = Key::from(*bytes);
    wipe(*bytes);
    if (!key) return bad;
    return key;
}

} // namespace

std::string publicKeyText(const crypto::Ed25519PublicKey& key)
{
    return std::string(kPublicPrefix) + codec::encodeBase32(key.view());
}

Result<crypto::Ed25519PublicKey> parsePublicKey(std::string_view text)
{
    return parseKey<crypto::Ed25519PublicKey>(text, kPublicPrefix);
}

Secret privateKeyText(const crypto::Ed25519Seed& seed)
{
    std::string text = std::string(kPrivatePrefix) + codec::encodeBase32(seed.view());
    Secret out(text);
    wipe(std::as_writable_bytes(std::span(text)));
    return out;
}

Result<crypto::Ed25519Seed> parsePrivateKey(std::string_view text)
{
    return parseKey<crypto::Ed25519Seed>(text, kPrivatePrefix);
}

} // namespace tarn::grid_manager
