// relay_values: a node as a relay for others, and the relays that it uses itself, as people see
// them. Values of node_control.h. Source: core/doc/protocol/control.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tarn::control {

/// Somebody to whom this node keeps a link because it cannot be connected to itself.
struct RelayView
{
    std::string key;      ///< "v0-..."
    std::string name;     ///< of a member; hostile; empty: it is no member
    std::string location; ///< of one that is no member: "tcp:192.0.2.1:41004"
    bool linked = false;
    bool relays = false; ///< others reach this node through it
    std::string problem; ///< why there is no link
    friend bool operator==(const RelayView&, const RelayView&) = default;
};

struct RelayStatus
{
    bool offer = false;                  ///< members are relayed to
    std::optional<std::uint64_t> budget; ///< bytes a month; absent: any number
    std::string month;                   ///< "2026-11" (UTC); empty: nothing was carried yet
    std::uint64_t monthBytes = 0;
    std::uint32_t streams = 0;  ///< carried now
    std::uint64_t sessions = 0; ///< since the start
    std::uint64_t refused = 0;  ///< since the start, by a limit
    std::vector<RelayView> used;
    friend bool operator==(const RelayStatus&, const RelayStatus&) = default;
};

struct RelayChoice
{
    bool offer = false;
    std::optional<std::uint64_t> budget;
    friend bool operator==(const RelayChoice&, const RelayChoice&) = default;
};

} // namespace tarn::control
