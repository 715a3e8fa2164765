#include "core/net/http_client.h"
#include "core/net/local_listener.h"
#include "core/net/plain_channel.h"
#include "tests/support/fake_clock.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <sys/stat.h>

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::net;

namespace {

class Greeter final : public HttpHandler
{
public:
    asio::awaitable<Result<void>> serve(ServerExchange& exchange) override
    {
        net::HttpHeaders none;
        co_return co_await exchange.respondText(200, std::move(none), "hello\n");
    }
};

asio::awaitable<void> ask(HttpClientConnection& client, std::string& text)
{
    RequestHead head;
    head.method = "GET";
    head.target = "/";
    head.headers.add("Host", "localhost");
    const std::span<const ByteView> noBody;
    const Result<ResponseHead> got = co_await client.request(head, noBody);
    if (!got) co_return;
    const Result<Bytes> body = co_await client.readAll(100);
    if (body) text = textOf(*body);
}

asio::awaitable<void> stop(LocalListener& listener, bool& stopped)
{
    co_await listener.stop(Duration(0));
    stopped = true;
}

} // namespace

class TestLocalListener final : public QObject
{
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;
    test::FakeClock m_clock;
    asio::io_context m_engine;
    Greeter m_greeter;

    std::string path() const { return m_folder->filePath("admin.sock").toStdString(); }
    Result<std::unique_ptr<LocalListener>> open(const std::string& where)
    {
        return LocalListener::open(m_engine.get_executor(), where, m_greeter, m_clock, {});
    }
    std::string greeting(const std::string& where)
    {
        Result<Stream> stream = connectLocal(m_engine.get_executor(), where);
        if (!stream) return stream.error().text();
        HttpClientConnection client(std::make_unique<PlainChannel>(*std::move(stream), m_clock),
                                    m_clock);
        std::string text;
        asio::co_spawn(m_engine, ask(client, text), asio::detached);
        for (int i = 0; i < 1000 && text.empty(); ++i)
            m_engine.run_one_for(std::chrono::milliseconds(20));
        return text;
    }

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void servesItsOwnerAlone()
    {
        const auto listener = open(path());
        QVERIFY(listener);
        struct stat info
        {
        };
        QCOMPARE(::stat(path().c_str(), &info), 0);
        QVERIFY(S_ISSOCK(info.st_mode));
        QCOMPARE(info.st_mode & 0777U, 0600U);
        QCOMPARE(greeting(path()), std::string("hello\n"));
        QCOMPARE(greeting(path()), std::string("hello\n"));
    }
    void takesTheNamesThatTheSystemFindsTooLong()
    {
        const QString folder = m_folder->filePath(QString(120, 'x'));
        QVERIFY(QDir().mkpath(folder));
        const std::string where = folder.toStdString() + "/admin.sock";
        const auto listener = open(where);
        QVERIFY2(listener, listener ? "" : listener.error().message().c_str());
        QCOMPARE(greeting(where), std::string("hello\n"));
    }
    void saysWhenNobodyServes()
    {
        const Result<Stream> none = connectLocal(m_engine.get_executor(), path());
        QVERIFY(!none);
        QCOMPARE(none.error().code(), ErrorCode::NotFound);
        const auto kept = m_folder->filePath("kept").toStdString();
        {
            auto listener = open(path());
            QVERIFY(listener);
            QCOMPARE(::rename(path().c_str(), kept.c_str()), 0);
        }
        const Result<Stream> dead = connectLocal(m_engine.get_executor(), kept);
        QVERIFY(!dead);
        QCOMPARE(dead.error().code(), ErrorCode::PeerUnreachable);
        // A socket that was left behind is in nobody's way.
        QCOMPARE(::rename(kept.c_str(), path().c_str()), 0);
        const auto next = open(path());
        QVERIFY(next);
        QCOMPARE(greeting(path()), std::string("hello\n"));
    }
    void leavesNothingBehind()
    {
        {
            const auto listener = open(path());
            QVERIFY(listener);
            bool stopped = false;
            asio::co_spawn(m_engine, stop(**listener, stopped), asio::detached);
            QVERIFY(m_clock.runUntil(m_engine, std::chrono::minutes(1), [&] { return stopped; }));
            QVERIFY(!QFile::exists(QString::fromStdString(path())));
        }
        QVERIFY(!open(m_folder->filePath("no/such/folder").toStdString()));
    }
};

QTEST_GUILESS_MAIN(TestLocalListener)
#include "test_local_listener.moc"
