// configuration: what a grid manager keeps: its key and the storage servers by name. Pure.
// Source: spec 10 section 6; allmydata.grid_manager (config.json).
#pragma once

#include "core/crypto/ed25519.h"

#include <string>
#include <string_view>
#include <vector>

namespace tarn::grid_manager {

struct ManagedServer
{
    std::string name; ///< UTF-8, no '/': certificates are files of that name
    crypto::Ed25519PublicKey key;
    friend bool operator==(const ManagedServer&, const ManagedServer&) = default;
};

struct Configuration
{
    crypto::Ed25519Seed privateKey;
    std::vector<ManagedServer> servers; ///< in the order added

    crypto::Ed25519Key key() const { return crypto::Ed25519Key::fromSeed(privateKey); }
    /// Null: none of that name.
    const ManagedServer* find(std::string_view name) const;
};

/// With a new key and no servers.
Configuration makeConfiguration(Random& random);

/// \return InvalidInput: with what is wrong. Above 1 MiB it is refused.
Result<Configuration> parseConfiguration(std::string_view json);
/// As `grid-manager` writes it, without the end of the line.
Secret configurationJson(const Configuration& configuration);

/// \return InvalidInput: no UTF-8, a '/' or a zero byte.
Result<void> checkServerName(std::string_view name);

} // namespace tarn::grid_manager
