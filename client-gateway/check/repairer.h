// repairer: makes the missing shares of an immutable file anew, from its verify capability alone.
// Source: spec 03 section 6; allmydata.immutable.repairer.
#pragma once

#include "client-gateway/check/checker.h"
#include "client-gateway/upload/encode_and_push.h"
#include "client-gateway/upload/placement_policy.h"

#include <boost/asio/awaitable.hpp>

#include <vector>

namespace tarn::gateway {

struct RepairParts
{
    CheckParts check;
    Random& random;
    const PlacementPolicy& policy;
    Duration writeDeadline;
};

/// Checks; where the file is not healthy, or as options.spread asks, reads k good shares, encodes
/// them again with the same parameters and sends what is missing. Shares found corrupt count as
/// missing, but stay where they are: nobody but their server can remove them.
/// \return InvalidInput: the capability's numbers are impossible. A repair that does not succeed
///         is a result, with its reason.
asio::awaitable<Result<RepairResult>> repairFile(RepairParts parts, cap::ImmutableVerifyCap cap,
                                                 CheckOptions options,
                                                 std::vector<ServerPtr> servers);

} // namespace tarn::gateway
