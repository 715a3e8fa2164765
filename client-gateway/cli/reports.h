// reports: what a person or a script reads of the gateway's answers. Pure.
#pragma once

#include "core/base/error.h"
#include "core/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tarn::gateway::cli {

struct CheckReport
{
    bool healthy = false; ///< after the repair, where one was asked for
    std::string text;     ///< several lines
};

/// \param json  what POST ?t=check&output=JSON answers.  \return PeerMisbehaved: it is not that.
Result<CheckReport> readCheckReport(std::string_view json);

/// \param json  what GET /?t=json answers.  \return PeerMisbehaved: it is not that.
Result<std::string> statusText(std::string_view json, std::string_view gateway);

/// {"cap": ..., "size": ...}
std::string storedJson(std::string_view cap, std::uint64_t size);
/// {"file": ..., "size": ...}
std::string fetchedJson(std::string_view file, std::uint64_t size);

/// The gateway's reason and what to do about it; the gateway's own JSON when that was asked for.
std::string refusalText(unsigned status, std::string_view body, bool json);
/// "tarn: ..." or {"error": ..., "code": ...}
std::string errorText(const Error& error, bool json);

} // namespace tarn::gateway::cli
