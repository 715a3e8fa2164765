// transfer_views: the gateway's own list of transfers (/status of the web API) as the control API
// tells it. Pure.
#pragma once

#include "client-gateway/web/history.h"
#include "core/control/transfer_values.h"

#include <vector>

namespace tarn::profiles {

/// Uploads and downloads, and of mutable files what is written and read; those that run first.
std::vector<control::TransferView> transferViews(const gateway::web::History& history);
/// Whether something that takes a while runs for people.
bool isBusy(const gateway::web::History& history);

} // namespace tarn::profiles
