// bench_transport: what moving bytes costs: TLS streams alone (the floor), and HTTP over them.
// Both ends run in this one thread, so the CPU seconds are those of client and server together.
// One JSON object per line; GB = 1e9 bytes.
// With --serve it is a server to be asked from elsewhere, for the cost of its end alone.
#include "core/net/http_server.h"
#include "core/net/listener.h"
#include "tests/support/test_identity.h"
#include "tests/support/transport_pairs.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <sys/resource.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

namespace tarn::bench {

namespace {

constexpr std::size_t kBody = 128 * 1024;
constexpr std::size_t kSmallBody = 1000;

double cpuSeconds()
{
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double wallSeconds()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

/// Resident bytes of this process.
double residentBytes()
{
    std::ifstream file("/proc/self/statm");
    double total = 0;
    double resident = 0;
    file >> total >> resident;
    return resident * 4096;
}

class Meter
{
public:
    void reportBytes(const std::string& name, double bytes) const
    {
        const double cpu = cpuSeconds() - m_cpu;
        const double wall = wallSeconds() - m_wall;
        std::printf("{\"bench\":\"%s\",\"cpu_s_per_gb\":%.3f,\"mb_per_s\":%.0f}\n", name.c_str(),
                    cpu / (bytes / 1e9), bytes / wall / 1e6);
        std::fflush(stdout);
    }
    void reportCount(const std::string& name, double count) const
    {
        const double cpu = cpuSeconds() - m_cpu;
        std::printf("{\"bench\":\"%s\",\"per_cpu_s\":%.0f}\n", name.c_str(), count / cpu);
        std::fflush(stdout);
    }

private:
    double m_cpu = cpuSeconds();
    double m_wall = wallSeconds();
};

/// Answers PUT by taking the body, GET with kBody bytes; nothing else costs anything.
class FloorHandler final : public net::HttpHandler
{
public:
    asio::awaitable<Result<void>> serve(net::ServerExchange& exchange) override
    {
        if (exchange.head().method == "PUT") {
            for (;;) {
                TARN_CO_TRY(const std::size_t count, co_await exchange.readBody(m_buffer));
                if (count == 0) break;
            }
            co_return co_await exchange.respond(204, net::HttpHeaders(),
                                                std::span<const ByteView>());
        }
        const std::size_t size = exchange.head().target == "/small" ? kSmallBody : kBody;
        const std::array<ByteView, 1> pieces{ByteView(m_buffer).first(size)};
        co_return co_await exchange.respond(200, net::HttpHeaders(), pieces);
    }

private:
    Bytes m_buffer = zeroBytes(kBody);
};

asio::awaitable<Result<void>> sendAll(net::Channel& channel, std::uint64_t total)
{
    const Bytes body = zeroBytes(kBody);
    const std::array<ByteView, 1> pieces{ByteView(body)};
    for (std::uint64_t sent = 0; sent < total; sent += kBody) {
        TARN_CO_TRY_VOID(co_await channel.write(pieces));
    }
    co_return co_await channel.endWriting();
}

asio::awaitable<Result<void>> receiveAll(net::Channel& channel)
{
    Bytes buffer(kBody);
    for (;;) {
        TARN_CO_TRY(const std::size_t count, co_await channel.readSome(buffer));
        if (count == 0) co_return ok();
    }
}

asio::awaitable<Result<void>> streamLoop(std::string name, test::PairMaker maker, Clock& clock,
                                         std::uint64_t total)
{
    using namespace asio::experimental::awaitable_operators;
    TARN_CO_TRY(test::ChannelPair pair, co_await maker.make(clock));
    const Meter meter;
    auto sending = sendAll(*pair.client, total);
    auto receiving = receiveAll(*pair.server);
    auto [sent, received] = co_await (std::move(sending) && std::move(receiving));
    TARN_CO_TRY_VOID(std::move(sent));
    TARN_CO_TRY_VOID(std::move(received));
    meter.reportBytes(name, static_cast<double>(total));
    co_return ok();
}

asio::awaitable<Result<void>> askMany(net::HttpClientConnection& connection, net::RequestHead head,
                                      std::span<const ByteView> body, std::uint64_t times)
{
    Bytes buffer(kBody);
    for (std::uint64_t i = 0; i < times; ++i) {
        TARN_CO_TRY(const net::ResponseHead answer, co_await connection.request(head, body));
        for (;;) {
            TARN_CO_TRY(const std::size_t count, co_await connection.readBody(buffer));
            if (count == 0) break;
        }
    }
    co_return ok();
}

asio::awaitable<Result<void>> httpLoops(std::string name, test::PairMaker maker, Clock& clock,
                                        std::uint64_t total)
{
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    TARN_CO_TRY(test::ChannelPair pair, co_await maker.make(clock));
    FloorHandler handler;
    net::HttpServerLimits limits;
    net::HttpServer server(executor, handler, clock, limits);
    server.serve(std::move(pair.server));
    net::HttpClientConnection connection(std::move(pair.client), clock);
    const Bytes body = zeroBytes(kBody);
    const std::array<ByteView, 1> pieces{ByteView(body)};
    net::RequestHead head;
    head.headers.add("Host", "bench");
    const std::uint64_t times = total / kBody;
    head.method = "PUT";
    head.target = "/put";
    const Meter put;
    TARN_CO_TRY_VOID(co_await askMany(connection, head, pieces, times));
    put.reportBytes(name + " PUT 128 KiB", static_cast<double>(total));
    head.method = "GET";
    head.target = "/get";
    const Meter get;
    TARN_CO_TRY_VOID(co_await askMany(connection, head, std::span<const ByteView>(), times));
    get.reportBytes(name + " GET 128 KiB", static_cast<double>(total));
    head.target = "/small";
    const Meter small;
    constexpr std::uint64_t kSmall = 50'000;
    TARN_CO_TRY_VOID(co_await askMany(connection, head, std::span<const ByteView>(), kSmall));
    small.reportCount(name + " GET 1000 bytes", static_cast<double>(kSmall));
    co_return ok();
}

/// Connections that have answered once and wait, each a client's and a server's end.
asio::awaitable<Result<void>> idleConnections(test::PairMaker maker, Clock& clock)
{
    constexpr std::size_t kConnections = 200;
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    FloorHandler handler;
    net::HttpServerLimits limits;
    net::HttpServer server(executor, handler, clock, limits);
    std::vector<std::unique_ptr<net::HttpClientConnection>> clients;
    net::RequestHead head;
    head.method = "GET";
    head.target = "/get";
    head.headers.add("Host", "bench");
    double before = 0;
    for (std::size_t i = 0; i < 2 * kConnections; ++i) {
        if (i == kConnections) before = residentBytes();
        TARN_CO_TRY(test::ChannelPair pair, co_await maker.make(clock));
        server.serve(std::move(pair.server));
        clients.push_back(
            std::make_unique<net::HttpClientConnection>(std::move(pair.client), clock));
        TARN_CO_TRY_VOID(co_await askMany(*clients.back(), head, std::span<const ByteView>(), 1));
    }
    const double each = (residentBytes() - before) / static_cast<double>(kConnections) / 2;
    std::printf("{\"bench\":\"idle TLS connection, one end\",\"bytes\":%.0f}\n", each);
    clients.clear();
    co_await server.stop(std::chrono::seconds(1));
    co_return ok();
}

asio::awaitable<Result<void>> everything(Clock& clock, std::uint64_t total, std::string only)
{
    for (const test::PairMaker& maker : test::allPairMakers()) {
        const bool wanted = maker.name == "TLS over TCP" || maker.name == "TLS over AF_UNIX" ||
                            maker.name == "plain over TCP";
        if (!wanted || maker.name.find(only) == std::string::npos) continue;
        TARN_CO_TRY_VOID(co_await streamLoop(maker.name + " stream", maker, clock, total));
        TARN_CO_TRY_VOID(co_await httpLoops(maker.name + " HTTP", maker, clock, total));
        if (maker.name == "TLS over TCP") {
            TARN_CO_TRY_VOID(co_await idleConnections(maker, clock));
        }
    }
    co_return ok();
}

/// Serves until it is killed; says on which port.
int serveAlone()
{
    SystemClock clock;
    asio::io_context engine;
    FloorHandler handler;
    net::ListenerConfig config;
    config.address = *net::parseEndpoint("127.0.0.1:0");
    config.identity = test::sharedIdentity();
    const auto listener = net::Listener::open(engine.get_executor(), config, handler, clock);
    if (!listener) {
        std::cerr << listener.error().text() << "\n";
        return 1;
    }
    const unsigned port = (*listener)->address().port();
    std::printf("{\"port\":%u}\n", port);
    std::fflush(stdout);
    engine.run();
    return 0;
}

} // namespace

} // namespace tarn::bench

/// \param argv[1]  --serve, or megabytes per figure, 1000 if absent.  argv[2]  only transports
/// named so.
int main(int argc, char** argv)
{
    using namespace tarn;
    if (argc > 1 && std::string(argv[1]) == "--serve") return bench::serveAlone();
    const std::uint64_t megabytes = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1000;
    const std::string only = argc > 2 ? argv[2] : "";
    SystemClock clock;
    asio::io_context engine;
    int exit = 1;
    auto done = [&](std::exception_ptr thrown, Result<void> result) {
        if (!thrown && result) {
            exit = 0;
        } else if (!thrown) {
            std::cerr << result.error().text() << "\n";
        }
    };
    asio::co_spawn(engine, bench::everything(clock, megabytes * 1'000'000, only), done);
    engine.run();
    return exit;
}
