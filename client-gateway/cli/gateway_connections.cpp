#include "client-gateway/cli/gateway_connections.h"

#include "core/net/plain_channel.h"
#include "core/net/route.h"
#include "core/net/tls_stream.h"

namespace tarn::gateway::cli {

namespace {

// Tahoe-LAFS closes after a minute.
constexpr Duration kKeptFor = std::chrono::seconds(10);
constexpr Duration kHandshake = std::chrono::seconds(20);
// A gateway may have to send gigabytes to servers between the last byte and its answer.
constexpr net::HttpClientLimits kLimits{
    .headTimeout = std::chrono::hours(24),
    .bodyTimeout = std::chrono::minutes(15),
};

} // namespace

GatewayConnections::GatewayConnections(GatewayAddress gateway, Clock& clock)
    : m_gateway(std::move(gateway)), m_clock(clock)
{
}

GatewayConnections::Connection GatewayConnections::takeKept()
{
    while (!m_kept.empty()) {
        Kept last = std::move(m_kept.back());
        m_kept.pop_back();
        const bool isFresh = m_clock.now() - last.since < kKeptFor;
        if (isFresh && last.connection->channel().quiet()) return std::move(last.connection);
    }
    return nullptr;
}

void GatewayConnections::keep(Connection connection)
{
    if (connection && connection->reusable())
        m_kept.push_back({std::move(connection), m_clock.now()});
}

asio::awaitable<Result<std::unique_ptr<net::Channel>>>
GatewayConnections::secured(net::Stream stream)
{
    if (!m_authorities) m_authorities = net::TlsAuthorities::ofMachineBlocking();
    Result<std::unique_ptr<net::TlsStream>> shaken = co_await net::connectTlsTo(
        m_gateway.host, std::move(stream), *m_authorities, m_clock, kHandshake);
    if (!shaken) {
        co_return Error(shaken.error().code(),
                        "no secure connection to " + urlOf(m_gateway) +
                            "/: " + shaken.error().message() +
                            " (its certificate must be for the address in the URL, from an "
                            "authority of this machine or of the file SSL_CERT_FILE)");
    }
    co_return std::unique_ptr<net::Channel>(*std::move(shaken));
}

asio::awaitable<Result<GatewayConnections::Connection>> GatewayConnections::connect()
{
    if (Connection kept = takeKept()) co_return kept;
    const HostPort& place = m_gateway.place;
    TARN_CO_TRY(const net::Endpoint endpoint, net::endpointOf(place.host, place.port));
    const net::ConnectOptions options;
    Result<net::Stream> stream = co_await net::connectTcp(endpoint, options, m_clock);
    if (!stream) {
        co_return Error(ErrorCode::PeerUnreachable,
                        "no gateway listens at " + urlOf(m_gateway) + "/ (" +
                            stream.error().message() +
                            "): start it, or name another one with -d or --gateway");
    }
    std::unique_ptr<net::Channel> channel;
    if (m_gateway.isSecure) {
        TARN_CO_TRY(channel, co_await secured(*std::move(stream)));
    } else {
        channel = std::make_unique<net::PlainChannel>(*std::move(stream), m_clock);
    }
    channel->acknowledgeAtOnce(true); // Tahoe-LAFS writes head and body apart
    co_return std::make_unique<net::HttpClientConnection>(std::move(channel), m_clock, kLimits);
}

} // namespace tarn::gateway::cli
