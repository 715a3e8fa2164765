#include "profiles/friendnet/stream_pump.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace tarn::profiles {

namespace {

constexpr std::size_t kPiece = 64 * 1024;
/// Bytes of datagrams in one turn, where the line would take more.
constexpr std::size_t kLongestBurst = 64 * 1024;

bool wouldBlock(int errnoValue)
{
    return errnoValue == EAGAIN || errnoValue == EWOULDBLOCK || errnoValue == EINTR;
}

} // namespace

StreamPump::StreamPump(NiceThread& thread, int fd, Events events)
    : m_thread(thread), m_fd(fd), m_events(std::move(events))
{
}

Result<std::shared_ptr<StreamPump>> StreamPump::begin(NiceThread& thread, StreamSide side,
                                                      const Secret& secret, Random& random, int fd,
                                                      Events events)
{
    std::shared_ptr<StreamPump> pump(new StreamPump(thread, fd, std::move(events)));
    TARN_TRY(pump->m_stream, DatagramStream::make(side, secret, random, thread.clock().now()));
    StreamPump* const self = pump.get(); // the watch and the timer go first
    pump->m_watch = std::make_unique<NiceWatch>(thread, fd, [self](bool gone) {
        self->m_hungUp = self->m_hungUp || gone;
        self->soon();
    });
    pump->m_timer = std::make_unique<NiceTimer>(thread, [self] { self->soon(); });
    pump->soon();
    return pump;
}

StreamPump::~StreamPump()
{
    m_timer.reset();
    m_watch.reset();
    if (m_stream) {
        std::array<std::byte, kLargestDatagram> room{};
        const std::size_t size = m_stream->close(room, m_thread.clock().now());
        if (size > 0) m_events.send(ByteView(room).first(size));
    }
    ::close(m_fd);
}

void StreamPump::receive(ByteView datagram)
{
    if (m_over) return;
    const Result<void> taken = m_stream->receive(datagram, m_thread.clock().now());
    if (!taken && !m_problem) m_problem = taken.error();
    soon();
}

/// After all that is ready now: datagrams come in dozens.
void StreamPump::soon()
{
    if (std::exchange(m_scheduled, true)) return;
    m_thread.post([weak = weak_from_this()] {
        const std::shared_ptr<StreamPump> self = weak.lock();
        if (!self) return;
        self->m_scheduled = false;
        self->work();
    });
}

void StreamPump::work()
{
    if (m_over) return;
    TimePoint now = m_thread.clock().now();
    if (!m_problem && m_stream->expires() <= now) {
        const Result<void> expired = m_stream->expire(now);
        if (!expired) m_problem = expired.error();
    }
    if (m_stream->up() && !std::exchange(m_toldUp, true)) m_events.up();
    if (m_hungUp && m_watch) {
        m_watch.reset();
        m_lingerUntil = now + kPumpLinger;
    }
    writeLocal();
    readLocal();
    flush(now);
    now = m_thread.clock().now();
    if (std::optional<Result<void>> how = outcome(now)) {
        finish(*std::move(how));
        return;
    }
    wait();
}

/// What the local side gives, as far as there is room for it.
void StreamPump::readLocal()
{
    m_moreToRead = false;
    std::array<std::byte, kPiece> piece; // filled by recv
    while (!m_stream->givingEnded()) {
        const std::size_t room = std::min(piece.size(), m_stream->room());
        if (room == 0) return;
        const ssize_t count = ::recv(m_fd, piece.data(), room, MSG_DONTWAIT);
        if (count < 0 && wouldBlock(errno)) {
            m_moreToRead = true;
            return;
        }
        if (count > 0) {
            m_stream->give(ByteView(piece).first(static_cast<std::size_t>(count)));
        } else {
            m_stream->endGiving();
        }
    }
}

/// What came, as far as the local side takes it.
void StreamPump::writeLocal()
{
    while (!m_stream->held().empty()) {
        const ByteView held = m_stream->held();
        const ssize_t count =
            m_hungUp ? static_cast<ssize_t>(held.size())
                     : ::send(m_fd, held.data(), held.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count > 0) {
            m_stream->taken(static_cast<std::size_t>(count));
        } else if (wouldBlock(errno)) {
            return;
        } else {
            m_hungUp = true;
            if (m_lingerUntil == TimePoint::max())
                m_lingerUntil = m_thread.clock().now() + kPumpLinger;
        }
    }
    if (m_stream->exhausted() && !std::exchange(m_endShown, true)) ::shutdown(m_fd, SHUT_WR);
}

void StreamPump::flush(TimePoint now)
{
    if (m_problem) return;
    std::array<std::byte, kLargestDatagram> room; // filled by send
    const std::size_t burst = std::clamp(m_stream->burst(), kLargestDatagram, kLongestBurst);
    std::size_t total = 0;
    while (total < burst) {
        const Result<std::size_t> size = m_stream->send(room, now);
        if (!size) {
            m_problem = size.error();
            return;
        }
        if (*size == 0) break;
        m_events.send(ByteView(room).first(*size));
        total += *size;
    }
    m_stream->sent(m_thread.clock().now());
}

std::optional<Result<void>> StreamPump::outcome(TimePoint now) const
{
    if (m_stream->finished()) return ok();
    // What came before the end is still for the local side, if it takes it.
    if (!m_hungUp && !m_stream->held().empty() && now < m_lingerUntil) return std::nullopt;
    if (m_problem) return *m_problem;
    if (m_stream->closedByPeer()) {
        if (m_stream->exhausted() && m_stream->givingEnded()) return ok();
        return Error(ErrorCode::PeerUnreachable, "the other side closed the punched path");
    }
    if (m_hungUp && m_stream->givingEnded() && m_stream->arrived()) return ok();
    if (now >= m_lingerUntil)
        return Error(ErrorCode::Timeout, "the last bytes did not arrive in time");
    return std::nullopt;
}

void StreamPump::wait()
{
    const bool ending = m_problem.has_value() || m_stream->closedByPeer();
    if (ending && m_lingerUntil == TimePoint::max())
        m_lingerUntil = m_thread.clock().now() + kPumpLinger;
    if (m_watch) m_watch->want(m_moreToRead, !m_stream->held().empty());
    const TimePoint next = ending ? TimePoint::max() : m_stream->expires();
    m_timer->at(std::min(next, m_lingerUntil));
}

void StreamPump::finish(Result<void> how)
{
    m_over = true;
    m_watch.reset();
    m_timer->at(TimePoint::max());
    m_events.over(std::move(how));
}

} // namespace tarn::profiles
