// The operator's requests, and what they mean for those who come to the door.
#include "core/wire/storage_messages.h"
#include "storage-server/account_service.h"
#include "tests/storage-server/gbs_exchange.h"
#include "tests/support/seeded_random.h"
#include "tests/support/transport_pairs.h"

#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

#include <algorithm>
#include <array>

using namespace tarn;
using namespace tarn::storage;
using namespace tarn::test;

namespace {

const std::string kRenew(32, 'r');
const std::string kCancel(32, 'c');
const std::string kIndex = "s2rawirzu4dqoseq76zdwf4d54";
const std::string kMutableIndex = "m5nfqe3jff5kkxeohupnyuw4vu";
constexpr std::string_view kShared = "shared";

struct Answer
{
    unsigned status = 0;
    QJsonObject json;
};

asio::awaitable<Result<void>> post(net::HttpClientConnection& client, net::RequestHead head,
                                   std::string body, Answer& answer)
{
    const std::array<ByteView, 1> pieces{asBytes(body)};
    TARN_CO_TRY(const net::ResponseHead got, co_await client.request(head, pieces));
    TARN_CO_TRY(const Bytes text, co_await client.readAll(1U << 20U));
    answer.status = got.status;
    answer.json = QJsonDocument::fromJson(QByteArray::fromStdString(textOf(text))).object();
    co_return ok();
}

asio::awaitable<void> run(net::HttpClientConnection& client, net::RequestHead head,
                          std::string body, Answer& answer, std::optional<Result<void>>& out)
{
    out = co_await post(client, std::move(head), std::move(body), answer);
}

void addLeases(RawRequest& request)
{
    for (const auto& [kind, secret] : {std::pair(wire::SecretKind::LeaseRenew, kRenew),
                                       std::pair(wire::SecretKind::LeaseCancel, kCancel)})
        request.head.headers.add(std::string(wire::kSecretHeader),
                                 wire::secretHeader(kind, asBytes(secret)));
}

} // namespace

class TestAccountService final : public QObject
{
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;
    FakeClock m_clock;
    SeededRandom m_random{23};
    std::unique_ptr<WorkPool> m_pool = makeInlinePool();
    std::unique_ptr<FileLayer> m_files;
    std::unique_ptr<Ledger> m_ledger;
    std::unique_ptr<DiskStore> m_store;
    std::unique_ptr<AccountBook> m_book;
    std::unique_ptr<AccountService> m_service;
    std::unique_ptr<GbsExchange> m_gbs;

    void open()
    {
        m_gbs.reset();
        m_service.reset();
        m_book.reset();
        m_store.reset();
        m_ledger.reset();
        const std::string directory = m_folder->filePath("storage").toStdString();
        m_files = makePosixFileLayer(directory);
        m_ledger = *Ledger::openBlocking(m_folder->filePath("accounts.sqlite").toStdString());
        StoreConfig config;
        config.directory = directory;
        m_store =
            *DiskStore::openBlocking(config, *m_files, *m_pool, m_clock, m_random, m_ledger.get());
        const AccountBook::Parts parts{*m_ledger, *m_store, *m_pool, m_clock, m_random};
        m_book = *AccountBook::openBlocking(parts);
        m_book->setAnonymous(Secret(kShared));
        const auto nurls = [](const Account& account) {
            return std::vector<std::string>{textOf(account.swissnum.view())};
        };
        m_service = std::make_unique<AccountService>(*m_book, m_ledger->usage(), nurls);
        HttpServiceConfig http;
        http.door = m_book.get();
        http.spool.folder = m_folder->path().toStdString();
        m_gbs = std::make_unique<GbsExchange>(*m_store, m_clock, std::move(http));
    }
    /// \param body  JSON with ' for ".
    Answer ask(const std::string& method, const std::string& path, std::string body = "")
    {
        std::replace(body.begin(), body.end(), '\'', '"');
        asio::io_context engine;
        Result<ChannelPair> pair = makePlainPair(engine.get_executor(), m_clock);
        std::optional<Result<void>> out;
        Answer answer;
        net::RequestHead head;
        head.method = method;
        head.target = "/admin/v1/accounts" + path;
        head.headers.add("Host", "localhost");
        {
            net::HttpClientConnection client(std::move(pair->client), m_clock);
            net::HttpServer server(engine.get_executor(), *m_service, m_clock, {});
            server.serve(std::move(pair->server));
            asio::co_spawn(engine, run(client, std::move(head), body, answer, out), asio::detached);
            m_clock.runUntil(engine, std::chrono::minutes(5), [&] { return out.has_value(); });
        }
        engine.restart();
        engine.poll();
        return answer;
    }
    /// The credential of a new account.
    std::string add(const std::string& name)
    {
        const Answer answer = ask("POST", "", "{'name': '" + name + "'}");
        return answer.json["nurls"].toArray()[0].toString().toStdString();
    }
    unsigned statusOf(RawRequest request)
    {
        const Result<RawAnswer> answer = m_gbs->send(std::move(request));
        return answer ? answer->head.status : 0;
    }
    unsigned version(std::string_view swissnum)
    {
        return statusOf(rawRequest("GET", "/storage/v1/version", swissnum));
    }
    unsigned list(std::string_view swissnum)
    {
        return statusOf(rawRequest("GET", "/storage/v1/immutable/" + kIndex + "/shares", swissnum));
    }
    unsigned lease(std::string_view swissnum)
    {
        RawRequest request = rawRequest("PUT", "/storage/v1/lease/" + kIndex, swissnum);
        addLeases(request);
        return statusOf(std::move(request));
    }
    unsigned slot(std::string_view swissnum, bool writes)
    {
        RawRequest request = rawRequest(
            "POST", "/storage/v1/mutable/" + kMutableIndex + "/read-test-write", swissnum);
        addLeases(request);
        request.head.headers.add(std::string(wire::kSecretHeader),
                                 wire::secretHeader(wire::SecretKind::WriteEnabler,
                                                    asBytes("write enabler of thirty-two byte")));
        storage_api::ReadTestWrite asked;
        asked.reads.push_back({0, 10});
        if (writes) asked.shares[ShareNumber{0}].writes.push_back({0, asBytes("x")});
        const wire::GatheredBody body = wire::encodeReadTestWriteRequest(asked);
        for (const ByteView piece : body.pieces())
            append(request.body, piece);
        return statusOf(std::move(request));
    }

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        open();
    }
    void makesAccounts()
    {
        const std::string key = "v0-" + std::string(51, 'a') + "a";
        const Answer made =
            ask("POST", "", "{'name': 'alice', 'key': '" + key + "', 'limit': 5000}");
        QCOMPARE(made.status, 200U);
        QCOMPARE(made.json["name"].toString(), QString("alice"));
        QCOMPARE(made.json["key"].toString().toStdString(), key);
        QCOMPARE(made.json["limit_bytes"].toInt(), 5000);
        QCOMPARE(made.json["shares"].toInt(), 0);
        QVERIFY(made.json["may_write"].toBool() && made.json["open"].toBool());
        const std::string credential = made.json["nurls"].toArray()[0].toString().toStdString();
        QCOMPARE(credential.size(), std::size_t(32));
        QCOMPARE(version(credential), 200U);
        QCOMPARE(version("another"), 401U);
        QCOMPARE(version(kShared), 200U);
        QCOMPARE(m_ledger->usage().available(m_book->find("alice")->id), std::uint64_t(5000));
        const Answer listed = ask("GET", "");
        QCOMPARE(listed.json["accounts"].toArray().size(), 2);
        QVERIFY(!listed.json["accounts"].toArray()[1].toObject().contains("nurls"));
        QCOMPARE(ask("GET", "/alice").json["nurls"].toArray().size(), 1);
        open();
        QCOMPARE(version(credential), 200U);
        QCOMPARE(m_ledger->usage().available(m_book->find("alice")->id), std::uint64_t(5000));
    }
    void refusesNonsense_data()
    {
        QTest::addColumn<QString>("method");
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("body");
        QTest::addColumn<unsigned>("status");
        const auto row = [](const char* name, const char* method, const char* path,
                            const char* body, unsigned status) {
            QTest::newRow(name) << method << path << body << status;
        };
        row("no name", "POST", "", "{}", 400);
        row("bad name", "POST", "", "{'name': 'a/b'}", 400);
        row("name is a number", "POST", "", "{'name': 1}", 400);
        row("bad key", "POST", "", "{'name': 'b', 'key': 'v0-abc'}", 400);
        row("negative limit", "POST", "", "{'name': 'b', 'limit': -1}", 400);
        row("not JSON", "POST", "", "{", 400);
        row("not an object", "POST", "", "[]", 400);
        row("name taken", "POST", "", "{'name': 'alice'}", 409);
        row("shared name taken", "POST", "", "{'name': 'anonymous'}", 409);
        row("nobody", "GET", "/nobody", "", 404);
        row("revoke nobody", "POST", "/nobody/revoke", "", 404);
        row("unknown action", "POST", "/alice/promote", "", 404);
        row("action by GET", "GET", "/alice/revoke", "", 405);
        row("no switch", "POST", "/alice/allow", "{}", 400);
        row("unknown switch", "POST", "/alice/allow", "{'fly': true}", 400);
        row("switch not true", "POST", "/alice/deny", "{'read': false}", 400);
        row("shared rotated", "POST", "/anonymous/rotate", "", 409);
        row("shared revoked", "POST", "/anonymous/revoke", "", 409);
        row("elsewhere", "GET", "x", "", 404);
    }
    void refusesNonsense()
    {
        QFETCH(QString, method);
        QFETCH(QString, path);
        QFETCH(QString, body);
        QFETCH(unsigned, status);
        add("alice");
        const Answer answer = ask(method.toStdString(), path.toStdString(), body.toStdString());
        QCOMPARE(answer.status, status);
        QVERIFY(!answer.json["error"].toString().isEmpty());
        QCOMPARE(m_book->all().size(), std::size_t(2));
    }
    void switchesWhatAnAccountMay()
    {
        const std::string alice = add("alice");
        QCOMPARE(slot(alice, true), 200U);
        QCOMPARE(ask("POST", "/alice/deny", "{'write': true}").status, 200U);
        QCOMPARE(slot(alice, true), 403U);
        QCOMPARE(slot(alice, false), 200U);
        QCOMPARE(list(alice), 200U);
        QCOMPARE(lease(alice), 404U); // no such index, but she may
        QCOMPARE(ask("POST", "/alice/deny", "{'read': true, 'keep': true}").status, 200U);
        QCOMPARE(list(alice), 403U);
        QCOMPARE(slot(alice, false), 403U);
        QCOMPARE(lease(alice), 403U);
        QCOMPARE(version(alice), 200U);
        const Answer shown = ask("GET", "/alice");
        QVERIFY(!shown.json["may_read"].toBool() && !shown.json["keep_shares"].toBool());
        QVERIFY(shown.json["let_go"].isDouble());
        QCOMPARE(slot(kShared, false), 200U);
        open();
        QCOMPARE(list(alice), 403U);
        QCOMPARE(ask("POST", "/alice/allow", "{'read': true, 'write': true, 'keep': true}").status,
                 200U);
        QVERIFY(ask("GET", "/alice").json["let_go"].isNull());
        QCOMPARE(slot(alice, true), 200U);
    }
    void whoMayNotWriteIsToldOfNoSpace()
    {
        const std::string alice = add("alice");
        ask("POST", "/alice/deny", "{'write': true}");
        const Result<RawAnswer> answer =
            m_gbs->send(rawRequest("GET", "/storage/v1/version", alice));
        QVERIFY(answer);
        const auto told = wire::decodeVersionAnswer(answer->body);
        QVERIFY(told);
        QCOMPARE(told->availableSpace, std::uint64_t(0));
        QCOMPARE(told->maximumImmutableShareSize, std::uint64_t(0));
    }
    void rotatesCredentials()
    {
        const std::string old = add("alice");
        const Answer answer = ask("POST", "/alice/rotate");
        QCOMPARE(answer.status, 200U);
        const std::string fresh = answer.json["nurls"].toArray()[0].toString().toStdString();
        QVERIFY(fresh != old);
        QCOMPARE(version(old), 401U);
        QCOMPARE(version(fresh), 200U);
    }
    void revokesForGood()
    {
        const std::string alice = add("alice");
        const std::string bob = add("bob");
        QCOMPARE(ask("POST", "/alice/revoke").status, 200U);
        QCOMPARE(version(alice), 401U);
        QCOMPARE(version(bob), 200U);
        QVERIFY(ask("GET", "/alice").json["revoked"].toBool());
        for (const char* action : {"/alice/rotate", "/alice/revoke", "/alice/limit"})
            QCOMPARE(ask("POST", action).status, 409U);
        open();
        QCOMPARE(version(alice), 401U);
    }
    void limits()
    {
        add("alice");
        QCOMPARE(ask("POST", "/alice/limit", "{'limit': 77}").status, 200U);
        QCOMPARE(m_ledger->usage().available(m_book->find("alice")->id), std::uint64_t(77));
        QCOMPARE(ask("POST", "/alice/limit", "{'limit': null}").status, 200U);
        QVERIFY(ask("GET", "/alice").json["limit_bytes"].isNull());
        QCOMPARE(ask("POST", "/anonymous/limit", "{'limit': 78}").status, 200U);
        QCOMPARE(m_ledger->usage().available(kAnonymous), std::uint64_t(78));
    }
    void theSharedAccountCanBeOff()
    {
        QCOMPARE(version(kShared), 200U);
        m_book->setAnonymous(std::nullopt);
        QCOMPARE(version(kShared), 401U);
        QVERIFY(!ask("GET", "/anonymous").json["open"].toBool());
    }
};

QTEST_GUILESS_MAIN(TestAccountService)
#include "test_account_service.moc"
