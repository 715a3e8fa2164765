// Directories and mutable files through the web API, on files in memory.
#include "client-gateway/web/tree.h"
#include "core/net/http_message.h"
#include "tests/client-gateway/web/web_fixture.h"

#include <QtTest/QTest>

#include <utility>

using namespace tarn;
using test::WebAnswer;
using test::WebFixture;

namespace {

const net::HttpHeaders kForm{{"Content-Type", "multipart/form-data; boundary=B"}};
const std::string kLit = "URI:LIT:nbswy3dp";

struct Rig
{
    WebFixture web;
    test::FakeMutableFiles& mutables = web.files.mutables;
    test::FakeImmutableFiles& immutables = web.files.immutables;
    std::string root;

    Rig() { root = web.send("POST", "/uri?t=mkdir").body; }
    std::string at(const std::string& rest) const
    {
        return "/uri/" + net::percentEncode(root) + rest;
    }
    WebAnswer put(const std::string& rest, const std::string& body)
    {
        return web.send("PUT", at(rest), body);
    }
    WebAnswer post(const std::string& rest, const std::string& body = {})
    {
        return web.send("POST", at(rest), body);
    }
    std::string json() { return web.get(at("?t=json")).body; }
    std::string readOnly() { return web.get(at("?t=readonly-uri")).body; }
};

/// Somebody else makes a directory of that name in the root when this gateway makes its first one.
class OvertakenDirectories final : public gateway::DirectoryService
{
public:
    OvertakenDirectories(gateway::DirectoryService& inner, std::string root, std::string name)
        : m_inner(inner), m_root(std::move(root)), m_name(std::move(name))
    {
    }

    asio::awaitable<Result<std::shared_ptr<const gateway::DirectoryContents>>>
    list(std::string directory) override
    {
        return m_inner.list(std::move(directory));
    }
    asio::awaitable<Result<std::string>> create(cap::MutableFormat format,
                                                std::vector<gateway::NewChild> children) override
    {
        if (!m_name.empty()) {
            std::vector<gateway::NewChild> theirs(1);
            theirs[0].name = std::exchange(m_name, {});
            std::vector<gateway::NewChild> none;
            TARN_CO_TRY(theirs[0].write, co_await m_inner.create(format, std::move(none)));
            const auto linked =
                co_await m_inner.link(m_root, std::move(theirs), gateway::Replace::No);
            if (!linked) co_return linked.error();
        }
        co_return co_await m_inner.create(format, std::move(children));
    }
    asio::awaitable<Result<std::string>>
    createImmutable(std::vector<gateway::NewChild> children) override
    {
        return m_inner.createImmutable(std::move(children));
    }
    asio::awaitable<Result<std::vector<gateway::Removed>>>
    link(std::string directory, std::vector<gateway::NewChild> children,
         gateway::Replace replace) override
    {
        return m_inner.link(std::move(directory), std::move(children), replace);
    }
    asio::awaitable<Result<gateway::DirectoryChild>> unlink(std::string directory, std::string name,
                                                            gateway::ChildKind expected) override
    {
        return m_inner.unlink(std::move(directory), std::move(name), expected);
    }
    asio::awaitable<Result<void>> move(std::string fromDirectory, std::string fromName,
                                       std::string toDirectory, std::string toName,
                                       gateway::Replace replace) override
    {
        return m_inner.move(std::move(fromDirectory), std::move(fromName), std::move(toDirectory),
                            std::move(toName), replace);
    }

private:
    gateway::DirectoryService& m_inner;
    std::string m_root;
    std::string m_name;
};

std::string filePart(const std::string& fileName, const std::string& content)
{
    return "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + fileName +
           "\"\r\n\r\n" + content + "\r\n--B--\r\n";
}

bool holds(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

class TestWebTree final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void directoriesAreMade()
    {
        Rig rig;
        QVERIFY(rig.root.starts_with("URI:DIR2:"));
        QVERIFY(rig.web.send("PUT", "/uri?t=mkdir&format=mdmf").body.starts_with("URI:DIR2-MDMF:"));
        const WebAnswer sent = rig.web.send("POST", "/uri?t=mkdir&redirect_to_result=true");
        QCOMPARE(sent.status, 303U);
        QVERIFY(sent.header("Location").starts_with("/uri/URI%3ADIR2%3A"));
        const std::string children = "{\"a\": [\"filenode\", {\"ro_uri\": \"" + kLit + "\"}]}";
        const WebAnswer fixed = rig.web.send("POST", "/uri?t=mkdir-immutable", children);
        QCOMPARE(fixed.status, 200U);
        QVERIFY(fixed.body.starts_with("URI:DIR2-LIT:"));
        const WebAnswer filled = rig.web.send("POST", "/uri?t=mkdir-with-children", children);
        QVERIFY(
            holds(rig.web.get("/uri/" + net::percentEncode(filled.body) + "?t=json").body, kLit));
        QVERIFY(rig.web.send("POST", "/uri?t=mkdir-with-children").body.starts_with("URI:DIR2:"));
        QCOMPARE(rig.web.send("POST", "/uri?t=mkdir-immutable").body, std::string("URI:DIR2-LIT:"));
        QCOMPARE(rig.post("/empty?t=mkdir-with-children").status, 200U);
        QCOMPARE(rig.post("?t=set_children").status, 400U);
        QCOMPARE(rig.web.send("PUT", "/uri?t=mkdir-with-children", children).status, 400U);
    }
    void childrenAreStoredReadAndUnlinked()
    {
        Rig rig;
        QCOMPARE(rig.put("/a/b/c.txt", "hello").status, 201U);
        const WebAnswer again = rig.put("/a/b/c.txt", "hello");
        QCOMPARE(again.status, 200U);
        QCOMPARE(again.body, kLit);
        QCOMPARE(rig.put("/a/b/c.txt?replace=false", "x").status, 409U);
        QCOMPARE(rig.web.get(rig.at("/a/b/c.txt")).body, std::string("hello"));
        QCOMPARE(rig.web.get(rig.at("/a/b/c.txt?t=uri")).body, kLit);
        QVERIFY(holds(rig.json(), "\"dirnode\""));
        QVERIFY(holds(rig.web.get(rig.at("/a/b/c.txt?t=json")).body, "\"linkcrtime\""));
        QCOMPARE(rig.put("/a/b/c.txt/d", "x").status, 409U);
        QCOMPARE(rig.web.get(rig.at("/a/b/c.txt/d")).status, 400U);
        QCOMPARE(rig.web.get(rig.at("/a/x/y")).status, 404U);
        const WebAnswer gone = rig.web.send("DELETE", rig.at("/a/b/c.txt"));
        QCOMPARE(gone.status, 200U);
        QCOMPARE(gone.body, kLit);
        QCOMPARE(rig.web.send("DELETE", rig.at("/a/b/c.txt")).status, 404U);
        QCOMPARE(rig.web.get(rig.at("/a/b/c.txt")).status, 404U);
        QCOMPARE(rig.web.send("DELETE", rig.at("")).status, 400U);
    }
    void missingDirectoriesAppearWithTheirChild()
    {
        Rig rig;
        rig.web.files.uploadError = Error(ErrorCode::Unhappy, "too few servers");
        QCOMPARE(rig.put("/x/y/z.txt", "hello").status, 500U);
        QCOMPARE(rig.web.get(rig.at("/x")).status, 404U);
        rig.web.files.uploadError.reset();
        QCOMPARE(rig.put("/x/y/z.txt", "hello").status, 201U);
        QCOMPARE(rig.put("/x/y/made/below?t=mkdir", "").status, 200U);
        QVERIFY(holds(rig.web.get(rig.at("/x/y?t=json")).body, "\"z.txt\""));
        QVERIFY(holds(rig.web.get(rig.at("/x/y/made?t=json")).body, "\"below\""));
        std::string path;
        for (std::size_t i = 0; i < gateway::web::kMostMissing; ++i)
            path += "/d";
        QCOMPARE(rig.put("/far" + path + "/name", "hello").status, 400U);
        QCOMPARE(rig.web.get(rig.at("/far")).status, 404U);
        QCOMPARE(rig.put(path + "/name", "hello").status, 201U);
        QCOMPARE(rig.web.get(rig.at(path + "/name")).body, std::string("hello"));
    }
    void twoMakeTheSameDirectories()
    {
        Rig rig;
        OvertakenDirectories overtaken(rig.web.files.directories(), rig.root, "new");
        rig.web.files.directoriesOf = &overtaken;
        QCOMPARE(rig.put("/new/sub/a.txt", "hello").status, 201U);
        QCOMPARE(rig.web.get(rig.at("/new/sub/a.txt")).body, std::string("hello"));
    }
    void mutableFilesAreChangedInPlace()
    {
        Rig rig;
        const WebAnswer made = rig.put("/m?format=MDMF", "0123456789");
        QCOMPARE(made.status, 201U);
        QVERIFY(made.body.starts_with("URI:MDMF:"));
        const WebAnswer over = rig.put("/m", "abcdefghij");
        QCOMPARE(over.status, 200U);
        QCOMPARE(over.body, made.body);
        QCOMPARE(rig.put("/m?offset=2", "XY").status, 200U);
        QCOMPARE(rig.web.get(rig.at("/m")).body, std::string("abXYefghij"));
        QCOMPARE(rig.web.get(rig.at("/m"), {{"Range", "bytes=2-3"}}).body, std::string("XY"));
        QCOMPARE(rig.put("/m?offset=-1", "x").status, 400U);
        QCOMPARE(rig.put("/m?offset=", "x").status, 400U);
        QCOMPARE(rig.web.get(rig.at("/m")).body, std::string("abXYefghij"));
        const std::string file = "/uri/" + net::percentEncode(made.body);
        QVERIFY(holds(rig.web.get(file + "?t=json").body, "\"size\": 10"));
        const std::string reader = rig.web.get(file + "?t=readonly-uri").body;
        const WebAnswer refused = rig.web.send("PUT", "/uri/" + net::percentEncode(reader), "x");
        QCOMPARE(refused.status, 400U);
        QVERIFY(holds(refused.body, "only reads"));
        const WebAnswer loose = rig.web.send("PUT", "/uri?format=SDMF", "loose");
        QVERIFY(loose.body.starts_with("URI:SSK:"));
        QCOMPARE(rig.web.send("PUT", "/uri?format=SDMF&private-key=!", "x").status, 400U);
        QCOMPARE(rig.web.send("PUT", "/uri?format=SDMF&private-key=AAAA", "x").status, 400U);
    }
    void immutableDirectoriesHaveTags()
    {
        Rig rig;
        const std::string cap =
            "URI:CHK:" + std::string(26, 'a') + ":" + std::string(52, 'a') + ":3:10:100";
        const std::string children = "{\"a\": [\"filenode\", {\"ro_uri\": \"" + cap + "\"}]}";
        const WebAnswer made = rig.web.send("POST", "/uri?t=mkdir-immutable", children);
        QVERIFY(made.body.starts_with("URI:DIR2-CHK:"));
        const std::string path = "/uri/" + net::percentEncode(made.body) + "?t=json";
        const std::string tag = rig.web.get(path).header("ETag");
        QVERIFY(tag.starts_with("DIR:"));
        QVERIFY(tag.ends_with("-json"));
        QCOMPARE(rig.web.get(path, {{"If-None-Match", tag}}).status, 304U);
        QCOMPARE(rig.web.get(rig.at("?t=json")).header("ETag"), std::string());
        QCOMPARE(rig.put("/fixed?t=uri", cap).status, 200U);
        const std::string fileTag = rig.web.get(rig.at("/fixed?t=uri")).header("ETag");
        QVERIFY(fileTag.ends_with("-uri"));
        QCOMPARE(rig.web.get(rig.at("/fixed?t=uri"), {{"If-None-Match", fileTag}}).status, 304U);
        QCOMPARE(rig.web.get(rig.at("/fixed?t=json")).header("ETag"), std::string());
        QCOMPARE(rig.web.send("POST", "/uri?t=mkdir", children).status, 400U);
    }
    void childrenAreLinkedAndMoved()
    {
        Rig rig;
        QCOMPARE(rig.put("/a?t=uri", kLit).body, kLit);
        QCOMPARE(rig.put("/a?t=uri&replace=false", kLit).status, 409U);
        QCOMPARE(rig.post("?t=uri&name=b&uri=" + net::percentEncode(kLit)).body, kLit);
        QCOMPARE(
            rig.post("?t=set_children", "{\"c\": [\"filenode\", {\"ro_uri\": \"" + kLit + "\"}]}")
                .body,
            std::string("Okay so I did it."));
        QCOMPARE(rig.post("?t=rename&from_name=c&to_name=d").body, std::string("thing moved"));
        QCOMPARE(rig.post("?t=mkdir&name=100%25").status, 200U);
        const std::string to = "&to_dir=" + net::percentEncode(rig.root) + "/100%25/";
        QCOMPARE(rig.post("?t=relink&from_name=d" + to).body, std::string("thing moved"));
        QCOMPARE(rig.web.get(rig.at("/100%25/d?t=uri")).body, kLit);
        QCOMPARE(rig.post("?t=unlink&name=b").body, std::string("thing unlinked"));
        QCOMPARE(rig.post("?t=unlink&name=b").status, 404U);
        const WebAnswer sent = rig.web.send("POST", rig.at("?t=upload&when_done=/x"),
                                            filePart("up.txt", "hello"), kForm);
        QCOMPARE(sent.status, 302U);
        QCOMPARE(sent.header("Location"), std::string("/x"));
        QCOMPARE(rig.web.get(rig.at("/up.txt")).body, std::string("hello"));
    }
    void fieldsMayFollowTheFile()
    {
        Rig rig;
        const auto field = [](const std::string& name, const std::string& value) {
            return "--B\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value +
                   "\r\n";
        };
        const std::string file = "--B\r\nContent-Disposition: form-data; name=\"file\"; "
                                 "filename=\"own\"\r\n\r\nhello\r\n";
        const auto send = [&](const std::string& target, const std::string& body) {
            return rig.web.send("POST", target, body + "--B--\r\n", kForm);
        };
        const std::string late = field("t", "upload") + field("name", " new ") +
                                 field("format", "SDMF") + field("when_done", "/done");
        QCOMPARE(send(rig.at(""), file + late).header("Location"), std::string("/done"));
        QVERIFY(rig.web.get(rig.at("/new?t=uri")).body.starts_with("URI:SSK:"));
        QCOMPARE(rig.web.get(rig.at("/own")).status, 404U);
        QVERIFY(send("/uri", file + field("mutable", "true")).body.starts_with("URI:SSK:"));
        const std::string over = field("t", "upload") + field("name", "new");
        QCOMPARE(send(rig.at(""), file + over + field("replace", "no")).status, 400U);
        QCOMPARE(send(rig.at(""), file + over + field("replace", "false")).status, 409U);
        QCOMPARE(send(rig.at(""), field("t", "mkdir") + field("name", "sub")).status, 200U);
        QCOMPARE(send(rig.at(""), field("t", "mkdir-with-children") + field("name", "s")).status,
                 400U);
        QCOMPARE(send(rig.at(""), field("t", "check") + field("when_done", "/x")).status, 302U);
        const std::string latin = field("_charset", "ISO-8859-1") + field("t", "uri") +
                                  field("name", "caf\xe9") + field("uri", kLit);
        QCOMPARE(send(rig.at(""), latin).status, 200U);
        QCOMPARE(rig.web.get(rig.at("/caf%C3%A9?t=uri")).body, kLit);
        QCOMPARE(rig.post("?t=unlink&name=a&_charset=klingon").status, 400U);
    }
    void blanksArePartOfSomeNames()
    {
        Rig rig;
        QCOMPARE(rig.post("?t=uri&name=%20a&uri=" + kLit).status, 200U);
        QCOMPARE(rig.web.get(rig.at("/%20a?t=uri")).body, kLit);
        QCOMPARE(rig.post("?t=unlink&name=a").status, 404U);
        QCOMPARE(rig.post("?t=unlink&name=%20a").status, 200U);
        QCOMPARE(rig.post("?t=rename&from_name=%20a&to_name=b").status, 404U);
    }
    void badInputChangesNothing_data()
    {
        QTest::addColumn<QByteArray>("method");
        QTest::addColumn<QByteArray>("rest");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<uint>("status");
        const auto row = [](const char* name, const char* method, const char* rest,
                            const char* body, uint status) {
            QTest::newRow(name) << QByteArray(method) << QByteArray(rest) << QByteArray(body)
                                << status;
        };
        row("name is no UTF-8", "PUT", "/%ff", "x", 400);
        row("empty name", "PUT", "/a//b", "x", 400);
        row("slash", "POST", "?t=mkdir&name=a/b", "", 400);
        row("slash in a rename", "POST", "?t=rename&from_name=old&to_name=a/b", "", 400);
        row("rename needs a name", "POST", "?t=rename&from_name=old", "", 400);
        row("rename elsewhere", "POST", "?t=rename&from_name=old&to_name=a&to_dir=x", "", 400);
        row("to_dir is not there", "POST", "?t=relink&from_name=old&to_dir=ROOT/none", "", 404);
        row("to_dir is a file", "POST", "?t=relink&from_name=old&to_dir=URI:LIT:aa", "", 400);
        row("no such child", "POST", "?t=rename&from_name=none&to_name=a", "", 404);
        row("no JSON", "POST", "?t=set_children", "{", 400);
        row("no object", "POST", "?t=set_children", "[]", 400);
        row("no pair", "POST", "?t=set_children", "{\"a\": 1}", 400);
        row("no capability", "POST", "?t=set_children", "{\"a\": [\"filenode\", {}]}", 400);
        row("two forms", "POST", "?t=set_children",
            "{\"\xc3\xa9\": [\"x\", {\"ro_uri\": \"URI:LIT:\"}], "
            "\"e\xcc\x81\": [\"x\", {\"ro_uri\": \"URI:LIT:\"}]}",
            400);
        row("cap is a number", "POST", "?t=set_children", "{\"a\": [\"x\", {\"ro_uri\": 1}]}", 400);
        row("metadata", "POST", "?t=set_children",
            "{\"a\": [\"x\", {\"ro_uri\": \"URI:LIT:\", \"metadata\": 1}]}", 400);
        row("bad cap", "PUT", "/a?t=uri", "URI:CHK:x", 400);
        row("offset", "PUT", "/old?offset=1", "x", 400);
        row("replace", "PUT", "/a?replace=perhaps", "x", 400);
        row("format", "PUT", "/a?format=zip", "x", 400);
        row("mkdir CHK", "POST", "?t=mkdir&name=a&format=CHK", "", 400);
        row("mkdir over a file", "PUT", "/old?t=mkdir", "", 400);
        row("PUT to the directory", "PUT", "", "x", 400);
        row("no form", "POST", "?t=upload", "x", 400);
        row("t of POST", "POST", "?t=fly", "", 400);
        row("t of PUT", "PUT", "/a?t=fly", "", 400);
        for (const char* rest : {"?format=zip", "?replace=maybe", "?offset=3", "?t=fly", "?t=uri",
                                 "?format=SDMF&private-key=abc", "?t=mkdir&format=CHK", "/%ff"}) {
            row((std::string("below what is missing: PUT ") + rest).c_str(), "PUT",
                (std::string("/p/q/r") + rest).c_str(), "junk", 400);
        }
        for (const char* rest : {"?t=fly", "?t=mkdir&format=CHK", "?t=mkdir-with-children",
                                 "?t=mkdir-immutable", "?t=upload"}) {
            row((std::string("below what is missing: POST ") + rest).c_str(), "POST",
                (std::string("/p/q/r") + rest).c_str(), "{", 400);
        }
        row("foreign when_done", "POST", "?t=mkdir&name=a&when_done=http://x/", "", 400);
        row("method", "PATCH", "", "", 501);
    }
    void badInputChangesNothing()
    {
        QFETCH(QByteArray, method);
        QFETCH(QByteArray, rest);
        QFETCH(QByteArray, body);
        QFETCH(uint, status);
        Rig rig;
        rig.put("/old?t=uri", kLit);
        const std::string before = rig.json();
        const std::string path = rest.replace("ROOT", rig.root.c_str()).toStdString();
        const WebAnswer answer =
            rig.web.send(method.toStdString(), rig.at(path), body.toStdString());
        QCOMPARE(answer.status, status);
        QVERIFY(!answer.body.empty());
        QCOMPARE(rig.json(), before);
    }
    void aReadCapabilityCannotWrite()
    {
        Rig rig;
        rig.put("/old?t=uri", kLit);
        const std::string path = "/uri/" + net::percentEncode(rig.readOnly());
        const unsigned writes = rig.mutables.writes;
        const auto refused = [&](const char* method, const std::string& rest) {
            const WebAnswer answer = rig.web.send(method, path + rest, "x");
            return answer.status == 400 && holds(answer.body, "only reads");
        };
        QVERIFY(refused("PUT", "/new"));
        QVERIFY(refused("PUT", "/a/b"));
        QVERIFY(refused("PUT", "/old?t=uri"));
        QVERIFY(refused("DELETE", "/old"));
        QVERIFY(refused("POST", "?t=mkdir&name=a"));
        QVERIFY(refused("POST", "?t=unlink&name=old"));
        QVERIFY(refused("POST", "?t=rename&from_name=old&to_name=b"));
        QCOMPARE(rig.mutables.writes, writes);
        QVERIFY(rig.web.files.files.empty());
        QCOMPARE(rig.web.get(path + "/old?t=uri").body, kLit);
    }
    /// A slash behind a file asks for a child without a name.
    void filesAreNoFolders()
    {
        Rig rig;
        rig.put("/chk?t=uri", kLit);
        const std::string slot = rig.web.send("PUT", "/uri?format=SDMF", "mutable").body;
        rig.put("/slot?t=uri", slot);
        for (const std::string& file :
             {rig.at("/chk"), rig.at("/slot"), "/uri/" + net::percentEncode(slot),
              "/uri/" + net::percentEncode(kLit)}) {
            QCOMPARE(rig.web.get(file + "?t=json").status, 200U);
            QCOMPARE(rig.web.get(file + "/").status, 400U);
            QCOMPARE(rig.web.get(file + "/?t=json").status, 400U);
            QCOMPARE(rig.web.send("PUT", file + "/", "x").status, 409U);
        }
        QCOMPARE(rig.web.get(rig.at("/")).status, 200U);
        QCOMPARE(rig.web.get(rig.at("/chk?t=uri")).body, kLit);
        QCOMPARE(rig.web.get(rig.at("/slot")).body, std::string("mutable"));
    }
    void pagesAreSafeAndWorkWithoutScripts()
    {
        Rig rig;
        rig.put("/%3Cscript%3E?t=uri", kLit);
        const WebAnswer page = rig.web.get(rig.at("/"));
        QCOMPARE(page.status, 200U);
        QVERIFY(!holds(page.body, "<script"));
        QVERIFY(holds(page.body, "&lt;script&gt;"));
        QVERIFY(holds(page.body, "type=\"file\""));
        QCOMPARE(page.header("Referrer-Policy"), std::string("no-referrer"));
        QVERIFY(page.header("Content-Security-Policy").starts_with("default-src 'none'"));
        QVERIFY(holds(rig.web.get(rig.at("?t=rename-form&name=a%22b")).body, "a&quot;b"));
        QVERIFY(holds(rig.web.get(rig.at("?t=info")).body, "value=\"fresh\""));
        const WebAnswer reader = rig.web.get("/uri/" + net::percentEncode(rig.readOnly()));
        QVERIFY(!holds(reader.body, "type=\"file\""));
    }
    void treesAreStreamed_data()
    {
        QTest::addColumn<QByteArray>("arguments");
        QTest::addColumn<QByteArray>("health");
        QTest::newRow("manifest") << QByteArray("stream-manifest") << QByteArray();
        QTest::newRow("deep check")
            << QByteArray("stream-deep-check") << QByteArray("\"check-results\":");
        QTest::newRow("repair") << QByteArray("stream-deep-check&repair=true")
                                << QByteArray("\"check-and-repair-results\":");
    }
    void treesAreStreamed()
    {
        QFETCH(QByteArray, arguments);
        QFETCH(QByteArray, health);
        Rig rig;
        rig.put("/lit?t=uri", kLit);
        rig.put("/sub/file?format=SDMF", "x");
        rig.put("/sub/\xc3\xa9?t=uri", kLit);
        const WebAnswer answer = rig.post("?t=" + arguments.toStdString());
        QCOMPARE(answer.status, 200U);
        const QList<QByteArray> lines = QByteArray::fromStdString(answer.body).split('\n');
        QCOMPARE(lines.size(), 7); // root, lit, sub, file, \u00e9, stats, and the empty end
        QVERIFY(
            lines[0].startsWith("{\"path\":[],\"cap\":\"" + QByteArray::fromStdString(rig.root)));
        QVERIFY(lines[1].startsWith("{\"path\":[\"lit\"]"));
        QVERIFY(lines[3].startsWith("{\"path\":[\"sub\",\"file\"]"));
        QVERIFY(lines[3].contains("\"type\":\"file\""));
        QVERIFY(lines[4].startsWith("{\"path\":[\"sub\",\"\\u00e9\"]"));
        for (int i = 0; i < 5; ++i)
            QCOMPARE(lines[i].contains("-results\":"), !health.isEmpty());
        QVERIFY(lines[2].contains(health));
        QVERIFY(lines[5].contains("\"count-directories\":2,"));
        QVERIFY(lines[5].contains("\"count-mutable-files\":1,"));
    }
    void badStreamsAreRefused()
    {
        Rig rig;
        rig.put("/lit?t=uri", kLit);
        QCOMPARE(rig.post("?t=stream-deep-check&verify=maybe").status, 400U);
        QCOMPARE(rig.post("/lit?t=stream-manifest").status, 400U);
        for (const auto& [index, file] : rig.mutables.files)
            rig.mutables.lost.insert(index);
        const WebAnswer answer = rig.post("?t=stream-manifest");
        QVERIFY(holds(answer.body, "\"error\":"));
        QVERIFY(holds(answer.body, "\nERROR: "));
    }
    void checksAndLosses()
    {
        Rig rig;
        rig.put("/m?format=SDMF", "x");
        QCOMPARE(rig.post("?t=check&output=json").status, 200U);
        QCOMPARE(rig.post("/m?t=check&repair=true").status, 200U);
        QCOMPARE(rig.mutables.checks, 2U);
        QCOMPARE(rig.mutables.repairs, 1U);
        for (const auto& [index, file] : rig.mutables.files)
            rig.mutables.lost.insert(index);
        const WebAnswer lost = rig.web.get(rig.at("?t=json"));
        QCOMPARE(lost.status, 410U);
        QVERIFY(holds(lost.body, "\"error\""));
        QCOMPARE(rig.web.get(rig.at("/m")).status, 410U);
    }
};

QTEST_GUILESS_MAIN(TestWebTree)
#include "test_web_tree.moc"
