// tahoe_node: what a gateway can take over from the directory of a Tahoe-LAFS node. Only read.
// Source: allmydata.client, allmydata.node; spec 09 sections 7 and 8. Blocking.
#pragma once

#include "client-gateway/cli/aliases.h"
#include "client-gateway/cli/setup/node_settings.h"
#include "core/base/secret.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tarn::gateway::cli {

struct TahoeNodeContents
{
    GatewaySettings settings;
    Secret leaseSecret; ///< as written
    Secret convergence; ///< as written
    /// The others of private/, as they are: name to content.
    std::map<std::string, Bytes> privateFiles;
    std::string servers; ///< servers.yaml; may be empty
    std::optional<Bytes> blacklist;
    std::size_t aliasCount = 0;
    std::size_t serverCount = 0;
    std::vector<std::string> notes; ///< what the owner should know
};

/// \return InvalidInput: no such node, one that was never started, or a damaged file of it.
Result<TahoeNodeContents> readTahoeNodeBlocking(const std::string& nodeDirectory);

} // namespace tarn::gateway::cli
