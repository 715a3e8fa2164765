#include "tests/support/transport_pairs.h"

#include "core/net/plain_channel.h"
#include "core/net/tls_stream.h"
#include "tests/support/test_identity.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tarn::test {

using net::PlainChannel;
using net::Stream;

asio::awaitable<Result<std::pair<Stream, Stream>>> tcpStreams()
{
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    asio::ip::tcp::acceptor acceptor(executor, {asio::ip::address_v4::loopback(), 0});
    asio::ip::tcp::socket client(executor);
    client.connect(acceptor.local_endpoint());
    asio::ip::tcp::socket server = co_await acceptor.async_accept(asio::use_awaitable);
    Stream dialled{Stream::Socket(std::move(client)), net::PathKind::Direct, "server"};
    Stream accepted{Stream::Socket(std::move(server)), net::PathKind::Direct, "client"};
    co_return std::pair<Stream, Stream>(std::move(dialled), std::move(accepted));
}

namespace {

asio::awaitable<Result<std::pair<Stream, Stream>>> localStreams()
{
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    co_return net::makeStreamPair(executor, "local");
}

ChannelPair plainPair(std::pair<Stream, Stream> streams, Clock& clock)
{
    ChannelPair pair;
    pair.client = std::make_unique<PlainChannel>(std::move(streams.first), clock);
    pair.server = std::make_unique<PlainChannel>(std::move(streams.second), clock);
    return pair;
}

asio::awaitable<Result<ChannelPair>> plainOverTcp(Clock& clock)
{
    TARN_CO_TRY(auto streams, co_await tcpStreams());
    co_return plainPair(std::move(streams), clock);
}

asio::awaitable<Result<ChannelPair>> plainOverLocal(Clock& clock)
{
    TARN_CO_TRY(auto streams, co_await localStreams());
    co_return plainPair(std::move(streams), clock);
}

asio::awaitable<Result<ChannelPair>> tlsOverTcp(Clock& clock)
{
    TARN_CO_TRY(auto streams, co_await tcpStreams());
    co_return co_await secure(std::move(streams.first), std::move(streams.second), clock);
}

asio::awaitable<Result<ChannelPair>> tlsOverLocal(Clock& clock)
{
    TARN_CO_TRY(auto streams, co_await localStreams());
    co_return co_await secure(std::move(streams.first), std::move(streams.second), clock);
}

/// The dialler is the TLS and HTTP server.
asio::awaitable<Result<ChannelPair>> tlsReversed(Clock& clock)
{
    TARN_CO_TRY(auto streams, co_await tcpStreams());
    co_return co_await secure(std::move(streams.second), std::move(streams.first), clock);
}

} // namespace

asio::awaitable<Result<ChannelPair>> secure(Stream client, Stream server, Clock& clock)
{
    using namespace asio::experimental::awaitable_operators;
    static const net::TlsClientContext context;
    const net::TlsServerIdentity& identity = sharedIdentity();
    auto connecting = net::connectTls(std::move(client), context, identity.key(), clock,
                                      std::chrono::seconds(10));
    auto accepting = net::acceptTls(std::move(server), identity, clock, std::chrono::seconds(10));
    auto [connected, accepted] = co_await (std::move(connecting) && std::move(accepting));
    if (!connected) co_return connected.error();
    if (!accepted) co_return accepted.error();
    ChannelPair pair;
    pair.client = *std::move(connected);
    pair.server = *std::move(accepted);
    co_return pair;
}

Result<ChannelPair> makePlainPair(const asio::any_io_executor& executor, Clock& clock)
{
    TARN_TRY(auto streams, net::makeStreamPair(executor, "local"));
    return plainPair(std::move(streams), clock);
}

std::vector<PairMaker> allPairMakers()
{
    return {
        {"plain over AF_UNIX", false, plainOverLocal},
        {"plain over TCP", true, plainOverTcp},
        {"TLS over AF_UNIX", false, tlsOverLocal},
        {"TLS over TCP", true, tlsOverTcp},
        {"TLS over TCP, dialler is server", true, tlsReversed},
    };
}

} // namespace tarn::test
