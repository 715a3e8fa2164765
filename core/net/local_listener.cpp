#include "core/net/local_listener.h"

#include "core/base/executor.h"
#include "core/base/file_descriptor.h"
#include "core/net/plain_channel.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace tarn::net {

namespace {

constexpr mode_t kOwnerOnly = 0600;
constexpr int kBacklog = 16;

/// A path as the system takes it. One that is too long for it goes by way of its folder, which
/// stays open as long as this lives.
struct SocketPath
{
    FileDescriptor folder;
    sockaddr_un address{};
};

Result<SocketPath> socketPath(const std::string& path)
{
    SocketPath out;
    std::string name = path;
    if (name.size() >= sizeof(out.address.sun_path)) {
        const std::size_t slash = path.rfind('/');
        const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
        out.folder.reset(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        if (!out.folder) return errnoError(errno, folder);
        name = "/proc/self/fd/" + std::to_string(out.folder.get()) + "/" + path.substr(slash + 1);
    }
    if (name.size() >= sizeof(out.address.sun_path))
        return Error(ErrorCode::IoFailure, path + ": too long a name for a socket");
    out.address.sun_family = AF_UNIX;
    std::memcpy(out.address.sun_path, name.c_str(), name.size() + 1);
    return out;
}

const sockaddr* generic(const SocketPath& place)
{
    return reinterpret_cast<const sockaddr*>(&place.address);
}

Result<FileDescriptor> makeSocket(int flags)
{
    FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
    if (!socket) return errnoError(errno, "socket");
    return socket;
}

Result<FileDescriptor> bindAndListen(const std::string& path)
{
    TARN_TRY(const SocketPath place, socketPath(path));
    TARN_TRY(FileDescriptor socket, makeSocket(SOCK_NONBLOCK));
    ::unlink(path.c_str());
    // Nobody can connect before listen(): by then the mode is right.
    if (::bind(socket.get(), generic(place), sizeof(place.address)) != 0 ||
        ::chmod(path.c_str(), kOwnerOnly) != 0 || ::listen(socket.get(), kBacklog) != 0)
        return Error(ErrorCode::IoFailure, path + ": " + std::strerror(errno));
    return socket;
}

Stream streamOf(const asio::any_io_executor& executor, FileDescriptor socket)
{
    const asio::generic::stream_protocol protocol(AF_UNIX, 0);
    return Stream{Stream::Socket(executor, protocol, socket.release()), PathKind::Local, "local"};
}

} // namespace

struct LocalListener::Impl : std::enable_shared_from_this<Impl>
{
    Impl(const asio::any_io_executor& engine, FileDescriptor socket, std::string where,
         HttpHandler& handler, Clock& time, const HttpServerLimits& limits)
        : executor(engine), acceptor(engine, socket.release()), path(std::move(where)), clock(time),
          server(engine, handler, time, limits)
    {
    }

    void start()
    {
        // The signal outlives the coroutine that listens to it.
        auto done = [self = shared_from_this()](std::exception_ptr /*thrown*/,
                                                Result<void> /*result*/) {};
        asio::co_spawn(executor, acceptAll(shared_from_this()),
                       asio::bind_cancellation_slot(stopAccepting.slot(), std::move(done)));
    }
    void shut()
    {
        if (closed) return;
        closed = true;
        ::unlink(path.c_str());
        boost::system::error_code ignored;
        acceptor.close(ignored);
        emitCancel(executor, stopAccepting, shared_from_this());
    }
    static asio::awaitable<Result<void>> acceptAll(std::shared_ptr<Impl> self)
    {
        while (!self->closed) {
            auto [waited] = co_await self->acceptor.async_wait(
                asio::posix::descriptor_base::wait_read, asio::as_tuple(asio::use_awaitable));
            if (waited) co_return ok(); // closed
            FileDescriptor socket(::accept4(self->acceptor.native_handle(), nullptr, nullptr,
                                            SOCK_CLOEXEC | SOCK_NONBLOCK));
            if (!socket) continue;
            self->server.serve(std::make_unique<PlainChannel>(
                streamOf(self->executor, std::move(socket)), self->clock));
        }
        co_return ok();
    }

    asio::any_io_executor executor;
    asio::posix::stream_descriptor acceptor;
    std::string path;
    Clock& clock;
    HttpServer server;
    asio::cancellation_signal stopAccepting;
    bool closed = false;
};

LocalListener::LocalListener(std::shared_ptr<Impl> impl) : m_impl(std::move(impl)) {}

LocalListener::~LocalListener()
{
    m_impl->shut();
}

Result<std::unique_ptr<LocalListener>> LocalListener::open(asio::any_io_executor executor,
                                                           const std::string& path,
                                                           HttpHandler& handler, Clock& clock,
                                                           HttpServerLimits limits)
{
    TARN_TRY(FileDescriptor socket, bindAndListen(path));
    auto impl = std::make_shared<Impl>(executor, std::move(socket), path, handler, clock, limits);
    impl->start();
    return std::unique_ptr<LocalListener>(new LocalListener(std::move(impl)));
}

asio::awaitable<void> LocalListener::stop(Duration limit)
{
    const std::shared_ptr<Impl> impl = m_impl;
    impl->shut();
    co_await impl->server.stop(limit);
}

Result<Stream> connectLocal(const asio::any_io_executor& executor, const std::string& path)
{
    const Result<SocketPath> place = socketPath(path);
    if (!place) return place.error();
    TARN_TRY(FileDescriptor socket, makeSocket(0));
    if (::connect(socket.get(), generic(*place), sizeof(place->address)) != 0) {
        if (errno == ECONNREFUSED) return Error(ErrorCode::PeerUnreachable, path);
        return errnoError(errno, path);
    }
    return streamOf(executor, std::move(socket));
}

} // namespace tarn::net
