// relay_config: the settings of a relay (relay.toml). Pure but for the token file.
#pragma once

#include "core/base/config.h"
#include "core/base/log.h"
#include "core/base/secret.h"
#include "core/membership/grid_id.h"
#include "core/wire/location.h"
#include "introducer/relay/relay_book.h"

#include <optional>
#include <string>
#include <vector>

namespace tarn::relay {

struct RelayConfig
{
    HostPort listen;                  ///< [listen] relay: the only setting without a default
    std::optional<HostPort> admin;    ///< [listen] admin: /healthz, /metrics
    std::optional<HostPort> stun;     ///< [listen] stun: UDP
    std::uint32_t connections = 4096; ///< [listen] connections, at once, but for those carried
    /// [announce] locations, for relay.url; absent: the listen address, unless that is "every
    /// address". Port 0: the one that is listened on.
    std::optional<std::vector<wire::Location>> locations;
    std::string tokenFile;                   ///< [admit] token_file; empty: none
    std::vector<membership::GridId> grids;   ///< [admit] grids
    RelayLimits limits;                      ///< [limits]
    Duration idle = std::chrono::minutes(6); ///< [limits] idle
    log::Settings log;                       ///< [log]

    std::vector<wire::Location> effectiveLocations() const;
};

/// \return InvalidInput with every problem of the file.
Result<RelayConfig> readRelayConfig(ConfigReader reader);
/// The effective values as TOML (--check-config).
std::string printedConfig(const RelayConfig& config);
/// What this configuration makes the relay do (--explain).
std::string explained(const RelayConfig& config);
/// The tokens of [admit] token_file; none where it is empty. Blocking.
/// \return InvalidInput: others may read it, or a line that is no token.
Result<std::vector<Secret>> readTokensBlocking(const RelayConfig& config);

} // namespace tarn::relay
