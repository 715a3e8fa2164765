// A disk that does not answer: file operations that hang until they are released.
#include "core/wire/http_routes.h"
#include "storage-server/http_service.h"
#include "tests/storage-server/gbs_exchange.h"
#include "tests/support/engine.h"
#include "tests/support/store_rig.h"
#include "tests/support/transport_pairs.h"

#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

using namespace tarn;
using namespace tarn::storage_api;
using namespace std::chrono_literals;
using storage::StoreState;
using test::FileOp;
using test::suiteBytes;
using test::suiteIndex;
using test::suiteLeases;

namespace {

constexpr unsigned kThreads = 4;
constexpr ShareNumber kShare{0};
constexpr std::string_view kSwissnum = "abcdefgh";
const ByteView kUploadSecret = asBytes("an upload secret 001");
const ByteView kWriteEnabler = asBytes("write enabler of thirty-two byte");

/// Where the threads of the pool hang while it is shut.
class Gate
{
public:
    void shut()
    {
        const std::lock_guard lock(m_mutex);
        m_shut = true;
    }
    void open()
    {
        const std::lock_guard lock(m_mutex);
        m_shut = false;
        m_opened.notify_all();
    }
    int pass()
    {
        std::unique_lock lock(m_mutex);
        ++m_waiting;
        m_opened.wait(lock, [this] { return !m_shut; });
        --m_waiting;
        return 0;
    }
    unsigned waiting()
    {
        const std::lock_guard lock(m_mutex);
        return m_waiting;
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_opened;
    bool m_shut = false;
    unsigned m_waiting = 0;
};

/// A store on a disk that can be made to hang, watched as the server watches it.
class SilentDisk
{
public:
    SilentDisk()
        : m_disk(storage::makePosixFileLayer(root())),
          layer(*m_disk, [this](FileOp op, const std::string&) { return before(op); })
    {
        storage::StoreConfig config;
        config.directory = root();
        config.applicationVersion = "tarn/test";
        config.tubId = TubId::prefixOf(suiteBytes(20, 4711));
        auto opened =
            storage::DiskStore::openBlocking(config, layer, *m_pool, engine.clock(), m_random);
        TARN_ASSERT(opened.has_value());
        store = *std::move(opened);
        store->onAnswering([this](bool answers) { told.push_back(answers); });
    }
    ~SilentDisk()
    {
        failSyncs = false;
        gate.open();
        if (m_watching) emitCancel(engine.executor(), m_watching->cancel, m_watching);
        until([this] { return under == 0 && (!m_watching || m_watching->ended); });
        const auto stopped = start(stop(*store));
        until([&] { return stopped->has_value(); });
    }
    SilentDisk(const SilentDisk&) = delete;
    SilentDisk& operator=(const SilentDisk&) = delete;

    /// Begins to look at the disk; the first look has passed when this returns.
    bool watch()
    {
        m_watching = std::make_shared<Watching>();
        asio::co_spawn(engine.context(), store->watch(),
                       asio::bind_cancellation_slot(
                           m_watching->cancel.slot(),
                           [state = m_watching](const std::exception_ptr&, const Result<void>&) {
                               state->ended = true;
                           }));
        const unsigned probes = probed;
        return until([&] { return probed == probes + 2; }); // what it finds, and its own
    }

    /// Runs what is ready until `done`, while virtual time stands.
    template <class Done>
    bool until(Done done)
    {
        const auto limit = std::chrono::steady_clock::now() + 30s;
        for (;;) {
            engine.settle();
            if (done()) return true;
            if (std::chrono::steady_clock::now() >= limit) return false;
            std::this_thread::yield();
        }
    }
    void pass(Duration time)
    {
        engine.clock().advance(time);
        engine.settle();
    }
    /// Lets the disk hang, and time pass until the server knows.
    bool fallSilent()
    {
        gate.shut();
        pass(30s);
        if (!until([this] { return gate.waiting() > 0; })) return false;
        pass(20s);
        return store->health().state == StoreState::Unavailable;
    }

    template <class T>
    std::shared_ptr<std::optional<T>> start(asio::awaitable<T> work)
    {
        auto out = std::make_shared<std::optional<T>>();
        ++under;
        asio::co_spawn(engine.context(), std::move(work),
                       [this, out](const std::exception_ptr&, T value) {
                           out->emplace(std::move(value));
                           --under;
                       });
        engine.settle();
        return out;
    }
    template <class T>
    T finish(asio::awaitable<T> work)
    {
        const auto out = start(std::move(work));
        TARN_ASSERT(until([&] { return out->has_value(); }));
        return std::move(**out);
    }
    asio::awaitable<Result<bool>> put(std::uint8_t index, Bytes data)
    {
        std::set<ShareNumber> shares;
        shares.insert(kShare);
        auto allocating = store->allocate(suiteIndex(index), std::move(shares), data.size(),
                                          suiteLeases(1), kUploadSecret);
        TARN_CO_TRY_VOID(co_await std::move(allocating));
        TARN_CO_TRY(const WriteAnswer written,
                    co_await store->writeShare(suiteIndex(index), kShare, kUploadSecret, 0, data));
        co_return written.required.empty();
    }
    asio::awaitable<Result<Bytes>> read(std::uint8_t index)
    {
        Bytes out(1000);
        ByteRange range;
        range.end = out.size();
        TARN_CO_TRY(
            const std::size_t got,
            co_await store->readShare(ShareKind::Immutable, suiteIndex(index), kShare, range, out));
        out.resize(got);
        co_return out;
    }

    std::string root() const { return m_directory.path().toStdString() + "/storage"; }

private:
    struct Watching
    {
        asio::cancellation_signal cancel;
        bool ended = false;
    };

    static asio::awaitable<bool> stop(storage::DiskStore& store)
    {
        co_await store.shutdown();
        co_return true;
    }
    int before(FileOp op)
    {
        const int passed = gate.pass();
        if (op == FileOp::Unlink) ++probed; // the end of every look, among others
        return op == FileOp::SyncFile && failSyncs ? EIO : passed;
    }

    QTemporaryDir m_directory;
    std::unique_ptr<storage::FileLayer> m_disk;
    test::SeededRandom m_random{7};
    std::shared_ptr<Watching> m_watching;

public:
    Gate gate;
    std::atomic<bool> failSyncs = false;
    std::atomic<unsigned> probed = 0;
    test::Engine engine;
    test::TapLayer layer;
    std::vector<bool> told;
    std::size_t under = 0; ///< operations under way
    std::unique_ptr<WorkPool> m_pool = makeThreadPool(kThreads, "disk");
    std::unique_ptr<storage::DiskStore> store;
};

/// Requests over connections of their own.
class Clients
{
public:
    explicit Clients(SilentDisk& disk)
        : m_disk(disk), service(*disk.store, *disk.m_pool, disk.engine.clock(), config()),
          server(disk.engine.executor(), service, disk.engine.clock(), net::HttpServerLimits())
    {
        disk.store->onAnswering([this](bool answers) { service.setDiskAnswers(answers); });
    }
    ~Clients()
    {
        m_disk.gate.open();
        for (const auto& client : m_clients)
            client->channel().close();
        m_disk.until([this] { return server.connections() == 0; });
    }
    Clients(const Clients&) = delete;
    Clients& operator=(const Clients&) = delete;

    using Answer = std::shared_ptr<std::optional<Result<test::RawAnswer>>>;

    Answer send(test::RawRequest request)
    {
        auto pair = test::makePlainPair(m_disk.engine.executor(), m_disk.engine.clock());
        TARN_ASSERT(pair.has_value());
        server.serve(std::move(pair->server));
        net::HttpClientLimits patient;
        patient.headTimeout = 24h;
        m_clients.push_back(std::make_unique<net::HttpClientConnection>(
            std::move(pair->client), m_disk.engine.clock(), patient));
        return m_disk.start(talk(*m_clients.back(), std::move(request)));
    }

private:
    static storage::HttpServiceConfig config()
    {
        storage::HttpServiceConfig out;
        out.swissnum = Secret(asBytes(kSwissnum));
        return out;
    }
    static asio::awaitable<Result<test::RawAnswer>> talk(net::HttpClientConnection& client,
                                                         test::RawRequest request)
    {
        const std::array<ByteView, 1> pieces{request.body};
        const std::span<const ByteView> body =
            request.body.empty() ? std::span<const ByteView>() : std::span<const ByteView>(pieces);
        test::RawAnswer answer;
        TARN_CO_TRY(answer.head, co_await client.request(request.head, body));
        TARN_CO_TRY(answer.body, co_await client.readAll(1U << 20U));
        co_return answer;
    }

    SilentDisk& m_disk;
    std::vector<std::unique_ptr<net::HttpClientConnection>> m_clients;

public:
    storage::HttpService service;
    net::HttpServer server;
};

std::string pathOf(std::uint8_t index, std::string_view rest = "/0")
{
    return "/storage/v1/immutable/" + wire::textOf(suiteIndex(index)) + std::string(rest);
}

test::RawRequest getRequest(std::uint8_t index)
{
    return test::rawRequest("GET", pathOf(index), kSwissnum);
}

unsigned statusOf(const Clients::Answer& answer)
{
    return *answer && **answer ? (**answer)->head.status : 0;
}

std::string bodyOf(const Clients::Answer& answer)
{
    return *answer && **answer ? textOf((**answer)->body) : "no answer";
}

} // namespace

class TestSilentDisk final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aLookThatHangsIsNoticed()
    {
        SilentDisk disk;
        QVERIFY(disk.watch());
        QVERIFY(disk.finish(disk.put(1, suiteBytes(100, 1))));
        disk.gate.shut();
        disk.pass(30s);
        QVERIFY(disk.until([&] { return disk.gate.waiting() == 1; }));
        disk.pass(19s);
        QCOMPARE(disk.store->health().state, StoreState::Healthy);
        disk.pass(1s);
        QCOMPARE(disk.store->health().state, StoreState::Unavailable);
        QVERIFY(QByteArray::fromStdString(disk.store->health().reason)
                    .contains("the disk does not answer"));
        QCOMPARE(disk.told, std::vector<bool>{false});
    }

    void whatNeedsTheDiskIsRefusedAtOnce()
    {
        SilentDisk disk;
        QVERIFY(disk.watch());
        QVERIFY(disk.finish(disk.put(1, suiteBytes(100, 1))));
        QVERIFY(disk.fallSilent());
        const auto refused = [](const auto& answer) {
            return answer->has_value() && !**answer &&
                   (**answer).error().code() == ErrorCode::IoFailure;
        };
        QVERIFY(refused(disk.start(disk.put(2, suiteBytes(100, 2)))));
        QVERIFY(refused(disk.start(disk.read(1))));
        QVERIFY(refused(disk.start(disk.store->version())));
        QVERIFY(refused(disk.start(disk.store->listShares(ShareKind::Immutable, suiteIndex(1)))));
        QVERIFY(refused(disk.start(disk.store->addLease(suiteIndex(1), suiteLeases(2)))));
        const ReadTestWrite change = test::slotWrite(0, 0, asBytes("x"));
        QVERIFY(refused(disk.start(
            disk.store->readTestWrite(suiteIndex(3), suiteLeases(1), kWriteEnabler, change))));
        QVERIFY(refused(disk.start(disk.store->advisories(10))));
        Bytes into(10);
        ByteRange range;
        range.end = into.size();
        QVERIFY(!disk.store->readShareAtOnce(ShareKind::Immutable, suiteIndex(1), ShareNumber{0},
                                             range, into));
        const auto status = disk.start(disk.store->status());
        QVERIFY(status->has_value());
        QCOMPARE((*status)->health.state, StoreState::Unavailable);
        QCOMPARE((*status)->availableSpace, std::uint64_t(0));
        QCOMPARE((*status)->failures, std::uint64_t(1));
        QCOMPARE(disk.gate.waiting(), 1U); // the look, and nobody else
    }

    void thereIsNeverASecondLook()
    {
        SilentDisk disk;
        QVERIFY(disk.watch());
        QVERIFY(disk.fallSilent());
        for (int i = 0; i < 100; ++i)
            disk.pass(30s);
        QCOMPARE(disk.gate.waiting(), 1U);
        QCOMPARE(disk.told, std::vector<bool>{false});
    }

    void servesAgainAfterAFreshLook()
    {
        SilentDisk disk;
        QVERIFY(disk.watch());
        QVERIFY(disk.finish(disk.put(1, suiteBytes(100, 1))));
        QVERIFY(disk.fallSilent());
        disk.pass(1h);
        const unsigned before = disk.probed;
        disk.gate.open();
        QVERIFY(disk.until([&] { return disk.store->health().state == StoreState::Healthy; }));
        // Each removes the file of the one before and its own.
        QCOMPARE(disk.probed - before, 4U);
        QCOMPARE(disk.told, (std::vector<bool>{false, true}));
        QCOMPARE(disk.finish(disk.read(1)).value_or(Bytes()), suiteBytes(100, 1));
        QVERIFY(disk.finish(disk.put(2, suiteBytes(100, 2))));
        QVERIFY(disk.fallSilent()); // and it is watched on
    }

    void aDiskThatComesBackBrokenIsNotTrusted()
    {
        SilentDisk disk;
        QVERIFY(disk.watch());
        QVERIFY(disk.fallSilent());
        disk.failSyncs = true;
        disk.gate.open();
        QVERIFY(disk.until([&] { return disk.store->health().state == StoreState::Suspect; }));
        QCOMPARE(disk.told, (std::vector<bool>{false, true}));
        QVERIFY(!disk.finish(disk.put(1, suiteBytes(100, 1))));
        disk.failSyncs = false;
        disk.pass(2s);
        QVERIFY(disk.finish(disk.put(1, suiteBytes(100, 1))));
    }

    /// The check of a disk that failed holds all writers up: it must not hang unseen.
    void aCheckThatHangsIsNoticed()
    {
        SilentDisk disk;
        QVERIFY(disk.watch());
        disk.failSyncs = true;
        QVERIFY(!disk.finish(disk.put(1, suiteBytes(100, 1))));
        QCOMPARE(disk.store->health().state, StoreState::Suspect);
        disk.failSyncs = false;
        disk.gate.shut();
        disk.pass(2s);
        const auto waiting = disk.start(disk.put(2, suiteBytes(100, 2)));
        QVERIFY(disk.until([&] { return disk.gate.waiting() == 1; }));
        disk.pass(30s);
        disk.pass(20s);
        QCOMPARE(disk.store->health().state, StoreState::Unavailable);
        const auto refused = disk.start(disk.put(3, suiteBytes(100, 3)));
        QVERIFY(refused->has_value());
        QVERIFY(!waiting->has_value());
        disk.gate.open();
        QVERIFY(disk.until([&] { return disk.store->health().state == StoreState::Healthy; }));
        QVERIFY(disk.until([&] { return waiting->has_value(); }));
        QVERIFY(disk.finish(disk.put(3, suiteBytes(100, 3))));
    }

    void statusDoesNotWait()
    {
        SilentDisk disk;
        QVERIFY(disk.watch());
        const std::uint64_t space = disk.finish(disk.store->status()).availableSpace;
        QVERIFY(space > 0);
        disk.gate.shut();
        const auto first = disk.start(disk.store->status());
        const auto advisories = disk.start(disk.store->advisories(10));
        QVERIFY(disk.until([&] { return disk.gate.waiting() == 2; }));
        QVERIFY(!first->has_value());
        disk.pass(2s);
        QVERIFY(first->has_value());
        QCOMPARE((*first)->availableSpace, space);
        QVERIFY(advisories->has_value());
        QCOMPARE((**advisories).error().code(), ErrorCode::Timeout);
        // While one asks, others do not.
        const auto second = disk.start(disk.store->status());
        QVERIFY(second->has_value());
        QCOMPARE(disk.gate.waiting(), 2U);
    }

    void requestsThatWaitAreAnswered()
    {
        SilentDisk disk;
        QVERIFY(disk.watch());
        for (std::uint8_t i = 0; i < 10; ++i)
            QVERIFY(disk.finish(disk.put(i, suiteBytes(100, i))));
        Clients clients(disk);
        const Clients::Answer good = clients.send(getRequest(1));
        QVERIFY(disk.until([&] { return good->has_value(); }));
        QCOMPARE(statusOf(good), 200U);
        disk.gate.shut();
        // More than the pool has threads: some hang, some wait for those.
        std::vector<Clients::Answer> waiting;
        for (std::uint8_t i = 0; i < 10; ++i)
            waiting.push_back(clients.send(getRequest(i)));
        QVERIFY(disk.until([&] { return disk.gate.waiting() == kThreads; }));
        disk.pass(30s);
        for (const Clients::Answer& answer : waiting)
            QVERIFY(!answer->has_value());
        disk.pass(20s);
        for (const Clients::Answer& answer : waiting) {
            QVERIFY(disk.until([&] { return answer->has_value(); }));
            QCOMPARE(statusOf(answer), 500U);
            QCOMPARE(bodyOf(answer),
                     std::string("the disk of this storage server does not answer\n"));
        }
        QCOMPARE(clients.service.counters().requests.of("read-share", 500), std::uint64_t(10));
        const Clients::Answer refused =
            clients.send(test::rawRequest("GET", "/storage/v1/version", kSwissnum));
        QVERIFY(disk.until([&] { return refused->has_value(); }));
        QCOMPARE(statusOf(refused), 500U);
        QCOMPARE(bodyOf(refused), std::string("the disk of this storage server does not answer\n"));
        disk.gate.open();
        QVERIFY(disk.until([&] { return disk.store->health().state == StoreState::Healthy; }));
        const Clients::Answer again = clients.send(getRequest(1));
        QVERIFY(disk.until([&] { return again->has_value(); }));
        QCOMPARE(statusOf(again), 200U);
        QCOMPARE(clients.service.counters().requests.of("read-share", 500), std::uint64_t(10));
        QCOMPARE(clients.service.counters().requests.of("read-share", 200), std::uint64_t(2));
    }

    /// Looks pass: it hangs for one request alone, as a file on a bad spot may.
    void noRequestWaitsForEver()
    {
        SilentDisk disk;
        QVERIFY(disk.finish(disk.put(1, suiteBytes(100, 1))));
        Clients clients(disk);
        const auto patrol = std::make_shared<asio::cancellation_signal>();
        bool ended = false;
        asio::co_spawn(
            disk.engine.context(), clients.service.patrol(),
            asio::bind_cancellation_slot(patrol->slot(),
                                         [&ended, patrol](const std::exception_ptr&,
                                                          const Result<void>&) { ended = true; }));
        disk.gate.shut();
        const Clients::Answer waiting = clients.send(getRequest(1));
        QVERIFY(disk.until([&] { return disk.gate.waiting() == 1; }));
        for (int i = 0; i < 11; ++i)
            disk.pass(15s);
        QVERIFY(!waiting->has_value());
        disk.pass(15s);
        disk.pass(15s);
        QVERIFY(disk.until([&] { return waiting->has_value(); }));
        QCOMPARE(statusOf(waiting), 500U);
        disk.engine.onEngine([&] { patrol->emit(asio::cancellation_type::terminal); });
        QVERIFY(disk.until([&] { return ended; }));
    }
};

QTEST_GUILESS_MAIN(TestSilentDisk)
#include "test_silent_disk.moc"
