// route: what a request's path names. Pure.
// Source: spec 08 sections 1 and 3: /uri and its alias /cap, /file and its alias /named.
#pragma once

#include "core/base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace tarn::gateway::web {

struct Route
{
    enum class Kind {
        Root,       ///< /
        Unlinked,   ///< /uri
        Object,     ///< /uri/CAP[/name...]
        FileRoot,   ///< /file
        File,       ///< /file/CAP[/.../NAME]
        Statistics, ///< /statistics
        Status,     ///< /status[/up-1[/event_json]]: `names`
        Health,     ///< /healthz
        Metrics,    ///< /metrics
        Helper,     ///< /helper_status
        Holders,    ///< /holders
        Storage,    ///< /storage
        Incident,   ///< /report_incident
        Private,    ///< /private[/...]: `names`
        Static,     ///< /static[/...]: `names`
        Operation,  ///< /operations/HANDLE[/STORAGE INDEX]: `names`
        Unknown,
    };

    Kind kind = Kind::Unknown;
    std::string cap;                ///< decoded once
    std::vector<std::string> names; ///< decoded once; without the one allowed trailing slash
    bool asFolder = false;          ///< of an Object or Static: there was a trailing slash
};

/// \param path  as sent, percent-encoded, without the query.
/// \return InvalidInput: a bad escape, or an empty segment below a cap.
Result<Route> parseRoute(std::string_view path);

} // namespace tarn::gateway::web
