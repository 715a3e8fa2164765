#include "client-gateway/web/log_stream.h"

#include "client-gateway/async/signal.h"
#include "client-gateway/web/web_socket.h"
#include "core/base/log_tap.h"
#include "core/codec/utf8.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <array>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

namespace tarn::gateway::web {

namespace {

/// Lines that wait for a client.
constexpr std::size_t kMostLines = 1000;
constexpr Duration kPingEvery = std::chrono::seconds(30);
/// Without a word from the client, not even an answer to a ping.
constexpr Duration kLongestSilence = std::chrono::seconds(90);
/// Answers to pings that wait: more say nothing new.
constexpr std::size_t kMostPongs = 4;

/// What the log has said, on whichever thread, until the engine takes it.
class Lines
{
public:
    void add(const std::string& line)
    {
        const std::scoped_lock lock(m_mutex);
        if (m_lines.size() < kMostLines) {
            m_lines.push_back(line);
        } else {
            ++m_missed;
        }
    }
    std::deque<std::string> take()
    {
        const std::scoped_lock lock(m_mutex);
        std::deque<std::string> out = std::exchange(m_lines, {});
        const std::uint64_t missed = std::exchange(m_missed, 0);
        if (missed > 0)
            out.push_back("{\"text\":\"lines were missed\",\"count\":" + std::to_string(missed) +
                          "}");
        return out;
    }

private:
    std::mutex m_mutex;
    std::deque<std::string> m_lines;
    std::uint64_t m_missed = 0;
};

struct Stream
{
    Stream(net::UpgradedChannel taken, Clock& theClock, const asio::any_io_executor& executor)
        : channel(std::move(taken.channel)), clock(theClock), changed(executor)
    {
        reader.feed(taken.leftover);
    }

    std::unique_ptr<net::Channel> channel;
    Clock& clock;
    Signal changed; ///< lines or pongs
    Lines lines;
    WebSocketReader reader;
    std::deque<Bytes> pongs;
    bool ending = false;
};

/// A text message is UTF-8, what strangers are called may not be.
void makeUtf8(std::string& line)
{
    if (codec::isUtf8(asBytes(line))) return;
    std::replace_if(
        line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; },
        '?');
}

asio::awaitable<Result<void>> send(Stream& stream, Bytes frame)
{
    const std::array<ByteView, 1> pieces{ByteView(frame)};
    co_return co_await stream.channel->write(pieces);
}

/// \return whether there was something.
asio::awaitable<Result<bool>> sendWhatWaits(Stream& stream)
{
    std::deque<std::string> lines = stream.lines.take();
    std::deque<Bytes> pongs = std::exchange(stream.pongs, {});
    for (std::string& line : lines) {
        makeUtf8(line);
        Bytes frame = webSocketFrame(WebSocketOpcode::Text, asBytes(line));
        TARN_CO_TRY_VOID(co_await send(stream, std::move(frame)));
    }
    for (const Bytes& pong : pongs) {
        Bytes frame = webSocketFrame(WebSocketOpcode::Pong, pong);
        TARN_CO_TRY_VOID(co_await send(stream, std::move(frame)));
    }
    co_return !lines.empty() || !pongs.empty();
}

asio::awaitable<Result<void>> writeAll(std::shared_ptr<Stream> stream)
{
    using namespace asio::experimental::awaitable_operators;
    while (!stream->ending) {
        TARN_CO_TRY(const bool sent, co_await sendWhatWaits(*stream));
        if (sent || stream->ending) continue; // and more may have come meanwhile
        asio::awaitable<void> news = stream->changed.wait();
        asio::awaitable<void> pause = stream->clock.sleep(kPingEvery);
        const auto first = co_await (std::move(news) || std::move(pause));
        if (first.index() == 0) continue;
        Bytes ping = webSocketFrame(WebSocketOpcode::Ping, {});
        TARN_CO_TRY_VOID(co_await send(*stream, std::move(ping)));
    }
    Bytes goodbye = webSocketFrame(WebSocketOpcode::Close, {});
    co_return co_await send(*stream, std::move(goodbye));
}

/// Ends the reader, too.
asio::awaitable<Result<void>> writeUntilEnd(std::shared_ptr<Stream> stream)
{
    const Result<void> written = co_await writeAll(stream);
    stream->channel->close();
    co_return written;
}

/// \return when the client ends the stream.
asio::awaitable<Result<void>> readAll(std::shared_ptr<Stream> stream)
{
    Bytes room(4096);
    for (;;) {
        stream->channel->expireAt(stream->clock.now() + kLongestSilence);
        for (;;) {
            TARN_CO_TRY(const std::optional<WebSocketFrame> frame, stream->reader.next());
            if (!frame) break;
            if (frame->opcode == WebSocketOpcode::Close) co_return ok();
            if (frame->opcode != WebSocketOpcode::Ping || stream->pongs.size() == kMostPongs)
                continue;
            stream->pongs.push_back(frame->payload);
            stream->changed.notifyAll();
        }
        TARN_CO_TRY(const std::size_t count, co_await stream->channel->readSome(room));
        if (count == 0) co_return ok();
        stream->reader.feed(ByteView(room).first(count));
    }
}

asio::awaitable<Result<void>> readUntilEnd(std::shared_ptr<Stream> stream)
{
    const Result<void> read = co_await readAll(stream);
    stream->ending = true;
    stream->changed.notifyAll();
    co_return read;
}

} // namespace

asio::awaitable<Result<void>> serveLogStream(Call& call)
{
    using namespace asio::experimental::awaitable_operators;
    const Result<std::string> accept = acceptWebSocket(call.exchange.head());
    if (!accept) co_return call.refuse(400, accept.error().message());
    net::HttpHeaders headers;
    headers.set("Upgrade", "websocket");
    headers.set("Sec-WebSocket-Accept", *accept);
    addSecurityHeaders(headers);
    Clock& clock = *call.clock;
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    TARN_CO_TRY(net::UpgradedChannel taken, co_await call.exchange.upgrade(std::move(headers)));
    auto stream = std::make_shared<Stream>(std::move(taken), clock, executor);
    const std::weak_ptr<Stream> listening = stream;
    const log::Tap tap([listening, executor](const std::string& line) {
        const std::shared_ptr<Stream> there = listening.lock();
        if (!there) return;
        there->lines.add(line);
        asio::post(executor, [listening] {
            if (const std::shared_ptr<Stream> still = listening.lock()) still->changed.notifyAll();
        });
    });
    asio::awaitable<Result<void>> writing = writeUntilEnd(stream);
    asio::awaitable<Result<void>> reading = readUntilEnd(stream);
    const auto both = co_await (std::move(writing) && std::move(reading));
    const Result<void>& written = std::get<0>(both);
    co_return written ? std::get<1>(both) : written;
}

} // namespace tarn::gateway::web
