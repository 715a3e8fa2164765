#include "client-gateway/web/host_check.h"

#include "client-gateway/web/arguments.h"

#include <boost/asio/ip/address.hpp>

namespace tarn::gateway::web {

namespace {

/// "[::1]:80" -> "::1", "a:80" -> "a".
std::string_view withoutPort(std::string_view host)
{
    if (host.starts_with('[')) {
        const std::size_t end = host.find(']');
        return end == std::string_view::npos ? std::string_view{} : host.substr(1, end - 1);
    }
    return host.substr(0, host.rfind(':'));
}

bool isAddress(std::string_view host)
{
    if (host.find('\0') != std::string_view::npos) return false; // the parser would stop there
    boost::system::error_code failed;
    boost::asio::ip::make_address(std::string(host), failed);
    return !failed;
}

bool isForeignSite(const std::string* fetchSite)
{
    return fetchSite && (*fetchSite == "cross-site" || *fetchSite == "same-site");
}

} // namespace

bool hostAllowed(std::string_view host, std::string_view listenHost)
{
    const std::string_view name = withoutPort(trim(host));
    if (name.empty()) return false;
    return isAddress(name) || equalIgnoringCase(name, "localhost") ||
           equalIgnoringCase(name, listenHost);
}

Result<void> checkOrigin(const net::RequestHead& head, std::string_view listenHost)
{
    const std::string* host = head.headers.find("Host");
    if (host && !hostAllowed(*host, listenHost)) {
        return Error(ErrorCode::Unauthorized,
                     "the Host of this request is not an address of this gateway; use its "
                     "numeric address or localhost");
    }
    const bool reads = head.method == "GET" || head.method == "HEAD";
    if (!reads && isForeignSite(head.headers.find("Sec-Fetch-Site"))) {
        return Error(ErrorCode::Unauthorized,
                     "another web site made the browser send this request");
    }
    return ok();
}

} // namespace tarn::gateway::web
