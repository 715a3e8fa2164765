#include "core/wire/node_id.h"

#include "core/codec/base32.h"

namespace tarn::wire {

namespace {

constexpr std::string_view kPrefix = "v0-";

} // namespace

std::string nodeIdOf(const crypto::Ed25519PublicKey& key)
{
    return std::string(kPrefix) + codec::encodeBase32(key.view());
}

Result<crypto::Ed25519PublicKey> parseNodeId(std::string_view text)
{
    if (text.size() == kNodeIdCharacters && text.starts_with(kPrefix)) {
        const Result<Bytes> bytes = codec::decodeBase32(text.substr(kPrefix.size()));
        if (bytes && bytes->size() == crypto::Ed25519PublicKey::kSize)
            return crypto::Ed25519PublicKey::prefixOf(*bytes);
    }
    return Error(ErrorCode::InvalidInput,
                 "expected a node's id: \"v0-\" and 52 characters of base32");
}

} // namespace tarn::wire
