#include "client-gateway/cli/copy/copy_tree.h"

#include <QtTest/QTest>

using namespace tarn::gateway::cli;

class TestCopyTree final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void directoriesOfOneNameAreOne()
    {
        CopyTree tree("target");
        const std::size_t a = tree.directoryIn(0, "a", 1.5);
        QCOMPARE(tree.directoryIn(0, "a", 2.5), a);
        const std::size_t below = tree.directoryIn(a, "a", {});
        QVERIFY(below != a);
        QCOMPARE(tree.directories[below].label, std::string("target/a/a"));
        QCOMPARE(tree.directories[a].modified.value_or(0), 1.5);
        QCOMPARE(tree.levels().size(), std::size_t{3});
        QVERIFY(!tree.hasCollisions());
    }
    void filesOfOneNameCollide()
    {
        CopyTree tree("target");
        CopySource source;
        source.size = 7;
        QVERIFY(tree.addFile(0, "a", source));
        QVERIFY(tree.addFile(tree.directoryIn(0, "b", {}), "a", source));
        QVERIFY(!tree.hasCollisions());
        QCOMPARE(tree.totalBytes(), std::uint64_t{14});
        QVERIFY(!tree.addFile(0, "a", source));
        QVERIFY(tree.hasCollisions());
    }
    void aFileCollidesWithADirectory()
    {
        CopyTree tree("target");
        QVERIFY(tree.addFile(0, "a", {}));
        tree.directoryIn(0, "a", {});
        QVERIFY(tree.hasCollisions());
    }
    void namesThatLeaveTheTargetAreRefused()
    {
        using namespace std::string_view_literals;
        for (const std::string_view name : {""sv, "."sv, ".."sv, "/"sv, "a/b"sv, "../x"sv, "a\0"sv})
            QVERIFY(dangerOf(name));
        for (const std::string_view name : {"..."sv, "a"sv, ".hidden"sv, "\\"sv, "a\nb"sv})
            QVERIFY(!dangerOf(name));
    }
};

QTEST_GUILESS_MAIN(TestCopyTree)
#include "test_copy_tree.moc"
