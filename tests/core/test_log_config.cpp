#include "core/base/log_config.h"

#include <unistd.h>

#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QStringList>
#include <QtCore/QTemporaryFile>
#include <QtTest/QTest>

#include <cstdio>

using namespace tarn;

namespace {

Result<log::Settings> read(const std::string& text)
{
    Result<ConfigReader> reader = ConfigReader::parse(text, "a.toml");
    if (!reader) return reader.error();
    log::Settings out = readLogSettings(*reader);
    TARN_TRY_VOID(reader->finish());
    return out;
}

/// What `job` writes to standard error.
template <class Job>
QString loggedBy(const Job& job)
{
    QTemporaryFile file;
    if (!file.open()) return {};
    std::fflush(stderr);
    const int before = ::dup(STDERR_FILENO);
    ::dup2(file.handle(), STDERR_FILENO);
    job();
    std::fflush(stderr);
    ::dup2(before, STDERR_FILENO);
    ::close(before);
    file.seek(0);
    return QString::fromUtf8(file.readAll());
}

} // namespace

class TestLogConfig final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void cleanup() { log::configure(log::Settings()); }
    void nothingIsNeeded() { QVERIFY(*read("") == log::Settings()); }
    void readsAndPrints()
    {
        const Result<log::Settings> settings =
            read("[log]\nlevel = \"warning\"\nformat = \"json\"\n"
                 "[log.levels]\nnet = \"debug\"\nmain = \"warning\"\n");
        QVERIFY2(settings, settings ? "" : settings.error().message().c_str());
        QVERIFY(settings->level == log::Level::Warning);
        QVERIFY(settings->format == log::Format::Json);
        QCOMPARE(settings->levels.size(), std::size_t(2));
        QVERIFY(settings->levels.at(log::Library::Net) == log::Level::Debug);
        ConfigWriter out;
        printLogSettings(out, *settings);
        QVERIFY(*read(out.text()) == *settings);
    }
    void mistakesAreNamed_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("named");
        QTest::newRow("level") << "[log]\nlevel = \"loud\"\n"
                               << "[log] level: expected";
        QTest::newRow("format") << "[log]\nformat = \"xml\"\n"
                                << "[log] format: expected";
        QTest::newRow("library") << "[log.levels]\nnett = \"debug\"\n"
                                 << "unknown key 'nett'; accepted: base, net, storage";
        QTest::newRow("its level") << "[log.levels]\nnet = \"loud\"\n"
                                   << "[log.levels] net: expected";
        QTest::newRow("key") << "[log]\nlevls = 1\n"
                             << "unknown key 'levls'; accepted: level, format, levels";
    }
    void mistakesAreNamed()
    {
        QFETCH(QString, text);
        QFETCH(QString, named);
        const Result<log::Settings> settings = read(text.toStdString());
        QVERIFY(!settings);
        const QString message = QString::fromStdString(settings.error().message());
        QVERIFY2(message.contains(named), qPrintable(message));
    }
    void wordsOfTheCommandLine()
    {
        QVERIFY(*parseLogLevel("warning") == log::Level::Warning);
        QVERIFY(!parseLogLevel("loud"));
        QVERIFY(*parseLogFormat("json") == log::Format::Json);
        QVERIFY(!parseLogFormat("xml"));
    }
    void aLibraryHasItsOwnLevel()
    {
        log::Settings settings;
        settings.level = log::Level::Warning;
        settings.levels[log::Library::Net] = log::Level::Debug;
        log::configure(settings);
        int evaluated = 0;
        const auto count = [&evaluated] { return ++evaluated; };
        const QString text = loggedBy([&] {
            TARN_LOG(Debug, Net, "one", {"n", count()});
            TARN_LOG(Trace, Net, "two", {"n", count()});
            TARN_LOG(Info, Main, "three", {"n", count()});
            TARN_LOG(Warning, Main, "four", {"n", count()});
        });
        QVERIFY2(text.contains("debug net: one n=\"1\""), qPrintable(text));
        QVERIFY2(text.contains("warning main: four n=\"2\""), qPrintable(text));
        QCOMPARE(text.count('\n'), 2);
        QCOMPARE(evaluated, 2);
    }
    void theFormatChangesBetweenLines()
    {
        const QString text = loggedBy([] {
            TARN_LOG(Info, Net, "one", {"peer", "a\"b"});
            log::configure(log::Level::Info, log::Format::Json);
            TARN_LOG(Info, Net, "two", {"peer", "a\"b"});
        });
        const QStringList lines = text.split('\n');
        QCOMPARE(lines.size(), 3);
        QVERIFY2(lines.at(0).endsWith("info net: one peer=\"a\\\"b\""), qPrintable(lines.at(0)));
        const QJsonObject json = QJsonDocument::fromJson(lines.at(1).toUtf8()).object();
        QCOMPARE(json.value("library").toString(), QString("net"));
        QCOMPARE(json.value("level").toString(), QString("info"));
        QCOMPARE(json.value("peer").toString(), QString("a\"b"));
    }
};

QTEST_GUILESS_MAIN(TestLogConfig)
#include "test_log_config.moc"
