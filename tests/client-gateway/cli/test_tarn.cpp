// The program itself against a gateway in this process.
#include "client-gateway/dirs/directories.h"
#include "client-gateway/web/web_api.h"
#include "core/cap/parse.h"
#include "core/net/listener.h"
#include "tests/client-gateway/web/fake_files.h"

#include <boost/asio/io_context.hpp>
#include <fcntl.h>
#include <sys/stat.h>

#include <QtCore/QDateTime>
#include <QtCore/QDir>
#include <QtCore/QElapsedTimer>
#include <QtCore/QFile>
#include <QtCore/QFileInfo>
#include <QtCore/QJsonArray>
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
        files.directoriesOf = &m_directories;
        files.capOf = [this](ByteView content) {
            return makesCaps ? immutables.add(content) : files.nextCap;
        };
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

    /// A new directory with an alias, for trees.
    void makeHome()
    {
        makesCaps = true;
        QVERIFY(QDir(state.path()).mkpath("private"));
        const Outcome made = run({"create-alias", "home"});
        QVERIFY2(made.code == 0, made.err.constData());
    }
    /// The shares of what this names are gone.
    void lose(const QString& remote)
    {
        const QJsonArray described =
            QJsonDocument::fromJson(run({"--json", "ls", remote}).out).array();
        const std::string cap = described[1].toObject()["rw_uri"].toString().toStdString();
        const cap::Cap parsed = cap::parseCap(cap);
        const auto& directory = std::get<cap::DirectoryCap>(parsed);
        mutables.lost.insert(
            test::FakeMutableFiles::indexOf(std::get<cap::MutableWriteCap>(directory.file)));
    }

    /// The mtime of a link, in seconds since 1970.
    qint64 timeOf(const QString& directory, const QString& name)
    {
        const QJsonArray described =
            QJsonDocument::fromJson(run({"--json", "ls", directory}).out).array();
        const QJsonObject children = described[1].toObject()["children"].toObject();
        const QJsonObject metadata = children[name].toArray()[1].toObject()["metadata"].toObject();
        return static_cast<qint64>(metadata["mtime"].toDouble());
    }

    test::FakeFiles files;
    test::FakeMutableFiles& mutables = files.mutables;
    test::FakeImmutableFiles& immutables = files.immutables;
    bool makesCaps = false; ///< of the contents, instead of files.nextCap
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
    std::unique_ptr<WorkPool> m_cpuPool = makeInlinePool();
    gateway::Directories m_directories{{m_clock, *m_cpuPool, mutables, immutables}};
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

/// Of a file or directory, in seconds since 1970.
void setTime(const QString& path, time_t seconds)
{
    const timespec times[2] = {{seconds, 0}, {seconds, 0}};
    if (::utimensat(AT_FDCWD, path.toUtf8().constData(), times, 0) != 0)
        qFatal("cannot set a time");
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
    void foldersThatCannotBeReadAreTold()
    {
        Gateway gateway;
        gateway.makeHome();
        gateway.mutables.health.healthy = true;
        for (const char* path : {"home:good/below", "home:lost/below"})
            QCOMPARE(gateway.run({"mkdir", path}).code, 0);
        for (const char* command : {"manifest", "stats", "deep-check"})
            QCOMPARE(gateway.run({command, "home:"}).code, 0);
        gateway.lose("home:lost");

        for (const char* command : {"manifest", "stats", "deep-check"}) {
            const Outcome told = gateway.run({command, "home:"});
            QCOMPARE(told.code, 1);
            QVERIFY2(told.err.contains("tarn: lost: "), told.err.constData());
            QVERIFY(told.err.contains("2 of 3 shares"));
            QCOMPARE(told.err.count("(nothing below it was looked at)\n"), 1);
        }
        QVERIFY(gateway.run({"manifest", "home:"}).out.contains(" good/below\n"));
        QVERIFY(gateway.run({"deep-check", "home:"}).out.contains("done: 4 objects checked"));
        QVERIFY(gateway.run({"deep-check", "--raw", "home:"}).err.contains("tarn: lost: "));

        for (const char* command : {"manifest", "deep-check"}) {
            const Outcome told = gateway.run({"--json", command, "home:"});
            QCOMPARE(told.code, 1);
            QCOMPARE(told.err, QByteArray());
            QVERIFY(told.out.contains("\"error\": \"") || told.out.contains("\"error\":\""));
            QVERIFY(told.out.contains("\"count-unreadable-directories\":1"));
        }
        const Outcome stats = gateway.run({"--json", "stats", "home:"});
        QCOMPARE(stats.code, 1);
        QCOMPARE(stats.err, QByteArray());
        QCOMPARE(json(stats.out)["count-unreadable-directories"].toInt(), 1);
        const QJsonArray failed = json(stats.out)["list-failed-objects"].toArray();
        QCOMPARE(failed.size(), 1);
        QCOMPARE(failed[0].toArray()[0].toArray(), QJsonArray{"lost"});
        QVERIFY(failed[0].toArray()[1].toString().contains("2 of 3 shares"));
    }
    void secondCopiesKeepTimes()
    {
        Gateway gateway;
        gateway.makeHome();
        const QString tree = gateway.state.filePath("tree");
        QVERIFY(QDir(tree).mkpath("sub"));
        makeFile(tree + "/sub/file", QByteArray(100, 'x'));
        const auto copied = [&](const QString& from, const QString& to) {
            const Outcome outcome = gateway.run({"--json", "cp", "-r", from, to});
            return outcome.code == 0 ? json(outcome.out) : QJsonObject();
        };
        setTime(tree + "/sub", 1'500'000'000);
        QCOMPARE(copied(tree, "home:")["files"].toInt(), 1);
        QCOMPARE(gateway.timeOf("home:tree", "sub"), 1'500'000'000);
        setTime(tree + "/sub", 1'500'000'001);
        QCOMPARE(copied(tree, "home:")["unchanged"].toInt(), 1);
        QCOMPARE(gateway.timeOf("home:tree", "sub"), 1'500'000'001);
        const unsigned writes = gateway.mutables.writes;
        QCOMPARE(copied(tree, "home:")["unchanged"].toInt(), 1);
        QCOMPARE(gateway.mutables.writes, writes);

        const QString back = gateway.state.filePath("back");
        QCOMPARE(copied("home:tree", back)["files"].toInt(), 1);
        setTime(tree + "/sub/file", 1'500'000'002);
        QCOMPARE(copied(tree, "home:")["files"].toInt(), 1);
        QCOMPARE(gateway.timeOf("home:tree/sub", "file"), 1'500'000'002);
        const QJsonObject third = copied("home:tree", back);
        QCOMPARE(third["files"].toInt(), 1);
        QCOMPARE(third["reused"].toInt(), 1);
        const QString file = gateway.state.filePath("back/tree/sub/file");
        QCOMPARE(QFileInfo(file).lastModified().toSecsSinceEpoch(), 1'500'000'002);
        QCOMPARE(copied("home:tree", back)["unchanged"].toInt(), 1);
    }
    void equalMutableFilesAreNotSentAgain()
    {
        Gateway gateway;
        gateway.makeHome();
        const QString tree = gateway.state.filePath("tree");
        QVERIFY(QDir().mkpath(tree));
        makeFile(tree + "/file", QByteArray(100, 'x'));
        setTime(tree + "/file", 1'500'000'000);
        QCOMPARE(gateway.run({"mkdir", "home:tree"}).code, 0);
        QCOMPARE(gateway.run({"put", "-m", "-", "home:tree/file"}, "old").code, 0);
        const auto copied = [&](const QString& from, const QString& to) {
            const Outcome outcome = gateway.run({"--json", "cp", "-r", from, to});
            return outcome.code == 0 ? json(outcome.out) : QJsonObject();
        };
        const QJsonObject first = copied(tree, "home:");
        QCOMPARE(first["files"].toInt(), 1);
        QCOMPARE(first["reused"].toInt(), 0);
        QCOMPARE(gateway.run({"get", "home:tree/file"}).out, QByteArray(100, 'x'));
        QCOMPARE(gateway.timeOf("home:tree", "file"), 1'500'000'000);
        const unsigned writes = gateway.mutables.writes;
        QCOMPARE(copied(tree, "home:")["unchanged"].toInt(), 1);
        QCOMPARE(gateway.mutables.writes, writes);
        makeFile(tree + "/file", QByteArray(100, 'y'));
        QCOMPARE(copied(tree, "home:")["files"].toInt(), 1);
        QCOMPARE(gateway.run({"get", "home:tree/file"}).out, QByteArray(100, 'y'));

        const QString back = gateway.state.filePath("back");
        QCOMPARE(copied("home:tree", back)["files"].toInt(), 1);
        QCOMPARE(copied("home:tree", back)["unchanged"].toInt(), 1);
        const QString file = gateway.state.filePath("back/tree/file");
        setTime(file, 1'400'000'000);
        QCOMPARE(copied("home:tree", back)["reused"].toInt(), 1);
        QVERIFY(QFileInfo(file).lastModified().toSecsSinceEpoch() > 1'500'000'000);
        makeFile(file, QByteArray(100, 'z'));
        QCOMPARE(copied("home:tree", back)["files"].toInt(), 1);
        QCOMPARE(contentOf(file), QByteArray(100, 'y'));
    }
    void twoSpellingsOfANameCostOneOfThem()
    {
        Gateway gateway;
        gateway.makeHome();
        const QString tree = gateway.state.filePath("tree");
        QVERIFY(QDir().mkpath(tree));
        const QString composed = QString::fromUtf8("\xc3\xa4");
        const QString decomposed = QString::fromUtf8("a\xcc\x88");
        for (const QString& name : {composed, decomposed, QString("other")})
            makeFile(tree + "/" + name, name.toUtf8() + QByteArray(100, 'x'));
        const Outcome copied = gateway.run({"cp", "-r", tree, "home:"});
        QCOMPARE(copied.code, 1);
        QVERIFY2(copied.err.contains("/tree/" + composed.toUtf8() + ": not copied"),
                 copied.err.constData());
        QCOMPARE(gateway.run({"ls", "home:tree"}).out, "other\n" + composed.toUtf8() + "\n");

        const Outcome saved = gateway.run({"backup", tree, "home:"});
        QCOMPARE(saved.code, 2);
        QVERIFY2(saved.err.contains("WARNING: could not be stored because another name"),
                 saved.err.constData());
        QVERIFY(saved.err.contains("/tree/" + composed.toUtf8() + "\n"));
        QCOMPARE(gateway.run({"ls", "home:Latest"}).out, "other\n" + composed.toUtf8() + "\n");

        const Outcome told = gateway.run({"--json", "backup", tree, "home:"});
        QCOMPARE(told.code, 2);
        QCOMPARE(told.err, QByteArray());
        const QJsonArray skipped = json(told.out)["skipped"].toArray();
        QCOMPARE(skipped.size(), 1);
        QVERIFY(skipped[0].toObject()["path"].toString().endsWith("/tree/" + composed));
        QVERIFY(skipped[0].toObject()["warning"].toString().contains("another name"));
        const Outcome again = gateway.run({"--progress", "backup", tree, "home:"});
        QVERIFY2(again.err.contains("2 of 2 files  0 B of 0 B [====================] 100 %"),
                 again.err.constData());
    }
    void jsonIsOneValueOnALine()
    {
        Gateway gateway;
        const QString cap = QString::fromStdString(kChk);
        const QList<QByteArray> lines = gateway.run({"--json", "check", cap, cap}).out.split('\n');
        QCOMPARE(lines.size(), 3);
        QVERIFY(json(lines[0]).contains("results") && json(lines[1]).contains("results"));
        QVERIFY(lines[2].isEmpty());
        const Outcome dry = gateway.run(
            {"--json", "put", "--dry-run", "--convergence", "aaaaaaaaaaaaaaaa", "-"}, "hello");
        QCOMPARE(json(dry.out)["cap"].toString(), QString("URI:LIT:nbswy3dp"));
    }
    void quietIsSilentOnStandardOutput()
    {
        Gateway gateway;
        gateway.makeHome();
        QCOMPARE(gateway.run({"put", "-", "home:file"}, "hello").code, 0);
        for (const QStringList& command :
             {QStringList{"ls", "home:"}, QStringList{"--json", "ls", "home:"},
              QStringList{"get", "home:file"}, QStringList{"put", "-"}, QStringList{"mkdir"}}) {
            const Outcome quiet = gateway.run(QStringList{"-q"} + command, "hello");
            QCOMPARE(quiet.code, 0);
            QCOMPARE(quiet.out, QByteArray());
            QCOMPARE(quiet.err, QByteArray());
        }
        const Outcome failed = gateway.run({"-q", "ls", "home:absent"});
        QCOMPARE(failed.code, 2);
        QVERIFY(!failed.err.isEmpty());
    }
    void introducersAreMade()
    {
        Gateway gateway;
        const QString made = gateway.state.filePath("intro");
        const Outcome outcome = gateway.run({"create-introducer", "--listen", "127.0.0.1:41200",
                                             "-n", "one", "--hostname", "intro.example.org", made});
        QVERIFY2(outcome.code == 0, outcome.err.constData());
        QVERIFY(outcome.out.contains("tarn-introducer --config"));
        QProcess process;
        process.start(TARN_BINARY_DIR "/bin/tarn-introducer",
                      {"--config", made + "/introducer.toml", "--state", made, "--check-config"});
        QVERIFY(process.waitForFinished(20'000));
        QCOMPARE(process.exitCode(), 0);
        const QByteArray config = process.readAllStandardOutput();
        QVERIFY2(config.contains("introducer = \"127.0.0.1:41200\""), config.constData());
        QVERIFY(config.contains("tcp:intro.example.org:41200"));
        QVERIFY(config.contains("nickname = \"one\""));
        QCOMPARE(gateway.run({"create-introducer", "--listen", "127.0.0.1:1", made}).code, 255);
        QCOMPARE(gateway.run({"create-introducer", made + "2"}).code, 1);
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
