// html: text inside the few pages that the gateway makes itself. Pure.
#pragma once

#include <string>
#include <string_view>

namespace tarn::gateway::web {

/// & < > " ' become entities: safe as text and inside quoted attributes.
std::string escapeHtml(std::string_view text);

/// A whole page. \param title  plain text.  \param body  HTML.
/// \param reloadSeconds  0: it stays as it is.
std::string htmlPage(std::string_view title, std::string_view body, unsigned reloadSeconds = 0);

} // namespace tarn::gateway::web
