// link_json: the values of link_values.h as JSON, both ways. Pure, any thread.
// Source: core/doc/protocol/control.md.
#pragma once

#include "core/base/result.h"
#include "core/control/link_values.h"

#include <nlohmann/json_fwd.hpp>

namespace tarn::control {

// Keys that readers do not know are skipped. Answers that lack a key, or have one of another type,
// are PeerMisbehaved; requests InvalidInput.

nlohmann::json jsonOf(const LinkView& link);
Result<LinkView> readLinkView(const nlohmann::json& json);
/// {"links": [...]}
nlohmann::json jsonOf(const std::vector<LinkView>& links);
Result<std::vector<LinkView>> readLinkViews(const nlohmann::json& json);

/// {"cap", "name"}
nlohmann::json jsonOf(const LinkRequest& request);
Result<LinkRequest> readLinkRequest(const nlohmann::json& json);

nlohmann::json jsonOf(const ClientView& client);
Result<ClientView> readClientView(const nlohmann::json& json);
/// {"clients": [...]}
nlohmann::json jsonOf(const std::vector<ClientView>& clients);
Result<std::vector<ClientView>> readClientViews(const nlohmann::json& json);

/// {"name", "limit"?: bytes or null}
nlohmann::json jsonOf(const ClientRequest& request);
Result<ClientRequest> readClientRequest(const nlohmann::json& json);

} // namespace tarn::control
