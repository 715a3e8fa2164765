// service_config: the settings of a gateway (gateway.toml). Pure.
#pragma once

#include "client-gateway/upload/upload.h"
#include "core/base/config.h"
#include "core/base/config_writer.h"
#include "core/base/log.h"
#include "core/crypto/ed25519.h"
#include "core/net/outgoing.h"
#include "core/wire/introducer_url.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace tarn::gateway {

struct ServiceConfig
{
    std::string nickname;
    HostPort webListen;                    ///< [web] listen: the only setting without a default
    std::uint32_t webConnections = 1024;   ///< [web] connections, at once
    std::string webStatic = "public_html"; ///< [web] static: absolute, or below the state directory
    EncodingParameters encoding;           ///< [encoding] needed, happy, total, segment_size
    std::string serversFile =
        "servers.yaml"; ///< absolute, or below the state directory; empty: none
    std::vector<wire::IntroducerUrl> introducers; ///< [introducers] urls
    /// [introducers] accounts: introduced servers without an account for everybody are asked for
    /// one with a proof of the node key.
    bool askForAccounts = true;
    std::set<std::string> leftOut; ///< [introducers] without: ids of servers not to be used
    bool revealIpAddress = true;   ///< [node] reveal_ip_address
    net::Outgoing outgoing;        ///< [connections]
    /// [grid_managers] by name. Not empty: uploads go to servers with a certificate of one of them.
    std::map<std::string, crypto::Ed25519PublicKey> gridManagers;
    std::string spoolDirectory = "tmp";      ///< absolute, or below the state directory
    std::uint64_t spoolMemory = 8ULL << 20U; ///< bytes of all uploads kept in memory
    std::uint64_t spoolDisk = 16ULL << 30U;  ///< bytes of all uploads on disk
    std::uint32_t keysAhead = 64;            ///< [mutable] keys_ahead: RSA keys held ready
    log::Settings log;                       ///< [log]
};

/// The section [encoding]; problems go to the reader.
EncodingParameters readEncoding(ConfigTable table, EncodingParameters otherwise);
void printEncoding(ConfigWriter& out, const EncodingParameters& encoding);

/// Their keys alone.
std::vector<crypto::Ed25519PublicKey> gridManagerKeys(const ServiceConfig& config);

/// \return InvalidInput with every problem of the file.
Result<ServiceConfig> readServiceConfig(ConfigReader reader);

/// The effective values as TOML (--check-config).
std::string printedConfig(const ServiceConfig& config);

/// What this configuration makes the gateway do (--explain): listeners, announced addresses,
/// outbound connections, timers.
/// \param servers  one line per known server: its name and addresses.
std::string explained(const ServiceConfig& config, const std::vector<std::string>& servers);

/// The sections in which two configurations differ that only a new start can take over.
/// Empty: none.
std::string needsRestart(const ServiceConfig& now, const ServiceConfig& next);

} // namespace tarn::gateway
