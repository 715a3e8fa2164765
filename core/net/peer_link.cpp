#include "core/net/peer_link.h"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <array>

namespace tarn::net {

namespace {

constexpr std::size_t kReadBytes = 4096;
constexpr std::size_t kMostWaiting =
    std::size_t{64} * 1024; ///< bytes that the other side may not read
constexpr double kFramesPerSecond = 20;
constexpr double kFramesAtOnce = 200;

Error ended(const std::string& peer, const char* what)
{
    return Error(ErrorCode::PeerUnreachable, "peer link with " + peer + ": " + what);
}

} // namespace

PeerLink::PeerLink(asio::any_io_executor engine, UpgradedChannel taken, Side side, Clock& clock,
                   Events events)
    : m_taken(std::move(taken)), m_side(side), m_clock(clock), m_events(std::move(events)),
      m_more(engine), m_heard(clock.now()), m_deadBy(m_heard + kLinkHello),
      m_allowance(kFramesAtOnce), m_allowedAt(m_heard), m_tasks(std::move(engine))
{
    m_reader.add(m_taken.leftover);
    m_taken.leftover = Bytes();
}

void PeerLink::close(const Error& why)
{
    if (m_over) return;
    m_over = why;
    m_events = Events();
    m_taken.channel->close();
    m_more.notifyAll();
}

asio::awaitable<Error> PeerLink::run(std::shared_ptr<PeerLink> self)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    if (!self->m_over) {
        const LinkHello hello;
        const Result<void> said = self->send(LinkFrame(hello));
        if (!said) self->close(said.error());
        self->m_tasks.spawn(write(self));
        const Error why = co_await self->read();
        self->close(why);
    }
    self->m_tasks.cancel();
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await self->m_tasks.join();
    co_return *self->m_over;
}

asio::awaitable<Error> PeerLink::read()
{
    Bytes room(kReadBytes);
    while (true) {
        if (const Result<void> taken = takeAll(); !taken) co_return taken.error();
        const Result<std::size_t> count = co_await m_taken.channel->readSome(room);
        if (!count) co_return count.error();
        if (m_over) co_return *m_over;
        if (*count == 0) co_return ended(m_taken.channel->peer(), "the other side ended it");
        m_reader.add(ByteView(room).first(*count));
    }
}

asio::awaitable<void> PeerLink::write(std::shared_ptr<PeerLink> self)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    while (!self->m_over) {
        if (self->m_outgoing.empty()) {
            co_await self->m_more.wait();
            continue;
        }
        const Bytes bytes = std::exchange(self->m_outgoing, Bytes());
        const std::array<ByteView, 1> pieces{bytes};
        const Result<void> written = co_await self->m_taken.channel->write(pieces);
        if (!written) self->close(written.error());
    }
}

Result<void> PeerLink::send(const LinkFrame& frame)
{
    if (m_over) return *m_over;
    const Bytes bytes = encodeLinkFrame(frame);
    if (m_outgoing.size() + bytes.size() > kMostWaiting) {
        close(ended(m_taken.channel->peer(), "the other side does not read"));
        return *m_over;
    }
    append(m_outgoing, bytes);
    m_more.notifyAll();
    return ok();
}

/// Whoever answers everything can be kept busy: so many frames, and no more.
bool PeerLink::tooMany()
{
    const TimePoint now = m_clock.now();
    const double passed = std::chrono::duration<double>(now - m_allowedAt).count();
    m_allowedAt = now;
    m_allowance = std::min(m_allowance + passed * kFramesPerSecond, kFramesAtOnce);
    m_allowance -= 1;
    return m_allowance < 0;
}

Result<void> PeerLink::takeAll()
{
    while (true) {
        TARN_TRY(const std::optional<LinkFrame> frame, m_reader.next());
        if (!frame) return ok();
        if (tooMany()) {
            return Error(ErrorCode::PeerMisbehaved,
                         "peer link with " + m_taken.channel->peer() + ": too many frames");
        }
        TARN_TRY_VOID(take(*frame));
        if (m_over) return *m_over;
    }
}

Result<void> PeerLink::take(const LinkFrame& frame)
{
    const bool isHello = std::holds_alternative<LinkHello>(frame);
    if (isHello == m_up) {
        return Error(ErrorCode::PeerMisbehaved, "peer link with " + m_taken.channel->peer() +
                                                    ": expected one hello, and that first");
    }
    m_up = true;
    m_heard = m_clock.now();
    if (m_side == Side::Taken) m_deadBy = m_heard + kLinkSilence;
    if (isHello && m_side == Side::Made) m_deadBy = TimePoint::max();
    TARN_TRY_VOID(answer(frame));
    if (m_events.heard) {
        const std::function<void()> heard = m_events.heard; // it may close this
        heard();
    }
    return ok();
}

Result<void> PeerLink::answer(const LinkFrame& frame)
{
    if (const auto* ping = std::get_if<LinkPing>(&frame)) return send(LinkPong{ping->number});
    if (const auto* pong = std::get_if<LinkPong>(&frame)) {
        if (!m_asked || pong->number != m_number) return ok();
        m_asked = false;
        m_deadBy = TimePoint::max();
    }
    if (const auto* reverse = std::get_if<LinkReverse>(&frame)) {
        if (m_side == Side::Taken || !m_events.reverse)
            return send(LinkRefusal{reverse->number, LinkRefusalReason::Unsupported});
        const auto event = m_events.reverse;
        event(*reverse);
    }
    if (const auto* refusal = std::get_if<LinkRefusal>(&frame); refusal && m_events.refused) {
        const auto event = m_events.refused;
        event(*refusal);
    }
    return answerSignals(frame);
}

Result<void> PeerLink::answerSignals(const LinkFrame& frame)
{
    if (const auto* signal = std::get_if<LinkSignal>(&frame)) {
        if (m_side == Side::Taken || !m_events.signal)
            return send(LinkRefusal{signal->number, LinkRefusalReason::Unsupported});
        const auto event = m_events.signal;
        event(*signal);
    }
    if (const auto* answer = std::get_if<LinkSignalAnswer>(&frame); answer && m_events.answered) {
        const auto event = m_events.answered;
        event(*answer);
    }
    const auto* terms = std::get_if<LinkTerms>(&frame);
    if (terms && m_side == Side::Made && m_events.terms) {
        const auto event = m_events.terms;
        event(*terms);
    }
    return ok();
}

void PeerLink::ask(Duration limit)
{
    const TimePoint by = m_clock.now() + limit;
    m_deadBy = std::min(m_deadBy, by);
    if (m_asked) return;
    m_asked = true;
    const Result<void> sent = send(LinkPing{++m_number});
    static_cast<void>(sent); // it is over then
}

void PeerLink::probe()
{
    if (!m_over && m_up && m_side == Side::Made) ask(kLinkProbe);
}

void PeerLink::tick()
{
    if (m_over) return;
    const TimePoint now = m_clock.now();
    if (now >= m_deadBy) {
        close(Error(ErrorCode::Timeout,
                    "peer link with " + m_taken.channel->peer() + ": nothing is heard any more"));
        return;
    }
    if (m_side == Side::Made && m_up && !m_asked && now - m_heard >= kLinkPing) ask(kLinkAnswer);
}

} // namespace tarn::net
