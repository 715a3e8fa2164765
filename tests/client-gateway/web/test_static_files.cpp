#include "client-gateway/web/static_files.h"
#include "tests/client-gateway/web/web_fixture.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using test::WebAnswer;
using test::WebFixture;

namespace {

struct Site
{
    Site()
    {
        QDir(folder.path()).mkpath("public/sub");
        write("public/index.html", "<p>hello</p>");
        write("public/sub/style.css", "p {}");
        write("public/.hidden", "hidden");
        write("secret", "secret");
    }
    void write(const char* name, const QByteArray& bytes) const
    {
        QFile file(folder.filePath(name));
        if (file.open(QIODevice::WriteOnly)) file.write(bytes);
    }
    std::string path(const char* name) const { return folder.filePath(name).toStdString(); }

    QTemporaryDir folder;
};

} // namespace

class TestStaticFiles final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void servesFiles()
    {
        const Site site;
        WebFixture web(site.path("public"));
        const WebAnswer style = web.get("/static/sub/style.css");
        QCOMPARE(style.status, 200U);
        QCOMPARE(style.body, std::string("p {}"));
        QVERIFY(style.header("Content-Type").starts_with("text/css"));
        QCOMPARE(style.header("X-Frame-Options"), std::string("DENY"));
        for (const char* index : {"/static/", "/static/index.html"}) {
            const WebAnswer page = web.get(index);
            QCOMPARE(page.status, 200U);
            QCOMPARE(page.body, std::string("<p>hello</p>"));
            QVERIFY(page.header("Content-Type").starts_with("text/html"));
        }
        const WebAnswer head = web.send("HEAD", "/static/sub/style.css");
        QCOMPARE(head.status, 200U);
        QVERIFY(head.body.empty());
    }
    void servesNothingElse()
    {
        const Site site;
        WebFixture web(site.path("public"));
        QCOMPARE(web.get("/static/missing").status, 404U);
        QCOMPARE(web.get("/static/sub/").status, 404U); // no index.html
        QCOMPARE(web.get("/static/sub/style.css/").status, 404U);
        QCOMPARE(web.get("/static/index.html/").status, 404U);
        QCOMPARE(web.get("/static/index.html/x").status, 404U);
        for (const char* path :
             {"/static/../secret", "/static/%2e%2e/secret", "/static/..%2fsecret",
              "/static/sub/%2e%2e/%2e%2e/secret", "/static/.hidden", "/static//sub/style.css",
              "/static/index.html%00"}) {
            const WebAnswer answer = web.get(path);
            QVERIFY2(answer.status == 400 || answer.status == 404, path);
            QVERIFY(answer.body.find("secret") == std::string::npos || answer.status == 400);
            QVERIFY(answer.body != "secret" && answer.body != "hidden");
        }
        QCOMPARE(web.send("PUT", "/static/new", "x").status, 501U);
        QCOMPARE(web.send("POST", "/static/index.html", "x").status, 405U);
        WebFixture none;
        QCOMPARE(none.get("/static/index.html").status, 404U);
        WebFixture missing(site.path("nothing here"));
        QCOMPARE(missing.get("/static/index.html").status, 404U);
    }
    /// The links of a folder's page are relative to the folder.
    void sendsFoldersToTheirSlash()
    {
        const Site site;
        site.write("public/sub/index.html", "<p>below</p>");
        WebFixture web(site.path("public"));
        const WebAnswer folder = web.get("/static/sub");
        QCOMPARE(folder.status, 302U);
        QCOMPARE(folder.header("Location"), std::string("/static/sub/"));
        const WebAnswer top = web.get("/static?a=b");
        QCOMPARE(top.status, 302U);
        QCOMPARE(top.header("Location"), std::string("/static/"));
        const WebAnswer page = web.get("/static/sub/");
        QCOMPARE(page.status, 200U);
        QCOMPARE(page.body, std::string("<p>below</p>"));
        QVERIFY(page.header("Content-Type").starts_with("text/html"));
    }
    void followsLinksInsideOnly()
    {
        const Site site;
        QVERIFY(QFile::link("sub/style.css", site.folder.filePath("public/inside.css")));
        QVERIFY(QFile::link("../secret", site.folder.filePath("public/outside.txt")));
        QVERIFY(QFile::link("..", site.folder.filePath("public/up")));
        QDir(site.folder.path()).mkpath("public/linked");
        QVERIFY(QFile::link("../../secret", site.folder.filePath("public/linked/index.html")));
        QDir(site.folder.path()).mkpath("public2");
        site.write("public2/near", "secret");
        QVERIFY(QFile::link("../public2/near", site.folder.filePath("public/near")));
        WebFixture web(site.path("public"));
        const WebAnswer inside = web.get("/static/inside.css");
        QCOMPARE(inside.status, 200U);
        QCOMPARE(inside.body, std::string("p {}"));
        for (const char* path : {"/static/outside.txt", "/static/up/secret", "/static/up/",
                                 "/static/linked/", "/static/near"})
            QCOMPARE(web.get(path).status, 404U);
    }
    void largeFilesBelongIntoTheGrid()
    {
        const Site site;
        QFile file(site.folder.filePath("public/large"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QVERIFY(file.resize(qint64(gateway::web::StaticFiles::kLargest) + 1));
        WebFixture web(site.path("public"));
        QCOMPARE(web.get("/static/large").status, 413U);
    }
};

QTEST_GUILESS_MAIN(TestStaticFiles)
#include "test_static_files.moc"
