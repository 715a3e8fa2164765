#include "core/net/server_exchange.h"

#include "core/base/executor.h"

#include <array>
#include <limits>
#include <utility>

namespace tarn::net {

namespace {

using Framing = MessageWriter::Framing;

constexpr std::size_t kUsualHead = 512;
constexpr std::uint64_t kSmallRest = 64 * 1024;
constexpr std::uint64_t kAnyLength = std::numeric_limits<std::uint64_t>::max();

/// What the connection says itself.
bool isOwnField(std::string_view name)
{
    for (const std::string_view own : {"content-length", "transfer-encoding", "connection", "date"})
        if (equalIgnoringCase(name, own)) return true;
    return false;
}

/// The same text serves a whole second.
const std::string& dateNow(WallTime now)
{
    thread_local std::int64_t second = -1;
    thread_local std::string text;
    if (const std::int64_t present = unixSeconds(now); present != second) {
        text = httpDate(now);
        second = present;
    }
    return text;
}

Error givenUpError()
{
    return Error(ErrorCode::Cancelled, "this request was given up");
}

bool hasNoBody(unsigned status)
{
    return status < 200 || status == 204 || status == 304;
}

} // namespace

Exchange::Exchange(ServerConnection& connection, RequestHead head, BodyFraming framing)
    : m_connection(connection), m_head(std::move(head)), m_body(connection.m_input, framing),
      m_awaySince(connection.m_clock.now())
{
    if (framing.kind != BodyFraming::Kind::Chunked) m_length = framing.length;
    m_expectsContinue = m_head.minorVersion > 0 && !m_body.finished() &&
                        listHas(m_head.headers, "expect", "100-continue");
}

asio::awaitable<Result<void>> Exchange::sendContinue()
{
    m_expectsContinue = false;
    // A body that is on its way already needs no invitation.
    if (m_answered || !m_connection.m_input.empty()) co_return ok();
    m_connection.m_writer.begin("HTTP/1.1 100 Continue\r\n\r\n", Framing::Length, 0);
    co_return co_await m_connection.m_writer.finish();
}

asio::awaitable<Result<std::size_t>> Exchange::readBody(MutableByteView into)
{
    if (m_givenUp) co_return givenUpError();
    if (m_body.finished()) co_return std::size_t{0};
    const WithClient with(*this);
    if (m_expectsContinue) {
        TARN_CO_TRY_VOID(co_await sendContinue());
    }
    Channel& channel = *m_connection.m_channel;
    channel.expireAt(m_connection.m_clock.now() + m_connection.m_limits.bodyTimeout);
    // At the beginning and the end, where the sender may hold a small piece back until we do.
    channel.acknowledgeAtOnce(!m_bodyBegun || m_body.left().value_or(0) < kSmallRest);
    m_bodyBegun = true;
    Result<std::size_t> count = co_await m_body.readSome(into);
    channel.acknowledgeAtOnce(false);
    if (!count) co_return count;
    channel.expireAt(TimePoint::max());
    if (m_body.finished()) m_connection.watchSoon();
    co_return count;
}

asio::awaitable<Result<Bytes>> Exchange::readAll(std::size_t limit)
{
    if (m_body.left().value_or(0) > limit)
        co_return Error(ErrorCode::InvalidInput, "request body too long");
    Bytes all;
    std::size_t used = 0;
    while (!m_body.finished()) {
        // Room lasts for many chunks: making some for each would cost far more than its bytes.
        if (used == all.size()) all.resize(used + readAllStep(m_body.left()));
        const MutableByteView room = MutableByteView(all).subspan(used);
        TARN_CO_TRY(const std::size_t count, co_await readBody(room));
        used += count;
        if (used > limit) co_return Error(ErrorCode::InvalidInput, "request body too long");
    }
    all.resize(used);
    co_return all;
}

void Exchange::decideKeepAlive(const HttpHeaders& headers)
{
    ServerConnection& connection = m_connection;
    if (listHas(headers, "connection", "close") || connection.m_draining || m_expectsContinue ||
        m_body.broken())
        connection.m_keepAlive = false;
    if (m_body.left().value_or(0) > connection.m_limits.drainBytes) connection.m_keepAlive = false;
}

Result<std::string> Exchange::formatHead(unsigned status, const HttpHeaders& headers) const
{
    std::string text;
    text.reserve(kUsualHead);
    text += "HTTP/1.1 ";
    text += std::to_string(status);
    text += ' ';
    text += reasonPhrase(status);
    text += "\r\nDate: ";
    text += dateNow(m_connection.m_clock.wallNow());
    text += "\r\n";
    for (const HttpHeader& header : headers) {
        if (isOwnField(header.name)) continue;
        TARN_TRY_VOID(appendField(text, header));
    }
    if (status != 101 && !m_connection.m_keepAlive) text += "Connection: close\r\n";
    return text;
}

Result<void> Exchange::begin(unsigned status, const HttpHeaders& headers,
                             std::optional<std::uint64_t> length)
{
    if (m_givenUp) return givenUpError();
    if (m_answered) return Error(ErrorCode::InvalidInput, "this request has been answered");
    if (status < 200 || status > 999) return Error(ErrorCode::InvalidInput, "not a final status");
    decideKeepAlive(headers);
    Framing framing = Framing::Length;
    if (!length && m_head.minorVersion == 0) {
        framing = Framing::UntilClose;
        m_connection.m_keepAlive = false;
    } else if (!length) {
        framing = Framing::Chunked;
    }
    TARN_TRY(std::string text, formatHead(status, headers));
    if (hasNoBody(status)) {
        framing = Framing::Counted;
    } else if (framing == Framing::Chunked) {
        text += "Transfer-Encoding: chunked\r\n";
    } else if (length) {
        text += "Content-Length: " + std::to_string(*length) + "\r\n";
    }
    text += "\r\n";
    if (m_head.method == "HEAD") framing = Framing::Counted;
    m_answered = true;
    m_connection.m_writer.begin(std::move(text), framing, length.value_or(kAnyLength));
    return ok();
}

asio::awaitable<Result<void>> Exchange::respond(unsigned status, HttpHeaders headers,
                                                std::span<const ByteView> body)
{
    std::uint64_t length = 0;
    for (const ByteView piece : body)
        length += piece.size();
    TARN_CO_TRY_VOID(begin(status, headers, length));
    const WithClient with(*this);
    TARN_CO_TRY_VOID(co_await m_connection.m_writer.write(body));
    co_return co_await m_connection.m_writer.finish();
}

asio::awaitable<Result<void>> Exchange::beginResponse(unsigned status, HttpHeaders headers,
                                                      std::optional<std::uint64_t> length)
{
    co_return begin(status, headers, length);
}

asio::awaitable<Result<void>> Exchange::writeBody(ByteView piece)
{
    if (m_givenUp) co_return givenUpError();
    if (!m_answered) co_return Error(ErrorCode::InvalidInput, "no answer was begun");
    const WithClient with(*this);
    const std::array<ByteView, 1> pieces{piece};
    co_return co_await m_connection.m_writer.write(pieces);
}

asio::awaitable<Result<void>> Exchange::finishResponse()
{
    if (m_givenUp) co_return givenUpError();
    if (!m_answered) co_return Error(ErrorCode::InvalidInput, "no answer was begun");
    const WithClient with(*this);
    co_return co_await m_connection.m_writer.finish();
}

std::optional<Duration> Exchange::away() const
{
    if (m_withClient || m_givenUp || !m_connection.m_channel) return std::nullopt;
    return m_connection.m_clock.now() - m_awaySince;
}

bool Exchange::giveUp(unsigned status, std::string text)
{
    if (!away()) return false;
    std::string answer;
    m_connection.m_keepAlive = false;
    if (!m_answered) {
        HttpHeaders headers = m_connection.m_limits.ownAnswers;
        headers.set("Content-Type", "text/plain; charset=utf-8");
        Result<std::string> head = formatHead(status, headers);
        if (head) answer = *head + "Content-Length: " + std::to_string(text.size()) + "\r\n\r\n";
        if (head && m_head.method != "HEAD") answer += text;
    }
    m_givenUp = true;
    m_answered = true;
    m_connection.m_saying = true;
    const auto connection = m_connection.shared_from_this();
    spawnLogged(m_connection.m_executor, "give a request up",
                ServerConnection::sayAndClose(connection, std::move(answer)));
    return true;
}

asio::awaitable<Result<UpgradedChannel>> Exchange::upgrade(HttpHeaders headers)
{
    if (m_givenUp) co_return givenUpError();
    if (m_answered || !m_body.finished() || m_head.minorVersion == 0)
        co_return Error(ErrorCode::InvalidInput, "this request cannot be upgraded");
    co_await m_connection.stopWatch();
    TARN_CO_TRY(std::string text, formatHead(101, headers));
    text += "Connection: Upgrade\r\n\r\n";
    m_answered = true;
    m_connection.m_keepAlive = false;
    m_connection.m_writer.begin(std::move(text), Framing::Length, 0);
    TARN_CO_TRY_VOID(co_await m_connection.m_writer.finish());
    UpgradedChannel taken;
    taken.leftover = m_connection.m_input.takeAll();
    taken.channel = std::move(m_connection.m_channel);
    co_return taken;
}

} // namespace tarn::net
