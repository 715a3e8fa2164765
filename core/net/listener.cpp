#include "core/net/listener.h"

#include "core/base/executor.h"
#include "core/base/log.h"
#include "core/net/plain_channel.h"
#include "core/net/tls_stream.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <map>
#include <utility>

namespace tarn::net {

namespace {

constexpr std::byte kTlsHandshake{0x16};
/// Without descriptors or memory, accepting again at once would only burn the processor.
constexpr Duration kShortagePause = std::chrono::milliseconds(250);
constexpr Duration kShortageLogEvery = std::chrono::minutes(1);
constexpr unsigned kAcceptsPerTurn = 32;

bool isShortage(int errnoValue)
{
    return errnoValue == EMFILE || errnoValue == ENFILE || errnoValue == ENOBUFS ||
           errnoValue == ENOMEM;
}

Error bindError(int errnoValue, const Endpoint& address)
{
    const std::string what = "cannot listen on " + textOf(address);
    if (errnoValue == EADDRINUSE)
        return Error(ErrorCode::Conflict, what + ": another program has this port");
    return errnoError(errnoValue, what);
}

Result<void> bindAndListen(asio::ip::tcp::acceptor& acceptor, const ListenerConfig& config)
{
    boost::system::error_code error;
    acceptor.open(config.address.protocol(), error);
    if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error && config.address.address().is_v6())
        acceptor.set_option(asio::ip::v6_only(true), error);
    if (!error && config.reusePort) {
        using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
        acceptor.set_option(ReusePort(true), error);
    }
    if (!error) acceptor.bind(config.address, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (!error) acceptor.native_non_blocking(true, error);
    if (error) return bindError(error.value(), config.address);
    return ok();
}

/// Looked at, not taken.
asio::awaitable<Result<std::byte>> firstByte(SocketIo& io)
{
    for (;;) {
        std::byte first{};
        const SocketAttempt attempt = io.peek(first);
        if (attempt.state == SocketAttempt::State::Moved) co_return first;
        if (attempt.state == SocketAttempt::State::Failed) co_return io.failure(attempt.error);
        if (attempt.state == SocketAttempt::State::End)
            co_return Error(ErrorCode::PeerUnreachable, io.peer() + " sent nothing");
        TARN_CO_TRY_VOID(co_await io.waitReadable());
    }
}

} // namespace

struct Listener::Impl : std::enable_shared_from_this<Listener::Impl>
{
    Impl(asio::any_io_executor executorToUse, ListenerConfig configToUse, HttpHandler& handler,
         Clock& clockToUse)
        : executor(std::move(executorToUse)), config(std::move(configToUse)), clock(clockToUse),
          acceptor(executor), server(executor, handler, clockToUse, config.limits)
    {
    }

    void start();
    void shut();
    void take(int fd);
    void receive(Stream stream, bool sniff);
    bool full() const { return server.connections() + guests.size() >= config.limits.connections; }
    bool giveWay();
    void reportShortage(int errnoValue);

    static asio::awaitable<Result<void>> acceptAll(std::shared_ptr<Impl> self);
    static asio::awaitable<Result<void>> welcome(std::shared_ptr<Impl> self, Stream stream,
                                                 bool sniff);
    asio::awaitable<Result<void>> meet(SocketIo& io);

    /// A connection that is not authenticated yet.
    struct Guest
    {
        asio::cancellation_signal cancel;
        TimePoint since;
    };

    asio::any_io_executor executor;
    ListenerConfig config;
    Clock& clock;
    asio::ip::tcp::acceptor acceptor;
    HttpServer server;
    std::map<std::uint64_t, std::shared_ptr<Guest>> guests; ///< in the order they came
    std::uint64_t nextGuest = 0;
    asio::cancellation_signal stopAccepting;
    TimePoint shortageLogged{};
    ListenerCounts counts; ///< but for those that are open
    bool closed = false;
};

void Listener::Impl::start()
{
    auto done = [](std::exception_ptr /*thrown*/, Result<void> /*result*/) {};
    asio::co_spawn(executor, acceptAll(shared_from_this()),
                   asio::bind_cancellation_slot(stopAccepting.slot(), done));
}

void Listener::Impl::shut()
{
    if (closed) return;
    closed = true;
    boost::system::error_code ignored;
    acceptor.close(ignored);
    emitCancel(executor, stopAccepting, shared_from_this());
    for (const auto& [number, guest] : std::exchange(guests, {}))
        emitCancel(executor, guest->cancel, guest);
}

/// Makes a place for a newcomer.
/// \return false: all others are busy, or so young that they may be honest.
bool Listener::Impl::giveWay()
{
    if (server.waitsForRequests()) return server.giveWay();
    const TimePoint patient = clock.now() - config.limits.crowdedTimeout;
    if (guests.empty() || guests.begin()->second->since > patient) return server.giveWay();
    const std::shared_ptr<Guest> oldest = guests.begin()->second;
    guests.erase(guests.begin());
    emitCancel(executor, oldest->cancel, oldest);
    return true;
}

void Listener::Impl::reportShortage(int errnoValue)
{
    const TimePoint now = clock.now();
    if (shortageLogged != TimePoint{} && now - shortageLogged < kShortageLogEvery) return;
    shortageLogged = now;
    TARN_LOG(Error, Net, "no resources for more connections; raise the limit of open files",
             {"error", errnoError(errnoValue, "accept").message()});
}

asio::awaitable<Result<void>> Listener::Impl::acceptAll(std::shared_ptr<Impl> self)
{
    while (!self->closed) {
        auto [waited] = co_await self->acceptor.async_wait(asio::socket_base::wait_read,
                                                           asio::as_tuple(asio::use_awaitable));
        if (waited) co_return ok(); // closed
        for (unsigned i = 0; i < kAcceptsPerTurn; ++i) {
            const int fd = ::accept4(self->acceptor.native_handle(), nullptr, nullptr,
                                     SOCK_CLOEXEC | SOCK_NONBLOCK);
            const int error = errno;
            if (fd >= 0) {
                self->take(fd);
                continue;
            }
            if (isShortage(error)) {
                self->reportShortage(error);
                if (!self->giveWay()) co_await self->clock.sleep(kShortagePause);
            }
            // All others are the peer's: reset before it was accepted.
            break;
        }
    }
    co_return ok();
}

void Listener::Impl::take(int fd)
{
    boost::system::error_code error;
    Stream stream{Stream::Socket(executor), PathKind::Direct, "unknown"};
    const int family = config.address.protocol().family();
    stream.socket.assign(asio::generic::stream_protocol(family, IPPROTO_TCP), fd, error);
    if (error) {
        ::close(fd);
        return;
    }
    Endpoint remote;
    auto size = static_cast<socklen_t>(remote.capacity());
    if (::getpeername(fd, remote.data(), &size) == 0) stream.peer = textOf(remote);
    ++counts.accepted;
    if (full() && !giveWay()) {
        ++counts.refused;
        TARN_LOG(Debug, Net, "connection refused: too many", {"peer", stream.peer});
        return;
    }
    receive(std::move(stream), true);
}

void Listener::Impl::receive(Stream stream, bool sniff)
{
    if (closed) return;
    if (!config.identity) {
        server.serve(std::make_unique<PlainChannel>(std::move(stream), clock));
        return;
    }
    auto guest = std::make_shared<Guest>();
    guest->since = clock.now();
    const std::uint64_t number = nextGuest++;
    guests.emplace(number, guest);
    auto done = [self = shared_from_this(), guest, number](std::exception_ptr /*thrown*/,
                                                           Result<void> result) {
        self->guests.erase(number);
        if (result) return;
        ++self->counts.failed;
        TARN_LOG(Debug, Net, "connection not admitted", {"error", result.error().text()});
    };
    asio::co_spawn(executor, welcome(shared_from_this(), std::move(stream), sniff),
                   asio::bind_cancellation_slot(guest->cancel.slot(), std::move(done)));
}

asio::awaitable<Result<void>> Listener::Impl::welcome(std::shared_ptr<Impl> self, Stream stream,
                                                      bool sniff)
{
    const TimePoint until = self->clock.now() + self->config.handshakeTimeout;
    if (sniff) {
        SocketIo io(std::move(stream), self->clock);
        io.expireAt(until);
        TARN_CO_TRY(const std::byte first, co_await firstByte(io));
        if (first != kTlsHandshake) co_return co_await self->meet(io);
        stream = std::move(io).release();
    }
    const Duration left = until - self->clock.now();
    TARN_CO_TRY(std::unique_ptr<TlsStream> tls,
                co_await acceptTls(std::move(stream), *self->config.identity, self->clock, left));
    self->server.serve(std::move(tls));
    co_return ok();
}

asio::awaitable<Result<void>> Listener::Impl::meet(SocketIo& io)
{
    if (!config.tickets) co_return Error(ErrorCode::Unsupported, io.peer() + " does not speak TLS");
    std::array<std::byte, kPreambleSize> bytes{};
    TARN_CO_TRY_VOID(co_await io.receiveExactly(bytes));
    TARN_CO_TRY(const Preamble preamble, parsePreamble(bytes));
    TARN_CO_TRY(TicketRegistry::Taker taker, config.tickets->redeem(preamble));
    Stream stream = std::move(io).release();
    switch (preamble.mode) {
    case PreambleMode::Reverse:
        stream.path = PathKind::Reversed;
        break;
    case PreambleMode::RelayData:
        stream.path = PathKind::Relayed;
        break;
    case PreambleMode::Punched:
        stream.path = PathKind::Punched;
        break;
    }
    taker(std::move(stream));
    co_return ok();
}

Listener::Listener(std::shared_ptr<Impl> impl) : m_impl(std::move(impl)) {}

Listener::~Listener()
{
    m_impl->shut();
}

Result<std::unique_ptr<Listener>> Listener::open(asio::any_io_executor executor,
                                                 ListenerConfig config, HttpHandler& handler,
                                                 Clock& clock)
{
    auto impl = std::make_shared<Impl>(std::move(executor), std::move(config), handler, clock);
    TARN_TRY_VOID(bindAndListen(impl->acceptor, impl->config));
    impl->start();
    return std::unique_ptr<Listener>(new Listener(std::move(impl)));
}

Endpoint Listener::address() const
{
    boost::system::error_code error;
    const Endpoint local = m_impl->acceptor.local_endpoint(error);
    return error ? m_impl->config.address : local;
}

std::size_t Listener::connections() const
{
    return m_impl->server.connections() + m_impl->guests.size();
}

ListenerCounts Listener::counts() const
{
    ListenerCounts out = m_impl->counts;
    out.open = connections();
    return out;
}

void Listener::serve(Stream stream)
{
    m_impl->receive(std::move(stream), false);
}

asio::awaitable<void> Listener::stop(Duration limit)
{
    const std::shared_ptr<Impl> impl = m_impl;
    impl->shut();
    co_await impl->server.stop(limit);
}

} // namespace tarn::net
