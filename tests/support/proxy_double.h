// proxy_double: a SOCKS5 or HTTP CONNECT proxy of the loopback interface, for one test. It
// "resolves" every name to the target it was given, and remembers what it was asked for.
#pragma once

#include "core/base/clock.h"
#include "core/net/address.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <vector>

namespace tarn::test {

struct ProxyBehaviour
{
    enum class Kind { Socks5, HttpConnect } kind = Kind::Socks5;
    std::string user; ///< empty: asks for none
    std::string password;
    bool anyUser = false;    ///< asks for one and takes all
    unsigned refuseWith = 0; ///< SOCKS reply or HTTP status instead of a tunnel
    std::string garbage;     ///< said instead of the protocol
};

class ProxyDouble
{
public:
    /// Tunnels lead to `target` whatever was asked for.
    ProxyDouble(asio::any_io_executor executor, net::Endpoint target, ProxyBehaviour behaviour);
    ~ProxyDouble();
    ProxyDouble(const ProxyDouble&) = delete;
    ProxyDouble& operator=(const ProxyDouble&) = delete;

    net::Endpoint address() const;
    /// "name:port" as the clients sent them.
    const std::vector<std::string>& asked() const;
    /// "user:password" of each client that logged in.
    const std::vector<std::string>& users() const;

private:
    struct Shared;
    std::shared_ptr<Shared> m_shared;
};

} // namespace tarn::test
