#include "client-gateway/cli/glob.h"

#include <QtTest/QTest>

using tarn::gateway::cli::matchesGlob;

class TestGlob final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void matches_data() // the answers are those of Python's fnmatch.fnmatchcase
    {
        QTest::addColumn<QString>("pattern");
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("expected");
        const auto row = [](const char* pattern, const char* name, bool expected) {
            QTest::addRow("%s on %s", pattern, name)
                << QString(pattern) << QString(name) << expected;
        };
        row("*", "", true);
        row("*", ".hidden", true);
        row("*.o", "a.o", true);
        row("*.o", "a.os", false);
        row("a*b*c", "aXbXbXc", true);
        row("a*b*c", "aXbXb", false);
        row("?", "", false);
        row("?", "x", true);
        row("?", "\u00fc", true);
        row("??", "\u00fc", false);
        row("[abc]", "b", true);
        row("[!abc]", "b", false);
        row("[!abc]", "d", true);
        row("[a-c]x", "bx", true);
        row("[a-c]x", "dx", false);
        row("[\u00e0-\u00ff]", "\u00fc", true);
        row("[]]", "]", true);
        row("[]", "[]", true);
        row("[a", "[a", true);
        row("[-a]", "-", true);
        row("a\\*", "a\\b", true);
        row("A", "a", false);
        row("{arch}", "{arch}", true);
        row("***a", "bba", true);
        row("", "", true);
        row("", "x", false);
    }
    void matches()
    {
        QFETCH(QString, pattern);
        QFETCH(QString, name);
        QFETCH(bool, expected);
        QCOMPARE(matchesGlob(pattern.toStdString(), name.toStdString()), expected);
    }
    void manyStarsAreQuick()
    {
        std::string pattern;
        for (int i = 0; i < 50; ++i)
            pattern += "*a";
        QVERIFY(!matchesGlob(pattern + "*b", std::string(5000, 'a')));
    }
};

QTEST_GUILESS_MAIN(TestGlob)
#include "test_glob.moc"
