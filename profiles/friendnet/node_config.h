// node_config: the settings of a friendnet node (STATE/node.toml), and what they mean for the roles
// it is made of. Pure.
#pragma once

#include "client-gateway/service_config.h"
#include "core/wire/relay_place.h"
#include "profiles/friendnet/outbox.h"
#include "profiles/friendnet/reach_config.h"
#include "storage-server/service_config.h"

#include <optional>
#include <string>
#include <vector>

namespace tarn::profiles {

inline constexpr std::size_t kLongestName = 64; ///< bytes of a nickname or of a grid's name

struct NodeConfig
{
    std::string nickname;             ///< [node]
    std::string gridName;             ///< [grid] name
    HostPort listen{"0.0.0.0", 0};    ///< [listen] address: for peers; port 0: one that stays
    std::uint32_t connections = 1024; ///< [listen] connections, at once
    /// [announce] locations: where peers reach this node, besides what it finds out; none: nothing
    /// is found out and told. Absent: the listen address, unless that is "every address".
    std::optional<std::vector<wire::Location>> locations;
    std::string directory = "storage";  ///< [storage]: absolute, or below the state directory
    std::optional<std::uint64_t> offer; ///< [storage] offer: bytes for the shares of all members
    std::uint64_t reserved = 1'000'000'000;     ///< [storage] reserved_space: kept free on the disk
    std::string outboxDirectory = "outbox";     ///< [outbox] directory: as [storage] directory
    std::uint64_t outboxLimit = 10'000'000'000; ///< [outbox] limit: bytes of shares that wait
    /// [members] limit: bytes for each member that the owner has chosen nothing else for. Absent:
    /// none but the offer.
    std::optional<std::uint64_t> memberLimit;
    /// [members] unseen: shares of a member that nobody has seen for so long are let go.
    Duration unseen = std::chrono::hours(180 * 24);
    HostPort web{"127.0.0.1", 0}; ///< [web] listen: on loopback only
    /// [encoding]; absent: follows the number of members.
    std::optional<gateway::EncodingParameters> encoding;
    ReachConfig reach;                        ///< [reach]
    bool relayOffer = false;                  ///< [relay] offer: for members out of reach
    std::optional<std::uint64_t> relayBudget; ///< [relay] budget: bytes a month
    bool relayUse = true;                     ///< [relay] use: others may relay for this node
    std::vector<wire::RelayPlace> relays;     ///< [relay] relays: to keep links with
    net::Outgoing outgoing;                   ///< [connections], [dns]
    log::Settings log;                        ///< [log]
};

/// \return InvalidInput with every problem of the file.
Result<NodeConfig> readNodeConfig(ConfigReader reader);

/// The effective values as TOML (--check-config).
std::string printedConfig(const NodeConfig& config);

/// What this configuration makes the node do (--explain): listeners, announced addresses, outbound
/// connections, timers.
std::string explained(const NodeConfig& config);

/// The sections in which two configurations differ that only a new start can take over.
/// Empty: none.
std::string needsRestart(const NodeConfig& now, const NodeConfig& next);

/// It finds out where it is, as far as [reach] wants that.
bool looksAround(const NodeConfig& config);

/// \param port  in place of port 0.
/// \param directory  [outbox] directory, absolute.
OutboxLimits outboxLimitsOf(const NodeConfig& config, std::string directory);
storage::ServiceConfig storageConfigOf(const NodeConfig& config, std::uint16_t port);
/// \param members  who offer storage, this node included: they decide how files are spread.
gateway::ServiceConfig gatewayConfigOf(const NodeConfig& config, std::uint32_t members);

} // namespace tarn::profiles
