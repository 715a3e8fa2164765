#include "core/net/socket_io.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>

namespace tarn::net {

namespace {

/// What one connection may move before the others get their turn: about half a millisecond.
constexpr std::size_t kTurnBytes = 512 * 1024;
constexpr std::size_t kMaxPieces = 16;

void setOption(int fd, int level, int name, int value)
{
    // A refused option costs speed, not correctness.
    (void)::setsockopt(fd, level, name, &value, sizeof value);
}

bool isTcp(int fd)
{
    int domain = 0;
    socklen_t size = sizeof domain;
    return ::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
           (domain == AF_INET || domain == AF_INET6);
}

SocketAttempt attemptOf(ssize_t moved)
{
    using State = SocketAttempt::State;
    if (moved > 0) return {State::Moved, static_cast<std::size_t>(moved), 0};
    if (moved == 0) return {State::End, 0, 0};
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {State::WouldBlock, 0, 0};
    return {State::Failed, 0, errno};
}

} // namespace

SocketIo::SocketIo(Stream stream, Clock& clock)
    : m_socket(std::move(stream.socket)), m_peer(std::move(stream.peer)), m_path(stream.path),
      m_deadline(m_socket.get_executor(), clock, [this] {
          boost::system::error_code ignored;
          m_socket.cancel(ignored);
      })
{
    if (!m_socket.is_open() || !isTcp(m_socket.native_handle())) return;
    setOption(m_socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, 1);
    m_tcp = true;
}

SocketAttempt SocketIo::tryReceive(MutableByteView into)
{
    if (!m_socket.is_open()) return {SocketAttempt::State::Failed, 0, EBADF};
    if (m_drained) return {SocketAttempt::State::WouldBlock, 0, 0};
    const SocketAttempt attempt =
        attemptOf(::recv(m_socket.native_handle(), into.data(), into.size(), MSG_DONTWAIT));
    m_drained = attempt.state == SocketAttempt::State::Moved && attempt.bytes < into.size();
    return attempt;
}

SocketAttempt SocketIo::peek(std::byte& first)
{
    if (!m_socket.is_open()) return {SocketAttempt::State::Failed, 0, EBADF};
    return attemptOf(::recv(m_socket.native_handle(), &first, 1, MSG_DONTWAIT | MSG_PEEK));
}

SocketAttempt SocketIo::trySend(std::span<const ByteView> pieces)
{
    if (!m_socket.is_open()) return {SocketAttempt::State::Failed, 0, EBADF};
    std::array<iovec, kMaxPieces> vectors{};
    std::size_t count = 0;
    for (const ByteView piece : pieces) {
        if (count == kMaxPieces) break;
        if (piece.empty()) continue;
        // sendmsg reads through this pointer only.
        vectors[count++] = {const_cast<std::byte*>(piece.data()), piece.size()};
    }
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = count;
    return attemptOf(::sendmsg(m_socket.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL));
}

asio::awaitable<Result<void>> SocketIo::waitReadable()
{
    // The wait looks at what is there, not at what comes: nothing is missed by not looking here.
    m_drained = false;
    if (m_quickAck) setOption(m_socket.native_handle(), IPPROTO_TCP, TCP_QUICKACK, 1);
    return wait(Stream::Socket::wait_read);
}

asio::awaitable<Result<void>> SocketIo::waitWritable()
{
    return wait(Stream::Socket::wait_write);
}

asio::awaitable<Result<void>> SocketIo::wait(Stream::Socket::wait_type type)
{
    m_turnBytes = 0;
    TARN_CO_TRY_VOID(alive());
    auto [error] = co_await m_socket.async_wait(type, asio::as_tuple(asio::use_awaitable));
    TARN_CO_TRY_VOID(alive());
    if (error == asio::error::operation_aborted)
        co_return Error(ErrorCode::Cancelled, m_peer + ": the operation was cancelled");
    if (error) co_return failure(error.value());
    co_return ok();
}

asio::awaitable<Result<void>> SocketIo::sendAll(ByteView bytes)
{
    while (!bytes.empty()) {
        const std::array<ByteView, 1> pieces{bytes};
        TARN_CO_TRY_VOID(alive());
        const SocketAttempt attempt = trySend(pieces);
        if (attempt.state == SocketAttempt::State::WouldBlock) {
            TARN_CO_TRY_VOID(co_await waitWritable());
            continue;
        }
        if (attempt.state != SocketAttempt::State::Moved) co_return failure(attempt.error);
        bytes = bytes.subspan(attempt.bytes);
    }
    co_return ok();
}

asio::awaitable<Result<void>> SocketIo::receiveExactly(MutableByteView into)
{
    while (!into.empty()) {
        TARN_CO_TRY_VOID(alive());
        const SocketAttempt attempt = tryReceive(into);
        if (attempt.state == SocketAttempt::State::WouldBlock) {
            TARN_CO_TRY_VOID(co_await waitReadable());
            continue;
        }
        if (attempt.state == SocketAttempt::State::End)
            co_return Error(ErrorCode::PeerUnreachable, m_peer + " ended the connection");
        if (attempt.state == SocketAttempt::State::Failed) co_return failure(attempt.error);
        into = into.subspan(attempt.bytes);
    }
    co_return ok();
}

Stream SocketIo::release() &&
{
    m_deadline.expireAt(TimePoint::max());
    return Stream{std::move(m_socket), m_path, std::move(m_peer)};
}

bool SocketIo::turnOver() const
{
    return m_turnBytes >= kTurnBytes;
}

asio::awaitable<void> SocketIo::breathe()
{
    m_turnBytes = 0;
    co_await asio::post(m_socket.get_executor(), asio::use_awaitable);
}

Result<void> SocketIo::alive() const
{
    if (m_deadline.expired())
        return Error(ErrorCode::Timeout, m_peer + " made no progress in time");
    if (!m_socket.is_open()) return Error(ErrorCode::Cancelled, m_peer + ": closed here");
    return ok();
}

Error SocketIo::failure(int errnoValue) const
{
    if (Result<void> own = alive(); !own) return std::move(own).error();
    return Error(ErrorCode::PeerUnreachable,
                 m_peer + ": " + errnoError(errnoValue, "connection").message());
}

void SocketIo::endWriting()
{
    boost::system::error_code ignored;
    m_socket.shutdown(Stream::Socket::shutdown_send, ignored);
}

void SocketIo::close()
{
    boost::system::error_code ignored;
    m_socket.close(ignored);
    m_deadline.expireAt(TimePoint::max());
}

void SocketIo::abort()
{
    boost::system::error_code ignored;
    if (m_socket.is_open()) m_socket.set_option(asio::socket_base::linger(true, 0), ignored);
    close();
}

} // namespace tarn::net
