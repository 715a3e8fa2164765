// The scripts that `tarn completion` prints, in the shells themselves.
#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QProcess>
#include <QtCore/QProcessEnvironment>
#include <QtCore/QStringList>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

namespace {

QByteArray output(const QString& program, const QStringList& arguments,
                  const QByteArray& input = {})
{
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("PATH", TARN_BINARY_DIR "/bin:" + environment.value("PATH"));
    process.setProcessEnvironment(environment);
    process.start(program, arguments);
    process.write(input);
    process.closeWriteChannel();
    if (!process.waitForFinished(20'000) || process.exitCode() != 0)
        return "failed: " + process.readAllStandardError();
    return process.readAllStandardOutput();
}

/// What bash offers at the end of this line.
QStringList offered(const QStringList& words, const QString& folder)
{
    QString script = "source <(tarn completion bash) && cd '" + folder + "' && COMP_WORDS=(";
    for (const QString& word : words)
        script += "'" + word + "' ";
    script += ") && COMP_CWORD=" + QString::number(words.size() - 1);
    script += " && { _tarn; printf '%s\\n' \"${COMPREPLY[@]}\"; }";
    return QString::fromUtf8(output("bash", {"-c", script})).split('\n', Qt::SkipEmptyParts);
}

} // namespace

class TestCompletion final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void bashOffersCommandsAndOptions()
    {
        const QTemporaryDir folder;
        QCOMPARE(offered({"tarn", "mk"}, folder.path()), QStringList{"mkdir"});
        const QStringList all = offered({"tarn", ""}, folder.path());
        for (const char* command : {"cp", "backup", "import-tahoe", "doctor"})
            QVERIFY2(all.contains(command), command);
        QCOMPARE(offered({"tarn", "--json", "backup", "--exclude-v"}, folder.path()),
                 QStringList{"--exclude-vcs"});
        QVERIFY(offered({"tarn", "ls", "--js"}, folder.path()).contains("--json"));
        QCOMPARE(offered({"tarn", "alias", "cr"}, folder.path()), QStringList{"create"});
        QCOMPARE(offered({"tarn", "completion", "z"}, folder.path()), QStringList{"zsh"});
        QCOMPARE(offered({"tarn", "-d", "x", "mk"}, folder.path()), QStringList{"mkdir"});
    }
    void bashOffersFilesAndAliases()
    {
        const QTemporaryDir folder;
        QVERIFY(QDir(folder.path()).mkpath("state/private"));
        QFile aliases(folder.filePath("state/private/aliases"));
        QVERIFY(aliases.open(QIODevice::WriteOnly));
        aliases.write("home: URI:DIR2:x\nwork: URI:DIR2:y\n");
        aliases.close();
        QVERIFY(QDir(folder.path()).mkdir("holiday pictures"));
        QStringList found = offered({"tarn", "-d", "state", "cp", "ho"}, folder.path());
        found.sort();
        QCOMPARE(found, (QStringList{"holiday pictures", "home:"}));
        QVERIFY(offered({"tarn", "-d", "st"}, folder.path()).contains("state"));
    }
    void fishOffersCommandsAndOptions()
    {
        const auto offers = [](const QString& line) {
            const QByteArray script =
                "source (tarn completion fish | psub); complete -C '" + line.toUtf8() + "'";
            QStringList words;
            for (const QByteArray& found :
                 output("fish", {"--no-config", "-c", script}).split('\n'))
                words << QString::fromUtf8(found.split('\t').front());
            return words;
        };
        QVERIFY(offers("tarn mk").contains("mkdir"));
        QVERIFY(offers("tarn create-in").contains("create-introducer"));
        QVERIFY(offers("tarn backup --exclude-v").contains("--exclude-vcs"));
        QVERIFY(offers("tarn completion z").contains("zsh"));
        QVERIFY(!offers("tarn ls --exclude-v").contains("--exclude-vcs"));
    }
    void zshTakesItsScript()
    {
        const QByteArray script = output(TARN_BINARY_DIR "/bin/tarn", {"completion", "zsh"});
        for (const char* word : {"backup", "recursive", "import-tahoe", "remove"})
            QVERIFY2(script.contains(word), word);
        QCOMPARE(output("zsh", {"-f", "-n", "/dev/stdin"}, script), QByteArray());
    }
    void zshOffersCommandsAndOptions()
    {
        // Completion needs a terminal's line editor: here its two ways to offer words print them.
        const auto offers = [](const QString& line) {
            const QStringList words = line.split(' ');
            const QByteArray script = "compdef() { : }; _files() { : }; compadd() { : }\n"
                                      "_describe() { print -rl -- ${(P)2} }\n"
                                      "source <(tarn completion zsh)\n"
                                      "words=(" +
                                      words.join("' '").prepend('\'').append('\'').toUtf8() +
                                      ")\n"
                                      "CURRENT=$#words; PREFIX=$words[-1]; _tarn\n";
            QStringList found;
            for (const QByteArray& offer : output("zsh", {"-f", "-c", script}).split('\n'))
                found << QString::fromUtf8(offer.split(':').front());
            return found;
        };
        QVERIFY(offers("tarn mk").contains("mkdir"));
        QVERIFY(offers("tarn cr").contains("create-introducer"));
        QVERIFY(offers("tarn backup --exclude-v").contains("--exclude-vcs"));
        QVERIFY(offers("tarn --json alias c").contains("create"));
        QVERIFY(!offers("tarn ls --exclude-v").contains("--exclude-vcs"));
    }
};

QTEST_GUILESS_MAIN(TestCompletion)
#include "test_completion.moc"
