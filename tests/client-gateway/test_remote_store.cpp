#include "client-gateway/remote_store.h"
#include "client-gateway/server_list.h"
#include "core/codec/base32.h"
#include "core/net/listener.h"
#include "core/net/static_dialer.h"
#include "core/wire/storage_messages.h"
#include "storage-server/http_service.h"
#include "tests/support/engine.h"
#include "tests/support/memory_store.h"
#include "tests/support/seeded_random.h"
#include "tests/support/share_store_suite.h"
#include "tests/support/test_identity.h"

#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;

namespace {

const std::string kSwissnum = "k7n2wevfqrc6nzfqacfza67e7uyubc4o";

/// Answers every request alike, as a table row says.
class FixedAnswer final : public net::HttpHandler
{
public:
    asio::awaitable<Result<void>> serve(net::ServerExchange& exchange) override
    {
        ++requests;
        const ByteView piece = body;
        co_return co_await exchange.respond(status, headers, std::span(&piece, 1));
    }

    unsigned status = 200;
    net::HttpHeaders headers;
    Bytes body;
    unsigned requests = 0;
};

/// A TLS server on loopback and a RemoteStore that speaks to it.
struct Rig
{
    explicit Rig(net::HttpHandler& handler)
        : dialer(net::Outgoing(), engine.clock(), random),
          pool(engine.executor(), dialer, net::TlsClientContext(), engine.clock())
    {
        net::ListenerConfig config;
        config.address = *net::parseEndpoint("127.0.0.1:0");
        config.identity = test::sharedIdentity();
        listener =
            *net::Listener::open(engine.executor(), std::move(config), handler, engine.clock());
        store =
            std::make_unique<RemoteStore>(pool, engine.clock(), std::vector<wire::Nurl>{nurl()});
    }

    wire::Nurl nurl() const
    {
        wire::Nurl nurl;
        nurl.spkiHash = test::sharedIdentity().key();
        nurl.host = "127.0.0.1";
        nurl.port = listener->address().port();
        nurl.swissnum = kSwissnum;
        return nurl;
    }

    /// On the engine, where its connections live.
    void closeListener()
    {
        asio::post(engine.executor(), [this] { listener.reset(); });
        engine.settle();
    }

    template <class T>
    Result<T> run(asio::awaitable<Result<T>> work)
    {
        std::optional<Result<T>> out = engine.runReal(std::move(work));
        return out ? *std::move(out) : Result<T>(Error(ErrorCode::Internal, "did not end"));
    }

    test::Engine engine;
    SystemRandom random;
    net::StaticDialer dialer;
    net::ConnectionPool pool;
    std::unique_ptr<net::Listener> listener;
    std::unique_ptr<RemoteStore> store;
};

struct GbsRig
{
    GbsRig()
        : memory(rigClock, 64U << 20U), disk(makeInlinePool()),
          service(memory, *disk, rigClock, serviceConfig()), rig(service)
    {
    }

    static storage::HttpServiceConfig serviceConfig()
    {
        storage::HttpServiceConfig config;
        config.swissnum = Secret(std::string_view(kSwissnum));
        config.spool.folder = std::filesystem::temp_directory_path();
        return config;
    }

    test::FakeClock rigClock;
    test::MemoryStore memory;
    std::unique_ptr<WorkPool> disk;
    storage::HttpService service;
    Rig rig;
};

/// Connects to nobody, and never says so.
class SilentDialer final : public net::Dialer
{
public:
    explicit SilentDialer(Clock& clock) : m_clock(clock) {}
    asio::awaitable<Result<net::Stream>> dial(std::vector<net::Location>) override
    {
        for (;;)
            co_await m_clock.sleep(std::chrono::hours(1));
    }

private:
    Clock& m_clock;
};

/// What is known of a silent server after somebody waited so long for it.
ServerStatus afterGivingUp(Duration patience)
{
    test::Engine engine;
    SystemRandom random;
    SilentDialer dialer(engine.clock());
    net::ConnectionPool pool(engine.executor(), dialer, net::TlsClientContext(), engine.clock());
    wire::Nurl nurl;
    nurl.host = "127.0.0.1";
    nurl.port = 1;
    nurl.swissnum = kSwissnum;
    RemoteStore store(pool, engine.clock(), {nurl});
    const auto version = engine.run(store.version(), patience);
    ServerStatus status = store.status();
    if (version) status.text = "ended, before anybody gave up";
    return status;
}

asio::awaitable<Result<std::string>> runCheck(const test::SuiteCheck& check, test::SuiteHost& host)
{
    co_return co_await check.run(host);
}

} // namespace

Q_DECLARE_METATYPE(const tarn::test::SuiteCheck*)

class TestRemoteStore final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void suite_data()
    {
        QTest::addColumn<const test::SuiteCheck*>("check");
        for (const test::SuiteCheck& check : test::shareStoreSuite())
            QTest::newRow(check.name) << &check;
    }
    void suite()
    {
        QFETCH(const test::SuiteCheck*, check);
        GbsRig gbs;
        test::SuiteHost host{*gbs.rig.store, [&gbs](Duration by) { gbs.rigClock.advance(by); }};
        const Result<std::string> failure = gbs.rig.run(runCheck(*check, host));
        QVERIFY2(failure, failure ? "" : failure.error().text().c_str());
        QVERIFY2(failure->empty(), failure->c_str());
    }

    void knowsAServerByItsTraffic()
    {
        GbsRig gbs;
        QCOMPARE(gbs.rig.store->status().reachability, Reachability::Unknown);
        QVERIFY(!gbs.rig.store->status().lastReceived);
        QVERIFY(gbs.rig.run(gbs.rig.store->version()));
        const ServerStatus status = gbs.rig.store->status();
        QCOMPARE(status.reachability, Reachability::Reached);
        QVERIFY(status.text.starts_with("connected"));
        QVERIFY(status.version && status.lastReceived);
    }
    void aDeadServerIsLeftAloneForAWhile()
    {
        GbsRig gbs;
        gbs.rig.closeListener();
        const Result<storage_api::ServerVersion> version = gbs.rig.run(gbs.rig.store->version());
        QVERIFY(!version);
        QCOMPARE(version.error().code(), ErrorCode::PeerUnreachable);
        QCOMPARE(gbs.rig.store->status().reachability, Reachability::Unreached);
        QVERIFY(gbs.rig.store->status().text.starts_with("not connected"));
        gbs.rig.engine.clock().advance(std::chrono::seconds(6));
        QCOMPARE(gbs.rig.store->status().reachability, Reachability::Unknown);
    }
    void whoeverGivesUpSoonSaysNothingOfTheServer()
    {
        const ServerStatus status = afterGivingUp(std::chrono::seconds(3));
        QVERIFY2(status.text.starts_with("not asked yet"), status.text.c_str());
        QCOMPARE(status.reachability, Reachability::Unknown);
    }
    void aSilentServerIsLeftAloneForAWhile()
    {
        const ServerStatus status = afterGivingUp(std::chrono::seconds(15));
        QCOMPARE(status.reachability, Reachability::Unreached);
        QVERIFY2(status.text.starts_with("not connected: Timeout: no answer from"),
                 status.text.c_str());
    }
    void anotherKeyIsRefused()
    {
        FixedAnswer handler;
        Rig rig(handler);
        wire::Nurl nurl = rig.nurl();
        nurl.spkiHash.mutableView()[0] ^= std::byte{1};
        RemoteStore other(rig.pool, rig.engine.clock(), {nurl});
        QVERIFY(!rig.run(other.version()));
        QCOMPARE(handler.requests, 0U);
    }

    void versionAnswersAreChecked_data()
    {
        QTest::addColumn<unsigned>("status");
        QTest::addColumn<QString>("type");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<int>("code");
        const auto misbehaved = static_cast<int>(ErrorCode::PeerMisbehaved);
        QTest::newRow("no CBOR type") << 200U << "text/html" << QByteArray("\xa0", 1) << misbehaved;
        QTest::newRow("empty") << 200U << "application/cbor" << QByteArray() << misbehaved;
        QTest::newRow("empty map")
            << 200U << "application/cbor" << QByteArray("\xa0", 1) << misbehaved;
        QTest::newRow("garbage") << 200U << "application/cbor" << QByteArray("\xff\xff\xff", 3)
                                 << misbehaved;
        QTest::newRow("huge array")
            << 200U << "application/cbor" << QByteArray("\x9b\xff\xff\xff\xff\xff\xff\xff\xff", 9)
            << misbehaved;
        QTest::newRow("401") << 401U << "text/plain" << QByteArray("no")
                             << static_cast<int>(ErrorCode::Unauthorized);
        QTest::newRow("404") << 404U << "text/plain" << QByteArray()
                             << static_cast<int>(ErrorCode::NotFound);
        QTest::newRow("500") << 500U << "text/plain" << QByteArray("oops") << misbehaved;
        QTest::newRow("507") << 507U << "text/plain" << QByteArray("full")
                             << static_cast<int>(ErrorCode::NoSpace);
        QTest::newRow("302") << 302U << "text/plain" << QByteArray() << misbehaved;
        QTest::newRow("long error")
            << 500U << "text/plain" << QByteArray(50'000, 'x') << misbehaved;
    }
    void versionAnswersAreChecked()
    {
        QFETCH(unsigned, status);
        QFETCH(QString, type);
        QFETCH(QByteArray, body);
        QFETCH(int, code);
        FixedAnswer handler;
        handler.status = status;
        handler.headers.add("Content-Type", type.toStdString());
        handler.body =
            toBytes(std::string_view(body.data(), static_cast<std::size_t>(body.size())));
        Rig rig(handler);
        const Result<storage_api::ServerVersion> version = rig.run(rig.store->version());
        QVERIFY(!version);
        QCOMPARE(static_cast<int>(version.error().code()), code);
        QVERIFY(version.error().message().size() < 400);
    }

    void whoDoesNotTakeTheCredentialIsTold()
    {
        FixedAnswer handler;
        Rig rig(handler);
        int told = 0;
        rig.store->whenUnauthorized([&told] { ++told; });
        handler.status = 403; // known, and not allowed to
        QCOMPARE(rig.run(rig.store->version()).error().code(), ErrorCode::Unauthorized);
        QCOMPARE(told, 0);
        handler.status = 401;
        QCOMPARE(rig.run(rig.store->version()).error().code(), ErrorCode::Unauthorized);
        QCOMPARE(told, 1);
    }
    void longAnswersAreNotTaken()
    {
        FixedAnswer handler;
        handler.headers.add("Content-Type", "application/cbor");
        handler.body = zeroBytes(1'100'000);
        Rig rig(handler);
        const auto version = rig.run(rig.store->version());
        QVERIFY(!version);
        QCOMPARE(version.error().code(), ErrorCode::PeerMisbehaved);
    }
    void theVersionTextIsCut()
    {
        FixedAnswer handler;
        handler.headers.add("Content-Type", "application/cbor");
        storage_api::ServerVersion told;
        told.applicationVersion = std::string(100'000, 'v');
        handler.body = wire::encodeVersionAnswer(told);
        Rig rig(handler);
        const auto version = rig.run(rig.store->version());
        QVERIFY(version);
        QCOMPARE(version->applicationVersion, std::string(200, 'v'));
    }
    void whatTheServerDidWrongIsCounted()
    {
        FixedAnswer handler;
        handler.status = 404;
        Rig rig(handler);
        RemoteConnection connection(rig.pool, rig.engine.clock(), {rig.nurl()});
        QVERIFY(!rig.run(connection.store().version()));
        ServerStatus status = connection.status();
        QCOMPARE(status.badAnswers, std::uint64_t(0)); // a refusal is no bad answer
        QVERIFY(status.lastProblem.empty());
        handler.status = 302;
        QVERIFY(!rig.run(connection.store().version()));
        QVERIFY(!rig.run(connection.store().listShares(storage_api::ShareKind::Immutable, {})));
        handler.status = 200;
        QVERIFY(rig.run(connection.store().adviseCorrupt(
            storage_api::ShareKind::Immutable, StorageIndex(), ShareNumber{7}, "a wrong hash")));
        status = connection.status();
        QCOMPARE(status.reachability, Reachability::Reached);
        QCOMPARE(status.badAnswers, std::uint64_t(2));
        QCOMPARE(status.corruptShares, std::uint64_t(1));
        QCOMPARE(status.lastProblem, std::string("share 7: a wrong hash"));
        QVERIFY(status.lastProblemAt.has_value());
        for (int i = 0; i < 3; ++i) // the same one each time
            connection.noteOldVersion(StorageIndex(), ShareNumber{2}, 3, 5);
        connection.noteOldVersion(StorageIndex(), ShareNumber{4}, 3, 5);
        connection.noteOldVersion(StorageIndex(), ShareNumber{2}, 4, 5);
        status = connection.status();
        QCOMPARE(status.oldVersions, std::uint64_t(3));
        QCOMPARE(status.lastProblem,
                 std::string("share 2: version 4 of a mutable file whose newest is 5"));
        rig.closeListener();
        rig.engine.clock().advance(std::chrono::minutes(10));
        QVERIFY(!rig.run(connection.store().version()));
        status = connection.status();
        QVERIFY(status.lastProblem.find("mutable file") == std::string::npos);
        QCOMPARE(status.badAnswers, std::uint64_t(2));
    }

    void readAnswersAreChecked_data()
    {
        QTest::addColumn<unsigned>("status");
        QTest::addColumn<QString>("range");
        QTest::addColumn<int>("size");
        QTest::addColumn<int>("expected"); // bytes read, or minus the error code
        const int misbehaved = -static_cast<int>(ErrorCode::PeerMisbehaved);
        QTest::newRow("whole") << 206U << "bytes 100-199/*" << 100 << 100;
        QTest::newRow("with a total") << 206U << "bytes 100-199/5000" << 100 << 100;
        QTest::newRow("short") << 206U << "bytes 100-149/*" << 50 << 50;
        QTest::newRow("past the end") << 204U << "" << 0 << 0;
        QTest::newRow("no Content-Range") << 206U << "" << 100 << misbehaved;
        QTest::newRow("other begin") << 206U << "bytes 99-198/*" << 100 << misbehaved;
        QTest::newRow("beyond") << 206U << "bytes 100-200/*" << 101 << misbehaved;
        QTest::newRow("body too short") << 206U << "bytes 100-199/*" << 99 << misbehaved;
        QTest::newRow("body too long") << 206U << "bytes 100-149/*" << 100 << misbehaved;
        QTest::newRow("not a range") << 206U << "bytes */100" << 100 << misbehaved;
        QTest::newRow("whole file") << 200U << "" << 1000 << misbehaved;
        QTest::newRow("gone") << 404U << "" << 0 << -static_cast<int>(ErrorCode::NotFound);
    }
    void readAnswersAreChecked()
    {
        QFETCH(unsigned, status);
        QFETCH(QString, range);
        QFETCH(int, size);
        QFETCH(int, expected);
        FixedAnswer handler;
        handler.status = status;
        if (!range.isEmpty()) handler.headers.add("Content-Range", range.toStdString());
        handler.body = zeroBytes(static_cast<std::size_t>(size));
        Rig rig(handler);
        Bytes into(100);
        const Result<std::size_t> got =
            rig.run(rig.store->readShare(storage_api::ShareKind::Immutable, StorageIndex(),
                                         ShareNumber{3}, ByteRange{100, 200}, into));
        const int outcome = got ? static_cast<int>(*got) : -static_cast<int>(got.error().code());
        QCOMPARE(outcome, expected);
    }

    void aServerThatContradictsItselfIsNotBelieved()
    {
        FixedAnswer handler;
        handler.status = 201;
        handler.headers.add("Content-Type", "application/cbor");
        storage_api::WriteAnswer answer;
        answer.required.push_back(ByteRange{0, 10});
        handler.body = wire::encodeWriteAnswer(answer);
        Rig rig(handler);
        const Bytes data = zeroBytes(10);
        const Result<storage_api::WriteAnswer> wrote = rig.run(
            rig.store->writeShare(StorageIndex(), ShareNumber{0}, asBytes("secret"), 0, data));
        QVERIFY(!wrote);
        QCOMPARE(wrote.error().code(), ErrorCode::PeerMisbehaved);
    }

    void theListFollowsTheFile()
    {
        GbsRig gbs;
        Rig& rig = gbs.rig;
        test::SeededRandom random(1);
        ServerSet set;
        ServerList list(rig.pool, rig.engine.clock(), random, set);
        const std::string furl = "pb://4evzu7lt52dxujhoyfqtjujh3epyozej@/none";
        const auto entry = [&](const std::string& id, const std::string& nurl) {
            return "  " + id + ":\n    ann:\n      anonymous-storage-FURL: " + furl +
                   "\n      anonymous-storage-NURLs: [\"" + nurl + "\"]\n";
        };
        const std::string good = wire::textOf(rig.nurl());
        const auto first =
            list.load("storage:\n" + entry("a", good) + entry("b", good) + entry("c", "pb://x"));
        QVERIFY(first);
        QCOMPARE(first->size(), std::size_t(2));
        QCOMPARE(first->front().id, std::string("c"));
        QVERIFY(first->front().leftOut);
        QCOMPARE(first->back().id, std::string("b")); // the same machine as a, used all the same
        QVERIFY(!first->back().leftOut);
        QVERIFY(first->front().line > 0);
        QCOMPARE(set.servers().size(), std::size_t(2));
        const auto half = list.load("storage:\n" + entry("a", good + "\", \"pb://x"));
        QVERIFY(half && half->size() == 1);
        QVERIFY(!half->front().leftOut);
        QVERIFY(half->front().reason.find("number 2: NURL: ") != std::string::npos);
        QCOMPARE(set.servers().size(), std::size_t(1));
        QVERIFY(list.load("storage:\n" + entry("a", good) + entry("b", good)));
        const ServerPtr a = set.find("a");
        QVERIFY(!list.load("storage: [broken\n"));
        QCOMPARE(set.servers().size(), std::size_t(2));
        QVERIFY(list.load("# moved\nstorage:\n" + entry("a", good)));
        QCOMPARE(set.servers().size(), std::size_t(1));
        QVERIFY(set.find("a") == a);
        QVERIFY(rig.run(a->store().version()));

        const auto manager = crypto::Ed25519Key::generate(random);
        const std::vector<crypto::Ed25519PublicKey> managers{manager.publicKey()};
        const WallTime now = rig.engine.clock().wallNow();
        QVERIFY(a->uploadPermit.holds(now));
        QVERIFY(list.load("storage:\n" + entry("a", good), managers));
        QVERIFY(!set.find("a")->uploadPermit.holds(now));
        QVERIFY(set.find("a")->connection == a->connection);
        QVERIFY(list.load("storage:\n" + entry("a", good)));
        QVERIFY(set.find("a")->uploadPermit.holds(now));
    }

    void whatIsListedWinsOverWhatIsLearned()
    {
        GbsRig gbs;
        Rig& rig = gbs.rig;
        test::SeededRandom random(1);
        ServerSet set;
        ServerList list(rig.pool, rig.engine.clock(), random, set);
        const std::string good = wire::textOf(rig.nurl());
        wire::Nurl elsewhere = rig.nurl();
        elsewhere.spkiHash = wire::SpkiHash();
        const auto learned = [](const std::string& id, const wire::Nurl& nurl) {
            ServerEntry entry;
            entry.id = id;
            entry.nurls = {wire::textOf(nurl)};
            return entry;
        };
        QVERIFY(list.learn({learned("a", elsewhere), learned("b", rig.nurl())}).empty());
        QCOMPARE(set.servers().size(), std::size_t(2));
        const ServerPtr b = set.find("b");
        const std::string yaml = "storage:\n  a:\n    ann:\n      anonymous-storage-FURL: "
                                 "pb://4evzu7lt52dxujhoyfqtjujh3epyozej@/none\n"
                                 "      anonymous-storage-NURLs: [\"" +
                                 good + "\"]\n";
        QVERIFY(list.load("storage: {}\n"));
        QVERIFY(set.find("b") == b); // unchanged, so its connection stays
        QVERIFY(list.load(yaml));
        // `a` as it is listed; `b` would be the same machine.
        QCOMPARE(set.servers().size(), std::size_t(1));
        QVERIFY(rig.run(set.find("a")->store().version()));
        QVERIFY(list.learn({}).empty());
        QCOMPARE(set.servers().size(), std::size_t(1));
    }

    void aServerThatTakesNothingNewKeepsItsConnection()
    {
        GbsRig gbs;
        Rig& rig = gbs.rig;
        test::SeededRandom random(1);
        ServerSet set;
        ServerList list(rig.pool, rig.engine.clock(), random, set);
        const WallTime now = rig.engine.clock().wallNow();
        ServerEntry entry;
        entry.id = "a";
        entry.nurls = {wire::textOf(rig.nurl())};
        QVERIFY(list.learn({entry}).empty());
        const ServerPtr open = set.find("a");
        QVERIFY(open->uploadPermit.holds(now));
        entry.closed = true;
        QVERIFY(list.learn({entry}).empty());
        const ServerPtr closed = set.find("a");
        QCOMPARE(closed->uploadPermit.refusal(now),
                 std::string("the server says that it takes no new shares"));
        QVERIFY(closed->connection == open->connection);
        QVERIFY(rig.run(closed->store().version()));
        entry.closed = false;
        QVERIFY(list.learn({entry}).empty());
        QVERIFY(set.find("a")->uploadPermit.holds(now));
        QVERIFY(set.find("a")->connection == open->connection);
    }

    void whatIsLearnedNeedsACertificateToo()
    {
        GbsRig gbs;
        Rig& rig = gbs.rig;
        test::SeededRandom random(1);
        const auto manager = crypto::Ed25519Key::generate(random);
        const auto stranger = crypto::Ed25519Key::generate(random);
        const auto server = crypto::Ed25519Key::generate(random).publicKey();
        const WallTime now = rig.engine.clock().wallNow();
        const auto until = [&](const crypto::Ed25519Key& by, WallTime end) {
            return grid_manager::issueCertificate(by, server, end);
        };
        ServerEntry entry;
        entry.id = "v0-" + codec::encodeBase32(server.view());
        entry.nurls = {wire::textOf(rig.nurl())};
        ServerSet set;
        ServerList list(rig.pool, rig.engine.clock(), random, set);
        const auto permitted = [&](std::vector<grid_manager::SignedCertificate> certificates) {
            entry.certificates = std::move(certificates);
            list.learn({entry});
            return set.find(entry.id)->uploadPermit.holds(now);
        };
        using std::chrono::hours;
        QVERIFY(permitted({})); // no grid manager, no limit
        const std::vector<crypto::Ed25519PublicKey> managers{
            manager.publicKey(), crypto::Ed25519Key::generate(random).publicKey()};
        QVERIFY(list.load("storage: {}\n", managers));
        QVERIFY(!set.find(entry.id)->uploadPermit.holds(now));
        QVERIFY(permitted({until(manager, now + hours(1))}));
        QVERIFY(!permitted({until(manager, now)}));
        QVERIFY(!permitted({until(stranger, now + hours(1))}));
        QVERIFY(permitted({until(stranger, now + hours(1)), until(manager, now - hours(1)),
                           until(manager, now + hours(1))}));
    }
};

QTEST_GUILESS_MAIN(TestRemoteStore)
#include "test_remote_store.moc"
