// control_calls: which request of the control API asks a node for what. Streams of events are
// control_service.h's. Engine thread. Source: core/doc/protocol/control.md.
#pragma once

#include "core/control/node_control.h"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace tarn::control {

inline constexpr std::size_t kMostCallBytes = 64 * 1024; ///< of a request's body

struct ControlCall
{
    std::string method;
    std::string path; ///< without a query
    std::string body; ///< JSON, or empty
};

/// "GET, POST"; empty: there is nothing at this path.
std::string_view methodsAt(std::string_view path);

/// \param call  of a method that methodsAt() names. \return InvalidInput: a body that is none;
///         others as NodeControl.
asio::awaitable<Result<nlohmann::json>> answerCall(NodeControl& node, ControlCall call);

} // namespace tarn::control
