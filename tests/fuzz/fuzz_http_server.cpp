// Bytes of a hostile client against the HTTP server, over a socket pair in virtual time. Whatever
// they are, the server ends the connection with answers only, and sees the same requests in them
// however they arrive.
#include "core/net/http_parse.h"
#include "tests/support/engine.h"
#include "tests/support/http_suite.h"

#include <algorithm>
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

/// Writes down what it is asked.
class Recorder final : public net::HttpHandler
{
public:
    asio::awaitable<Result<void>> serve(net::ServerExchange& exchange) override
    {
        const net::RequestHead& head = exchange.head();
        seen += head.method + " " + head.target + "\n";
        for (const net::HttpHeader& header : head.headers)
            seen += header.name + ": " + header.value + "\n";
        if (head.target.find("unread") == std::string::npos) {
            const Result<Bytes> body = co_await exchange.readAll(kMostInput);
            seen += body ? asText(*body) : "bad body";
        }
        co_return co_await exchange.respondText(200, net::HttpHeaders(), "ok");
    }

    std::string seen;
};

/// What the handler sees of `text`, sent in pieces of `step` bytes.
std::string seenIn(std::string_view text, std::size_t step)
{
    test::Engine engine;
    Recorder recorder;
    net::HttpServer server(engine.executor(), recorder, engine.clock(), {});
    auto pair = test::makePlainPair(engine.executor(), engine.clock());
    if (!pair) std::abort();
    server.serve(std::move(pair->server));
    while (!text.empty()) {
        const std::array<ByteView, 1> pieces{asBytes(text.substr(0, step))};
        const auto sent = engine.run(pair->client->write(pieces));
        if (!sent || !*sent) break; // the server has closed
        text.remove_prefix(std::min(step, text.size()));
        engine.settle();
    }
    if (!engine.run(readToEnd(*pair->client), std::chrono::hours(1000))) std::abort();
    pair->client->close();
    engine.settle();
    return std::move(recorder.seen);
}

void checkAnswers(std::string_view text)
{
    test::Engine engine;
    test::SuiteHandler handler(engine.clock());
    net::HttpServer server(engine.executor(), handler, engine.clock(), {});
    auto pair = test::makePlainPair(engine.executor(), engine.clock());
    if (!pair) std::abort();
    const std::array<ByteView, 1> pieces{asBytes(text)};
    const auto sent = engine.run(pair->client->write(pieces));
    if (!sent || !*sent) std::abort();
    server.serve(std::move(pair->server));
    const auto answers = engine.run(readToEnd(*pair->client), std::chrono::hours(1000));
    if (!answers) std::abort(); // never ended
    if (*answers && !(*answers)->empty() && !asText(**answers).starts_with("HTTP/1.1 "))
        std::abort();
    pair->client->close();
    engine.settle();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size > kMostInput) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    checkHead(text);
    checkAnswers(text);
    // Many small pieces would only take long.
    const std::size_t step = std::max<std::size_t>(size / 16, 1);
    if (seenIn(text, size + 1) != seenIn(text, step)) std::abort();
    return 0;
}
