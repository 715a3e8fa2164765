#include "core/node/daemon.h"

#include "core/base/file_descriptor.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <malloc.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <thread>
#include <utility>

namespace tarn::node {

namespace {

using MakeRole = std::function<Result<std::unique_ptr<DaemonRole>>(DaemonContext&)>;

/// Everything on the engine thread; m_ended tells the main thread that the engine is done.
class Engine
{
public:
    Engine(const MakeRole& makeRole, const DaemonOptions& options, const ServiceManager& manager)
        : m_makeRole(makeRole), m_manager(manager),
          m_cpuPool(makeThreadPool(options.cpuThreads, "tarn-cpu")),
          m_diskPool(makeThreadPool(options.diskThreads, "tarn-disk")),
          m_context{m_engine.get_executor(), *m_cpuPool, *m_diskPool, m_clock, m_random},
          m_ended(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), m_thread([this] { run(); })
    {
    }
    ~Engine() { m_thread.join(); }
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    int endedFd() const { return m_ended.get(); }
    Clock& clock() { return m_clock; }
    /// After the thread has ended.
    ExitCode exitCode() const { return m_exitCode; }

    // From the main thread.
    void requestStop()
    {
        asio::post(m_engine, [this] { stop(); });
    }
    void requestReload()
    {
        asio::post(m_engine, [this] { reload(); });
    }
    /// A hung engine does not get to it.
    void requestSignOfLife()
    {
        asio::post(m_engine, [this] { notify(m_manager.alive()); });
    }

private:
    enum class Stage { Starting, Serving, Stopping };

    void run();
    void stop();
    void reload();
    void fail(const Error& error);
    void notify(const Result<void>& sent);
    asio::awaitable<Result<void>> startRole();
    asio::awaitable<Result<void>> reloadRole();
    asio::awaitable<Result<void>> stopRole();

    const MakeRole& m_makeRole;
    const ServiceManager& m_manager;
    SystemClock m_clock;
    SystemRandom m_random;
    asio::io_context m_engine{1};
    asio::executor_work_guard<asio::io_context::executor_type> m_guard{m_engine.get_executor()};
    std::unique_ptr<WorkPool> m_cpuPool;
    std::unique_ptr<WorkPool> m_diskPool;
    DaemonContext m_context;
    std::unique_ptr<DaemonRole> m_role;
    std::string m_status;
    Stage m_stage = Stage::Starting;
    bool m_stopAsked = false;
    bool m_reloading = false;
    bool m_reloadAgain = false; ///< asked for since the present one began
    ExitCode m_exitCode = ExitCode::Ok;
    FileDescriptor m_ended;
    std::thread m_thread; // last: it uses the others
};

void Engine::run()
{
    try {
        Result<std::unique_ptr<DaemonRole>> role = m_makeRole(m_context);
        if (role) {
            m_role = *std::move(role);
            spawnLogged(m_context.engine, "start", startRole());
            m_engine.run();
        } else {
            fail(role.error());
        }
        m_role.reset();
    } catch (const std::exception& e) {
        fail(Error(ErrorCode::Internal, e.what()));
    }
    const std::uint64_t one = 1;
    if (::write(m_ended.get(), &one, sizeof(one)) < 0) std::abort();
}

void Engine::fail(const Error& error)
{
    for (const std::string_view problem : problemsOf(error))
        TARN_LOG(Error, Main, "failed", {"error", problem});
    m_exitCode = exitCodeOf(error);
}

void Engine::notify(const Result<void>& sent)
{
    if (!sent)
        TARN_LOG(Warning, Main, "the service manager does not listen",
                 {"error", sent.error().text()});
}

asio::awaitable<Result<void>> Engine::startRole()
{
    Result<std::string> started;
    try {
        started = co_await m_role->start();
    } catch (const std::exception& e) {
        started = Error(ErrorCode::Internal, e.what());
    }
    if (!started) {
        fail(started.error());
        m_stopAsked = true;
    } else {
        m_status = *started;
        TARN_LOG(Info, Main, "ready", {"status", m_status});
        notify(m_manager.ready(m_status));
    }
    m_stage = Stage::Serving;
    if (m_stopAsked) stop();
    co_return ok();
}

void Engine::reload()
{
    if (m_stage != Stage::Serving) return;
    m_reloadAgain = m_reloading;
    if (m_reloading) return;
    m_reloading = true;
    spawnLogged(m_context.engine, "reload", reloadRole());
}

asio::awaitable<Result<void>> Engine::reloadRole()
{
    notify(m_manager.reloading(m_clock.now()));
    const Result<void> done = co_await m_role->reload();
    m_reloading = false;
    if (done) {
        TARN_LOG(Info, Main, "configuration read again");
    } else {
        for (const std::string_view problem : problemsOf(done.error()))
            TARN_LOG(Error, Main, "new configuration refused, the old one stays",
                     {"error", problem});
    }
    if (m_stopAsked) {
        stop();
        co_return ok();
    }
    notify(m_manager.ready(m_status));
    if (std::exchange(m_reloadAgain, false)) reload();
    co_return ok();
}

void Engine::stop()
{
    m_stopAsked = true;
    if (m_stage != Stage::Serving || m_reloading) return; // it comes after that
    m_stage = Stage::Stopping;
    spawnLogged(m_context.engine, "stop", stopRole());
}

asio::awaitable<Result<void>> Engine::stopRole()
{
    notify(m_manager.stopping());
    co_await m_role->stop();
    m_guard.reset();
    co_return ok();
}

sigset_t handledSignals()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    return set;
}

/// Milliseconds until `deadline`, as poll(2) takes them; -1 without one.
int waitFor(const std::optional<TimePoint>& deadline, TimePoint now)
{
    if (!deadline) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - now).count();
    return left > 0 ? static_cast<int>(left) : 0;
}

/// When something is due every `interval`, if that is ever.
class Pulse
{
public:
    Pulse(std::optional<Duration> interval, TimePoint now) : m_interval(interval)
    {
        if (m_interval) m_next = now + *m_interval;
    }
    const std::optional<TimePoint>& next() const { return m_next; }
    bool due(TimePoint now)
    {
        if (!m_next || now < *m_next) return false;
        m_next = now + *m_interval;
        return true;
    }

private:
    std::optional<Duration> m_interval;
    std::optional<TimePoint> m_next;
};

/// Passes signals on until the engine has ended. Leaves the process when it does not.
/// \param pulse  how often the engine has to show that it is alive.
void attend(Engine& engine, int signalFd, Duration stopLimit, Pulse pulse)
{
    std::optional<TimePoint> deadline;
    while (true) {
        std::array<pollfd, 2> waits{{{engine.endedFd(), POLLIN, 0}, {signalFd, POLLIN, 0}}};
        const int timeout = waitFor(deadline ? deadline : pulse.next(), engine.clock().now());
        ::poll(waits.data(), waits.size(), timeout);
        if (pulse.due(engine.clock().now())) engine.requestSignOfLife();
        std::uint64_t ended = 0;
        if (::read(engine.endedFd(), &ended, sizeof(ended)) == sizeof(ended)) return;
        if (deadline && engine.clock().now() >= *deadline) {
            TARN_LOG(Error, Main, "did not stop in time, leaving");
            std::_Exit(static_cast<int>(ExitCode::Failed));
        }
        signalfd_siginfo info = {};
        if ((waits[1].revents & POLLIN) == 0 || ::read(signalFd, &info, sizeof(info)) <= 0)
            continue;
        if (info.ssi_signo == SIGHUP) {
            engine.requestReload();
        } else if (!deadline) {
            TARN_LOG(Info, Main, "stopping");
            deadline = engine.clock().now() + stopLimit;
            engine.requestStop();
        }
    }
}

/// Connections and shares need descriptors: as many as the administrator allows.
void raiseFileLimit()
{
    constexpr rlim_t kEnough = 65536;
    rlimit limit = {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kEnough) return;
    limit.rlim_cur = std::min(kEnough, limit.rlim_max);
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

} // namespace

ExitCode runDaemon(const MakeRole& makeRole, DaemonOptions options, const ServiceManager& manager)
{
    const sigset_t signals = handledSignals();
    sigset_t before;
    ::pthread_sigmask(SIG_BLOCK, &signals, &before); // inherited by all threads made here
    std::signal(SIGPIPE, SIG_IGN);
    // Buffers move between the threads; with an arena for each, what one has freed the others
    // cannot use (10 MB more at the peak). Small blocks come from per-thread caches all the same.
    ::mallopt(M_ARENA_MAX, 1);
    raiseFileLimit();
    const FileDescriptor signalFd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signalFd) {
        TARN_LOG(Error, Main, "no signal descriptor");
        return ExitCode::Failed;
    }
    ExitCode out = ExitCode::Ok;
    {
        Engine engine(makeRole, options, manager);
        std::optional<Duration> pulse = manager.watchdog();
        if (pulse) *pulse /= 2; // sd_watchdog_enabled(3)
        attend(engine, signalFd.get(), options.stopLimit, Pulse(pulse, engine.clock().now()));
        out = engine.exitCode();
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return out;
}

} // namespace tarn::node
