#include "tests/support/transport_pairs.h"

#include "core/net/plain_channel.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tarn::test {

using net::PlainChannel;
using net::SocketIo;
using net::Stream;

namespace {

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

asio::awaitable<Result<std::pair<Stream, Stream>>> localStreams()
{
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    co_return net::makeStreamPair(executor, "local");
}

ChannelPair plainPair(std::pair<Stream, Stream> streams, Clock& clock)
{
    ChannelPair pair;
    pair.client =
        std::make_unique<PlainChannel>(std::move(streams.first), clock, SocketIo::Side::Client);
    pair.server =
        std::make_unique<PlainChannel>(std::move(streams.second), clock, SocketIo::Side::Server);
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

} // namespace

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
    };
}

} // namespace tarn::test
