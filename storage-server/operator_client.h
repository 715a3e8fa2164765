// operator_client: questions to the running server through STATE/admin.sock. Blocking.
#pragma once

#include "core/base/result.h"

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <string>

namespace tarn::storage {

struct OperatorAnswer
{
    unsigned status = 0;
    std::string text;
};

/// \param method  "GET", "POST".  \param target  "/admin/v1/...".
/// \return PeerUnreachable: the server does not run.
Result<OperatorAnswer> askOperatorBlocking(const std::string& stateFolder, std::string method,
                                           std::string target, const std::string& body);

/// An answer of any length, line by line as it comes.
/// \return as above; PeerMisbehaved: the answer was cut off; else what the server says.
Result<void> streamOperatorBlocking(const std::string& stateFolder, std::string target,
                                    const std::function<void(std::string_view line)>& take);

/// What the server says when it refuses. \param value  its answer as JSON.
Error operatorError(const OperatorAnswer& answer, const nlohmann::json& value);

} // namespace tarn::storage
