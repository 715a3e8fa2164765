// grid_manager_report: the storage servers of a grid manager and their certificates, for people and
// programs. Pure. Source: allmydata.cli.grid_manager, allmydata.util.abbreviate.
#pragma once

#include "core/grid_manager/certificate.h"
#include "core/grid_manager/configuration.h"

#include <string>
#include <vector>

namespace tarn::gateway::cli {

struct ListedServer
{
    std::string name;
    std::string publicKey; ///< "pub-v0-..."
    std::vector<grid_manager::CertificateContent> certificates;
};

/// "alpha: pub-v0-..." and below each "cert 0: valid until ... (9 days in the future)".
std::string serverListText(const std::vector<ListedServer>& servers, WallTime now);
/// {NAME: {"public_key": ..., "certificates": [{"expires": ..., "valid": ...}]}}
std::string serverListJson(const std::vector<ListedServer>& servers, WallTime now);

/// "9 days in the future", "2 hours ago".
std::string abbreviatedAge(Duration age);

} // namespace tarn::gateway::cli
