// account: who uses a storage server, and what the operator lets it do. Pure.
#pragma once

#include "core/base/secret.h"
#include "core/crypto/ed25519.h"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::storage {

/// Never given twice.
struct AccountId
{
    std::int64_t value = 0;
    friend auto operator<=>(const AccountId&, const AccountId&) = default;
};

/// The account that everybody with the server's own NURL shares. Leases that nobody else has
/// presented are its.
inline constexpr AccountId kAnonymous{1};
inline constexpr std::string_view kAnonymousName = "anonymous";
/// Bytes; larger ones are held at it.
inline constexpr std::uint64_t kLargestQuota = std::uint64_t(1) << 62U;

struct Account
{
    AccountId id;
    std::string name;
    std::optional<crypto::Ed25519PublicKey> key; ///< of the node that may ask for the credential
    Secret swissnum;                             ///< its text; empty for `anonymous`
    bool mayRead = true;
    bool mayWrite = true;               ///< new shares and changes
    bool keepShares = true;             ///< its leases last; off: they go after the grace time
    std::optional<std::uint64_t> quota; ///< bytes
    std::int64_t created = 0;           ///< Unix seconds
    std::optional<std::int64_t> letGo;  ///< since when its shares are not kept
    bool revoked = false;               ///< for good: nobody comes in

    Account clone() const;
};

/// 1 to 64 of letters, digits and ". _ - @", the first a letter or digit. InvalidInput.
Result<void> checkAccountName(std::string_view name);

} // namespace tarn::storage
