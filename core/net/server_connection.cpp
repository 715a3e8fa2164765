#include "core/net/server_connection.h"

#include "core/base/executor.h"
#include "core/base/log.h"
#include "core/net/server_exchange.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <utility>

namespace tarn::net {

namespace {

/// Pipelined requests read ahead while a handler runs. A client that sends more than this before
/// it has read its answers is no longer watched for leaving.
constexpr std::size_t kReadAhead = 16 * 1024;
constexpr std::size_t kScratch = 16 * 1024;
constexpr std::size_t kLingerBytes = 16 * 1024 * 1024;
constexpr Duration kLinger = std::chrono::seconds(2);

unsigned statusOf(ErrorCode code, unsigned unsupported)
{
    if (code == ErrorCode::NoSpace) return 431;
    return code == ErrorCode::Unsupported ? unsupported : 400;
}

bool isShape(const Error& error)
{
    return error.code() == ErrorCode::NoSpace || error.code() == ErrorCode::InvalidInput;
}

} // namespace

ServerConnection::ServerConnection(asio::any_io_executor executor, std::unique_ptr<Channel> channel,
                                   HttpHandler& handler, Clock& clock, HttpServerLimits limits,
                                   WaitingConnections* waiting)
    : m_executor(std::move(executor)), m_channel(std::move(channel)), m_handler(handler),
      m_clock(clock), m_limits(limits), m_waiting(waiting), m_input(*m_channel),
      m_writer(*m_channel, clock, limits.bodyTimeout),
      m_watchDone(m_executor, asio::steady_timer::time_point::max())
{
    waitIn(&WaitingConnections::idle);
}

void ServerConnection::drain()
{
    m_draining = true;
    if (m_idle && m_channel) m_channel->close();
}

void ServerConnection::giveWay()
{
    stopWaiting();
    m_draining = true;
    m_gaveWay = true;
    if (m_channel) m_channel->close();
}

void ServerConnection::waitIn(ConnectionQueue WaitingConnections::*queue)
{
    stopWaiting();
    since = m_clock.now();
    if (m_waiting) (m_waiting->*queue).push_back(*this);
}

void ServerConnection::stopWaiting()
{
    if (is_linked()) unlink();
}

asio::awaitable<Result<void>> ServerConnection::run()
{
    // The object outlives its coroutine also when the last other owner goes.
    const std::shared_ptr<ServerConnection> self = shared_from_this();
    Result<void> result;
    try {
        result = co_await serveRequests();
    } catch (const boost::system::system_error& e) {
        result = Error(e.code() == asio::error::operation_aborted ? ErrorCode::Cancelled
                                                                  : ErrorCode::Internal,
                       e.what());
    }
    stopWaiting();
    m_handling = false;
    m_watchSoon = false;
    m_stopWatch = true;
    if (m_channel) m_channel->close();
    co_return result;
}

asio::awaitable<Result<void>> ServerConnection::serveRequests()
{
    while (m_keepAlive) {
        TARN_CO_TRY(const bool came, co_await awaitRequest());
        if (!came) co_return ok();
        TARN_CO_TRY(const bool goesOn, co_await serveRequest());
        if (!goesOn) co_return ok();
    }
    co_return ok();
}

asio::awaitable<Result<bool>> ServerConnection::awaitRequest()
{
    m_idle = true;
    if (m_draining) co_return false;
    waitIn(&WaitingConnections::idle);
    m_channel->expireAt(m_clock.now() + m_limits.idleTimeout);
    if (!m_watching) {
        m_input.release();
        m_channel->releaseBuffers();
    }
    // The watch's read is the next request's first, unless that one is here already.
    if (m_watching && m_input.empty()) {
        co_await watchEnded();
    } else if (m_watching) {
        co_await stopWatch();
    }
    if (m_input.empty()) {
        TARN_CO_TRY(const bool more, co_await m_input.fill(m_limits.headBytes));
        if (!more) co_return false;
    }
    m_idle = false;
    waitIn(&WaitingConnections::heads);
    co_return true;
}

/// One before a request is a leftover of old clients (RFC 9112 2.2).
asio::awaitable<Result<void>> ServerConnection::skipEmptyLine()
{
    while (asText(m_input.buffered()) == "\r") {
        TARN_CO_TRY(const bool more, co_await m_input.fill(m_limits.headBytes));
        if (!more) break;
    }
    if (asText(m_input.buffered()).starts_with("\r\n")) m_input.consume(2);
    co_return ok();
}

asio::awaitable<Result<bool>> ServerConnection::serveRequest()
{
    m_channel->expireAt(m_clock.now() + m_limits.headTimeout);
    m_channel->acknowledgeAtOnce(true);
    if (asText(m_input.buffered()).starts_with('\r')) {
        TARN_CO_TRY_VOID(co_await skipEmptyLine());
    }
    Result<std::size_t> length = co_await m_input.readHead(m_limits.headBytes);
    m_channel->acknowledgeAtOnce(false);
    stopWaiting();
    if (!length && !isShape(length.error())) co_return std::move(length).error();
    if (!length) {
        const unsigned status = statusOf(length.error().code(), 400);
        TARN_CO_TRY_VOID(co_await refuse(status, length.error().message()));
        co_return false;
    }
    if (*length == 0) co_return false;
    const std::string_view text = asText(m_input.buffered().first(*length));
    Result<RequestHead> head =
        parseRequestHead(text.substr(0, text.size() - 2), m_limits.headerCount);
    m_input.consume(*length);
    if (!head) {
        const unsigned status = statusOf(head.error().code(), 505);
        TARN_CO_TRY_VOID(co_await refuse(status, head.error().message()));
        co_return false;
    }
    Result<BodyFraming> framing = framingOf(*head);
    if (!framing) {
        const unsigned status = statusOf(framing.error().code(), 501);
        TARN_CO_TRY_VOID(co_await refuse(status, framing.error().message()));
        co_return false;
    }
    m_channel->expireAt(TimePoint::max());
    TARN_CO_TRY_VOID(co_await answer(*std::move(head), *framing));
    co_return m_channel != nullptr&& m_keepAlive;
}

asio::awaitable<Result<void>> ServerConnection::answer(RequestHead head, BodyFraming framing)
{
    m_keepAlive = keepsAlive(head.minorVersion, head.headers);
    Exchange exchange(*this, std::move(head), framing);
    if (exchange.body().finished()) watchSoon();
    m_handling = true;
    Result<void> result = co_await runHandler(exchange);
    m_handling = false;
    m_watchSoon = false;
    if (!m_channel) co_return ok(); // taken over
    if (exchange.givenUp()) {
        co_await saidAndClosed();
        m_keepAlive = false;
        co_return ok();
    }
    if (!exchange.answered()) {
        const bool broken = exchange.body().broken();
        std::string text =
            broken ? "a chunk of the body is malformed\n" : "Internal Server Error\n";
        result =
            co_await exchange.respondText(broken ? 400 : 500, m_limits.ownAnswers, std::move(text));
    }
    if (!m_writer.finished()) {
        m_channel->abort();
        m_keepAlive = false;
        co_return result;
    }
    TARN_CO_TRY_VOID(std::move(result));
    bool drained = exchange.body().finished();
    if (!drained && !exchange.expectsContinue()) drained = co_await drainBody(exchange.body());
    if (!drained) m_keepAlive = false;
    if (!m_keepAlive) co_await lingerAndClose();
    co_return ok();
}

asio::awaitable<Result<void>> ServerConnection::runHandler(ServerExchange& exchange)
{
    Result<void> result;
    try {
        result = co_await m_handler.serve(exchange);
    } catch (const boost::system::system_error& e) {
        // Where the connection itself was cancelled, the next co_await throws again.
        result = Error(e.code() == asio::error::operation_aborted ? ErrorCode::Cancelled
                                                                  : ErrorCode::Internal,
                       e.what());
    } catch (const std::exception& e) {
        result = Error(ErrorCode::Internal, e.what());
    }
    if (!result) {
        const bool defect = result.error().code() == ErrorCode::Internal;
        if (defect) {
            TARN_LOG(Error, Net, "request handler failed", {"error", result.error().text()});
        } else {
            TARN_LOG(Debug, Net, "request failed", {"error", result.error().text()});
        }
    }
    co_return result;
}

asio::awaitable<Result<void>> ServerConnection::refuse(unsigned status, std::string text)
{
    m_keepAlive = false;
    RequestHead none;
    Exchange exchange(*this, std::move(none), BodyFraming{});
    text += '\n';
    TARN_CO_TRY_VOID(co_await exchange.respondText(status, m_limits.ownAnswers, std::move(text)));
    co_await lingerAndClose();
    co_return ok();
}

asio::awaitable<bool> ServerConnection::drainBody(BodyReader& body)
{
    Bytes scratch(kScratch);
    std::size_t drained = 0;
    m_channel->expireAt(m_clock.now() + m_limits.headTimeout);
    while (!body.finished() && drained <= m_limits.drainBytes) {
        const Result<std::size_t> count = co_await body.readSome(scratch);
        if (!count) co_return false;
        drained += *count;
    }
    co_return body.finished();
}

/// A socket closed with unread bytes resets the connection, and the client would lose its answer.
asio::awaitable<void> ServerConnection::lingerAndClose()
{
    co_await stopWatch();
    m_channel->expireAt(m_clock.now() + kLinger);
    const Result<void> said = co_await m_channel->endWriting();
    if (!said) {
        m_channel->close();
        co_return;
    }
    Bytes scratch(kScratch);
    for (std::size_t discarded = 0; discarded < kLingerBytes;) {
        const Result<std::size_t> count = co_await m_channel->readSome(scratch);
        if (!count || *count == 0) break;
        discarded += *count;
    }
    m_channel->close();
}

asio::awaitable<Result<void>> ServerConnection::sayAndClose(std::shared_ptr<ServerConnection> self,
                                                            std::string answer)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await self->stopWatch();
    Result<void> said = ok();
    if (!answer.empty()) {
        const std::array<ByteView, 1> pieces{asBytes(answer)};
        self->m_channel->expireAt(self->m_clock.now() + kLinger);
        said = co_await self->m_channel->write(pieces);
    }
    if (answer.empty() || !said) {
        self->m_channel->abort();
    } else {
        co_await self->lingerAndClose();
    }
    self->m_saying = false;
    self->m_watchDone.cancel();
    co_return ok();
}

asio::awaitable<void> ServerConnection::saidAndClosed()
{
    while (m_saying) {
        co_await m_watchDone.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

void ServerConnection::cancel()
{
    emitCancel(m_executor, m_cancel, shared_from_this());
}

void ServerConnection::watchSoon()
{
    if (m_watching || m_watchSoon) return;
    m_watchSoon = true;
    asio::post(m_executor, [self = shared_from_this()] {
        if (std::exchange(self->m_watchSoon, false)) self->startWatch();
    });
}

void ServerConnection::startWatch()
{
    if (m_watching || m_input.buffered().size() >= kReadAhead) return;
    m_watching = true;
    m_stopWatch = false;
    m_cancelWatch = std::make_shared<asio::cancellation_signal>();
    auto ended = [signal = m_cancelWatch](const std::exception_ptr&) {};
    asio::co_spawn(m_executor, watch(shared_from_this()),
                   asio::bind_cancellation_slot(m_cancelWatch->slot(), std::move(ended)));
}

asio::awaitable<void> ServerConnection::watch(std::shared_ptr<ServerConnection> self)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    bool gone = false;
    while (!self->m_stopWatch) {
        const Result<bool> more = co_await self->m_input.fill(kReadAhead);
        if (more && *more && self->m_handling) continue;
        const bool full = !more && more.error().code() == ErrorCode::NoSpace;
        const bool cancelled = !more && more.error().code() == ErrorCode::Cancelled;
        gone = !full && !cancelled && !(more && *more);
        break;
    }
    self->m_watching = false;
    self->m_watchDone.cancel();
    if (gone && self->m_handling) self->cancel();
}

asio::awaitable<void> ServerConnection::watchEnded()
{
    while (m_watching) {
        co_await m_watchDone.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

asio::awaitable<void> ServerConnection::stopWatch()
{
    m_stopWatch = true;
    m_watchSoon = false;
    if (m_watching) emitCancel(m_executor, *m_cancelWatch, m_cancelWatch);
    co_await watchEnded();
}

} // namespace tarn::net
