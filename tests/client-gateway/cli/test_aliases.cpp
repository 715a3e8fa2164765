#include "client-gateway/cli/aliases.h"

#include <QtCore/QFile>
#include <QtCore/QFileInfo>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway::cli;

namespace {

void write(const QString& path, const QByteArray& text)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size()) qFatal("cannot write");
}

} // namespace

class TestAliases final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsLines()
    {
        const auto aliases =
            parseAliases("# a: comment\n\n  work: URI:DIR2:x \r\nb:URI:b\nwork: URI:late");
        QVERIFY(aliases);
        QCOMPARE(aliases->size(), std::size_t{2});
        QCOMPARE(aliases->at("work"), std::string("URI:late"));
        QCOMPARE(aliases->at("b"), std::string("URI:b"));
        QVERIFY(parseAliases("")->empty());
        const auto bad = parseAliases("a: b\nnonsense\n");
        QVERIFY(!bad);
        QVERIFY(bad.error().message().find("line 2") != std::string::npos);
    }
    void changesOnlyItsLine()
    {
        QCOMPARE(withAlias("", "a", "C"), std::string("a: C\n"));
        QCOMPARE(withAlias("# x", "a", "C"), std::string("# x\na: C\n"));
        QCOMPARE(withoutAlias("# a:\nab: 1\na: 2\n\n a: 3\nb: 4", "a"),
                 std::string("# a:\nab: 1\n\nb: 4"));
    }
    void namesAreChecked()
    {
        QCOMPARE(*aliasName("work"), std::string("work"));
        QCOMPARE(*aliasName("work:"), std::string("work"));
        for (const char* name : {"", ":", "a::", "a:b", "a b", "a\nb", "a/b", "#a"})
            QVERIFY2(!aliasName(name), name);
    }
    void fileIsKept()
    {
        const QTemporaryDir folder;
        const std::string state = folder.path().toStdString();
        QVERIFY(loadAliases(state)->empty());
        QVERIFY(addAlias(state, "work", "URI:W"));
        QVERIFY(addAlias(state, "b", "URI:B"));
        QCOMPARE(addAlias(state, "work", "URI:other").error().code(), ErrorCode::Exists);
        QCOMPARE(loadAliases(state)->at("work"), std::string("URI:W"));
        const QFileInfo info(folder.filePath("private/aliases"));
        QVERIFY(!info.permission(QFile::ReadGroup) && !info.permission(QFile::ReadOther));
        QVERIFY(removeAlias(state, "work"));
        QCOMPARE(removeAlias(state, "work").error().code(), ErrorCode::NotFound);
        QCOMPARE(loadAliases(state)->size(), std::size_t{1});
    }
    void legacyRootIsTheDefault()
    {
        const QTemporaryDir folder;
        const std::string state = folder.path().toStdString();
        QVERIFY(addAlias(state, "work", "URI:W"));
        write(folder.filePath("private/root_dir.cap"), "URI:old\n");
        QCOMPARE(loadAliases(state)->at("tahoe"), std::string("URI:old"));
        QVERIFY(addAlias(state, "b", "URI:B"));
        QCOMPARE(addAlias(state, "tahoe", "URI:new").error().code(), ErrorCode::Exists);
    }
};

QTEST_GUILESS_MAIN(TestAliases)
#include "test_aliases.moc"
