// The program itself, with real storage servers: options, refusals, signals, a file there and back.
#include <QtCore/QByteArrayList>
#include <QtCore/QDir>
#include <QtCore/QElapsedTimer>
#include <QtCore/QFile>
#include <QtCore/QProcess>
#include <QtCore/QStringList>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

#include <csignal>
#include <memory>

namespace {

const QString kBin = QStringLiteral(TARN_BINARY_DIR "/bin/");
constexpr int kWaitMs = 20'000;

struct Outcome
{
    int code = -1;
    QByteArray out;
    QString error;
};

Outcome run(const QString& program, const QStringList& arguments)
{
    QProcess process;
    process.start(kBin + program, arguments);
    Outcome outcome;
    if (!process.waitForFinished(kWaitMs)) return outcome;
    outcome.code = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -2;
    outcome.out = process.readAllStandardOutput();
    outcome.error = QString::fromUtf8(process.readAllStandardError());
    return outcome;
}

void write(const QString& path, const QByteArray& content)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
        qFatal("cannot write");
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
}

QByteArray read(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// A running daemon; killed, if it must be, with the object.
class Daemon
{
public:
    Daemon(const QString& program, const QStringList& arguments)
    {
        m_process.setProcessChannelMode(QProcess::MergedChannels);
        m_process.start(kBin + program, arguments);
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
        int at = -1;
        while ((at = static_cast<int>(m_log.indexOf(text, m_seen))) < 0) {
            if (timer.elapsed() > kWaitMs) return false;
            m_process.waitForReadyRead(100);
            const QByteArray more = m_process.readAll();
            if (more.isEmpty() && m_process.state() == QProcess::NotRunning) return false;
            m_log += QString::fromUtf8(more);
        }
        m_seen = at + static_cast<int>(text.size());
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
    int m_seen = 0;
};

/// A gateway's files in a folder of their own.
class Place
{
public:
    Place() { configure("[web]\nlisten = \"127.0.0.1:0\"\n"); }
    void configure(const QByteArray& text) { write(path("gateway.toml"), text); }
    QString path(const QString& name) const { return m_dir.filePath(name); }
    QString state() const { return path("state"); }
    QStringList arguments() const { return {"--config", path("gateway.toml"), "--state", state()}; }

private:
    QTemporaryDir m_dir;
};

/// Three storage servers and the servers.yaml that names them.
class Servers
{
public:
    Servers()
    {
        m_yaml = "storage:\n";
        for (int i = 0; i < 3; ++i) {
            const QString config = m_dir.filePath(QString("s%1.toml").arg(i));
            write(config, "[listen]\nstorage = \"127.0.0.1:0\"\n[storage]\nreserved_space = 0\n");
            const QStringList arguments{"--config", config, "--state",
                                        m_dir.filePath(QString("s%1").arg(i))};
            daemons.push_back(std::make_unique<Daemon>("tarn-storage", arguments));
            if (!daemons.back()->says("ready")) qFatal("a storage server does not start");
            const QByteArray entry =
                run("tarn-storage", arguments + QStringList{"--announcement"}).out;
            m_yaml += entry.mid(entry.indexOf('\n') + 1);
        }
    }
    QByteArray yaml() const { return m_yaml; }

    std::vector<std::unique_ptr<Daemon>> daemons;

private:
    QTemporaryDir m_dir;
    QByteArray m_yaml;
};

} // namespace

class TestTarnGateway final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void checksAndExplainsItsConfiguration()
    {
        const Place place;
        const Outcome checked = run("tarn-gateway", place.arguments() << "--check-config");
        QCOMPARE(checked.code, 0);
        QVERIFY(checked.out.contains("segment_size = \"1 MiB\""));
        const Outcome explained = run("tarn-gateway", place.arguments() << "--explain");
        QCOMPARE(explained.code, 0);
        QVERIFY(explained.out.contains("none known"));
        QVERIFY(!QFile::exists(place.state()));
        QCOMPARE(run("tarn-gateway", {"--version"}).code, 0);
    }
    void refusesWithTheReason()
    {
        Place place;
        QCOMPARE(run("tarn-gateway", {}).code, 2);
        place.configure("[web]\nlisten = \"127.0.0.1:0\"\nport = 1\n");
        const Outcome unknown = run("tarn-gateway", place.arguments());
        QCOMPARE(unknown.code, 2);
        QVERIFY(unknown.error.contains("gateway.toml:3:1"));
        QVERIFY(!QFile::exists(place.state()));
        QCOMPARE(run("tarn-gateway", {"--config", place.path("absent"), "--state", "x"}).code, 2);
    }
    void oneProcessAtATimeAndOneRole()
    {
        const Place place;
        Daemon first("tarn-gateway", place.arguments());
        QVERIFY2(first.says("ready"), qPrintable(first.log()));
        const Outcome second = run("tarn-gateway", place.arguments());
        QCOMPARE(second.code, 1);
        QVERIFY2(second.error.contains("in use"), qPrintable(second.error));
        QCOMPARE(first.stop(), 0);
        write(place.path("storage.toml"), "[listen]\nstorage = \"127.0.0.1:0\"\n");
        const Outcome other =
            run("tarn-storage", {"--config", place.path("storage.toml"), "--state", place.state()});
        QCOMPARE(other.code, 1);
    }
    void aPortInUseIsNamed()
    {
        Place place;
        Daemon first("tarn-gateway", place.arguments());
        QVERIFY(first.says("ready"));
        const QByteArray address = read(place.state() + "/node.url").trimmed().mid(7).chopped(1);
        place.configure("[web]\nlisten = \"" + address + "\"\n");
        const Outcome second = run("tarn-gateway", {"--config", place.path("gateway.toml"),
                                                    "--state", place.path("other")});
        QCOMPARE(second.code, 1);
        QVERIFY2(second.error.contains(QString::fromUtf8(address)), qPrintable(second.error));
    }
    void secretsAreKeptAndTheTokenIsNew()
    {
        const Place place;
        QByteArrayList tokens;
        QByteArrayList secrets;
        for (int start = 0; start < 2; ++start) {
            Daemon daemon("tarn-gateway", place.arguments());
            QVERIFY(daemon.says("ready"));
            tokens << read(place.state() + "/private/api_auth_token");
            secrets << read(place.state() + "/private/secret") +
                           read(place.state() + "/private/convergence");
            QCOMPARE(daemon.stop(), 0);
        }
        QVERIFY(tokens[0] != tokens[1]);
        QCOMPARE(secrets[0], secrets[1]);
        QCOMPARE(secrets[0].size(), qsizetype{2 * 53});
        QFile::setPermissions(place.state() + "/private/secret",
                              QFile::ReadOwner | QFile::WriteOwner | QFile::ReadOther);
        const Outcome loose = run("tarn-gateway", place.arguments());
        QVERIFY(loose.code != 0);
        QVERIFY2(loose.error.contains("private/secret"), qPrintable(loose.error));
    }
    void filesGoThereAndBack()
    {
        Place place;
        Servers servers;
        QVERIFY(QDir().mkdir(place.state()));
        write(place.state() + "/servers.yaml",
              servers.yaml() + "  broken:\n    ann: {nickname: b}\n");
        place.configure("[web]\nlisten = \"127.0.0.1:0\"\n[encoding]\nneeded = 1\nhappy = 3\n"
                        "total = 3\n");
        Daemon daemon("tarn-gateway", place.arguments());
        QVERIFY2(daemon.says("server left out"), qPrintable(daemon.log()));
        QVERIFY2(daemon.says("ready"), qPrintable(daemon.log()));
        write(place.path("in"), QByteArray(300'000, 'x'));
        const Outcome put = run("tarn", {"-d", place.state(), "put", place.path("in")});
        QVERIFY2(put.code == 0, qPrintable(put.error));
        const QString cap = QString::fromUtf8(put.out.trimmed());
        servers.daemons.erase(servers.daemons.begin(), servers.daemons.begin() + 2);
        const Outcome got = run("tarn", {"-d", place.state(), "get", cap});
        QCOMPARE(got.code, 0);
        QVERIFY(got.out == QByteArray(300'000, 'x'));
        const Outcome unhappy =
            run("tarn", {"-d", place.state(), "put", place.path("gateway.toml")});
        QCOMPARE(unhappy.code, 1);
        QVERIFY(unhappy.error.contains("UploadUnhappinessError"));
        QCOMPARE(daemon.stop(), 0);
    }
    void hangupReadsAgain()
    {
        Place place;
        Daemon daemon("tarn-gateway", place.arguments());
        QVERIFY(daemon.says("ready"));
        const Servers servers;
        write(place.state() + "/servers.yaml", servers.yaml());
        daemon.signal(SIGHUP);
        QVERIFY2(daemon.says("storage servers known count=\"3\""), qPrintable(daemon.log()));
        QVERIFY(daemon.says("configuration read again"));
        write(place.state() + "/servers.yaml", "servers: {}\n");
        daemon.signal(SIGHUP);
        QVERIFY2(daemon.says("no servers listed"), qPrintable(daemon.log()));
        QVERIFY2(daemon.says("found: servers"), qPrintable(daemon.log()));
        QVERIFY(daemon.says("configuration read again"));
        write(place.state() + "/servers.yaml", servers.yaml());
        daemon.signal(SIGHUP);
        QVERIFY(daemon.says("configuration read again"));
        write(place.state() + "/servers.yaml", "storage: [1\n");
        daemon.signal(SIGHUP);
        QVERIFY2(daemon.says("the old one stays"), qPrintable(daemon.log()));
        write(place.state() + "/servers.yaml", servers.yaml());
        place.configure("[web]\nlisten = \"127.0.0.1:1\"\n");
        daemon.signal(SIGHUP);
        QVERIFY2(daemon.says("takes a restart"), qPrintable(daemon.log()));
        const Outcome status = run("tarn", {"-d", place.state(), "status"});
        QVERIFY(status.out.contains("3 servers"));
        QCOMPARE(daemon.stop(), 0);
    }
};

QTEST_GUILESS_MAIN(TestTarnGateway)
#include "test_tarn_gateway.moc"
