#include "client-gateway/web/etag.h"

#include <algorithm>

namespace tarn::gateway::web {

namespace {

/// If-None-Match holds a list of tags; a quoted or weak one counts as the bare text.
bool namesTag(std::string_view list, std::string_view tag)
{
    while (!list.empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        std::string_view one = trim(list.substr(0, comma));
        list.remove_prefix(std::min(comma + 1, list.size()));
        if (one.starts_with("W/")) one.remove_prefix(2);
        if (one.size() >= 2 && one.starts_with('"') && one.ends_with('"'))
            one = one.substr(1, one.size() - 2);
        if (one == tag || one == "*") return true;
    }
    return false;
}

} // namespace

std::string etagOf(const CapInfo& cap, std::string_view operation)
{
    if (cap.storageIndex.empty() || cap.isMutable) return {};
    const bool directory = cap.kind == CapInfo::Kind::Directory;
    return (directory ? "DIR:" : "") + cap.storageIndex + "-" + std::string(operation);
}

bool clientHasIt(const Call& call, std::string_view etag)
{
    const std::string* wanted = call.exchange.head().headers.find("If-None-Match");
    return wanted && !etag.empty() && namesTag(*wanted, etag);
}

asio::awaitable<Result<void>> notModified(Call& call, std::string etag)
{
    net::HttpHeaders headers;
    addSecurityHeaders(headers);
    headers.set("ETag", std::move(etag));
    TARN_CO_TRY_VOID(co_await call.exchange.beginResponse(304, std::move(headers), 0));
    co_return co_await call.exchange.finishResponse();
}

} // namespace tarn::gateway::web
