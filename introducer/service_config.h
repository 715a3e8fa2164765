// service_config: the settings of an introducer (introducer.toml). Pure.
#pragma once

#include "core/base/config.h"
#include "core/base/log.h"
#include "core/crypto/ed25519.h"
#include "core/net/outgoing.h"
#include "core/wire/introducer_url.h"

#include <optional>
#include <string>
#include <vector>

namespace tarn::introducer {

struct ServiceConfig
{
    std::string nickname;
    bool revealIpAddress = true;      ///< [node] reveal_ip_address
    HostPort listen;                  ///< [listen] introducer: the only setting without a default
    std::optional<HostPort> admin;    ///< [listen] admin: status page, /healthz
    std::uint32_t connections = 4096; ///< [listen] connections, at once; a subscriber keeps one
    /// [announce] locations, for introducer.url; absent: the listen address, unless that is "every
    /// address" or the address is not to be revealed. Port 0: the one that is listened on.
    std::optional<std::vector<wire::Location>> locations;
    std::vector<wire::IntroducerUrl> peers;      ///< [gossip] peers
    std::vector<crypto::Ed25519PublicKey> allow; ///< [gossip] allow; empty: any key may announce
    net::Outgoing outgoing;                      ///< [connections], [dns]: to peers
    log::Settings log;                           ///< [log]

    std::vector<wire::Location> effectiveLocations() const;
};

/// \return InvalidInput with every problem of the file.
Result<ServiceConfig> readServiceConfig(ConfigReader reader);
/// The effective values as TOML (--check-config).
std::string printedConfig(const ServiceConfig& config);
/// What this configuration makes the introducer do (--explain).
std::string explained(const ServiceConfig& config);

} // namespace tarn::introducer
