#include "client-gateway/web/route.h"

#include "core/net/http_message.h"

#include <optional>

namespace tarn::gateway::web {

namespace {

/// "/a/b/" -> {"a", "b", ""}, still encoded.
std::vector<std::string_view> split(std::string_view path)
{
    std::vector<std::string_view> out;
    if (path.starts_with('/')) path.remove_prefix(1);
    for (;;) {
        const std::size_t slash = path.find('/');
        out.push_back(path.substr(0, slash));
        if (slash == std::string_view::npos) return out;
        path.remove_prefix(slash + 1);
    }
}

Result<std::vector<std::string>> decodeNames(const std::vector<std::string_view>& segments,
                                             std::size_t first)
{
    std::vector<std::string> out;
    for (std::size_t i = first; i < segments.size(); ++i) {
        const bool last = i + 1 == segments.size();
        if (segments[i].empty() && last) break;
        TARN_TRY(std::string name, net::percentDecode(segments[i], false));
        if (name.empty()) {
            return Error(ErrorCode::InvalidInput,
                         "The webapi does not allow empty pathname components, i.e. a double "
                         "slash");
        }
        out.push_back(std::move(name));
    }
    return out;
}

/// Pages that have nothing below them.
std::optional<Route::Kind> pageOf(std::string_view name)
{
    if (name == "statistics") return Route::Kind::Statistics;
    if (name == "healthz") return Route::Kind::Health;
    if (name == "metrics") return Route::Kind::Metrics;
    if (name == "helper_status") return Route::Kind::Helper;
    if (name == "holders") return Route::Kind::Holders;
    if (name == "storage") return Route::Kind::Storage;
    if (name == "report_incident") return Route::Kind::Incident;
    return std::nullopt;
}

std::optional<Route::Kind> folderOf(std::string_view name)
{
    if (name == "operations") return Route::Kind::Operation;
    if (name == "status") return Route::Kind::Status;
    if (name == "private") return Route::Kind::Private;
    if (name == "static") return Route::Kind::Static;
    return std::nullopt;
}

} // namespace

Result<Route> parseRoute(std::string_view path)
{
    const std::vector<std::string_view> segments = split(path);
    const std::string_view head = segments.front();
    const bool bare = segments.size() == 1 || (segments.size() == 2 && segments[1].empty());
    Route route;
    if (head.empty() && bare) {
        route.kind = Route::Kind::Root;
    } else if (bare && pageOf(head)) {
        route.kind = *pageOf(head);
    } else if (head == "uri" || head == "cap") {
        route.kind = bare ? Route::Kind::Unlinked : Route::Kind::Object;
    } else if (head == "file" || head == "named") {
        route.kind = bare ? Route::Kind::FileRoot : Route::Kind::File;
    } else if (const std::optional<Route::Kind> kind = folderOf(head)) {
        route.kind = *kind;
        TARN_TRY(route.names, decodeNames(segments, 1));
        route.asFolder = *kind == Route::Kind::Static && segments.back().empty();
    }
    if (route.kind == Route::Kind::Object || route.kind == Route::Kind::File) {
        TARN_TRY(route.cap, net::percentDecode(segments[1], false));
        TARN_TRY(route.names, decodeNames(segments, 2));
        route.asFolder = segments.size() > 2 && segments.back().empty();
    }
    return route;
}

} // namespace tarn::gateway::web
