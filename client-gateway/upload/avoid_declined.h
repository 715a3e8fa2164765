// avoid_declined: a placement that gives no server a share that it has declined. Pure.
#pragma once

#include "core/base/ids.h"

#include <cstddef>
#include <functional>
#include <map>

namespace tarn::gateway {

/// share -> place of its server in a list
using Placement = std::map<ShareNumber, std::size_t>;

/// What is known of one share on one server.
using OnServer = std::function<bool(std::size_t server, ShareNumber share)>;

/// Has servers exchange shares, so that each still gets as many as before. A server that has
/// room may decline a share all the same: one that an upload in progress sends it already, which
/// may be that of a gateway long dead.
/// \param declined  the server was asked for the share and did not take it.
/// \param settled   the server has the share, or waits for it.
/// \return what could not be exchanged stays as it is.
Placement avoidDeclined(Placement placement, const OnServer& declined, const OnServer& settled);

} // namespace tarn::gateway
