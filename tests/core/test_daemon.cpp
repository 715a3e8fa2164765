#include "core/base/file_descriptor.h"
#include "core/node/daemon.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <QtCore/QCoreApplication>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

#include <array>
#include <csignal>
#include <cstring>
#include <thread>
#include <utility>

using namespace tarn;
using namespace tarn::node;

namespace {

struct Script
{
    std::vector<std::string> calls;
    Result<std::string> startResult = std::string("serving");
    Result<void> reloadResult = ok();
    int signalAfterStart = SIGTERM;
    int signalAfterReload = SIGTERM;
    int signalDuringReload = 0; ///< in the first one; 0: none
};

/// Notes what it is asked to do, and sends the process the next signal of the script.
class ScriptedRole final : public DaemonRole
{
public:
    ScriptedRole(Script& script, Clock& clock) : m_script(script), m_clock(clock) {}
    ~ScriptedRole() override { m_script.calls.emplace_back("destroyed"); }
    asio::awaitable<Result<std::string>> start() override
    {
        m_script.calls.emplace_back("start");
        if (m_script.startResult) ::kill(::getpid(), m_script.signalAfterStart);
        co_return m_script.startResult;
    }
    asio::awaitable<Result<void>> reload() override
    {
        m_script.calls.emplace_back("reload");
        if (const int signal = std::exchange(m_script.signalDuringReload, 0)) {
            ::kill(::getpid(), signal);
            co_await m_clock.sleep(std::chrono::milliseconds(200));
            m_script.calls.emplace_back("reloaded");
            co_return ok();
        }
        ::kill(::getpid(), m_script.signalAfterReload);
        co_return m_script.reloadResult;
    }
    asio::awaitable<void> stop() override
    {
        m_script.calls.emplace_back("stop");
        co_return;
    }

private:
    Script& m_script;
    Clock& m_clock;
};

ExitCode runScript(Script& script, const ServiceManager& manager)
{
    const auto make = [&script](DaemonContext& context) -> Result<std::unique_ptr<DaemonRole>> {
        return std::unique_ptr<DaemonRole>(std::make_unique<ScriptedRole>(script, context.clock));
    };
    return runDaemon(make, DaemonOptions(), manager);
}

/// The service manager's end of NOTIFY_SOCKET.
class ManagerSocket
{
public:
    explicit ManagerSocket(const std::string& path)
        : m_socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0))
    {
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.data(), path.size());
        if (::bind(m_socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) !=
            0)
            m_socket.reset();
    }
    /// Waits at most ten seconds for one. \return whether it came.
    bool await(const std::string& message)
    {
        std::array<char, 512> buffer{};
        pollfd wait{m_socket.get(), POLLIN, 0};
        while (::poll(&wait, 1, 10'000) == 1) {
            const ssize_t size = ::recv(m_socket.get(), buffer.data(), buffer.size(), 0);
            if (size > 0 && message == std::string(buffer.data(), static_cast<std::size_t>(size)))
                return true;
        }
        return false;
    }
    std::vector<std::string> messages()
    {
        std::vector<std::string> out;
        std::array<char, 512> buffer{};
        while (true) {
            const ssize_t size = ::recv(m_socket.get(), buffer.data(), buffer.size(), 0);
            if (size <= 0) return out;
            out.emplace_back(buffer.data(), static_cast<std::size_t>(size));
        }
    }

private:
    FileDescriptor m_socket;
};

} // namespace

class TestDaemon final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void stopsOnSigterm()
    {
        Script script;
        QVERIFY(runScript(script, ServiceManager("")) == ExitCode::Ok);
        QVERIFY((script.calls == std::vector<std::string>{"start", "stop", "destroyed"}));
    }
    void stopsOnSigint()
    {
        Script script;
        script.signalAfterStart = SIGINT;
        QVERIFY(runScript(script, ServiceManager("")) == ExitCode::Ok);
    }
    void reloadsOnSighup()
    {
        Script script;
        script.signalAfterStart = SIGHUP;
        QVERIFY(runScript(script, ServiceManager("")) == ExitCode::Ok);
        QVERIFY((script.calls == std::vector<std::string>{"start", "reload", "stop", "destroyed"}));
    }
    void aReloadDuringAReloadComesAfterIt()
    {
        Script script;
        script.signalAfterStart = SIGHUP;
        script.signalDuringReload = SIGHUP;
        QVERIFY(runScript(script, ServiceManager("")) == ExitCode::Ok);
        QVERIFY((script.calls == std::vector<std::string>{"start", "reload", "reloaded", "reload",
                                                          "stop", "destroyed"}));
    }
    void aStopDuringAReloadComesAfterIt()
    {
        Script script;
        script.signalAfterStart = SIGHUP;
        script.signalDuringReload = SIGTERM;
        QVERIFY(runScript(script, ServiceManager("")) == ExitCode::Ok);
        QVERIFY((script.calls ==
                 std::vector<std::string>{"start", "reload", "reloaded", "stop", "destroyed"}));
    }
    void aBrokenReloadIsSurvived()
    {
        Script script;
        script.signalAfterStart = SIGHUP;
        script.reloadResult = Error(ErrorCode::InvalidInput, "storage.toml:1:1: nonsense");
        QVERIFY(runScript(script, ServiceManager("")) == ExitCode::Ok);
        QCOMPARE(script.calls.at(2), std::string("stop"));
    }
    void failedStartsSetTheExitCode()
    {
        Script script;
        script.startResult = Error(ErrorCode::IoFailure, "port in use");
        QVERIFY(runScript(script, ServiceManager("")) == ExitCode::Failed);
        QVERIFY((script.calls == std::vector<std::string>{"start", "stop", "destroyed"}));
        script.startResult = Error(ErrorCode::InvalidInput, "bad key");
        QVERIFY(runScript(script, ServiceManager("")) == ExitCode::BadUsage);
    }
    void aRoleThatCannotBeMade()
    {
        const auto make = [](DaemonContext&) -> Result<std::unique_ptr<DaemonRole>> {
            return Error(ErrorCode::Conflict, "in use by another process");
        };
        QVERIFY(runDaemon(make, DaemonOptions(), ServiceManager("")) == ExitCode::Failed);
    }
    void tellsTheServiceManager()
    {
        QTemporaryDir folder;
        const std::string path = folder.filePath("notify").toStdString();
        ManagerSocket manager(path);
        Script script;
        script.signalAfterStart = SIGHUP;
        QVERIFY(runScript(script, ServiceManager(path)) == ExitCode::Ok);
        const std::vector<std::string> messages = manager.messages();
        QCOMPARE(messages.size(), std::size_t(4));
        QCOMPARE(messages[0], std::string("READY=1\nSTATUS=serving"));
        QVERIFY(messages[1].find("RELOADING=1\nMONOTONIC_USEC=") == 0);
        QCOMPARE(messages[2], messages[0]);
        QCOMPARE(messages[3], std::string("STOPPING=1"));
    }
    void showsThatItIsAlive()
    {
        QTemporaryDir folder;
        const std::string path = folder.filePath("notify").toStdString();
        ManagerSocket manager(path);
        Script script;
        script.signalAfterStart = 0; // none
        std::array<bool, 2> came{};
        std::thread watching([&] {
            for (bool& one : came)
                one = manager.await("WATCHDOG=1");
            ::kill(::getpid(), SIGTERM);
        });
        const ServiceManager watched(path, std::chrono::milliseconds(20));
        const ExitCode code = runScript(script, watched);
        watching.join();
        QVERIFY(code == ExitCode::Ok);
        QVERIFY(came[0] && came[1]);
    }
    void theEnvironmentTellsOfAWatchdog_data()
    {
        QTest::addColumn<QByteArray>("microseconds");
        QTest::addColumn<QByteArray>("pid");
        QTest::addColumn<qint64>("expected"); // 0: none
        const QByteArray own = QByteArray::number(::getpid());
        QTest::newRow("ours") << QByteArray("30000000") << own << qint64(30'000'000);
        QTest::newRow("anybody's") << QByteArray("20") << QByteArray() << qint64(20);
        QTest::newRow("another's") << QByteArray("30000000") << QByteArray("1") << qint64(0);
        QTest::newRow("zero") << QByteArray("0") << own << qint64(0);
        QTest::newRow("negative") << QByteArray("-5") << own << qint64(0);
        QTest::newRow("no number") << QByteArray("30s") << own << qint64(0);
        QTest::newRow("too large") << QByteArray("99999999999999999999") << own << qint64(0);
        QTest::newRow("none") << QByteArray() << QByteArray() << qint64(0);
    }
    void theEnvironmentTellsOfAWatchdog()
    {
        QFETCH(QByteArray, microseconds);
        QFETCH(QByteArray, pid);
        QFETCH(qint64, expected);
        qputenv("WATCHDOG_USEC", microseconds);
        if (!pid.isEmpty()) qputenv("WATCHDOG_PID", pid);
        const std::optional<Duration> found = ServiceManager::fromEnvironment().watchdog();
        qunsetenv("WATCHDOG_USEC");
        qunsetenv("WATCHDOG_PID");
        QCOMPARE(found.has_value(), expected != 0);
        if (found) QVERIFY(*found == std::chrono::microseconds(expected));
    }
    void aManagerThatIsGoneIsNoFailure()
    {
        QVERIFY(!ServiceManager("/nonexistent/notify").ready("x"));
        QVERIFY(!ServiceManager(std::string(200, 'x')).ready("x"));
        QVERIFY(ServiceManager("").stopping());
        Script script;
        QVERIFY(runScript(script, ServiceManager("/nonexistent/notify")) == ExitCode::Ok);
    }
    void anErrorIsAsManyLinesAsItHasProblems()
    {
        const Error two(ErrorCode::InvalidInput, "a.toml:1:1: one\na.toml:2:1: two");
        QVERIFY((problemsOf(two) ==
                 std::vector<std::string_view>{"a.toml:1:1: one", "a.toml:2:1: two"}));
        const Error none(ErrorCode::IoFailure, "");
        QCOMPARE(problemsOf(none).size(), std::size_t(1));
        QVERIFY(exitCodeOf(two) == ExitCode::BadUsage);
        QVERIFY(exitCodeOf(none) == ExitCode::Failed);
    }
};

// The signals of the scripts are blocked before QtTest starts its watchdog thread, which would
// take them.
int main(int argc, char** argv)
{
    sigset_t signals;
    sigemptyset(&signals);
    for (const int number : {SIGTERM, SIGINT, SIGHUP})
        sigaddset(&signals, number);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    const QCoreApplication app(argc, argv);
    TestDaemon test;
    return QTest::qExec(&test, argc, argv);
}
#include "test_daemon.moc"
