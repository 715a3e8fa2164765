// Bytes of a hostile client against the HTTP server, over a socket pair in virtual time. Whatever
// they are, the server ends the connection, and every answer is one that our own client reads.
#include "core/net/http_parse.h"
#include "tests/support/engine.h"
#include "tests/support/http_suite.h"

#include <sys/socket.h>

#include <cstdint>
#include <cstdlib>

using namespace tarn;

namespace {

constexpr std::size_t kMostInput = 64 * 1024; // fits the pair's buffer

asio::awaitable<Result<Bytes>> readToEnd(net::Channel& channel)
{
    Bytes all;
    Bytes buffer(64 * 1024);
    for (;;) {
        TARN_CO_TRY(const std::size_t count, co_await channel.readSome(buffer));
        if (count == 0) co_return all;
        append(all, ByteView(buffer).first(count));
    }
}

void checkHead(std::string_view text)
{
    const auto head = net::parseRequestHead(text, 100);
    if (!head || head->minorVersion == 0) return; // ours are always 1.1
    const auto sent = net::formatRequestHead(*head);
    const auto back = sent ? net::parseRequestHead(*sent, 100) : Result<net::RequestHead>();
    if (!back || back->method != head->method || back->target != head->target) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size > kMostInput) return 0;
    checkHead(std::string_view(reinterpret_cast<const char*>(data), size));
    test::Engine engine;
    test::SuiteHandler handler(engine.clock());
    net::HttpServerLimits limits;
    net::HttpServer server(engine.executor(), handler, engine.clock(), limits);
    auto pair = test::makePlainPair(engine.executor(), engine.clock());
    if (!pair) std::abort();
    const std::array<ByteView, 1> pieces{ByteView(reinterpret_cast<const std::byte*>(data), size)};
    const auto sent = engine.run(pair->client->write(pieces));
    if (!sent || !*sent) std::abort();
    server.serve(std::move(pair->server));
    const auto answers = engine.run(readToEnd(*pair->client), std::chrono::hours(1000));
    if (!answers) std::abort(); // never ended
    if (*answers && !(*answers)->empty() && !asText(**answers).starts_with("HTTP/1.1 "))
        std::abort();
    pair->client->close();
    engine.settle();
    return 0;
}
