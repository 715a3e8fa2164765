#include "client-gateway/cli/remote_path.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway::cli;

namespace {

const std::string kRoot = "URI:DIR2:aaaqeayeaudaocajbifqydiob4:"
                          "eaqseizeeutcokbjfivsyljof4ydcmrtgq2tmnzyhe5dwpb5hy7q";
const std::string kWork = "URI:DIR2-RO:aaaqeayeaudaocajbifqydiob4:"
                          "eaqseizeeutcokbjfivsyljof4ydcmrtgq2tmnzyhe5dwpb5hy7q";

Aliases known()
{
    return {{"tahoe", kRoot}, {"work", kWork}, {"file", "URI:LIT:me"}, {"bad", "nonsense"}};
}

} // namespace

class TestRemotePath final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void resolves_data()
    {
        QTest::addColumn<QString>("argument");
        QTest::addColumn<QString>("cap");
        QTest::addColumn<QString>("path");
        const QString root = QString::fromStdString(kRoot);
        const QString work = QString::fromStdString(kWork);
        QTest::newRow("nothing") << "" << root << "";
        QTest::newRow("path") << "a/b" << root << "a/b";
        QTest::newRow("spaces") << "  a b " << root << "a b";
        QTest::newRow("alias") << "work:" << work << "";
        QTest::newRow("path below alias") << "work:a/b:c" << work << "a/b:c";
        QTest::newRow("slash before colon") << "a/b:c" << root << "a/b:c";
        QTest::newRow("cap") << "URI:LIT:me"
                             << "URI:LIT:me"
                             << "";
        QTest::newRow("path below cap") << root + "/a/b" << root << "a/b";
        QTest::newRow("old form") << root + ":./a/b" << root << "a/b";
        QTest::newRow("unknown cap") << "ro.URI:new:x/y"
                                     << "ro.URI:new:x"
                                     << "y";
    }
    void resolves()
    {
        QFETCH(QString, argument);
        QFETCH(QString, cap);
        QFETCH(QString, path);
        const Result<RemotePath> remote = resolveRemote(known(), argument.toStdString());
        QVERIFY(remote);
        QCOMPARE(QString::fromStdString(remote->cap), cap);
        QCOMPARE(QString::fromStdString(remote->path), path);
    }
    void refuses()
    {
        QCOMPARE(resolveRemote(known(), "nobody:a").error().code(), ErrorCode::NotFound);
        QCOMPARE(resolveRemote({}, "a").error().code(), ErrorCode::NotFound);
        QVERIFY(resolveRemote({}, "a").error().message().find("create-alias") != std::string::npos);
        QCOMPARE(resolveRemote(known(), "file:a").error().code(), ErrorCode::InvalidInput);
        QCOMPARE(resolveRemote(known(), "bad:a").error().code(), ErrorCode::InvalidInput);
        QCOMPARE(resolveRemote(known(), "work:\xff").error().code(), ErrorCode::InvalidInput);
        QCOMPARE(resolveRemote(known(), "\xff").error().code(), ErrorCode::InvalidInput);
    }
    void copiesHaveLocalSides()
    {
        for (const char* local : {"a", "./a:b", "/a/b", "dir/x:y", ""})
            QVERIFY2(!*resolveUnlessLocal(known(), local), local);
        QVERIFY(*resolveUnlessLocal(known(), "work:a"));
        QVERIFY(*resolveUnlessLocal(known(), "URI:LIT:me"));
        QVERIFY(!resolveUnlessLocal(known(), "nobody:a"));
    }
    void targetsAreEncoded()
    {
        const RemotePath remote{"URI:LIT:a", "b c/\xc3\xa9/%"};
        QCOMPARE(remote.target("?t=json"),
                 std::string("/uri/URI%3ALIT%3Aa/b%20c/%C3%A9/%25?t=json"));
        QCOMPARE((RemotePath{"C", "a/"}.target()), std::string("/uri/C/a/"));
        QCOMPARE((RemotePath{"C", ""}.target()), std::string("/uri/C"));
        QCOMPARE(remote.name(), std::string("%"));
        QCOMPARE((RemotePath{"C", "a"}.name()), std::string("a"));
        QCOMPARE((RemotePath{"C", ""}.name()), std::string());
    }
};

QTEST_GUILESS_MAIN(TestRemotePath)
#include "test_remote_path.moc"
