#include "tests/support/http_suite.h"

#include "core/base/executor.h"

#include <boost/asio/this_coro.hpp>

#include <array>
#include <charconv>

namespace tarn::test {

using net::HttpClientConnection;
using net::HttpHeaders;
using net::RequestHead;
using net::ResponseHead;
using net::ServerExchange;

std::byte patternByte(std::uint64_t offset)
{
    return static_cast<std::byte>((offset * 131 + (offset >> 8U) * 17) & 0xffU);
}

Bytes patternBytes(std::size_t size)
{
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = patternByte(i);
    return bytes;
}

namespace {

constexpr std::size_t kPiece = 100'000;

std::size_t numberAfter(std::string_view path, std::string_view prefix)
{
    std::size_t value = 0;
    const std::string_view digits = path.substr(prefix.size());
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

asio::awaitable<Result<void>> serveEcho(ServerExchange& exchange)
{
    TARN_CO_TRY_VOID(co_await exchange.beginResponse(200, HttpHeaders(), exchange.bodyLength()));
    Bytes buffer(kPiece);
    for (;;) {
        TARN_CO_TRY(const std::size_t count, co_await exchange.readBody(buffer));
        if (count == 0) break;
        TARN_CO_TRY_VOID(co_await exchange.writeBody(ByteView(buffer).first(count)));
    }
    co_return co_await exchange.finishResponse();
}

asio::awaitable<Result<void>> servePattern(ServerExchange& exchange, std::size_t size,
                                           bool withLength, std::size_t failAt)
{
    std::optional<std::uint64_t> length;
    if (withLength) length = size;
    TARN_CO_TRY_VOID(co_await exchange.beginResponse(200, HttpHeaders(), length));
    const Bytes all = patternBytes(size);
    for (std::size_t at = 0; at < size; at += kPiece) {
        if (at >= failAt) co_return Error(ErrorCode::IoFailure, "half-way");
        const ByteView piece = ByteView(all).subspan(at, std::min(kPiece, size - at));
        TARN_CO_TRY_VOID(co_await exchange.writeBody(piece));
    }
    co_return co_await exchange.finishResponse();
}

asio::awaitable<Result<void>> serveUpgrade(ServerExchange& exchange, Clock& clock)
{
    HttpHeaders headers{{"Upgrade", "echo"}};
    TARN_CO_TRY(net::UpgradedChannel taken, co_await exchange.upgrade(std::move(headers)));
    taken.channel->expireAt(clock.now() + std::chrono::hours(1));
    Bytes buffer = taken.leftover;
    for (;;) {
        const std::array<ByteView, 1> pieces{ByteView(buffer)};
        TARN_CO_TRY_VOID(co_await taken.channel->write(pieces));
        buffer.resize(kPiece);
        TARN_CO_TRY(const std::size_t count, co_await taken.channel->readSome(buffer));
        if (count == 0) co_return ok();
        buffer.resize(count);
    }
}

/// Counts a handler that waits, and one that was cancelled while it did.
struct Holding
{
    explicit Holding(SuiteHandler& owner) : handler(owner) { ++handler.holding; }
    ~Holding()
    {
        --handler.holding;
        if (!ended) ++handler.cancelled;
    }
    Holding(const Holding&) = delete;
    Holding& operator=(const Holding&) = delete;
    SuiteHandler& handler;
    bool ended = false;
};

RequestHead requestFor(std::string method, std::string target)
{
    RequestHead head;
    head.method = std::move(method);
    head.target = std::move(target);
    head.headers.add("Host", "suite");
    return head;
}

/// Sends, and reads the whole answer.
asio::awaitable<Result<Bytes>> ask(HttpClientConnection& connection, std::string method,
                                   std::string target, Bytes body, unsigned status)
{
    const RequestHead head = requestFor(std::move(method), std::move(target));
    const std::array<ByteView, 1> pieces{ByteView(body)};
    TARN_CO_TRY(const ResponseHead answer, co_await connection.request(head, pieces));
    if (answer.status != status)
        co_return Error(ErrorCode::Internal, "status " + std::to_string(answer.status));
    co_return co_await connection.readAll(64 << 20U);
}

std::string mismatch(const Result<Bytes>& got, ByteView expected)
{
    if (!got) return got.error().text();
    if (!equal(*got, expected)) return "wrong bytes, " + std::to_string(got->size());
    return {};
}

asio::awaitable<std::string> echoes(HttpClientConnection& connection, std::size_t size)
{
    const Bytes body = patternBytes(size);
    const Result<Bytes> got = co_await ask(connection, "POST", "/echo", body, 200);
    if (got && !connection.reusable()) co_return "not reusable";
    co_return mismatch(got, body);
}

asio::awaitable<std::string> echoSmall(HttpClientConnection& connection)
{
    co_return co_await echoes(connection, 10);
}

asio::awaitable<std::string> echoEmpty(HttpClientConnection& connection)
{
    co_return co_await echoes(connection, 0);
}

asio::awaitable<std::string> manyOnOneConnection(HttpClientConnection& connection)
{
    for (std::size_t i = 0; i < 50; ++i) {
        const std::string wrong = co_await echoes(connection, i * 97);
        if (!wrong.empty()) co_return wrong;
    }
    co_return std::string();
}

asio::awaitable<std::string> largeDownload(HttpClientConnection& connection)
{
    const Result<Bytes> got = co_await ask(connection, "GET", "/size/3000001", Bytes(), 200);
    co_return mismatch(got, patternBytes(3'000'001));
}

asio::awaitable<std::string> largeUpload(HttpClientConnection& connection)
{
    // The echo answers while it reads, so both directions are full at once: the client must not
    // send all before it reads. Here the answer is short.
    const Bytes body = patternBytes(2'999'999);
    const RequestHead head = requestFor("PUT", "/count");
    const std::array<ByteView, 2> pieces{ByteView(body).first(11), ByteView(body).subspan(11)};
    const Result<ResponseHead> answer = co_await connection.request(head, pieces);
    if (!answer) co_return answer.error().text();
    const Result<Bytes> got = co_await connection.readAll(100);
    co_return mismatch(got, asBytes("2999999"));
}

asio::awaitable<std::string> chunkedBothWays(HttpClientConnection& connection)
{
    const RequestHead head = requestFor("POST", "/echo");
    const Bytes body = patternBytes(30'000);
    Result<void> sent = co_await connection.beginRequest(head, std::nullopt);
    for (std::size_t at = 0; sent && at < body.size(); at += 10'000)
        sent = co_await connection.writeBody(ByteView(body).subspan(at, 10'000));
    if (!sent) co_return sent.error().text();
    const Result<ResponseHead> answer = co_await connection.finishRequest();
    if (!answer) co_return answer.error().text();
    if (answer->contentLength) co_return "length where none was expected";
    const Result<Bytes> got = co_await connection.readAll(1 << 20U);
    if (!connection.reusable()) co_return "not reusable";
    co_return mismatch(got, body);
}

asio::awaitable<std::string> chunkedDownload(HttpClientConnection& connection)
{
    const Result<Bytes> got = co_await ask(connection, "GET", "/chunked/1234567", Bytes(), 200);
    co_return mismatch(got, patternBytes(1'234'567));
}

asio::awaitable<std::string> headHasLengthOnly(HttpClientConnection& connection)
{
    const RequestHead head = requestFor("HEAD", "/size/5000");
    const Result<ResponseHead> answer =
        co_await connection.request(head, std::span<const ByteView>());
    if (!answer) co_return answer.error().text();
    const std::string* length = answer->headers.find("content-length");
    if (!length || *length != "5000") co_return "no length";
    if (!connection.reusable()) co_return "not reusable";
    co_return co_await echoes(connection, 3);
}

asio::awaitable<std::string> unreadBodyIsDrained(HttpClientConnection& connection)
{
    const Result<Bytes> got =
        co_await ask(connection, "POST", "/ignore", patternBytes(50'000), 204);
    if (!got) co_return got.error().text();
    if (!connection.reusable()) co_return "not reusable";
    co_return co_await echoes(connection, 3);
}

asio::awaitable<std::string> hugeUnreadBodyEndsConnection(HttpClientConnection& connection)
{
    const Result<Bytes> got =
        co_await ask(connection, "POST", "/ignore", patternBytes(5'000'000), 204);
    if (!got) co_return got.error().text();
    co_return connection.reusable() ? "reusable" : "";
}

asio::awaitable<std::string> handlerErrorsAre500(HttpClientConnection& connection)
{
    for (const char* target : {"/throw", "/fail"}) {
        const Result<Bytes> got = co_await ask(connection, "GET", target, Bytes(), 500);
        if (!got) co_return got.error().text();
    }
    co_return co_await echoes(connection, 3);
}

asio::awaitable<std::string> cutAnswerIsAnError(HttpClientConnection& connection)
{
    const Result<Bytes> got = co_await ask(connection, "GET", "/cut/400000", Bytes(), 200);
    if (got) co_return "the cut was not seen";
    co_return got.error().code() == ErrorCode::PeerUnreachable ? "" : got.error().text();
}

asio::awaitable<std::string> upgradeEchoes(HttpClientConnection& connection)
{
    RequestHead head = requestFor("GET", "/upgrade");
    head.headers.add("Upgrade", "echo");
    head.headers.add("Connection", "Upgrade");
    const Result<ResponseHead> answer =
        co_await connection.request(head, std::span<const ByteView>());
    if (!answer) co_return answer.error().text();
    if (answer->status != 101) co_return "status";
    net::UpgradedChannel taken = std::move(connection).upgrade();
    const std::array<ByteView, 1> pieces{asBytes("raw bytes")};
    const Result<void> sent = co_await taken.channel->write(pieces);
    if (!sent) co_return sent.error().text();
    Bytes got = taken.leftover;
    while (got.size() < 9) {
        Bytes more(100);
        const Result<std::size_t> count = co_await taken.channel->readSome(more);
        if (!count) co_return count.error().text();
        append(got, ByteView(more).first(*count));
    }
    co_return asText(got) == "raw bytes" ? "" : "wrong echo";
}

} // namespace

asio::awaitable<Result<void>> SuiteHandler::serve(ServerExchange& exchange)
{
    ++served;
    const std::string_view path = exchange.head().target;
    if (path == "/echo") co_return co_await serveEcho(exchange);
    if (path == "/count") {
        std::uint64_t total = 0;
        Bytes buffer(kPiece);
        for (;;) {
            TARN_CO_TRY(const std::size_t count, co_await exchange.readBody(buffer));
            if (count == 0) break;
            total += count;
        }
        std::string text = std::to_string(total);
        co_return co_await exchange.respondText(200, HttpHeaders(), std::move(text));
    }
    if (path == "/ignore")
        co_return co_await exchange.respond(204, HttpHeaders(), std::span<const ByteView>());
    if (path == "/throw") throw std::runtime_error("thrown by a handler");
    if (path == "/fail") co_return Error(ErrorCode::IoFailure, "the handler failed");
    if (path == "/upgrade") co_return co_await serveUpgrade(exchange, m_clock);
    if (path == "/hold") {
        Holding guard(*this);
        co_await m_clock.sleep(std::chrono::hours(12));
        const auto state = co_await asio::this_coro::cancellation_state;
        guard.ended = state.cancelled() == asio::cancellation_type::none;
        co_return co_await exchange.respondText(200, HttpHeaders(), "held");
    }
    constexpr std::size_t kNever = ~std::size_t{0};
    if (path.starts_with("/size/"))
        co_return co_await servePattern(exchange, numberAfter(path, "/size/"), true, kNever);
    if (path.starts_with("/chunked/"))
        co_return co_await servePattern(exchange, numberAfter(path, "/chunked/"), false, kNever);
    if (path.starts_with("/cut/")) {
        const std::size_t size = numberAfter(path, "/cut/");
        co_return co_await servePattern(exchange, size, true, size / 2);
    }
    co_return co_await exchange.respondText(404, HttpHeaders(), "no such thing\n");
}

std::vector<HttpSuiteCase> httpSuite()
{
    return {
        {"echo", echoSmall},
        {"empty body", echoEmpty},
        {"many requests on one connection", manyOnOneConnection},
        {"3 MB download", largeDownload},
        {"3 MB upload", largeUpload},
        {"chunked both ways", chunkedBothWays},
        {"chunked download", chunkedDownload},
        {"HEAD", headHasLengthOnly},
        {"unread body drained", unreadBodyIsDrained},
        {"huge unread body", hugeUnreadBodyEndsConnection},
        {"handler errors", handlerErrorsAre500},
        {"cut answer", cutAnswerIsAnError},
        {"upgrade", upgradeEchoes},
    };
}

asio::awaitable<std::string> runSuiteCase(const PairMaker& maker, const HttpSuiteCase& suiteCase,
                                          Clock& clock)
{
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    Result<ChannelPair> pair = co_await maker.make(clock);
    if (!pair) co_return pair.error().text();
    SuiteHandler handler(clock);
    net::HttpServerLimits limits;
    net::HttpServer server(executor, handler, clock, limits);
    server.serve(std::move(pair->server));
    std::string wrong;
    {
        HttpClientConnection connection(std::move(pair->client), clock);
        wrong = co_await suiteCase.run(connection);
    }
    co_await server.stop(std::chrono::seconds(5));
    if (wrong.empty() && server.connections() > 0) wrong = "a connection was left";
    co_return wrong;
}

} // namespace tarn::test
