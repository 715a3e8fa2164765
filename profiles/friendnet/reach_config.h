// reach_config: what a node may find out about its own network, each kind with a switch of its own:
// the table [reach] of node.toml. Pure.
//
//   [reach]
//   interfaces = true   tell members the addresses of this machine's interfaces
//   mapping = true      ask the router to let members in: UPnP, NAT-PMP, PCP
//   seen = true         ask members as which address they see this node, and whether they reach it
//   punching = true     try with a member to open a way through the routers of both, by TCP and UDP
//   exclude = []        "192.168.7.0/24", "fd00::1", "docker0": never told to anybody
#pragma once

#include "core/base/config.h"
#include "core/base/config_writer.h"
#include "profiles/friendnet/address_range.h"

#include <string>
#include <vector>

namespace tarn::profiles {

struct ReachConfig
{
    bool interfaces = true;
    bool mapping = true;
    bool seen = true;
    bool punching = true;
    std::vector<AddressRange> excluded;
    std::vector<std::string> excludedInterfaces;
    friend bool operator==(const ReachConfig&, const ReachConfig&) = default;

    bool excludes(const asio::ip::address& address) const;
};

/// Problems go to the reader.
ReachConfig readReach(ConfigReader& reader);
void printReach(ConfigWriter& out, const ReachConfig& config);

} // namespace tarn::profiles
