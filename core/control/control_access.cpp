#include "core/control/control_access.h"

#include <boost/asio/ip/address.hpp>

namespace tarn::control {

namespace {

namespace asio = boost::asio;

constexpr std::string_view kBearer = "Bearer ";

/// "[::1]:80" -> "::1", "a:80" -> "a".
std::string_view withoutPort(std::string_view host)
{
    if (!host.starts_with('[')) return host.substr(0, host.rfind(':'));
    const std::size_t end = host.find(']');
    if (end == std::string_view::npos) return {};
    const std::string_view rest = host.substr(end + 1);
    return rest.empty() || rest.starts_with(':') ? host.substr(1, end - 1) : std::string_view();
}

bool carries(const net::RequestHead& head, const Secret& token)
{
    const std::vector<std::string_view> values = head.headers.all("Authorization");
    if (values.size() != 1 || token.empty()) return false;
    std::string_view value = values.front();
    if (!net::equalIgnoringCase(value.substr(0, kBearer.size()), kBearer)) return false;
    value.remove_prefix(kBearer.size());
    return token.matches(asBytes(value));
}

} // namespace

bool isLocalHost(std::string_view host)
{
    const std::string_view name = withoutPort(host);
    if (name.empty() || name.find('\0') != std::string_view::npos) return false;
    if (net::equalIgnoringCase(name, "localhost")) return true;
    boost::system::error_code failed;
    const asio::ip::address address = asio::ip::make_address(std::string(name), failed);
    return !failed && address.is_loopback();
}

std::optional<Refusal> refusalOf(const net::RequestHead& head, const Secret& token)
{
    const std::vector<std::string_view> hosts = head.headers.all("Host");
    if (hosts.size() != 1 || !isLocalHost(hosts.front())) {
        return Refusal{403, "the Host of this request is no address of this machine's own; use "
                            "127.0.0.1, [::1] or localhost"};
    }
    const std::string* const site = head.headers.find("Sec-Fetch-Site");
    if (head.headers.find("Origin") != nullptr || (site != nullptr && *site != "none"))
        return Refusal{403, "web pages may not speak to a node"};
    if (!carries(head, token)) {
        return Refusal{401, "send \"Authorization: Bearer TOKEN\" with the text of "
                            "private/api_auth_token, which is new after each start"};
    }
    return std::nullopt;
}

} // namespace tarn::control
