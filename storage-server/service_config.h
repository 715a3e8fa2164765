// service_config: the settings of a storage server (storage.toml). Pure.
#pragma once

#include "core/base/config.h"

#include <optional>
#include <string>
#include <vector>

namespace tarn::storage {

/// An address that is told to clients: "tcp:HOST:PORT" or "tor:NAME.onion:PORT".
struct AnnouncedLocation
{
    std::string host;       ///< address or name; an IPv6 address without its brackets
    std::uint16_t port = 0; ///< 0: the port that is listened on
    bool tor = false;
    friend bool operator==(const AnnouncedLocation&, const AnnouncedLocation&) = default;
};

/// \return InvalidInput: another form.
Result<AnnouncedLocation> parseAnnouncedLocation(std::string_view text);
std::string textOf(const AnnouncedLocation& location);

struct ServiceConfig
{
    std::string nickname;
    HostPort listen;                  ///< [listen] storage: the only setting without a default
    std::optional<HostPort> admin;    ///< [listen] admin
    std::uint32_t connections = 2048; ///< [listen] connections, at once
    /// [announce] locations; absent: the listen address, unless that is "every address".
    std::optional<std::vector<AnnouncedLocation>> locations;
    std::string directory = "storage"; ///< absolute, or below the state directory
    std::uint64_t reservedSpace = 1'000'000'000;
    std::optional<std::uint64_t> maximumSpace;
    bool readonly = false;
    bool anonymous = true; ///< one account that everybody with the NURL shares

    /// What is announced: as configured, or what follows from the listen address.
    std::vector<AnnouncedLocation> effectiveLocations() const;
};

/// \return InvalidInput with every problem of the file.
Result<ServiceConfig> readServiceConfig(ConfigReader reader);

/// The effective values as TOML (--check-config).
std::string printedConfig(const ServiceConfig& config);

/// What this configuration makes the server do (--explain): listeners, announced addresses,
/// outbound connections, timers.
std::string explained(const ServiceConfig& config);

} // namespace tarn::storage
