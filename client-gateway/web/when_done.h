// when_done: the page that a form asks to be sent to after its upload. Pure.
// Source: spec 08 section 1. Tahoe-LAFS goes wherever the form says; we stay on this gateway, so
// that no link makes a trusted address lead to a hostile one, or hands it a capability.
#pragma once

#include "client-gateway/web/arguments.h"

#include <string>
#include <string_view>

namespace tarn::gateway::web {

/// True for what leads a browser to a page of the same gateway: "/uri/...", "name", "?t=json".
/// Not for a scheme, another host ("//host"), backslashes, blanks, controls or beyond ASCII.
bool staysHere(std::string_view reference);

/// \return InvalidInput: there is a when_done= that leads elsewhere.
Result<void> checkWhenDone(const Arguments& arguments);

/// The page to go to, with the capability in the place of "%(uri)s"; empty when none is asked for.
/// \return as checkWhenDone.
Result<std::string> whenDone(const Arguments& arguments, std::string_view cap);

} // namespace tarn::gateway::web
