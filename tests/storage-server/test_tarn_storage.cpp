// The program itself: options, exit codes, refusals, signals, readiness.
#include "core/base/bytes.h"
#include "core/wire/nurl.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <QtCore/QDir>
#include <QtCore/QElapsedTimer>
#include <QtCore/QFile>
#include <QtCore/QFileInfo>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QProcess>
#include <QtCore/QStringList>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

#include <csignal>

using namespace tarn;

namespace {

const QString kProgram = QStringLiteral(TARN_BINARY_DIR "/bin/tarn-storage");
constexpr int kWaitMs = 20'000;

struct Outcome
{
    int code = -1;
    QString out;
    QString error;
};

Outcome run(const QStringList& arguments)
{
    QProcess process;
    process.start(kProgram, arguments);
    Outcome outcome;
    if (!process.waitForFinished(kWaitMs)) return outcome;
    outcome.code = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -2;
    outcome.out = QString::fromUtf8(process.readAllStandardOutput());
    outcome.error = QString::fromUtf8(process.readAllStandardError());
    return outcome;
}

void write(const QString& path, const QString& text)
{
    QFile file(path);
    if (file.open(QIODevice::WriteOnly | QIODevice::Truncate)) file.write(text.toUtf8());
}

QString read(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

/// A running daemon; killed, if it must be, with the object.
class Daemon
{
public:
    explicit Daemon(const QStringList& arguments)
    {
        m_process.setProcessChannelMode(QProcess::MergedChannels);
        m_process.start(kProgram, arguments);
    }
    ~Daemon()
    {
        m_process.kill();
        m_process.waitForFinished(kWaitMs);
    }
    /// Waits until its log has `text`, behind what the last call found.
    bool says(const QString& text)
    {
        QElapsedTimer timer;
        timer.start();
        while (!m_log.mid(m_seen).contains(text)) {
            if (timer.elapsed() > kWaitMs || m_process.state() == QProcess::NotRunning) {
                m_log += QString::fromUtf8(m_process.readAll());
                if (m_log.mid(m_seen).contains(text)) break;
                return false;
            }
            m_process.waitForReadyRead(100);
            m_log += QString::fromUtf8(m_process.readAll());
        }
        m_seen = m_log.indexOf(text, m_seen) + text.size();
        return true;
    }
    void signal(int number) { ::kill(static_cast<pid_t>(m_process.processId()), number); }
    int stop()
    {
        signal(SIGTERM);
        return m_process.waitForFinished(kWaitMs) ? m_process.exitCode() : -1;
    }
    QString log() const { return m_log; }

private:
    QProcess m_process;
    QString m_log;
    qsizetype m_seen = 0;
};

} // namespace

class TestTarnStorage final : public QObject
{
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;

    QString config() const { return m_folder->filePath("storage.toml"); }
    QString state() const { return m_folder->filePath("state"); }
    QStringList arguments(const QStringList& more = {}) const
    {
        return QStringList{"--config", config(), "--state", state()} + more;
    }
    Outcome runWith(const QString& text)
    {
        write(config(), text);
        return run(arguments());
    }

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        write(config(), "[node]\nnickname = \"alpha\"\n"
                        "[listen]\nstorage = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\n"
                        "[storage]\nreserved_space = \"0 B\"\n");
    }
    void saysWhatItIs()
    {
        const Outcome version = run({"--version"});
        QCOMPARE(version.code, 0);
        QCOMPARE(version.out.trimmed(), QString("tarn-storage " TARN_VERSION));
        const Outcome help = run({"--help"});
        QCOMPARE(help.code, 0);
        for (const char* option : {"--config", "--state", "--check-config", "--explain",
                                   "--announcement", "--adopt-tahoe", "--version"})
            QVERIFY2(help.out.contains(option), option);
    }
    void badUsageIsTwo()
    {
        QCOMPARE(run({}).code, 2);
        QCOMPARE(run({"--nonsense"}).code, 2);
        QCOMPARE(run(arguments({"--log-level", "loud"})).code, 2);
        QCOMPARE(run({"--state", state()}).code, 2);
    }
    void checksConfigurations()
    {
        const Outcome good = run(arguments({"--check-config"}));
        QCOMPARE(good.code, 0);
        QVERIFY(good.out.contains("directory = \"storage\""));
        QVERIFY(!QDir(state()).exists());
        write(config(), "[listen]\nstorage = \"127.0.0.1:0\"\nadmni = 1\n");
        const Outcome bad = run(arguments({"--check-config"}));
        QCOMPARE(bad.code, 2);
        QVERIFY2(bad.error.contains(config() + ":3:1: [listen] unknown key 'admni'; accepted: "
                                               "storage, admin"),
                 qPrintable(bad.error));
    }
    void badConfigurationsAreTwoAndNamed_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("reason");
        const QString listen = "[listen]\nstorage = \"127.0.0.1:0\"\n";
        QTest::newRow("no file") << QString() << ": cannot be read: No such file or directory";
        QTest::newRow("not TOML") << "[listen\n"
                                  << ":1:8: ";
        QTest::newRow("nothing") << " "
                                 << ":1:1: [listen] storage: missing; expected a numeric address";
        QTest::newRow("unknown key") << listen + "admni = 1\n"
                                     << ":3:1: [listen] unknown key 'admni'; accepted: storage";
        QTest::newRow("wrong type") << listen + "[storage]\nreadonly = \"yes\"\n"
                                    << ":4:12: [storage] readonly: expected true or false";
        QTest::newRow("no such port")
            << "[listen]\nstorage = \"127.0.0.1:70000\"\n"
            << ":2:11: [listen] storage: expected a numeric address and port";
    }
    void badConfigurationsAreTwoAndNamed()
    {
        QFETCH(QString, text);
        QFETCH(QString, reason);
        if (text.isEmpty())
            QFile::remove(config());
        else
            write(config(), text);
        for (const char* mode : {"", "--check-config", "--explain", "--announcement"}) {
            const Outcome outcome = run(arguments(*mode ? QStringList{mode} : QStringList{}));
            QCOMPARE(outcome.code, 2);
            QVERIFY2(outcome.error.contains(config() + reason), qPrintable(outcome.error));
            QVERIFY(!QDir(state()).exists());
        }
    }
    void aDirectoryIsNoConfiguration()
    {
        const Outcome outcome = run({"--config", m_folder->path(), "--state", state()});
        QCOMPARE(outcome.code, 2);
        QVERIFY2(outcome.error.contains("Is a directory"), qPrintable(outcome.error));
    }
    void everyProblemHasItsLine()
    {
        write(config(), "[listen]\nstorage = 1\nadmni = 2\n[storage]\nreadonly = 3\n");
        const QStringList places{":2:11: ", ":3:1: ", ":5:12: "};
        for (const QStringList& mode : {QStringList{}, QStringList{"--check-config"}}) {
            const QStringList lines = run(arguments(mode)).error.split('\n', Qt::SkipEmptyParts);
            QCOMPARE(lines.size(), places.size());
            for (qsizetype i = 0; i < lines.size(); ++i)
                QVERIFY2(lines[i].contains(config() + places[i]), qPrintable(lines[i]));
        }
    }
    void explains()
    {
        const Outcome outcome = run(arguments({"--explain"}));
        QCOMPARE(outcome.code, 0);
        QVERIFY(outcome.out.contains("Outbound connections\n  none"));
        QVERIFY(!QDir(state()).exists());
    }
    void servesUntilToldToStop()
    {
        Daemon daemon(arguments());
        QVERIFY2(daemon.says("ready"), qPrintable(daemon.log()));
        const Result<wire::Nurl> nurl =
            wire::parseNurl(read(state() + "/storage.nurl").trimmed().toStdString());
        QVERIFY(nurl);
        QVERIFY(nurl->port != 0);
        QVERIFY(daemon.log().contains(QString("serving on 127.0.0.1:%1").arg(nurl->port)));
        QCOMPARE(QFileInfo(state() + "/storage.nurl").permissions() &
                     (QFile::ReadGroup | QFile::ReadOther),
                 QFile::Permissions());

        const Outcome announcement = run(arguments({"--announcement"}));
        QCOMPARE(announcement.code, 0);
        QVERIFY(announcement.out.startsWith("storage:\n  \"v0-"));
        QVERIFY(announcement.out.contains(QString::fromStdString(wire::textOf(*nurl))));
        QCOMPARE(daemon.stop(), 0);
    }
    void theIdentityOutlivesRestarts()
    {
        write(config(), read(config()).replace("127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"",
                                               "127.0.0.1:41001\""));
        const QString first = run(arguments({"--announcement"})).out;
        QVERIFY(first.contains("@127.0.0.1:41001/"));
        QCOMPARE(run(arguments({"--announcement"})).out, first);
        QFile::remove(state() + "/private/swissnum");
        const QString second = run(arguments({"--announcement"})).out;
        QVERIFY(second != first);
        QCOMPARE(second.section('\n', 1, 1), first.section('\n', 1, 1));
    }
    void aPickedPortIsKnownOnlyLater()
    {
        const Outcome outcome = run(arguments({"--announcement"}));
        QCOMPARE(outcome.code, 1);
        QVERIFY(outcome.error.contains("once the server has been started"));
    }
    void aFirstStartAndAnnouncementsAtATime()
    {
        write(config(), "[listen]\nstorage = \"127.0.0.1:0\"\n[announce]\n"
                        "locations = [\"tcp:127.0.0.1:41001\"]\n");
        write(m_folder->filePath("known.toml"), "[listen]\nstorage = \"127.0.0.1:41001\"\n");
        for (int round = 0; round < 4; ++round) {
            const QString folder = m_folder->filePath(QString("round%1").arg(round));
            std::vector<std::unique_ptr<QProcess>> asking;
            const auto ask = [&] {
                asking.push_back(std::make_unique<QProcess>());
                asking.back()->start(kProgram, {"--config", m_folder->filePath("known.toml"),
                                                "--state", folder, "--announcement"});
            };
            ask();
            ask();
            Daemon daemon({"--config", config(), "--state", folder});
            ask();
            ask();
            QVERIFY2(daemon.says("ready"), qPrintable(daemon.log()));
            QByteArray first;
            for (const std::unique_ptr<QProcess>& process : asking) {
                QVERIFY(process->waitForFinished(kWaitMs));
                const QByteArray error = process->readAllStandardError();
                QVERIFY2(process->exitCode() == 0, error.constData());
                const QByteArray out = process->readAllStandardOutput();
                if (first.isEmpty()) first = out;
                QCOMPARE(out, first);
            }
            QCOMPARE(daemon.stop(), 0);
        }
    }
    void onlyOneUsesAStateDirectory()
    {
        Daemon daemon(arguments());
        QVERIFY(daemon.says("ready"));
        const Outcome second = run(arguments());
        QCOMPARE(second.code, 1);
        QVERIFY2(second.error.contains("in use by another process"), qPrintable(second.error));
    }
    void refusesAnotherRolesState()
    {
        QDir().mkpath(state());
        write(state() + "/role", "gateway\n");
        const Outcome outcome = run(arguments());
        QCOMPARE(outcome.code, 1);
        QVERIFY(outcome.error.contains("the state directory of a tarn-gateway"));
    }
    void refusesLooseKeys()
    {
        {
            Daemon daemon(arguments());
            QVERIFY(daemon.says("ready"));
            QCOMPARE(daemon.stop(), 0);
        }
        QFile::setPermissions(state() + "/private/node.key",
                              QFile::ReadOwner | QFile::WriteOwner | QFile::ReadOther);
        const Outcome outcome = run(arguments());
        QCOMPARE(outcome.code, 2);
        QVERIFY(outcome.error.contains("node.key: mode 0604"));
    }
    void refusesAPortInUse()
    {
        const int taken = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address = {};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        QCOMPARE(::bind(taken, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
        QCOMPARE(::listen(taken, 1), 0);
        socklen_t size = sizeof(address);
        ::getsockname(taken, reinterpret_cast<sockaddr*>(&address), &size);
        const int port = ntohs(address.sin_port);
        const Outcome outcome =
            runWith(QString("[listen]\nstorage = \"127.0.0.1:%1\"\n").arg(port));
        ::close(taken);
        QCOMPARE(outcome.code, 1);
        QVERIFY2(outcome.error.contains(QString::number(port)), qPrintable(outcome.error));
    }
    void refusesAStorageDirectoryItCannotMake()
    {
        const Outcome outcome = runWith("[listen]\nstorage = \"127.0.0.1:0\"\n"
                                        "[storage]\ndirectory = \"/proc/nothing\"\n");
        QCOMPARE(outcome.code, 1);
        QVERIFY2(outcome.error.contains("/proc/nothing"), qPrintable(outcome.error));
    }
    void readsItsConfigurationAgain()
    {
        Daemon daemon(arguments());
        QVERIFY(daemon.says("ready"));
        const QString good = read(config());
        write(config(), good + "readonly = true\n");
        daemon.signal(SIGHUP);
        QVERIFY2(daemon.says("configuration read again"), qPrintable(daemon.log()));
        write(config(), good + "readonyl = true\n");
        daemon.signal(SIGHUP);
        QVERIFY2(daemon.says("the old one stays"), qPrintable(daemon.log()));
        write(config(), QString(good).replace("admin = \"127.0.0.1:0\"\n", ""));
        daemon.signal(SIGHUP);
        QVERIFY2(daemon.says("take a new start"), qPrintable(daemon.log()));
        QCOMPARE(daemon.stop(), 0);
    }
    void saysThatNobodyCanLogIn()
    {
        write(config(), read(config()) + "anonymous = false\n");
        Daemon daemon(arguments());
        QVERIFY(daemon.says("nobody may log in"));
        QVERIFY(daemon.says("ready"));
        QCOMPARE(read(state() + "/storage.nurl"), QString());
    }
    Outcome account(const QStringList& words)
    {
        return run(QStringList{"--state", state(), "account"} + words);
    }
    void keepsAccounts()
    {
        const Outcome early = account({"list"});
        QCOMPARE(early.code, 1);
        QVERIFY2(early.error.contains("no server runs on " + state()), qPrintable(early.error));
        {
            Daemon daemon(arguments());
            QVERIFY(daemon.says("ready"));
            const Outcome added = account({"add", "alice", "--limit", "10 GB"});
            QCOMPARE(added.code, 0);
            const Result<wire::Nurl> nurl = wire::parseNurl(added.out.trimmed().toStdString());
            QVERIFY2(nurl, qPrintable(added.out));
            QVERIFY(
                !read(state() + "/storage.nurl").contains(QString::fromStdString(nurl->swissnum)));
            QCOMPARE(account({"add", "alice"}).code, 1);
            QCOMPARE(account({"add", "a/b"}).code, 2);
            QCOMPARE(account({"limit", "alice", "much"}).code, 2);
            QCOMPARE(account({"limit", "alice", "5 GB"}).code, 0);
            QCOMPARE(account({"deny", "alice", "write"}).code, 0);
            const Outcome shown = account({"show", "alice"});
            QVERIFY2(shown.out.contains("may       read,keep\n") &&
                         shown.out.contains("limit     5 GB\n") && shown.out.contains(added.out),
                     qPrintable(shown.out));
            QVERIFY(account({"rotate", "alice"}).out != added.out);
            QCOMPARE(account({"allow", "alice"}).code, 0);
            QCOMPARE(daemon.stop(), 0);
            QVERIFY(!QFile::exists(state() + "/admin.sock"));
        }
        Daemon daemon(arguments());
        QVERIFY(daemon.says("ready"));
        QCOMPARE(account({"revoke", "alice"}).code, 0);
        const Outcome list = account({"list"});
        QCOMPARE(list.out, QString("NAME       USED  LIMIT  SHARES  MAY\n"
                                   "anonymous  0 B   -      0       read,write,keep\n"
                                   "alice      0 B   5 GB   0       revoked\n"));
        const Outcome json = account({"list", "--json"});
        QCOMPARE(QJsonDocument::fromJson(json.out.toUtf8())["accounts"].toArray().size(), 2);
        QCOMPARE(account({"show", "nobody"}).code, 1);
        QCOMPARE(account({}).code, 2);
    }
    void logsAsJson()
    {
        Daemon daemon(arguments({"--log-format", "json"}));
        QVERIFY(daemon.says("\"text\":\"ready\""));
    }
};

QTEST_GUILESS_MAIN(TestTarnStorage)
#include "test_tarn_storage.moc"
