// service_config: the settings of a storage server (storage.toml). Pure.
#pragma once

#include "core/base/config.h"
#include "core/base/log.h"
#include "core/crypto/x509.h"
#include "core/net/outgoing.h"
#include "core/wire/introducer_url.h"
#include "core/wire/location.h"
#include "storage-server/hidden_config.h"
#include "storage-server/lease_policy.h"
#include "storage-server/scrub_record.h"

#include <optional>
#include <string>
#include <vector>

namespace tarn::storage {

struct ServiceConfig
{
    std::string nickname;
    bool revealIpAddress = true;      ///< [node] reveal_ip_address
    HostPort listen;                  ///< [listen] storage: the only setting without a default
    std::optional<HostPort> admin;    ///< [listen] admin
    std::uint32_t connections = 2048; ///< [listen] connections, at once
    /// [listen] tls = "proxy", proxy_key: the storage listener speaks plain HTTP to a TLS proxy
    /// with this key. Absent: TLS with our own key.
    std::optional<crypto::SpkiHash> proxyKey;
    std::string proxyProof; ///< [listen] proxy_proof, a file; empty: nobody proves that key
    /// [announce] locations, told to clients; absent: the listen address, unless that is "every
    /// address" or the address is not to be revealed. Port 0: the one that is listened on.
    std::optional<std::vector<wire::Location>> locations;
    std::vector<wire::IntroducerUrl> introducers; ///< [announce] introducers
    /// [announce] anonymous_nurl: introducers, and all who ask them, are told the credential of
    /// the shared account.
    bool announceAnonymous = false;
    net::Outgoing outgoing;            ///< [connections], [dns], only with introducers
    std::string directory = "storage"; ///< absolute, or below the state directory
    std::uint64_t reservedSpace = 1'000'000'000;
    std::optional<std::uint64_t> maximumSpace;
    bool readonly = false;
    bool anonymous = true; ///< one account that everybody with the NURL shares
    LeasePolicy expire;    ///< [storage.expire]
    ScrubConfig scrub;     ///< [scrub]
    Duration accountGrace = std::chrono::hours(7 * 24); ///< [accounts] grace
    std::vector<std::string> certificates;              ///< [grid_management] certificates: files

    HiddenConfig hidden; ///< [tor], [i2p]
    log::Settings log;   ///< [log]
    /// Where our own onion service and I2P destination are, not in the file: their keys tell.
    std::vector<wire::Location> ownLocations;

    /// What is announced: as configured, or what follows from the listen address; then our own.
    std::vector<wire::Location> effectiveLocations() const;

private:
    std::vector<wire::Location> defaultLocations() const;
};

/// \return InvalidInput with every problem of the file.
Result<ServiceConfig> readServiceConfig(ConfigReader reader);

/// The effective values as TOML (--check-config).
std::string printedConfig(const ServiceConfig& config);

/// What this configuration makes the server do (--explain): listeners, announced addresses,
/// outbound connections, timers.
std::string explained(const ServiceConfig& config);

} // namespace tarn::storage
