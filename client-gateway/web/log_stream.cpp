#include "client-gateway/web/log_stream.h"

#include "client-gateway/async/signal.h"
#include "client-gateway/web/reply.h"
#include "client-gateway/web/web_socket.h"
#include "core/base/executor.h"
#include "core/base/log_tap.h"
#include "core/codec/utf8.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <array>
#include <deque>
#include <mutex>
#include <utility>

namespace tarn::gateway::web {

namespace {

/// Lines that wait for a client.
constexpr std::size_t kMostLines = 1000;
/// Answers to pings that wait: more say nothing new.
constexpr std::size_t kMostPongs = 4;
/// Of frames in one write, and one more.
constexpr std::size_t kBytesAtOnce = 64 * 1024;

/// What the log has said, on whichever thread, until the engine takes it.
class Lines
{
public:
    /// \return whether the engine must be told: it was not since it took the last ones.
    bool add(const std::string& line)
    {
        const std::scoped_lock lock(m_mutex);
        if (m_lines.size() < kMostLines) {
            m_lines.push_back(line);
        } else {
            ++m_missed;
        }
        return !std::exchange(m_told, true);
    }
    std::deque<std::string> take()
    {
        const std::scoped_lock lock(m_mutex);
        m_told = false;
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
    bool m_told = false;
};

/// A text message is UTF-8, what strangers are called may not be.
void makeUtf8(std::string& line)
{
    if (codec::isUtf8(asBytes(line))) return;
    std::replace_if(
        line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; },
        '?');
}

} // namespace

struct LogStreams::Stream
{
    Stream(net::UpgradedChannel taken, Clock& theClock, const asio::any_io_executor& executor)
        : channel(std::move(taken.channel)), clock(theClock), changed(executor),
          nextPing(clock.now() + kPingEvery)
    {
        reader.feed(taken.leftover);
    }

    void end()
    {
        ending = true;
        channel->expireAt(clock.now() + kLongestGoodbye); // whatever is being written
        changed.notifyAll();
    }

    static asio::awaitable<Result<void>> send(Stream& stream, Bytes frames, Duration limit);
    static asio::awaitable<Result<bool>> sendWhatWaits(Stream& stream);
    static asio::awaitable<Result<void>> writeAll(Stream& stream);
    static asio::awaitable<Result<void>> writeUntilEnd(std::shared_ptr<Stream> stream);
    static asio::awaitable<Result<void>> readAll(Stream& stream);
    static asio::awaitable<Result<void>> readUntilEnd(std::shared_ptr<Stream> stream);

    std::unique_ptr<net::Channel> channel;
    Clock& clock;
    Signal changed; ///< lines or pongs
    TimePoint nextPing;
    Lines lines;
    WebSocketReader reader;
    std::deque<Bytes> pongs;
    bool ending = false;
};

asio::awaitable<Result<void>> LogStreams::Stream::send(Stream& stream, Bytes frames, Duration limit)
{
    const std::array<ByteView, 1> pieces{ByteView(frames)};
    asio::awaitable<Result<void>> writing = stream.channel->write(pieces);
    co_return co_await withDeadline<void>(stream.clock, limit, "a client of the log reads nothing",
                                          std::move(writing));
}

/// \return whether there was something.
asio::awaitable<Result<bool>> LogStreams::Stream::sendWhatWaits(Stream& stream)
{
    std::deque<std::string> lines = stream.lines.take();
    std::deque<Bytes> pongs = std::exchange(stream.pongs, {});
    const bool some = !lines.empty() || !pongs.empty();
    while ((!lines.empty() || !pongs.empty()) && !stream.ending) {
        Bytes frames;
        for (; !lines.empty() && frames.size() < kBytesAtOnce; lines.pop_front()) {
            makeUtf8(lines.front());
            append(frames, webSocketFrame(WebSocketOpcode::Text, asBytes(lines.front())));
        }
        for (; lines.empty() && !pongs.empty(); pongs.pop_front())
            append(frames, webSocketFrame(WebSocketOpcode::Pong, pongs.front()));
        TARN_CO_TRY_VOID(co_await send(stream, std::move(frames), kLongestWrite));
    }
    co_return some;
}

asio::awaitable<Result<void>> LogStreams::Stream::writeAll(Stream& stream)
{
    using namespace asio::experimental::awaitable_operators;
    while (!stream.ending) {
        TARN_CO_TRY(const bool sent, co_await sendWhatWaits(stream));
        if (stream.ending) break;
        // By the clock: on a busy gateway the lines never pause.
        if (stream.clock.now() >= stream.nextPing) {
            Bytes ping = webSocketFrame(WebSocketOpcode::Ping, {});
            TARN_CO_TRY_VOID(co_await send(stream, std::move(ping), kLongestWrite));
            stream.nextPing = stream.clock.now() + kPingEvery;
            continue;
        }
        if (sent) continue; // and more may have come meanwhile
        asio::awaitable<void> news = stream.changed.wait();
        asio::awaitable<void> pause = stream.clock.sleep(stream.nextPing - stream.clock.now());
        static_cast<void>(co_await (std::move(news) || std::move(pause)));
    }
    Bytes goodbye = webSocketFrame(WebSocketOpcode::Close, {});
    co_return co_await send(stream, std::move(goodbye), kLongestGoodbye);
}

/// Ends the reader, too.
asio::awaitable<Result<void>> LogStreams::Stream::writeUntilEnd(std::shared_ptr<Stream> stream)
{
    const Result<void> written = co_await writeAll(*stream);
    stream->channel->close();
    co_return written;
}

/// \return when the client ends the stream.
asio::awaitable<Result<void>> LogStreams::Stream::readAll(Stream& stream)
{
    Bytes room(4096);
    for (;;) {
        if (!stream.ending) stream.channel->expireAt(stream.clock.now() + kLongestSilence);
        for (;;) {
            TARN_CO_TRY(const std::optional<WebSocketFrame> frame, stream.reader.next());
            if (!frame) break;
            if (frame->opcode == WebSocketOpcode::Close) co_return ok();
            if (frame->opcode != WebSocketOpcode::Ping || stream.pongs.size() == kMostPongs)
                continue;
            stream.pongs.push_back(frame->payload);
            stream.changed.notifyAll();
        }
        TARN_CO_TRY(const std::size_t count, co_await stream.channel->readSome(room));
        if (count == 0) co_return ok();
        stream.reader.feed(ByteView(room).first(count));
    }
}

asio::awaitable<Result<void>> LogStreams::Stream::readUntilEnd(std::shared_ptr<Stream> stream)
{
    const Result<void> read = co_await readAll(*stream);
    stream->end();
    co_return read;
}

void LogStreams::end()
{
    m_ending = true;
    for (const std::weak_ptr<Stream>& one : m_streams)
        if (const std::shared_ptr<Stream> stream = one.lock()) stream->end();
}

asio::awaitable<Result<void>> LogStreams::serve(net::ServerExchange& exchange, std::string accept)
{
    using namespace asio::experimental::awaitable_operators;
    net::HttpHeaders headers;
    headers.set("Upgrade", "websocket");
    headers.set("Sec-WebSocket-Accept", accept);
    addSecurityHeaders(headers);
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    TARN_CO_TRY(net::UpgradedChannel taken, co_await exchange.upgrade(std::move(headers)));
    auto stream = std::make_shared<Stream>(std::move(taken), m_clock, executor);
    const std::weak_ptr<Stream> listening = stream;
    std::erase_if(m_streams, [](const std::weak_ptr<Stream>& one) { return one.expired(); });
    m_streams.push_back(listening);
    if (m_ending) stream->end();
    const log::Tap tap([listening, executor](const std::string& line) {
        const std::shared_ptr<Stream> there = listening.lock();
        if (!there || !there->lines.add(line)) return;
        asio::post(executor, [listening] {
            if (const std::shared_ptr<Stream> still = listening.lock()) still->changed.notifyAll();
        });
    });
    asio::awaitable<Result<void>> writing = Stream::writeUntilEnd(stream);
    asio::awaitable<Result<void>> reading = Stream::readUntilEnd(stream);
    const auto both = co_await (std::move(writing) && std::move(reading));
    const Result<void>& written = std::get<0>(both);
    co_return written ? std::get<1>(both) : written;
}

} // namespace tarn::gateway::web
