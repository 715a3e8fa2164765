// upkeep_command: an operator's command about leases, the scrub or a drain, carried to the running
// server through STATE/admin.sock (upkeep_service.h), and its answer as text. Blocking.
#pragma once

#include "core/base/result.h"

#include <functional>
#include <string>
#include <string_view>

namespace tarn::storage {

struct UpkeepCommand
{
    enum class Kind {
        ScrubStatus,
        ScrubStart,
        DrainOn,
        DrainOff,
        DrainWithdraw,
        DrainStatus,
        DrainList,
        LeasesStatus,
        LeasesForgetMissing,
    };
    Kind kind = Kind::ScrubStatus;
    bool json = false; ///< the answer as the server gave it
};

/// \param print  called with the answer, a long one line by line.
/// \return PeerUnreachable: the server does not run.  Others: it says so.
Result<void> runUpkeepCommandBlocking(const std::string& stateFolder, const UpkeepCommand& command,
                                      const std::function<void(std::string_view)>& print);

} // namespace tarn::storage
