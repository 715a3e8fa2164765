#include "core/net/plain_channel.h"

#include <vector>

namespace tarn::net {

using State = SocketAttempt::State;

PlainChannel::PlainChannel(Stream stream, Clock& clock) : m_io(std::move(stream), clock) {}

asio::awaitable<Result<std::size_t>> PlainChannel::readSome(MutableByteView into)
{
    TARN_ASSERT(!into.empty());
    for (;;) {
        // Before taking bytes, never after: a cancelled read must not lose them.
        if (m_io.turnOver()) co_await m_io.breathe();
        TARN_CO_TRY_VOID(m_io.alive());
        const SocketAttempt attempt = m_io.tryReceive(into);
        if (attempt.state == State::Failed) co_return m_io.failure(attempt.error);
        if (attempt.state != State::WouldBlock) {
            m_io.spend(attempt.bytes);
            co_return attempt.bytes;
        }
        TARN_CO_TRY_VOID(co_await m_io.waitReadable());
    }
}

asio::awaitable<Result<void>> PlainChannel::write(std::span<const ByteView> pieces)
{
    std::vector<ByteView> rest(pieces.begin(), pieces.end());
    std::span<ByteView> left(rest);
    for (;;) {
        while (!left.empty() && left.front().empty())
            left = left.subspan(1);
        if (left.empty()) co_return ok();
        TARN_CO_TRY_VOID(m_io.alive());
        const SocketAttempt attempt = m_io.trySend(left);
        if (attempt.state == State::WouldBlock) {
            TARN_CO_TRY_VOID(co_await m_io.waitWritable());
            continue;
        }
        if (attempt.state == State::Failed) co_return m_io.failure(attempt.error);
        std::size_t sent = attempt.bytes;
        while (sent > 0) {
            const std::size_t step = std::min(sent, left.front().size());
            left.front() = left.front().subspan(step);
            if (left.front().empty()) left = left.subspan(1);
            sent -= step;
        }
        m_io.spend(attempt.bytes);
        if (m_io.turnOver()) co_await m_io.breathe();
    }
}

asio::awaitable<Result<void>> PlainChannel::endWriting()
{
    m_io.endWriting();
    co_return ok();
}

bool PlainChannel::quiet()
{
    std::byte first{};
    return m_io.alive() && m_io.peek(first).state == State::WouldBlock;
}

} // namespace tarn::net
