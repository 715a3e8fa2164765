// Bytes of a hostile server against the HTTP client, over a socket pair in virtual time.
#include "core/net/http_client.h"
#include "tests/support/engine.h"
#include "tests/support/transport_pairs.h"

#include <cstdint>
#include <cstdlib>

using namespace tarn;

namespace {

constexpr std::size_t kMostInput = 64 * 1024;
constexpr std::size_t kMostBody = 32 * 1024;

/// Asks until the connection is of no more use. \return how many answers came whole.
asio::awaitable<Result<unsigned>> askMany(net::HttpClientConnection& connection)
{
    unsigned whole = 0;
    while (connection.reusable() && whole < 100) {
        net::RequestHead head;
        head.method = whole % 3 == 2 ? "HEAD" : "GET";
        head.target = "/";
        head.headers.add("Host", "h");
        TARN_CO_TRY(const net::ResponseHead answer,
                    co_await connection.request(head, std::span<const ByteView>()));
        TARN_CO_TRY(const Bytes body, co_await connection.readAll(kMostBody));
        if (body.size() > kMostBody) std::abort();
        if (answer.contentLength && body.size() != *answer.contentLength) std::abort();
        ++whole;
    }
    co_return whole;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size > kMostInput) return 0;
    test::Engine engine;
    auto pair = test::makePlainPair(engine.executor(), engine.clock());
    if (!pair) std::abort();
    const std::array<ByteView, 1> pieces{ByteView(reinterpret_cast<const std::byte*>(data), size)};
    const auto sent = engine.run(pair->server->write(pieces));
    if (!sent || !*sent) std::abort();
    if (!engine.run(pair->server->endWriting())) std::abort();
    net::HttpClientConnection connection(std::move(pair->client), engine.clock());
    if (!engine.run(askMany(connection))) std::abort(); // never ended
    return 0;
}
