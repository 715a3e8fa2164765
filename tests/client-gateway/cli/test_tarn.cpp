// The program itself against a gateway in this process.
#include "client-gateway/web/web_api.h"
#include "core/net/listener.h"
#include "tests/client-gateway/web/fake_files.h"

#include <boost/asio/io_context.hpp>

#include <QtCore/QDir>
#include <QtCore/QElapsedTimer>
#include <QtCore/QFile>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QProcess>
#include <QtCore/QStringList>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;

namespace {

const std::string kChk = "URI:CHK:aaaqeayeaudaocajbifqydiob4:"
                         "eaqseizeeutcokbjfivsyljof4ydcmrtgq2tmnzyhe5dwpb5hy7q:3:10:5";

struct Outcome
{
    int code = -1;
    QByteArray out;
    QByteArray err;
};

/// A gateway on a loopback port; its engine turns while a program runs.
class Gateway
{
public:
    Gateway() : m_cpu(m_clock), m_api(files, m_cpu, m_clock, access())
    {
        net::ListenerConfig config;
        config.address = *net::parseEndpoint("127.0.0.1:0");
        m_listener =
            *net::Listener::open(m_engine.get_executor(), std::move(config), m_api, m_clock);
        url = QString::fromStdString("http://" + net::textOf(m_listener->address()) + "/");
        QFile file(state.filePath("node.url"));
        if (!file.open(QIODevice::WriteOnly) || file.write(url.toUtf8() + "\n") < 0)
            qFatal("cannot write node.url");
    }
    ~Gateway()
    {
        m_listener.reset();
        m_engine.restart();
        m_engine.poll();
    }

    Outcome run(const QStringList& arguments, const QByteArray& input = {})
    {
        QProcess process;
        process.start(TARN_BINARY_DIR "/bin/tarn", QStringList{"-d", state.path()} + arguments);
        if (!process.waitForStarted()) return {};
        process.write(input);
        process.closeWriteChannel();
        QElapsedTimer limit;
        limit.start();
        while (!process.waitForFinished(1) && limit.elapsed() < 30'000) {
            m_engine.restart();
            m_engine.poll();
        }
        return {process.exitCode(), process.readAllStandardOutput(),
                process.readAllStandardError()};
    }

    test::FakeFiles files;
    QTemporaryDir state;
    QString url;

private:
    static gateway::web::WebAccess access()
    {
        gateway::web::WebAccess out;
        out.listenHost = "127.0.0.1";
        return out;
    }

    SystemClock m_clock;
    asio::io_context m_engine;
    gateway::web::CpuMonitor m_cpu;
    gateway::web::WebApi m_api;
    std::unique_ptr<net::Listener> m_listener;
};

void makeFile(const QString& path, const QByteArray& content)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
        qFatal("cannot write");
}

QByteArray contentOf(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QJsonObject json(const QByteArray& text)
{
    return QJsonDocument::fromJson(text).object();
}

} // namespace

class TestTarn final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void putStoresFilesAndStreams()
    {
        Gateway gateway;
        gateway.files.nextCap = kChk;
        const QString path = gateway.state.filePath("in");
        makeFile(path, "hello");
        const Outcome file = gateway.run({"put", path});
        QCOMPARE(file.code, 0);
        QCOMPARE(file.out, QByteArray::fromStdString(kChk) + "\n");
        QCOMPARE(file.err, QByteArray("200 OK\n"));
        QCOMPARE(asText(gateway.files.files[kChk]), std::string_view("hello"));

        gateway.files.pieceBytes = 65'536;
        const QByteArray big(3'000'000, 'x');
        const Outcome stream = gateway.run({"--json", "put", "-"}, big);
        QCOMPARE(stream.code, 0);
        QCOMPARE(json(stream.out)["cap"].toString(), QString::fromStdString(kChk));
        QCOMPARE(json(stream.out)["size"].toInt(), 3'000'000);
        QCOMPARE(gateway.files.files[kChk].size(), std::size_t(big.size()));
    }
    void getWritesFilesAndStreams()
    {
        Gateway gateway;
        gateway.files.files[kChk] = toBytes("hello");
        const QString cap = QString::fromStdString(kChk);
        QCOMPARE(gateway.run({"get", cap}).out, QByteArray("hello"));
        QCOMPARE(gateway.run({"get", cap, "-"}).out, QByteArray("hello"));
        QCOMPARE(gateway.run({"get", "-"}, cap.toUtf8()).out, QByteArray("hello"));
        const QString path = gateway.state.filePath("out");
        const Outcome file = gateway.run({"--json", "get", cap, path});
        QCOMPARE(file.code, 0);
        QCOMPARE(json(file.out)["size"].toInt(), 5);
        QCOMPARE(contentOf(path), QByteArray("hello"));
        makeFile(gateway.state.filePath("cap"), cap.toUtf8() + "\n");
        QCOMPARE(gateway.run({"get", "--cap-file", gateway.state.filePath("cap")}).out,
                 QByteArray("hello"));
    }
    void brokenDownloadsLeaveNothing()
    {
        Gateway gateway;
        gateway.files.files[kChk] = toBytes("hello, world");
        const QString path = gateway.state.filePath("out");
        makeFile(path, "before");
        gateway.files.lateReadError = Error(ErrorCode::NotEnoughShares, "lost");
        const Outcome late = gateway.run({"get", QString::fromStdString(kChk), path});
        QCOMPARE(late.code, 1);
        QVERIFY(!late.err.isEmpty());
        gateway.files.readError = Error(ErrorCode::NotEnoughShares, "lost");
        const Outcome gone = gateway.run({"get", QString::fromStdString(kChk), path});
        QCOMPARE(gone.code, 1);
        QVERIFY(gone.err.contains("NotEnoughSharesError"));
        QVERIFY(gone.err.contains("tarn check"));
        QCOMPARE(contentOf(path), QByteArray("before"));
        QVERIFY(QDir(gateway.state.path()).entryList({"*.part-*"}).isEmpty());
    }
    void checkReports()
    {
        Gateway gateway;
        const QString cap = QString::fromStdString(kChk);
        gateway.files.checkResult.summary = "Not Healthy: 4 shares (enc 3-of-10)";
        const Outcome sick = gateway.run({"check", cap});
        QCOMPARE(sick.code, 0); // the check itself worked
        QVERIFY(sick.out.contains("Not Healthy: 4 shares"));
        gateway.files.checkResult.healthy = true;
        QCOMPARE(gateway.run({"check", "--verify", "--add-lease", cap}).code, 0);
        QVERIFY(gateway.files.checkOptions.verify && gateway.files.checkOptions.addLease);
        const Outcome asJson = gateway.run({"--json", "check", cap});
        QVERIFY(json(asJson.out)["results"].toObject()["healthy"].toBool());
        gateway.files.repairResult.attempted = true;
        gateway.files.repairResult.successful = true;
        gateway.files.repairResult.after.healthy = true;
        const Outcome repaired = gateway.run({"check", "--repair", cap});
        QCOMPARE(repaired.code, 0);
        QVERIFY(repaired.out.contains("repair successful"));
    }
    void statusListsServers()
    {
        Gateway gateway;
        gateway::web::ServerView server;
        server.id = "v0-abcdefghijkl";
        server.nickname = "alpha";
        server.status.text = "connected";
        gateway.files.views.push_back(server);
        const Outcome text = gateway.run({"status"});
        QCOMPARE(text.code, 0);
        QVERIFY(text.out.contains("alpha  connected"));
        QVERIFY(json(gateway.run({"status", "--json"}).out).contains("servers"));
    }
    void refusalsAreReported()
    {
        Gateway gateway;
        gateway.files.uploadError = Error(ErrorCode::NoSpace, "the spool is full");
        const Outcome full = gateway.run({"put", "-"}, QByteArray(1'000'000, 'x'));
        QCOMPARE(full.code, 1);
        QVERIFY(full.err.contains("507"));
        const Outcome asJson = gateway.run({"--json", "put", "-"}, "x");
        QCOMPARE(json(asJson.err)["code"].toString(), QString("NoSpace"));
        const Outcome malformed = gateway.run({"get", "URI:CHK:x"});
        QCOMPARE(malformed.code, 1);
        QVERIFY(malformed.err.contains("400"));
    }
    void localMistakes()
    {
        Gateway gateway;
        QCOMPARE(gateway.run({"put", gateway.state.filePath("absent")}).code, 1);
        QCOMPARE(gateway.run({"put", gateway.state.path()}).code, 1);
        QCOMPARE(gateway.run({"put", "a", "b", "c"}).code, 1);
        QVERIFY(gateway.run({"nonsense"}).err.contains("no command 'nonsense'"));
        QVERIFY(json(gateway.run({"--json", "nonsense"}).err)["error"].isString());
        QCOMPARE(gateway.run({"--version"}).code, 0);
        QFile::remove(gateway.state.filePath("node.url"));
        const Outcome lost = gateway.run({"status"});
        QCOMPARE(lost.code, 2); // status
        QVERIFY(lost.err.contains("--gateway"));
        const Outcome nobody = gateway.run({"--gateway", "http://127.0.0.1:1", "status"});
        QCOMPARE(nobody.code, 2); // status
        QVERIFY(nobody.err.contains("no gateway listens at http://127.0.0.1:1/"));
        makeFile(gateway.state.filePath("node.url"), "http://127.0.0.1:1/\n");
        const Outcome stopped = gateway.run({"status"});
        QCOMPARE(stopped.code, 2); // status
        QVERIFY(stopped.err.contains("node.url: no gateway listens at http://127.0.0.1:1/"));
        QVERIFY2(stopped.err.contains("refused"), stopped.err.constData());
    }
    void dryRunsPrintTheCapAlone()
    {
        Gateway gateway;
        const QString path = gateway.state.filePath("in");
        makeFile(path, "hello");
        const QStringList shape{"put", "--dry-run", "--convergence", "aaaaaaaaaaaaaaaa"};
        QCOMPARE(gateway.run(shape + QStringList{path}).out, QByteArray("URI:LIT:nbswy3dp\n"));
        QCOMPARE(gateway.run(shape + QStringList{"-"}, "hello").out,
                 QByteArray("URI:LIT:nbswy3dp\n"));
        const QByteArray big(200'000, 'y');
        makeFile(path, big);
        const Outcome file = gateway.run(shape + QStringList{"--segment-size", "1000", path});
        const Outcome stream = gateway.run(shape + QStringList{"--segment-size", "1000", "-"}, big);
        QCOMPARE(file.code, 0);
        QVERIFY(file.out.startsWith("URI:CHK:"));
        QVERIFY(file.out.endsWith(":3:10:200000\n"));
        QCOMPARE(stream.out, file.out);
        QVERIFY(gateway.files.files.empty());
    }
    void dryRunsTakeTheSecretOfTheState()
    {
        Gateway gateway;
        QCOMPARE(gateway.run({"put", "--dry-run", "-"}, QByteArray(100, 'x')).code, 1);
        QVERIFY(QDir(gateway.state.path()).mkdir("private"));
        const QString secret = gateway.state.filePath("private/convergence");
        makeFile(secret, "aaaaaaaaaaaaaaaa\n");
        QFile::setPermissions(secret, QFile::ReadOwner | QFile::WriteOwner);
        const Outcome own = gateway.run({"put", "--dry-run", "-"}, QByteArray(100, 'x'));
        const Outcome given = gateway.run(
            {"put", "--dry-run", "--convergence", "aaaaaaaaaaaaaaaa", "-"}, QByteArray(100, 'x'));
        QCOMPARE(own.code, 0);
        QCOMPARE(own.out, given.out);
        const Outcome bad = gateway.run({"put", "--dry-run", "--convergence", "1", "-"}, "x");
        QCOMPARE(bad.code, 1);
    }
};

QTEST_GUILESS_MAIN(TestTarn)
#include "test_tarn.moc"
