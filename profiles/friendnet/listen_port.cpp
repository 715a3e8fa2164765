#include "profiles/friendnet/listen_port.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <charconv>

namespace tarn::profiles {

namespace {

namespace asio = boost::asio;

constexpr std::string_view kPortFile = "port";

std::uint16_t keptPort(const node::StateDir& dir)
{
    const Result<std::string> text = dir.readFile(kPortFile);
    std::uint16_t port = 0;
    if (text) std::from_chars(text->data(), text->data() + text->size(), port);
    return port;
}

bool isFree(const net::Endpoint& endpoint)
{
    asio::io_context engine(1);
    asio::ip::tcp::acceptor probe(engine);
    boost::system::error_code failed;
    probe.open(endpoint.protocol(), failed);
    if (!failed) probe.set_option(asio::socket_base::reuse_address(true), failed);
    if (!failed) probe.bind(endpoint, failed);
    if (!failed) probe.listen(1, failed);
    return !failed;
}

} // namespace

std::uint16_t portToListenOn(const node::StateDir& dir, const net::Endpoint& address)
{
    if (address.port() != 0) return address.port();
    const std::uint16_t kept = keptPort(dir);
    return kept != 0 && isFree(net::Endpoint(address.address(), kept)) ? kept : 0;
}

Result<void> keepPort(const node::StateDir& dir, std::uint16_t port)
{
    if (keptPort(dir) == port) return ok();
    return dir.writeFile(kPortFile, std::to_string(port) + "\n");
}

} // namespace tarn::profiles
