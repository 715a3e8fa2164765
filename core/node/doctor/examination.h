// examination: all checks of one daemon, in one order, for `doctor` of each role. The role says
// what there is to look at; connections are made to the peers that it names, over the routes of its
// configuration, and nowhere else.
#pragma once

#include "core/base/clock.h"
#include "core/base/quantity.h"
#include "core/base/random.h"
#include "core/net/outgoing.h"
#include "core/node/doctor/file_checks.h"
#include "core/node/doctor/peer_check.h"

#include <string>
#include <utility>
#include <vector>

namespace tarn::node::doctor {

struct Patient
{
    std::string configFile;
    std::string state;
    std::string role;                                        ///< of the state directory
    bool hasIdentity = true;                                 ///< a node key of its own
    std::vector<std::pair<std::string, HostPort>> listeners; ///< by setting
    std::vector<DiskNeed> disks;
    net::Outgoing outgoing;
    std::vector<Peer> peers;
    Findings found; ///< what the role itself found out
};

/// What every daemon has: who it is, where it keeps its state, and space for that.
Patient patientOf(const std::string& configFile, const std::string& state, std::string_view role,
                  const net::Outgoing& outgoing);
/// Space for what a daemon itself keeps: keys, records, small databases.
DiskNeed ownNeed(std::string folder);
/// `name` as seen from the state directory.
std::string pathIn(const std::string& state, const std::string& name);

/// The whole examination. Blocks for as long as the slowest peer may take.
Findings examineBlocking(Patient patient, Clock& clock, Random& random);

/// When the configuration cannot be read: one finding for each of its problems, and what can be
/// said without it.
Findings withoutConfigBlocking(const std::string& configFile, const Error& error,
                               const std::string& state, std::string_view role);

} // namespace tarn::node::doctor
