// gateway_connections: HTTP connections to one gateway, plain or TLS, that are used again.
#pragma once

#include "client-gateway/cli/gateway_url.h"
#include "core/net/http_client.h"
#include "core/net/stream.h"
#include "core/net/tls_context.h"

#include <memory>
#include <optional>
#include <vector>

namespace tarn::gateway::cli {

/// Engine thread.
class GatewayConnections
{
public:
    GatewayConnections(GatewayAddress gateway, Clock& clock);

    using Connection = std::unique_ptr<net::HttpClientConnection>;
    /// One that the gateway has surely not closed, else a new one.
    /// \return PeerUnreachable: no gateway there; says what to do.  PeerMisbehaved: its certificate
    ///         is not good.  Timeout: it does not shake hands.
    asio::awaitable<Result<Connection>> connect();
    /// Keeps it if it is good for another request; may be null.
    void keep(Connection connection);

    const GatewayAddress& gateway() const { return m_gateway; }

private:
    struct Kept
    {
        Connection connection;
        TimePoint since;
    };

    Connection takeKept();
    asio::awaitable<Result<std::unique_ptr<net::Channel>>> secured(net::Stream stream);

    GatewayAddress m_gateway;
    Clock& m_clock;
    std::optional<net::TlsAuthorities> m_authorities; ///< once they were needed
    std::vector<Kept> m_kept;
};

} // namespace tarn::gateway::cli
