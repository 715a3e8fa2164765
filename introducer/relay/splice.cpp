#include "introducer/relay/splice.h"

#include "core/base/file_descriptor.h"
#include "core/base/task_group.h"
#include "core/net/deadline.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <optional>

namespace tarn::relay {

namespace {

constexpr std::size_t kChunk = std::size_t{256} * 1024;
constexpr std::size_t kCopied = std::size_t{64} * 1024;         ///< where the kernel cannot splice
constexpr std::uint64_t kTurn = std::uint64_t{2} * 1024 * 1024; ///< then others get theirs

using Socket = net::Stream::Socket;

struct Pipe
{
    FileDescriptor out;
    FileDescriptor in;

    static Result<Pipe> make()
    {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return errnoError(errno, "pipe");
        // As it is, where the user has no more.
        static_cast<void>(::fcntl(ends[1], F_SETPIPE_SZ, static_cast<int>(kChunk)));
        return Pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
    }
};

/// What the two directions share.
struct Both
{
    Both(net::Stream first, net::Stream second, Clock& clock, Duration idleFor, Carried tell)
        : a(std::move(first.socket)), b(std::move(second.socket)), executor(a.get_executor()),
          idle(idleFor), carried(std::move(tell)), watch(executor, clock, [this] {
              end(Error(ErrorCode::Timeout, "nothing came for too long"));
          })
    {
    }

    void end(const Error& why)
    {
        if (!failed) failed = why;
        boost::system::error_code ignored;
        a.close(ignored);
        b.close(ignored);
    }
    void progress() { watch.expireAt(watch.clock().now() + idle); }

    Socket a;
    Socket b;
    asio::any_io_executor executor;
    Duration idle;
    Carried carried;
    std::optional<Error> failed;
    std::uint64_t forth = 0;
    std::uint64_t back = 0;
    net::DeadlineWatch watch;
};

/// One direction.
class Flow
{
public:
    Flow(Both& both, Socket& from, Socket& to, Pipe pipe, std::uint64_t& moved)
        : m_both(both), m_from(from), m_to(to), m_pipe(std::move(pipe)), m_moved(moved)
    {
    }

    asio::awaitable<void> run()
    {
        const Result<void> ended = co_await carryAll();
        if (!ended) {
            m_both.end(ended.error());
            co_return;
        }
        boost::system::error_code ignored;
        m_to.shutdown(Socket::shutdown_send, ignored);
    }

private:
    enum class Got { Some, Nothing, End };

    asio::awaitable<Result<void>> carryAll()
    {
        std::uint64_t turn = 0;
        while (true) {
            TARN_CO_TRY(const Got got, fill());
            if (got == Got::End) co_return ok();
            if (got == Got::Nothing) {
                TARN_CO_TRY_VOID(co_await wait(m_from, Socket::wait_read));
                turn = 0;
                continue;
            }
            turn += m_held;
            TARN_CO_TRY_VOID(co_await drain());
            if (turn < kTurn) continue;
            turn = 0;
            co_await asio::post(m_both.executor, asio::use_awaitable);
        }
    }

    Result<Got> fill()
    {
        if (!m_from.is_open()) return Error(ErrorCode::Cancelled, "closed");
        const ssize_t count = m_copies ? ::recv(m_from.native_handle(), m_room->data(), kCopied, 0)
                                       : ::splice(m_from.native_handle(), nullptr, m_pipe.in.get(),
                                                  nullptr, kChunk, kFlags);
        if (count > 0) {
            m_held = static_cast<std::size_t>(count);
            m_at = 0;
            return Got::Some;
        }
        if (count == 0) return Got::End;
        if (errno == EAGAIN || errno == EINTR) return Got::Nothing;
        if (errno == EINVAL && !m_copies) {
            m_copies = true;
            m_room = std::make_unique<std::array<std::byte, kCopied>>();
            return fill();
        }
        return errnoError(errno, "reading");
    }

    asio::awaitable<Result<void>> drain()
    {
        while (m_held > 0) {
            if (!m_to.is_open()) co_return Error(ErrorCode::Cancelled, "closed");
            const ssize_t count =
                m_copies ? ::send(m_to.native_handle(), m_room->data() + m_at, m_held, MSG_NOSIGNAL)
                         : ::splice(m_pipe.out.get(), nullptr, m_to.native_handle(), nullptr,
                                    m_held, kFlags);
            if (count < 0 && errno != EAGAIN && errno != EINTR)
                co_return errnoError(errno, "writing");
            if (count <= 0) {
                TARN_CO_TRY_VOID(co_await wait(m_to, Socket::wait_write));
                continue;
            }
            const auto bytes = static_cast<std::size_t>(count);
            m_held -= bytes;
            m_at += bytes;
            m_moved += bytes;
            m_both.progress();
            TARN_CO_TRY_VOID(m_both.carried(bytes));
        }
        co_return ok();
    }

    asio::awaitable<Result<void>> wait(Socket& socket, Socket::wait_type what)
    {
        if (!socket.is_open()) co_return Error(ErrorCode::Cancelled, "closed");
        const auto [error] = co_await socket.async_wait(what, asio::as_tuple(asio::use_awaitable));
        if (error) co_return Error(ErrorCode::Cancelled, error.message());
        co_return ok();
    }

    static constexpr unsigned kFlags = SPLICE_F_MOVE | SPLICE_F_NONBLOCK;

    Both& m_both;
    Socket& m_from;
    Socket& m_to;
    Pipe m_pipe;
    std::uint64_t& m_moved;
    std::size_t m_held = 0; ///< taken and not yet given
    std::size_t m_at = 0;
    bool m_copies = false;
    std::unique_ptr<std::array<std::byte, kCopied>> m_room;
};

Result<void> prepare(Socket& socket)
{
    boost::system::error_code error;
    socket.native_non_blocking(true, error);
    if (error) return errnoError(error.value(), "socket");
    const int on = 1; // nothing waits here for more
    static_cast<void>(
        ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)));
    return ok();
}

/// The flow goes with its sockets, whoever ends first.
asio::awaitable<void> runFlow(std::shared_ptr<Both> both, Socket& from, Socket& to, Pipe pipe,
                              std::uint64_t& moved)
{
    Flow flow(*both, from, to, std::move(pipe), moved);
    co_await flow.run();
}

} // namespace

asio::awaitable<SpliceReport> spliceStreams(net::Stream first, net::Stream second, Clock& clock,
                                            Duration idle, Carried carried)
{
    SpliceReport report;
    const auto both = std::make_shared<Both>(std::move(first), std::move(second), clock, idle,
                                             std::move(carried));
    for (Socket* const socket : {&both->a, &both->b}) {
        report.outcome = prepare(*socket);
        if (!report.outcome) co_return report;
    }
    Result<Pipe> forth = Pipe::make();
    Result<Pipe> back = Pipe::make();
    if (!forth || !back) {
        report.outcome = forth ? back.error() : forth.error();
        co_return report;
    }
    both->progress();
    TaskGroup flows(both->executor);
    flows.spawn(runFlow(both, both->a, both->b, *std::move(forth), both->forth));
    flows.spawn(runFlow(both, both->b, both->a, *std::move(back), both->back));
    co_await flows.joinOrCancel();
    report.forth = both->forth;
    report.back = both->back;
    if (both->failed) report.outcome = *both->failed;
    co_return report;
}

} // namespace tarn::relay
