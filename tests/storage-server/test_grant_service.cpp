// A node asks for its account's credential, over TLS.
#include "core/codec/base64.h"
#include "core/net/grant_request.h"
#include "core/net/http_server.h"
#include "core/net/peer_proof.h"
#include "core/net/tls_stream.h"
#include "core/wire/grant.h"
#include "core/wire/node_id.h"
#include "storage-server/grant_service.h"
#include "tests/support/engine.h"
#include "tests/support/seeded_random.h"
#include "tests/support/sim_network.h"
#include "tests/support/test_identity.h"

#include <boost/asio/detached.hpp>

#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::storage;
using namespace std::chrono_literals;
using net::ConnectionPool;
using net::Stream;

namespace {

/// Stands where the protocol is.
class Others final : public net::HttpHandler
{
public:
    asio::awaitable<Result<void>> serve(net::ServerExchange& exchange) override
    {
        net::HttpHeaders none;
        co_return co_await exchange.respondText(404, std::move(none), "others\n");
    }
};

struct Question
{
    std::string method = "POST";
    std::string path = std::string(wire::kGrantPath);
    std::string proof;
};

asio::awaitable<Result<std::string>> ask(ConnectionPool& pool, net::PeerKey server,
                                         Question question)
{
    net::RequestHead head;
    head.method = question.method;
    head.target = question.path;
    head.headers.add("Host", "h");
    if (!question.proof.empty()) head.headers.add(std::string(net::kPeerHeader), question.proof);
    const std::span<const ByteView> noBody;
    net::RequestOptions options;
    TARN_CO_TRY(net::PooledResponse response, co_await pool.request(server, head, noBody, options));
    TARN_CO_TRY(const Bytes text, co_await response.connection->readAll(10'000));
    co_return std::to_string(response.head.status) + " " + textOf(text);
}

} // namespace

class TestGrantService final : public QObject
{
    Q_OBJECT

    QTemporaryDir m_folder;
    test::SeededRandom m_random{29};
    std::unique_ptr<WorkPool> m_jobs = makeInlinePool();
    std::unique_ptr<test::Engine> m_engine;
    std::unique_ptr<test::SimNetwork> m_network;
    std::unique_ptr<net::Dialer> m_dialer;
    std::unique_ptr<FileLayer> m_files;
    std::unique_ptr<Ledger> m_ledger;
    std::unique_ptr<DiskStore> m_store;
    std::unique_ptr<AccountBook> m_book;
    Others m_others;
    node::RequestCounts m_counts;
    std::unique_ptr<GrantService> m_service;
    std::unique_ptr<net::HttpServer> m_server;
    std::unique_ptr<ConnectionPool> m_pool;
    crypto::Ed25519Key m_alice = crypto::Ed25519Key::generate(m_random);

    static net::PeerKey serverKey() { return test::sharedIdentity().key(); }
    static asio::awaitable<Result<void>> welcome(TestGrantService& self, Stream stream)
    {
        TARN_CO_TRY(std::unique_ptr<net::TlsStream> tls,
                    co_await net::acceptTls(std::move(stream), test::sharedIdentity(),
                                            self.m_engine->clock(), 20s));
        self.m_server->serve(std::move(tls));
        co_return ok();
    }
    Result<Secret> request(const crypto::Ed25519Key& key)
    {
        return m_engine->run(net::requestGrant(*m_pool, serverKey(), key))
            .value_or(Error(ErrorCode::Internal, "never ended"));
    }
    std::string answerTo(Question question)
    {
        const Result<std::string> out =
            m_engine->run(ask(*m_pool, serverKey(), std::move(question)))
                .value_or(Error(ErrorCode::Internal, "never ended"));
        return out ? *out : out.error().text();
    }
    std::string swissnum() { return textOf(m_book->find("alice")->swissnum.view()); }

private Q_SLOTS:
    void init()
    {
        m_engine = std::make_unique<test::Engine>();
        m_network = std::make_unique<test::SimNetwork>(m_engine->executor(), m_engine->clock(), 1);
        m_dialer = m_network->dialerFor("client");
        const std::string directory = m_folder.filePath("storage").toStdString();
        m_files = makePosixFileLayer(directory);
        QFile::remove(m_folder.filePath("accounts.sqlite"));
        m_ledger = *Ledger::openBlocking(m_folder.filePath("accounts.sqlite").toStdString());
        StoreConfig config;
        config.directory = directory;
        m_store = *DiskStore::openBlocking(config, *m_files, *m_jobs, m_engine->clock(), m_random,
                                           m_ledger.get());
        const AccountBook::Parts parts{*m_ledger, *m_store, *m_jobs, m_engine->clock(), m_random};
        m_book = *AccountBook::openBlocking(parts);
        m_service = std::make_unique<GrantService>(*m_book, m_others, m_counts);
        m_server = std::make_unique<net::HttpServer>(m_engine->executor(), *m_service,
                                                     m_engine->clock(), net::HttpServerLimits());
        m_network->listen("server", 1, [this](Stream stream) {
            asio::co_spawn(m_engine->context(), welcome(*this, std::move(stream)), asio::detached);
        });
        m_pool = std::make_unique<ConnectionPool>(m_engine->executor(), *m_dialer,
                                                  net::TlsClientContext(), m_engine->clock(),
                                                  net::PoolLimits());
        net::Location place;
        place.host = "server";
        place.port = 1;
        m_pool->setLocations(serverKey(), {place});
        QVERIFY(m_engine->run(m_book->add("alice", m_alice.publicKey(), std::nullopt)));
        QVERIFY(m_engine->run(m_book->add("bob", std::nullopt, std::nullopt)));
    }
    void cleanup()
    {
        m_pool.reset();
        m_server.reset();
        m_engine->settle();
        m_service.reset();
        m_book.reset();
        m_store.reset();
        m_ledger.reset();
        m_dialer.reset();
        m_network.reset();
        m_engine.reset();
    }
    void givesANodeItsOwnCredential()
    {
        const Result<Secret> granted = request(m_alice);
        QVERIFY2(granted, granted ? "" : granted.error().message().c_str());
        QVERIFY(granted->matches(asBytes(swissnum())));
        QVERIFY(m_engine->run(m_book->rotate("alice")));
        QVERIFY(!granted->matches(asBytes(swissnum())));
        QVERIFY(request(m_alice)->matches(asBytes(swissnum())));
    }
    void saysWhenThereIsNone()
    {
        const crypto::Ed25519Key stranger = crypto::Ed25519Key::generate(m_random);
        Result<Secret> refused = request(stranger);
        QVERIFY(!refused);
        QCOMPARE(refused.error().code(), ErrorCode::Unauthorized);
        const std::string& words = refused.error().message();
        QVERIFY2(words.find(wire::nodeIdOf(stranger.publicKey())) != std::string::npos,
                 words.c_str());
        QVERIFY(m_engine->run(m_book->revoke("alice")));
        refused = request(m_alice);
        QVERIFY(!refused);
        QCOMPARE(refused.error().code(), ErrorCode::Unauthorized);
    }
    void refusesOtherRequests()
    {
        // Signed for another connection.
        Question stolen;
        stolen.proof = wire::nodeIdOf(m_alice.publicKey()) + " " +
                       codec::encodeBase64Url(m_alice.sign(m_random.bytes(32)).view());
        QVERIFY2(answerTo(stolen).starts_with("403 the signature"), answerTo(stolen).c_str());
        Question nonsense;
        nonsense.proof = "nonsense";
        QVERIFY(answerTo(nonsense).starts_with("403 "));
        QVERIFY(answerTo(Question()).starts_with("403 "));
        Question get;
        get.method = "GET";
        QVERIFY(answerTo(get).starts_with("405 "));
        Question other;
        other.path = "/peer/v1/grants";
        QCOMPARE(answerTo(other), std::string("404 others\n"));
    }
    void aServerWithoutAccountsIsNoError()
    {
        m_server = std::make_unique<net::HttpServer>(m_engine->executor(), m_others,
                                                     m_engine->clock(), net::HttpServerLimits());
        const Result<Secret> refused = request(m_alice);
        QVERIFY(!refused);
        QCOMPARE(refused.error().code(), ErrorCode::Unsupported);
    }
};

QTEST_GUILESS_MAIN(TestGrantService)
#include "test_grant_service.moc"
