#include "storage-server/account.h"

#include "core/codec/base32.h"

#include <algorithm>

namespace tarn::storage {

namespace {

constexpr std::string_view kNodePrefix = "v0-";

bool isPlain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

} // namespace

Account Account::clone() const
{
    Account out;
    out.id = id;
    out.name = name;
    out.key = key;
    out.swissnum = swissnum.clone();
    out.mayRead = mayRead;
    out.mayWrite = mayWrite;
    out.keepShares = keepShares;
    out.quota = quota;
    out.created = created;
    out.letGo = letGo;
    out.revoked = revoked;
    return out;
}

Result<void> checkAccountName(std::string_view name)
{
    constexpr std::size_t kLongest = 64;
    constexpr std::string_view kOthers = "._-@";
    const bool good = !name.empty() && name.size() <= kLongest && isPlain(name.front()) &&
                      std::all_of(name.begin(), name.end(), [&](char c) {
                          return isPlain(c) || kOthers.find(c) != std::string_view::npos;
                      });
    if (good) return ok();
    return Error(ErrorCode::InvalidInput, "an account's name is 1 to 64 letters, digits and "
                                          "\"._-@\", and begins with a letter or digit");
}

Result<crypto::Ed25519PublicKey> parseNodeId(std::string_view text)
{
    const Error bad(ErrorCode::InvalidInput, "expected a node's id: v0- and 52 characters");
    if (!text.starts_with(kNodePrefix)) return bad;
    const Result<Bytes> bytes = codec::decodeBase32(text.substr(kNodePrefix.size()));
    if (!bytes) return bad;
    const Result<crypto::Ed25519PublicKey> key = crypto::Ed25519PublicKey::from(*bytes);
    if (!key) return bad;
    return key;
}

std::string nodeIdOf(const crypto::Ed25519PublicKey& key)
{
    return std::string(kNodePrefix) + codec::encodeBase32(key.view());
}

} // namespace tarn::storage
