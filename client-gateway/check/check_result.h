// check_result: the health of one file, with the fields of the web API's check results.
#pragma once

#include "core/base/clock.h"
#include "core/base/ids.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tarn::gateway {

struct CheckOptions
{
    bool verify = false;   ///< read and check every byte of every share; else believe the servers
    bool addLease = false; ///< also add or renew the lease on every server asked
    /// Of a repair. Immutable files: encoded anew also when whole, for servers that have none.
    /// Mutable ones of an owner with a disk among the servers: those that do not answer are no
    /// reason to write it anew, but those that do should have what they should (spreadOf()).
    bool spread = false;
    /// Of a repair of an immutable file: servers that do not answer now and have these shares all
    /// the same, so that they are not made anew. By id.
    std::map<std::string, std::set<ShareNumber>> elsewhere;
};

/// One copy of a share that is not as it should be.
struct BadShare
{
    std::string serverId;
    ShareNumber share;
    std::string reason;
};

struct CheckResult
{
    bool literal = false;     ///< nothing is stored for it: always healthy, no other field counts
    std::string storageIndex; ///< base32
    std::string summary;      ///< "Healthy", "Not Healthy: 9 shares (enc 3-of-10)"
    bool healthy = false;     ///< sharesGood == sharesExpected
    bool recoverable = false; ///< sharesGood >= sharesNeeded
    std::uint32_t happiness = 0;
    std::uint32_t sharesGood = 0; ///< distinct numbers
    std::uint32_t sharesNeeded = 0;
    std::uint32_t sharesExpected = 0;
    std::uint32_t goodShareHosts = 0;
    std::uint32_t wrongShares = 0; ///< 0 for immutable files
    std::uint32_t recoverableVersions = 0;
    std::uint32_t unrecoverableVersions = 0;
    std::vector<BadShare> corruptShares;
    std::vector<BadShare> incompatibleShares;
    std::vector<BadShare> failedShares; ///< could not be read; neither good nor corrupt
    std::set<std::string> serversResponding;
    std::map<std::string, std::string> serverProblems;     ///< id -> why it gave no answer
    std::map<ShareNumber, std::set<std::string>> shareMap; ///< good share -> server ids
    /// Of mutable files, every version: "seq3-abcd-sh0" -> server ids.
    std::map<std::string, std::set<std::string>> versionShareMap;
    Duration took{};
};

struct RepairResult
{
    bool attempted = false;
    bool successful = false;
    std::string failure; ///< why an attempted repair did not succeed
    CheckResult before;
    CheckResult after; ///< equals `before` when nothing was attempted
};

} // namespace tarn::gateway
