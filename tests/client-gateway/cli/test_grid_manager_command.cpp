// `tarn grid-manager` itself: files, output and exit codes as Tahoe-LAFS's grid-manager has them.
#include "client-gateway/cli/setup/grid_manager_report.h"
#include "core/grid_manager/iso_time.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QFileInfo>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QProcess>
#include <QtCore/QRegularExpression>
#include <QtCore/QStringList>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway::cli;

namespace {

const QByteArray kKey = "pub-v0-omap3uqqb6la6r3onbraxnpekkse6mx6hpgrutsgucdtmgwma2tq";

struct Outcome
{
    int code = -1;
    QByteArray out;
    QByteArray err;
};

Outcome run(const QStringList& arguments, const QByteArray& input = {})
{
    QProcess process;
    process.start(TARN_BINARY_DIR "/bin/tarn", QStringList{"grid-manager"} + arguments);
    process.write(input);
    process.closeWriteChannel();
    if (!process.waitForFinished(20'000)) return {};
    return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
}

QByteArray contentOf(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

bool matches(const QByteArray& text, const QString& pattern)
{
    return QRegularExpression("^" + pattern + "$").match(text).hasMatch();
}

QJsonObject vectors()
{
    return QJsonDocument::fromJson(contentOf(TARN_SOURCE_DIR "/tests/vectors/grid_manager.json"))
        .object();
}

} // namespace

class TestGridManagerCommand final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void keepsAGridManager()
    {
        const QTemporaryDir top;
        const QString dir = top.filePath("new/gm");
        const auto gm = [&dir](QStringList arguments) {
            return run(QStringList{"--config", dir} + std::move(arguments));
        };
        const Outcome made = gm({"create"});
        QVERIFY2(made.code == 0 && made.out.isEmpty(), made.err);
        QCOMPARE(int(QFileInfo(dir).permissions() & 0x77), 0);
        QCOMPARE(int(QFileInfo(dir + "/config.json").permissions() & 0x77), 0);
        QVERIFY(matches(contentOf(dir + "/config.json"),
                        "\\{\n    \"grid_manager_config_version\": 0,\n"
                        "    \"private_key\": \"priv-v0-[a-z2-7]{52}\"\n\\}\n"));
        QCOMPARE(gm({"create"}).code, 1);
        QVERIFY(gm({"create"}).err.contains("Can't create '"));
        QVERIFY(matches(gm({"public-identity"}).out, "pub-v0-[a-z2-7]{52}\n"));

        QCOMPARE(gm({"add", "alpha", kKey}).code, 0);
        QVERIFY(gm({"add", "alpha", kKey})
                    .err.contains("A storage-server called 'alpha' already exists"));
        QCOMPARE(gm({"add", "beta", "pub-v0-x"}).code, 1);
        QCOMPARE(gm({"add", "../x", kKey}).code, 1);
        QCOMPARE(gm({"list"}).out, "alpha: " + kKey + "\n");

        const Outcome signed1 = gm({"sign", "alpha", "10"});
        QCOMPARE(signed1.code, 0);
        QCOMPARE(contentOf(dir + "/alpha.cert.0") + "\n", signed1.out);
        QCOMPARE(gm({"sign", "alpha", "1825"}).code, 0);
        QVERIFY(QFile::exists(dir + "/alpha.cert.1"));
        QVERIFY(matches(gm({"list"}).out,
                        "alpha: " + kKey +
                            "\n       cert 0: valid until 20[-0-9]+ [:0-9]+(\\.[0-9]{6})?\\+00:00 "
                            "\\(9 days in the future\\)\n"
                            "       cert 1: valid until .* \\(4 years in the future\\)\n"));
        const Outcome nobody = gm({"sign", "nobody", "3"});
        QCOMPARE(nobody.code, 1);
        QVERIFY(nobody.err.contains("No storage-server called 'nobody' exists"));

        QCOMPARE(gm({"remove", "nobody"}).code, 1);
        QCOMPARE(gm({"remove", "alpha"}).code, 0);
        QCOMPARE(QDir(dir).entryList(QDir::Files), QStringList{"config.json"});
        QCOMPARE(gm({"list"}).out, QByteArray());
    }
    void worksOnStandardInput()
    {
        const QByteArray config = vectors().value("config").toString().toUtf8();
        const QByteArray identity = vectors().value("public_identity").toString().toUtf8();
        QCOMPARE(run({"-c", "-", "public-identity"}, config).out, identity + "\n");
        QVERIFY(matches(run({"-c", "-", "create"}).out, "\\{\n(.|\n)*\\}\n\n"));
        const Outcome less = run({"-c", "-", "remove", "alpha"}, config);
        QCOMPARE(less.code, 0);
        QVERIFY(!less.out.contains("alpha") && less.out.endsWith("}\n\n"));
        const Outcome more = run({"-c", "-", "add", "alpha", kKey}, less.out);
        QVERIFY(more.out.contains("\"alpha\": {\n            \"public_key\": \"" + kKey + "\"\n"));
        QVERIFY(run({"-c", "-", "sign", "alpha", "3"}, more.out)
                    .out.startsWith("{\n    \"certificate\": \"{\\\"expires\\\":\\\"20"));
        const Outcome bad = run({"-c", "-", "list"}, "{}");
        QCOMPARE(bad.code, 1);
        QVERIFY(
            bad.err.contains("Error loading Grid Manager from '-': Missing or unknown version"));
    }
    void readsWhatTheRealOneLeft()
    {
        const QTemporaryDir dir;
        const auto put = [&dir](const QString& name, const QString& text) {
            QFile file(dir.filePath(name));
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(text.toUtf8());
        };
        const QJsonObject made = vectors().value("certificates").toObject();
        put("config.json", vectors().value("config").toString());
        put("alpha.cert.0", made.value("late").toString());
        const Outcome listed = run({"-c", dir.path(), "list"});
        QVERIFY2(listed.code == 0, listed.err);
        QVERIFY(listed.out.contains("  cert 0: ") &&
                listed.out.contains(" 2026-11-26 12:00:00.000017+00:00 ("));
        const QJsonObject json =
            QJsonDocument::fromJson(run({"--json", "-c", dir.path(), "list"}).out).object();
        QCOMPARE(json.keys().size(), 2);
        QCOMPARE(json["alpha"].toObject()["public_key"].toString().toUtf8(), kKey);
        put("alpha.cert.1", made.value("other").toString());
        QCOMPARE(run({"-c", dir.path(), "list"}).code, 1);
        QVERIFY(run({"-c", dir.path(), "list"}).err.contains("alpha.cert.1 is not signed"));
        put("alpha.cert.1", "{}");
        QVERIFY(run({"-c", dir.path(), "list"}).err.contains("alpha.cert.1"));
        QCOMPARE(run({"-c", dir.filePath("none"), "list"}).code, 1);
    }
    void wrongUsageIsTwo()
    {
        for (const QStringList& arguments :
             {QStringList{}, QStringList{"list"}, QStringList{"-c", "x"},
              QStringList{"-c", "x", "bogus"}, QStringList{"-c", "x", "sign", "alpha"},
              QStringList{"-c", "x", "sign", "alpha", "0"},
              QStringList{"-c", "x", "sign", "alpha", "1826"},
              QStringList{"-c", "x", "sign", "alpha", "many"}, QStringList{"-c", "x", "add", "a"}})
            QCOMPARE(run(arguments).code, 2);
    }
    void agesAreThoseOfTahoe_data()
    {
        QTest::addColumn<qint64>("seconds");
        QTest::addColumn<QString>("text");
        QTest::newRow("now") << qint64(0) << "0 seconds ago";
        QTest::newRow("second") << qint64(1) << "1 second ago";
        QTest::newRow("seconds") << qint64(-119) << "119 seconds in the future";
        QTest::newRow("minutes") << qint64(120) << "2 minutes ago";
        QTest::newRow("hours") << qint64(-3 * 3600) << "3 hours in the future";
        QTest::newRow("days") << qint64(2 * 86400) << "2 days ago";
        QTest::newRow("months") << qint64(-60 * 86400) << "2 months in the future";
        QTest::newRow("years") << qint64(4 * 365 * 86400) << "4 years ago";
    }
    void agesAreThoseOfTahoe()
    {
        QFETCH(qint64, seconds);
        QFETCH(QString, text);
        QCOMPARE(abbreviatedAge(std::chrono::seconds(seconds)), text.toStdString());
    }
    void expiredOnesAreToldApart()
    {
        ListedServer server;
        server.name = "\xc3\xa9";
        server.publicKey = "pub";
        server.certificates.resize(1);
        server.certificates[0].expires = *grid_manager::parseIsoTime("2026-01-01T00:00:00+00:00");
        const WallTime later = server.certificates[0].expires + std::chrono::hours(5);
        QCOMPARE(
            serverListText({server}, later),
            std::string(
                "\xc3\xa9: pub\n   cert 0: expired 2026-01-01 00:00:00+00:00 (5 hours ago)\n"));
        QCOMPARE(serverListJson({server}, later),
                 std::string("{\"\xc3\xa9\":{\"public_key\":\"pub\",\"certificates\":[{\"expires\":"
                             "\"2026-01-01T00:00:00+00:00\",\"valid\":false}]}}\n"));
    }
};

QTEST_GUILESS_MAIN(TestGridManagerCommand)
#include "test_grid_manager_command.moc"
