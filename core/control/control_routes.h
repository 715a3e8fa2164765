// control_routes: the paths of the control API. Source: core/doc/protocol/control.md.
#pragma once

#include <string_view>

namespace tarn::control {

inline constexpr std::string_view kControlPrefix = "/control/";
inline constexpr std::string_view kStatusPath = "/control/v1/status";       ///< GET
inline constexpr std::string_view kEncodingPath = "/control/v1/encoding";   ///< GET, POST
inline constexpr std::string_view kTransfersPath = "/control/v1/transfers"; ///< GET
inline constexpr std::string_view kInvitesPath = "/control/v1/invites"; ///< GET, POST; /ID below
inline constexpr std::string_view kMembersPath = "/control/v1/members"; ///< GET; /NAME below
inline constexpr std::string_view kInboxPath = "/control/v1/inbox";     ///< GET; /ID below
inline constexpr std::string_view kClientsPath = "/control/v1/clients"; ///< GET, POST; /NAME below
inline constexpr std::string_view kConnectionPath = "/control/v1/connection";  ///< GET
inline constexpr std::string_view kCheckPath = "/control/v1/connection/check"; ///< POST
inline constexpr std::string_view kRelayPath = "/control/v1/relay";            ///< GET, POST
inline constexpr std::string_view kLeavePath = "/control/v1/leave";            ///< POST
inline constexpr std::string_view kEventsPath = "/control/v1/events"; ///< GET: text/event-stream

} // namespace tarn::control
