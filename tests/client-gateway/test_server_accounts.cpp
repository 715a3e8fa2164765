// Accounts that servers give to the gateway's key: asked for over real TLS, kept, lost.
#include "client-gateway/server_accounts.h"
#include "core/net/listener.h"
#include "core/net/static_dialer.h"
#include "core/wire/grant.h"
#include "tests/support/engine.h"
#include "tests/support/seeded_random.h"
#include "tests/support/test_identity.h"

#include <boost/asio/steady_timer.hpp>

#include <QtCore/QFile>
#include <QtCore/QFileInfo>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;
using namespace std::chrono_literals;

namespace {

/// A storage server's grant service, as a test says.
class Granting final : public net::HttpHandler
{
public:
    asio::awaitable<Result<void>> serve(net::ServerExchange& exchange) override
    {
        ++requests;
        net::HttpHeaders headers;
        if (!swissnum.empty()) {
            headers.add("Content-Type", "application/cbor");
            const Bytes body = wire::encodeGrantAnswer(Secret(std::string_view(swissnum)));
            const ByteView piece = body;
            const std::span<const ByteView> pieces(&piece, 1);
            co_return co_await exchange.respond(200, std::move(headers), pieces);
        }
        std::string text = words;
        co_return co_await exchange.respondText(status, std::move(headers), std::move(text));
    }

    std::string swissnum;
    unsigned status = 403;
    std::string words = "no account here has the key v0-x\n";
    unsigned requests = 0;
};

const std::string kId = "v0-" + std::string(52, 'a');

class Rig
{
public:
    Rig() : dialer(net::Outgoing(), engine.clock(), random) { restart(); }
    ~Rig()
    {
        end();
        engine.onEngine([this] { listener.reset(); });
    }

    /// As a new start of the gateway, with what is on disk.
    void restart()
    {
        if (accounts) end();
        if (!listener) listen();
        pool = std::make_unique<net::ConnectionPool>(engine.executor(), dialer,
                                                     net::TlsClientContext(), engine.clock());
        ServerAccountsParts parts{engine.executor(),
                                  engine.clock(),
                                  *disk,
                                  *pool,
                                  key,
                                  folder.filePath("grants").toStdString(),
                                  [this](const net::Location&) -> Result<void> {
                                      if (closed)
                                          return Error(ErrorCode::InvalidInput, "tcp is off");
                                      return ok();
                                  },
                                  [](const net::PeerKey&) { return false; },
                                  [this] { ++changes; }};
        accounts = std::make_unique<ServerAccounts>(std::move(parts));
        loaded = accounts->loadBlocking();
        changes = 0;
    }

    std::vector<AccountServer> server(const std::string& id = kId) const
    {
        AccountServer out;
        out.id = id;
        out.nickname = "alpha";
        out.key = test::sharedIdentity().key();
        net::Location place;
        place.host = "127.0.0.1";
        place.port = port;
        out.locations = {place};
        return {out};
    }
    std::string swissnum() const
    {
        return accounts->swissnumOf(kId, test::sharedIdentity().key()).value_or("none");
    }
    std::string text() const
    {
        const std::vector<WithoutAccount> waiting = accounts->waiting();
        return waiting.size() == 1 ? waiting.front().text : std::string("not one");
    }
    /// Real time passes, virtual time stands. \return whether it came about.
    bool until(const std::function<bool()>& condition)
    {
        return engine.runReal(waitFor(condition)).value_or(false);
    }
    /// That many requests, and the last one is over.
    bool answered(unsigned requests)
    {
        const bool came = until([&] {
            return granting.requests == requests &&
                   pool->state(test::sharedIdentity().key()).busy == 0;
        });
        engine.settle();
        return came;
    }
    bool idle() const { return text().find("asking") == std::string::npos; }
    /// Long enough for a request to arrive, if there was one.
    void let()
    {
        int turns = 0;
        until([&turns] { return ++turns > 20; });
    }
    void closeListener()
    {
        engine.onEngine([this] { listener.reset(); });
    }

    QTemporaryDir folder;
    test::Engine engine;
    SystemRandom random;
    test::SeededRandom seeded{5};
    crypto::Ed25519Key key = crypto::Ed25519Key::generate(seeded);
    std::unique_ptr<WorkPool> disk = makeInlinePool();
    net::StaticDialer dialer;
    Granting granting;
    std::uint16_t port = 0;
    std::unique_ptr<net::Listener> listener;
    std::unique_ptr<net::ConnectionPool> pool;
    std::unique_ptr<ServerAccounts> accounts;
    Result<void> loaded = ok();
    bool closed = false;
    int changes = 0;

private:
    static asio::awaitable<bool> waitFor(const std::function<bool()>& condition)
    {
        asio::steady_timer timer(co_await asio::this_coro::executor);
        for (int i = 0; i < 5000; ++i) {
            if (condition()) co_return true;
            timer.expires_after(1ms);
            co_await timer.async_wait(asio::use_awaitable);
        }
        co_return false;
    }
    void listen()
    {
        net::ListenerConfig config;
        config.address = *net::parseEndpoint("127.0.0.1:" + std::to_string(port));
        config.identity = test::sharedIdentity();
        listener =
            *net::Listener::open(engine.executor(), std::move(config), granting, engine.clock());
        port = listener->address().port();
    }
    static asio::awaitable<Result<void>> stopped(ServerAccounts& accounts)
    {
        co_await accounts.stop();
        co_return ok();
    }
    void end()
    {
        engine.runReal(stopped(*accounts));
        engine.onEngine([this] {
            accounts.reset();
            pool.reset();
        });
    }
};

} // namespace

class TestServerAccounts final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void anAccountIsAskedForAndKept()
    {
        Rig rig;
        QVERIFY(rig.loaded);
        rig.granting.swissnum = "first";
        rig.accounts->setServers(rig.server(), true);
        QCOMPARE(rig.text(), std::string("no account yet: asking for one"));
        QVERIFY(rig.until([&] { return rig.changes > 0; }));
        QCOMPARE(rig.swissnum(), std::string("first"));
        QVERIFY(rig.accounts->waiting().empty());
        QVERIFY(!rig.accounts->swissnumOf(kId, net::PeerKey())); // another machine
        const QString file = rig.folder.filePath("grants");
        QVERIFY(rig.until([&] { return QFileInfo::exists(file); }));
        QCOMPARE(QFileInfo(file).permissions() & (QFile::ReadGroup | QFile::ReadOther),
                 QFile::Permissions());
        rig.restart();
        QVERIFY(rig.loaded);
        rig.accounts->setServers(rig.server(), true);
        QCOMPARE(rig.swissnum(), std::string("first"));
        rig.let();
        QCOMPARE(rig.granting.requests, 1U);
    }
    void aRefusalIsShownAndAskedAgainOnNeed()
    {
        Rig rig;
        rig.accounts->setServers(rig.server(), true);
        QVERIFY(rig.until([&] { return rig.idle(); }));
        const std::string words = "no account: the server says: no account here has the key v0-x";
        QCOMPARE(rig.text(), words);
        QCOMPARE(rig.accounts->waiting().front().nickname, std::string("alpha"));
        QVERIFY(rig.accounts->waiting().front().askedAt.has_value());
        QCOMPARE(rig.changes, 0);
        // As often as there is need, but not before the pause is over; pauses grow.
        for (const auto pause : {5s, 10s, 20s}) {
            rig.engine.clock().advance(pause - 1s);
            rig.accounts->need();
            rig.accounts->setServers(rig.server(), true);
            rig.accounts->noteRefusal(kId);
            rig.let();
            const unsigned before = rig.granting.requests;
            rig.engine.clock().advance(1s);
            rig.let();
            QCOMPARE(rig.granting.requests, before); // no need
            rig.accounts->need();
            QVERIFY(rig.answered(before + 1));
        }
        QCOMPARE(rig.granting.requests, 4U);
        rig.granting.swissnum = "late";
        rig.accounts->askAgain();
        QVERIFY(rig.until([&] { return rig.changes > 0; }));
        QCOMPARE(rig.swissnum(), std::string("late"));
    }
    void aCredentialThatIsRefusedIsReplaced()
    {
        Rig rig;
        rig.granting.swissnum = "first";
        rig.accounts->setServers(rig.server(), true);
        QVERIFY(rig.until([&] { return rig.changes == 1; }));
        rig.granting.swissnum = "rotated";
        rig.engine.clock().advance(5s);
        rig.accounts->noteRefusal(kId);
        QVERIFY(rig.until([&] { return rig.changes == 2; }));
        QCOMPARE(rig.swissnum(), std::string("rotated"));
        // The same again: the server refused something else. No storm.
        for (int i = 0; i < 3; ++i) {
            rig.engine.clock().advance(5s);
            rig.accounts->noteRefusal(kId);
            if (i < 2) QVERIFY(rig.answered(3U + static_cast<unsigned>(i)));
        }
        rig.let();
        QCOMPARE(rig.granting.requests, 4U);
        QCOMPARE(rig.changes, 2);
        // Revoked.
        rig.granting.swissnum.clear();
        rig.engine.clock().advance(1min);
        rig.accounts->noteRefusal(kId);
        QVERIFY(rig.until([&] { return rig.changes == 3; }));
        QCOMPARE(rig.swissnum(), std::string("none"));
        QVERIFY(rig.text().find("no account here has the key") != std::string::npos);
        rig.engine.clock().advance(2s); // the next write
        QVERIFY(rig.until([&] { return QFileInfo(rig.folder.filePath("grants")).size() == 0; }));
    }
    void whatCannotBeReachedKeepsItsAccount()
    {
        Rig rig;
        rig.granting.swissnum = "first";
        rig.accounts->setServers(rig.server(), true);
        QVERIFY(rig.until([&] { return rig.changes == 1; }));
        rig.closeListener();
        rig.engine.clock().advance(5min);
        rig.accounts->noteRefusal(kId);
        rig.let();
        QCOMPARE(rig.swissnum(), std::string("first"));
        QVERIFY(rig.accounts->waiting().empty());
    }
    void nobodyIsAskedAgainstTheSettings()
    {
        Rig rig;
        rig.granting.swissnum = "first";
        rig.accounts->setServers(rig.server(), false);
        rig.accounts->askAgain();
        rig.let();
        QCOMPARE(rig.text(), std::string("no account: [introducers] accounts = false"));
        rig.closed = true;
        rig.accounts->setServers(rig.server(), true);
        rig.let();
        QCOMPARE(rig.text(), std::string("no account: tcp is off"));
        std::vector<AccountServer> nowhere = rig.server();
        nowhere.front().locations.clear();
        rig.accounts->setServers(nowhere, true);
        rig.let();
        QCOMPARE(rig.text(), std::string("no account: it announces no address"));
        QCOMPARE(rig.granting.requests, 0U);
        rig.closed = false;
        rig.accounts->setServers(rig.server(), true);
        QVERIFY(rig.until([&] { return rig.changes == 1; }));
    }
    void oddAnswersGiveNoAccount_data()
    {
        QTest::addColumn<unsigned>("status");
        QTest::addColumn<QString>("swissnum");
        QTest::addColumn<QString>("says");
        QTest::newRow("no accounts there") << 404U << ""
                                           << "gives no accounts";
        QTest::newRow("error") << 500U << ""
                               << "answered 500";
        QTest::newRow("no answer to this") << 200U << ""
                                           << "answer";
        QTest::newRow("a path") << 200U << "a/b"
                                << "a credential that is none";
        QTest::newRow("long") << 200U << QString(300, 'a') << "a credential that is none";
    }
    void oddAnswersGiveNoAccount()
    {
        QFETCH(unsigned, status);
        QFETCH(QString, swissnum);
        QFETCH(QString, says);
        Rig rig;
        rig.granting.status = status;
        rig.granting.swissnum = swissnum.toStdString();
        rig.accounts->setServers(rig.server(), true);
        QVERIFY(rig.until([&] { return rig.idle(); }));
        QVERIFY2(rig.text().find(says.toStdString()) != std::string::npos, rig.text().c_str());
        QCOMPARE(rig.changes, 0);
    }
    void onlyAFewAreAskedAtATime()
    {
        Rig rig;
        std::vector<AccountServer> many;
        for (int i = 0; i < 20; ++i)
            many.push_back(rig.server(kId + std::to_string(i)).front());
        rig.granting.swissnum = "same";
        rig.accounts->setServers(many, true);
        std::size_t asking = 0;
        for (const WithoutAccount& one : rig.accounts->waiting())
            asking += one.text == "no account yet: asking for one" ? 1 : 0;
        QCOMPARE(asking, ServerAccounts::kAskedAtOnce);
        QVERIFY(rig.until([&] { return rig.accounts->waiting().empty(); }));
        QCOMPARE(rig.granting.requests, 20U);
    }
    void theyAreAskedInTurn()
    {
        Rig rig;
        std::vector<AccountServer> many;
        for (int i = 0; i < 20; ++i) {
            many.push_back(rig.server("v0-a" + std::to_string(i)).front());
            many.back().turn = static_cast<std::size_t>(i);
        }
        many.push_back(rig.server("v0-z").front());
        rig.accounts->setServers(many, true);
        bool asked = false;
        for (const WithoutAccount& one : rig.accounts->waiting())
            asked = asked || (one.id == "v0-z" && one.text == "no account yet: asking for one");
        QVERIFY(asked);
        QVERIFY(rig.until([&] { return rig.idle(); }));
    }
    void theFileIsReadBackOrRefused()
    {
        Grants grants;
        grants["v0-a"].key = test::sharedIdentity().key();
        grants["v0-a"].swissnum = Secret(std::string_view("abc"));
        const Result<Grants> again = parseGrants(asText(grantsText(grants).view()));
        QVERIFY(again && again->size() == 1);
        QVERIFY(again->at("v0-a").swissnum.matches(asBytes("abc")));
        QVERIFY(parseGrants("")->empty());
        const Result<Grants> bad = parseGrants("v0-a secret");
        QVERIFY(!bad);
        QVERIFY(bad.error().message().find("line 1") != std::string::npos);
        QVERIFY(bad.error().message().find("secret") == std::string::npos);
        Rig rig;
        QFile file(rig.folder.filePath("grants"));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write("nonsense\n") == 9);
        file.close();
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
        rig.restart();
        QVERIFY(!rig.loaded);
        QCOMPARE(rig.loaded.error().code(), ErrorCode::InvalidInput);
    }
};

QTEST_GUILESS_MAIN(TestServerAccounts)
#include "test_server_accounts.moc"
