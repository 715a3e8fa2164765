#include "client-gateway/web/route.h"

#include <QtCore/QByteArrayList>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway::web;

class TestRoute final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void reads_data()
    {
        using Kind = Route::Kind;
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<int>("kind");
        QTest::addColumn<QByteArray>("cap");
        QTest::addColumn<QByteArrayList>("names");
        const auto row = [](const char* path, Kind kind, const char* cap = "",
                            const QByteArrayList& names = {}) {
            QTest::newRow(path) << QByteArray(path) << int(kind) << QByteArray(cap) << names;
        };
        row("/", Kind::Root);
        row("", Kind::Root);
        row("/uri", Kind::Unlinked);
        row("/uri/", Kind::Unlinked);
        row("/cap", Kind::Unlinked);
        row("/file", Kind::FileRoot);
        row("/named/", Kind::FileRoot);
        row("/statistics", Kind::Statistics);
        row("/healthz", Kind::Health);
        row("/metrics", Kind::Metrics);
        row("/uri/URI:LIT:ab", Kind::Object, "URI:LIT:ab");
        row("/cap/URI%3ALIT%3Aab/", Kind::Object, "URI:LIT:ab");
        row("/uri/a/b/", Kind::Object, "a", {"b"});
        row("/uri/a%2Fb/c%20d/e%2fg", Kind::Object, "a/b", {"c d", "e/g"});
        row("/uri/a%2525", Kind::Object, "a%25");
        row("/uri/a+b", Kind::Object, "a+b");
        row("/file/X/@@named=/n.txt", Kind::File, "X", {"@@named=", "n.txt"});
        row("/named/X/n.txt", Kind::File, "X", {"n.txt"});
        row("/storage", Kind::Storage);
        row("/storage/x", Kind::Unknown);
        row("/holders", Kind::Holders);
        row("/holders/x", Kind::Unknown);
        row("/report_incident", Kind::Incident);
        row("/static", Kind::Static);
        row("/static/", Kind::Static);
        row("/static/a/b.css", Kind::Static, "", {"a", "b.css"});
        row("/static/a/", Kind::Static, "", {"a"});
        row("/private", Kind::Private);
        row("/private/logs/v1", Kind::Private, "", {"logs", "v1"});
        row("/statistics/more", Kind::Unknown);
        row("/nothing/here", Kind::Unknown);
        row("//uri", Kind::Unknown);
    }
    void reads()
    {
        QFETCH(QByteArray, path);
        QFETCH(int, kind);
        QFETCH(QByteArray, cap);
        QFETCH(QByteArrayList, names);
        const Result<Route> out = parseRoute(path.toStdString());
        QVERIFY(out);
        QCOMPARE(int(out->kind), kind);
        const bool isPlace = out->kind == Route::Kind::Object || out->kind == Route::Kind::Static;
        QCOMPARE(out->asFolder, isPlace && path.endsWith('/'));
        QCOMPARE(QByteArray::fromStdString(out->cap), cap);
        QByteArrayList found;
        for (const std::string& name : out->names)
            found << QByteArray::fromStdString(name);
        QCOMPARE(found, names);
    }
    void refuses()
    {
        for (const char* path : {"/uri/a%", "/uri/a/%g0", "/uri/a//b", "/file/a//b"})
            QCOMPARE(parseRoute(path).error().code(), ErrorCode::InvalidInput);
    }
};

QTEST_GUILESS_MAIN(TestRoute)
#include "test_route.moc"
