#include "core/base/random.h"
#include "core/node/doctor/file_checks.h"
#include "core/node/node_key.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

#include <limits>

using namespace tarn;
using namespace tarn::node::doctor;

namespace {

bool has(const Finding& finding, Outcome outcome, const char* check, const char* what)
{
    return finding.outcome == outcome && finding.check == check &&
           finding.what.find(what) != std::string::npos &&
           finding.step.empty() == (outcome == Outcome::Fine);
}

} // namespace

class TestFileChecks final : public QObject
{
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;
    SystemRandom m_random;

    std::string path(const char* name = "") const
    {
        return m_folder->path().toStdString() + (*name == 0 ? "" : "/") + name;
    }
    /// A state directory that was started once.
    void makeState()
    {
        const Result<node::StateDir> dir = node::StateDir::openBlocking(path("s"), "storage");
        QVERIFY(dir);
        QVERIFY(node::readOrMakeIdentity(*dir, m_random));
    }

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void aStateThatIsNotThereYet()
    {
        QVERIFY(
            has(checkStateFolder(path("s"), "storage"), Outcome::Unknown, "state", "not there"));
        QVERIFY(has(checkPrivateFiles(path("s")).at(0), Outcome::Unknown, "keys", "not there"));
        QVERIFY(has(checkIdentity(path("s"), "storage"), Outcome::Unknown, "identity", ""));
        QVERIFY(::mkdir(path("s").c_str(), 0700) == 0);
        QVERIFY(has(checkStateFolder(path("s"), "storage"), Outcome::Unknown, "state", "not used"));
    }
    void aStateAsItShouldBe()
    {
        makeState();
        QVERIFY(has(checkStateFolder(path("s"), "storage"), Outcome::Fine, "state", "/s"));
        const Findings keys = checkPrivateFiles(path("s"));
        QCOMPARE(keys.size(), std::size_t(1));
        QVERIFY(has(keys.at(0), Outcome::Fine, "keys", "3 files"));
        QVERIFY(has(checkIdentity(path("s"), "storage"), Outcome::Fine, "identity", "v0-"));
    }
    void aStateOfAnotherRole()
    {
        makeState();
        QVERIFY(has(checkStateFolder(path("s"), "gateway"), Outcome::Problem, "state", "storage"));
        QFile file(QString::fromStdString(path("f")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QVERIFY(
            has(checkStateFolder(path("f"), "storage"), Outcome::Problem, "state", "not a folder"));
    }
    void modesThatLetOthersIn()
    {
        makeState();
        QVERIFY(::chmod(path("s").c_str(), 0755) == 0);
        const Finding state = checkStateFolder(path("s"), "storage");
        QVERIFY(has(state, Outcome::Problem, "state", "mode 0755 lets others in"));
        QCOMPARE(state.step, "chmod 700 " + path("s"));
        QVERIFY(::chmod(path("s/private").c_str(), 0750) == 0);
        QVERIFY(::chmod(path("s/private/node.key").c_str(), 0644) == 0);
        const Findings keys = checkPrivateFiles(path("s"));
        QCOMPARE(keys.size(), std::size_t(2));
        QVERIFY(has(keys.at(0), Outcome::Problem, "keys", "private: mode 0750"));
        QVERIFY(has(keys.at(1), Outcome::Problem, "keys", "node.key: mode 0644"));
        QVERIFY(keys.at(1).step.starts_with("chmod 600 " + path("s/private/node.key")));
        QVERIFY(has(checkIdentity(path("s"), "storage"), Outcome::Problem, "identity", "node.key"));
    }
    void filesOfAnotherUser()
    {
        if (::geteuid() != 0) QSKIP("only root can give files away");
        makeState();
        QVERIFY(::chown(path("s").c_str(), 12345, 12345) == 0);
        QVERIFY(::chown(path("s/private").c_str(), 12345, 12345) == 0);
        const Findings keys = checkPrivateFiles(path("s"));
        QCOMPARE(keys.size(), std::size_t(3));
        QVERIFY(has(keys.at(0), Outcome::Problem, "keys", "belongs to another user"));
    }
    void anIdentityThatIsNone()
    {
        makeState();
        QFile key(QString::fromStdString(path("s/private/node.key")));
        QVERIFY(key.open(QIODevice::WriteOnly | QIODevice::Truncate));
        key.write("nonsense");
        key.close();
        const Finding found = checkIdentity(path("s"), "storage");
        QVERIFY(has(found, Outcome::Problem, "identity", "node.key"));
        QVERIFY(found.step.find("backup") != std::string::npos);
    }
    void filesWithCredentials()
    {
        QVERIFY(checkHeldFile("servers file", path("f")).outcome == Outcome::Unknown);
        QFile file(QString::fromStdString(path("f")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QVERIFY(::chmod(path("f").c_str(), 0644) == 0);
        const Finding open = checkHeldFile("servers file", path("f"));
        QVERIFY(has(open, Outcome::Problem, "servers file", "mode 0644"));
        QCOMPARE(open.step, "chmod 600 " + path("f"));
        QVERIFY(::chmod(path("f").c_str(), 0600) == 0);
        QVERIFY(has(checkHeldFile("servers file", path("f")), Outcome::Fine, "servers file", "f"));
    }
    void aDiskThatWorks()
    {
        DiskNeed need;
        need.folder = path();
        const Findings found = checkDisk(need);
        QCOMPARE(found.size(), std::size_t(2));
        QVERIFY(has(found.at(0), Outcome::Fine, "disk space", "free"));
        QVERIFY(has(found.at(1), Outcome::Fine, "disk writes", "synced"));
        QVERIFY(
            QDir(m_folder->path()).isEmpty(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot));
    }
    void aDiskWithoutRoom()
    {
        DiskNeed need;
        need.folder = path();
        need.leastFree = std::numeric_limits<std::uint64_t>::max();
        QVERIFY(has(checkDisk(need).at(0), Outcome::Problem, "disk space", "to stay free"));
        need.setting = "[storage] reserved_space";
        const Finding found = checkDisk(need).at(0);
        QVERIFY(found.what.ends_with("by [storage] reserved_space"));
        QVERIFY(found.step.find("lower [storage] reserved_space") != std::string::npos);
    }
    void aDiskThatTakesNothing()
    {
        DiskNeed need;
        need.folder = "/proc/self"; // refuses every new file, also root's
        const Findings found = checkDisk(need);
        QCOMPARE(found.size(), std::size_t(2));
        QVERIFY(has(found.at(1), Outcome::Problem, "disk writes", "/proc/self: "));
    }
    void aFolderThatIsNotMadeYet()
    {
        DiskNeed need;
        need.folder = path("a/b/c");
        const Findings found = checkDisk(need);
        QCOMPARE(found.size(), std::size_t(1));
        QVERIFY(has(found.at(0), Outcome::Fine, "disk space", path().c_str()));
    }
    void listenAddresses()
    {
        const char* const name = "[listen] storage";
        QVERIFY(has(checkListenAddress(name, "127.0.0.1", 0), Outcome::Fine, name, "free"));
        QVERIFY(has(checkListenAddress(name, "192.0.2.77", 41001), Outcome::Problem, name,
                    "192.0.2.77:41001: this machine has no such address"));
        QVERIFY(has(checkListenAddress(name, "name", 1), Outcome::Problem, name, ""));
        TakenPort taken;
        QVERIFY(taken.port != 0);
        QVERIFY(
            has(checkListenAddress(name, "127.0.0.1", taken.port), Outcome::Fine, name, "in use"));
    }

private:
    /// Listens on loopback.
    struct TakenPort
    {
        TakenPort() : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
        {
            sockaddr_in address = {};
            address.sin_family = AF_INET;
            address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            socklen_t size = sizeof(address);
            auto* const generic = reinterpret_cast<sockaddr*>(&address);
            if (::bind(fd, generic, size) != 0 || ::listen(fd, 1) != 0) return;
            if (::getsockname(fd, generic, &size) == 0) port = ntohs(address.sin_port);
        }
        ~TakenPort() { ::close(fd); }
        int fd = -1;
        std::uint16_t port = 0;
    };
};

QTEST_GUILESS_MAIN(TestFileChecks)
#include "test_file_checks.moc"
