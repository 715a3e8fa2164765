#include "core/net/http_client.h"

#include "core/net/http_body.h"
#include "core/net/http_write.h"

#include <algorithm>
#include <array>

namespace tarn::net {

namespace {

constexpr unsigned kMaxInterimAnswers = 16;

/// What the connection itself decides about a request.
bool isFramingField(std::string_view name)
{
    return equalIgnoringCase(name, "content-length") ||
           equalIgnoringCase(name, "transfer-encoding");
}

bool hasFramingField(const HttpHeaders& headers)
{
    for (const HttpHeader& header : headers)
        if (isFramingField(header.name)) return true;
    return false;
}

/// A body is expected with these, so even an empty one is announced (RFC 9110 8.6).
bool announcesEmptyBody(std::string_view method)
{
    return method == "POST" || method == "PUT" || method == "PATCH";
}

} // namespace

struct HttpClientConnection::Impl
{
    Impl(std::unique_ptr<Channel> owned, Clock& clockToUse, HttpClientLimits limitsToUse)
        : channel(std::move(owned)), clock(clockToUse), limits(limitsToUse), input(*channel),
          writer(*channel, clockToUse, limitsToUse.bodyTimeout)
    {
    }

    Result<void> begin(const RequestHead& head, std::optional<std::uint64_t> length);
    asio::awaitable<Result<ResponseHead>> readAnswer();
    asio::awaitable<Result<ResponseHead>> readOneHead();
    asio::awaitable<Result<void>> sendFailed(Result<void> result);

    std::unique_ptr<Channel> channel;
    Clock& clock;
    HttpClientLimits limits;
    HttpInput input;
    MessageWriter writer;
    std::optional<BodyReader> body;
    std::string method;
    bool wantsUpgrade = false;
    bool broken = false; ///< until an answer has come whole
    bool keepAlive = true;
    bool answerBegan = false;
    TimePoint bodyBy = TimePoint::max(); ///< during readAll()
    std::optional<ResponseHead> early;   ///< came although sending failed
};

HttpClientConnection::HttpClientConnection(std::unique_ptr<Channel> channel, Clock& clock,
                                           HttpClientLimits limits)
    : m_impl(std::make_unique<Impl>(std::move(channel), clock, limits))
{
}

HttpClientConnection::~HttpClientConnection()
{
    if (m_impl->channel) m_impl->channel->close();
}

Result<void> HttpClientConnection::Impl::begin(const RequestHead& head,
                                               std::optional<std::uint64_t> length)
{
    if (broken || !keepAlive || (body && !body->finished()))
        return Error(ErrorCode::InvalidInput, "the connection is not free for a request");
    if (hasFramingField(head.headers))
        return Error(ErrorCode::InvalidInput, "the length of a body is not a header to set");
    TARN_TRY(std::string text, formatRequestHead(head));
    MessageWriter::Framing framing = MessageWriter::Framing::Length;
    if (!length) {
        framing = MessageWriter::Framing::Chunked;
        text += "Transfer-Encoding: chunked\r\n";
    } else if (*length > 0 || announcesEmptyBody(head.method)) {
        text += "Content-Length: " + std::to_string(*length) + "\r\n";
    }
    text += "\r\n";
    body.reset();
    early.reset();
    method = head.method;
    wantsUpgrade = head.headers.find("upgrade") != nullptr;
    keepAlive = keepsAlive(1, head.headers);
    broken = true;
    answerBegan = false;
    writer.begin(std::move(text), framing, length.value_or(0));
    return ok();
}

/// A peer may answer and close before it has taken the whole body: its answer counts then.
asio::awaitable<Result<void>> HttpClientConnection::Impl::sendFailed(Result<void> result)
{
    if (result.error().code() != ErrorCode::PeerUnreachable) co_return result;
    Result<ResponseHead> head = co_await readAnswer();
    if (!head) co_return result;
    keepAlive = false;
    early = *std::move(head);
    co_return result;
}

asio::awaitable<Result<ResponseHead>> HttpClientConnection::Impl::readOneHead()
{
    channel->expireAt(clock.now() + limits.headTimeout);
    if (input.empty()) {
        TARN_CO_TRY(const bool more, co_await input.fill(limits.headBytes));
        if (!more) co_return Error(ErrorCode::PeerUnreachable, channel->peer() + " gave no answer");
    }
    answerBegan = true;
    const Result<std::size_t> length = co_await input.readHead(limits.headBytes);
    if (!length) {
        const bool shape = length.error().code() == ErrorCode::NoSpace ||
                           length.error().code() == ErrorCode::InvalidInput;
        if (!shape) co_return length.error();
        co_return Error(ErrorCode::PeerMisbehaved, "answer head: " + length.error().message());
    }
    const std::string_view text = asText(input.buffered().first(*length));
    TARN_CO_TRY(ResponseHead head,
                parseResponseHead(text.substr(0, text.size() - 2), limits.headerCount));
    input.consume(*length);
    co_return head;
}

asio::awaitable<Result<ResponseHead>> HttpClientConnection::Impl::readAnswer()
{
    for (unsigned interim = 0; interim < kMaxInterimAnswers; ++interim) {
        TARN_CO_TRY(ResponseHead head, co_await readOneHead());
        if (head.status < 200 && head.status != 101) continue;
        if (head.status == 101 && !wantsUpgrade)
            co_return Error(ErrorCode::PeerMisbehaved, "upgrade that nobody asked for");
        TARN_CO_TRY(const BodyFraming framing, framingOf(head, method));
        if (framing.kind == BodyFraming::Kind::Length) head.contentLength = framing.length;
        if (framing.kind == BodyFraming::Kind::None) head.contentLength = 0;
        if (framing.kind == BodyFraming::Kind::UntilClose || head.status == 101 ||
            !keepsAlive(head.minorVersion, head.headers))
            keepAlive = false;
        body.emplace(input, framing);
        broken = false;
        channel->expireAt(TimePoint::max());
        co_return head;
    }
    co_return Error(ErrorCode::PeerMisbehaved, "too many interim answers");
}

asio::awaitable<Result<ResponseHead>> HttpClientConnection::request(const RequestHead& head,
                                                                    std::span<const ByteView> body)
{
    std::uint64_t length = 0;
    for (const ByteView piece : body)
        length += piece.size();
    TARN_CO_TRY_VOID(m_impl->begin(head, length));
    Result<void> written = co_await m_impl->writer.write(body);
    if (!written) written = co_await m_impl->sendFailed(std::move(written));
    if (m_impl->early) co_return *std::exchange(m_impl->early, std::nullopt);
    if (!written) co_return std::move(written).error();
    co_return co_await finishRequest();
}

asio::awaitable<Result<void>>
HttpClientConnection::beginRequest(const RequestHead& head, std::optional<std::uint64_t> length)
{
    co_return m_impl->begin(head, length);
}

asio::awaitable<Result<void>> HttpClientConnection::writeBody(ByteView piece)
{
    if (m_impl->early) co_return ok();
    const std::array<ByteView, 1> pieces{piece};
    Result<void> written = co_await m_impl->writer.write(pieces);
    if (!written) written = co_await m_impl->sendFailed(std::move(written));
    if (m_impl->early) co_return ok();
    co_return written;
}

bool HttpClientConnection::answeredEarly() const
{
    return m_impl->early.has_value();
}

asio::awaitable<Result<ResponseHead>> HttpClientConnection::finishRequest()
{
    if (!m_impl->early) {
        Result<void> written = co_await m_impl->writer.finish();
        if (!written) written = co_await m_impl->sendFailed(std::move(written));
        if (!m_impl->early && !written) co_return std::move(written).error();
    }
    if (m_impl->early) co_return *std::exchange(m_impl->early, std::nullopt);
    co_return co_await m_impl->readAnswer();
}

asio::awaitable<Result<std::size_t>> HttpClientConnection::readBody(MutableByteView into)
{
    if (!m_impl->body) co_return Error(ErrorCode::InvalidInput, "no answer to read");
    const TimePoint stalled = m_impl->clock.now() + m_impl->limits.bodyTimeout;
    m_impl->channel->expireAt(std::min(stalled, m_impl->bodyBy));
    const bool before = std::exchange(m_impl->broken, true);
    Result<std::size_t> count = co_await m_impl->body->readSome(into);
    if (!count) co_return count;
    m_impl->broken = before;
    m_impl->channel->expireAt(TimePoint::max());
    co_return count;
}

asio::awaitable<Result<Bytes>> HttpClientConnection::readAll(std::size_t limit)
{
    if (!m_impl->body) co_return Error(ErrorCode::InvalidInput, "no answer to read");
    Bytes all;
    const std::optional<std::uint64_t> announced = m_impl->body->left();
    if (announced && *announced > limit)
        co_return Error(ErrorCode::PeerMisbehaved, "answer longer than expected");
    std::size_t used = 0;
    const TimePoint latest = m_impl->clock.now() + m_impl->limits.bodyTimeout;
    const std::uint64_t rate = std::max<std::uint64_t>(m_impl->limits.leastRate, 1);
    while (!m_impl->body->finished()) {
        m_impl->bodyBy = latest + std::chrono::seconds(used / rate);
        // Room lasts for many chunks: making some for each would cost far more than its bytes.
        if (used == all.size()) all.resize(used + readAllStep(m_impl->body->left()));
        const MutableByteView room = MutableByteView(all).subspan(used);
        TARN_CO_TRY(const std::size_t count, co_await readBody(room));
        used += count;
        if (used > limit) co_return Error(ErrorCode::PeerMisbehaved, "answer longer than expected");
    }
    m_impl->bodyBy = TimePoint::max();
    all.resize(used);
    co_return all;
}

UpgradedChannel HttpClientConnection::upgrade() &&
{
    m_impl->broken = true;
    UpgradedChannel taken;
    taken.leftover = m_impl->input.takeAll();
    taken.channel = std::move(m_impl->channel);
    return taken;
}

bool HttpClientConnection::reusable() const
{
    return !m_impl->broken && m_impl->keepAlive && (!m_impl->body || m_impl->body->finished()) &&
           m_impl->input.empty();
}

bool HttpClientConnection::answerBegan() const
{
    return m_impl->answerBegan;
}

Channel& HttpClientConnection::channel()
{
    return *m_impl->channel;
}

} // namespace tarn::net
