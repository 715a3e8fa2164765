#include "profiles/friendnet/tcp_punch.h"

#include "core/base/log.h"
#include "core/net/socket_io.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace tarn::profiles {

namespace {

constexpr std::size_t kMostEarly = 2;

bool setFlag(int fd, int level, int name)
{
    const int on = 1;
    return ::setsockopt(fd, level, name, &on, sizeof on) == 0;
}

/// What became of a connect() that did not wait.
Result<void> outcome(int fd, const std::string& where)
{
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    if (error == 0) return ok();
    return Error(ErrorCode::PeerUnreachable, errnoError(error, where).message());
}

} // namespace

Result<net::Stream> beginFromPort(const asio::any_io_executor& engine, std::uint16_t port,
                                  const net::Endpoint& place)
{
    const net::asio::ip::tcp protocol = place.protocol();
    const int fd =
        ::socket(protocol.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (fd < 0) return errnoError(errno, "a socket to punch with");
    net::Stream out{net::Stream::Socket(engine), net::PathKind::Punched, net::textOf(place)};
    boost::system::error_code error;
    out.socket.assign(net::asio::generic::stream_protocol(protocol.family(), IPPROTO_TCP), fd,
                      error);
    if (error) {
        ::close(fd);
        return errnoError(error.value(), "a socket for " + net::textOf(place));
    }
    const net::Endpoint own(protocol, port);
    const bool set = setFlag(fd, SOL_SOCKET, SO_REUSEADDR) &&
                     setFlag(fd, SOL_SOCKET, SO_REUSEPORT) &&
                     (place.address().is_v4() || setFlag(fd, IPPROTO_IPV6, IPV6_V6ONLY));
    if (!set || ::bind(fd, own.data(), static_cast<socklen_t>(own.size())) != 0) {
        const int code = errno;
        return errnoError(code, "connecting from port " + std::to_string(port));
    }
    if (::connect(fd, place.data(), static_cast<socklen_t>(place.size())) != 0 &&
        errno != EINPROGRESS) {
        const Error why = errnoError(errno, "connecting");
        return Error(ErrorCode::PeerUnreachable, why.message() + " to " + net::textOf(place));
    }
    return out;
}

TcpPunch::TcpPunch(asio::any_io_executor engine, Clock& clock, Taker taker)
    : m_engine(std::move(engine)), m_clock(clock), m_taker(std::move(taker)), m_tasks(m_engine)
{
}

void TcpPunch::start(TcpPunchPlan plan, TimePoint until)
{
    if (m_stopped || m_plan) return;
    m_until = until;
    m_plan.emplace(std::move(plan));
    for (const net::Endpoint& place : m_plan->places) {
        const std::uint16_t port = place.address().is_v4() ? m_plan->portV4 : m_plan->portV6;
        if (port != 0) m_tasks.spawn(tryAt(shared_from_this(), place));
    }
    for (net::Stream& stream : std::exchange(m_early, {}))
        m_tasks.spawn(meet(shared_from_this(), std::move(stream)));
}

void TcpPunch::came(net::Stream stream)
{
    if (m_stopped) return;
    if (m_plan)
        m_tasks.spawn(meet(shared_from_this(), std::move(stream)));
    else if (m_early.size() < kMostEarly)
        m_early.push_back(std::move(stream));
}

void TcpPunch::stop()
{
    if (std::exchange(m_stopped, true)) return;
    m_early.clear();
    m_taker = nullptr;
    m_tasks.cancel();
}

asio::awaitable<void> TcpPunch::tryAt(std::shared_ptr<TcpPunch> self, net::Endpoint place)
{
    for (unsigned i = 0; i < kMostTcpAttempts; ++i) {
        if (self->m_stopped || self->m_clock.now() >= self->m_until) co_return;
        Result<net::Stream> stream = co_await connectOnce(self, place);
        if (stream) {
            const bool met = co_await greet(self, *std::move(stream), false);
            if (met) co_return;
        } else {
            self->m_problem = stream.error().message();
        }
        if (self->m_stopped) co_return;
        // A router that refuses has forgotten the hole: it is made again.
        co_await self->m_clock.sleep(kTcpPunchPause);
    }
}

asio::awaitable<Result<net::Stream>> TcpPunch::connectOnce(std::shared_ptr<TcpPunch> self,
                                                           net::Endpoint place)
{
    const std::uint16_t port =
        place.address().is_v4() ? self->m_plan->portV4 : self->m_plan->portV6;
    TARN_CO_TRY(net::Stream begun, beginFromPort(self->m_engine, port, place));
    net::SocketIo io(std::move(begun), self->m_clock);
    io.expireAt(self->m_until);
    TARN_CO_TRY_VOID(co_await io.waitWritable());
    net::Stream stream = std::move(io).release();
    TARN_CO_TRY_VOID(outcome(stream.socket.native_handle(), "connecting to " + net::textOf(place)));
    co_return stream;
}

asio::awaitable<void> TcpPunch::meet(std::shared_ptr<TcpPunch> self, net::Stream stream)
{
    const bool met = co_await greet(self, std::move(stream), true);
    static_cast<void>(met); // problem() says why not
}

asio::awaitable<bool> TcpPunch::greet(std::shared_ptr<TcpPunch> self, net::Stream stream,
                                      bool known)
{
    Result<net::Stream> met = co_await exchange(self, std::move(stream), known);
    if (!met) {
        self->m_problem = met.error().message();
        co_return false;
    }
    if (!self->m_stopped && self->m_taker) self->m_taker(*std::move(met));
    co_return true;
}

/// \param known  the other side has shown its ticket already, to the listener.
asio::awaitable<Result<net::Stream>> TcpPunch::exchange(std::shared_ptr<TcpPunch> self,
                                                        net::Stream stream, bool known)
{
    net::SocketIo io(std::move(stream), self->m_clock);
    io.expireAt(self->m_until);
    net::Preamble own;
    own.mode = net::PreambleMode::Punched;
    own.ticket = self->m_plan->theirs;
    const auto greeting = net::formatPreamble(own);
    TARN_CO_TRY_VOID(co_await io.sendAll(greeting));
    if (!known) {
        std::array<std::byte, net::kPreambleSize> bytes{};
        TARN_CO_TRY_VOID(co_await io.receiveExactly(bytes));
        TARN_CO_TRY(const net::Preamble came, net::parsePreamble(bytes));
        if (came.mode != net::PreambleMode::Punched || !(came.ticket == self->m_plan->mine))
            co_return Error(ErrorCode::PeerUnreachable, io.peer() + " is somebody else");
    }
    net::Stream out = std::move(io).release();
    out.path = net::PathKind::Punched;
    out.choice = net::kNoChoice;
    co_return out;
}

} // namespace tarn::profiles
