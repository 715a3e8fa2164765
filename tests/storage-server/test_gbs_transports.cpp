// The storage protocol over every path to a server: RemoteStore, pool, TLS, HTTP, the service, a
// store in memory and one on disk, held to what every store must do.
#include "client-gateway/remote_store.h"
#include "core/net/tls_stream.h"
#include "storage-server/http_service.h"
#include "tests/support/faulty_store.h"
#include "tests/support/memory_store.h"
#include "tests/support/peer_paths.h"
#include "tests/support/share_store_suite.h"
#include "tests/support/store_rig.h"
#include "tests/support/test_identity.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <QtTest/QTest>

using namespace tarn;
using namespace std::chrono_literals;
using gateway::RemoteStore;
using test::Engine;
using test::Fault;
using test::StoreCall;

namespace {

const std::string kSwissnum = "k7n2wevfqrc6nzfqacfza67e7uyubc4o";
constexpr std::size_t kLarge = 6'000'000; // many pieces of the service
const ByteView kUploadSecret = asBytes("an upload secret 001");

storage::HttpServiceConfig serviceConfig()
{
    storage::HttpServiceConfig config;
    config.swissnum = Secret(std::string_view(kSwissnum));
    config.spool.folder = std::filesystem::temp_directory_path();
    return config;
}

std::vector<wire::Nurl> nurlsOf(const net::Location& location)
{
    wire::Nurl nurl;
    nurl.spkiHash = test::sharedIdentity().key();
    nurl.host = location.host;
    nurl.port = location.port;
    nurl.swissnum = kSwissnum;
    return {nurl};
}

/// Runs `use` with an engine and a fresh store with a time of its own, and what it leaves behind
/// to its end. \return what went wrong.
template <class Use>
std::string withStore(bool onDisk, Use use)
{
    Engine engine;
    if (!onDisk) {
        test::FakeClock clock;
        test::MemoryStore store(clock, 64U << 20U);
        const std::string failure = use(engine, store, clock);
        engine.settle();
        return failure;
    }
    test::StoreRig disk;
    const Result<void> opened = disk.open();
    if (!opened) return opened.error().text();
    const std::string failure = use(engine, disk.store(), disk.clock());
    engine.settle();
    return failure;
}

std::string runCheck(const test::PeerPath& path, const test::SuiteCheck& check, Engine& engine,
                     storage_api::ShareStore& store, test::FakeClock& clock)
{
    const std::unique_ptr<WorkPool> disk = makeInlinePool();
    storage::HttpService service(store, *disk, engine.clock(), serviceConfig());
    std::unique_ptr<test::ReachedPeer> peer = path.make(engine, service);
    RemoteStore remote(peer->pool(), engine.clock(), nurlsOf(peer->location()));
    test::SuiteHost host{remote, [&clock](Duration by) { clock.advance(by); }};
    const std::optional<std::string> failure = test::runOver(path, engine, check.run(host));
    // Moves of the path that are under way still use the peer.
    if (!path.kernelTcp) engine.clock().runUntil(engine.context(), 1min, [] { return false; });
    engine.onEngine([&peer] { peer.reset(); });
    return failure.value_or("did not end");
}

/// A client whose every connection is a new AF_UNIX pair.
class PairedServer final : public net::Dialer
{
public:
    PairedServer(Engine& engine, storage_api::ShareStore& store)
        : m_engine(engine), m_service(store, *m_disk, engine.clock(), serviceConfig()),
          m_server(engine.executor(), m_service, engine.clock(), net::HttpServerLimits()),
          pool(engine.executor(), *this, net::TlsClientContext(), engine.clock()),
          remote(pool, engine.clock(), nurlsOf(net::Location{"127.0.0.1", 1}))
    {
    }
    asio::awaitable<Result<net::Stream>> dial(std::vector<net::Location> /*locations*/) override
    {
        TARN_CO_TRY(auto ends, net::makeStreamPair(m_engine.executor(), "pair"));
        spawnLogged(m_engine.executor(), "welcome",
                    welcome(m_server, std::move(ends.second), m_engine.clock()));
        co_return std::move(ends.first);
    }
    /// The pool's next requests take another stream; those under way keep theirs.
    asio::awaitable<Result<void>> replacePath()
    {
        std::vector<net::Location> nowhere;
        TARN_CO_TRY(net::Stream stream, co_await dial(std::move(nowhere)));
        co_return co_await pool.adoptStream(remote.peer(), std::move(stream),
                                            net::PathChange::Replace);
    }
    Engine& engine() { return m_engine; }

private:
    static asio::awaitable<Result<void>> welcome(net::HttpServer& server, net::Stream stream,
                                                 Clock& clock)
    {
        TARN_CO_TRY(std::unique_ptr<net::TlsStream> tls,
                    co_await net::acceptTls(std::move(stream), test::sharedIdentity(), clock, 20s));
        server.serve(std::move(tls));
        co_return ok();
    }

    Engine& m_engine;
    std::unique_ptr<WorkPool> m_disk = makeInlinePool();
    storage::HttpService m_service;
    net::HttpServer m_server;

public:
    net::ConnectionPool pool;
    RemoteStore remote;
};

/// Wakes who waits for the middle of a transfer.
class Middle
{
public:
    explicit Middle(const asio::any_io_executor& executor)
        : m_event(executor, asio::steady_timer::time_point::max())
    {
    }
    asio::awaitable<void> wait()
    {
        while (!m_reached)
            co_await m_event.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    /// Holds the tenth call of this kind for a second.
    test::FaultyStore::Plan hold(StoreCall kind)
    {
        return [kind, this, seen = 0](StoreCall call, std::uint64_t) mutable {
            Fault fault;
            if (call != kind || ++seen != 10) return fault;
            m_reached = true;
            m_event.cancel();
            fault.delay = 1s;
            return fault;
        };
    }

private:
    asio::steady_timer m_event;
    bool m_reached = false;
};

/// While the server holds the transfer in its middle: another path, and a request on it.
asio::awaitable<std::string> moveInTheMiddle(PairedServer& server, Middle& middle)
{
    co_await middle.wait();
    const TimePoint then = server.engine().clock().now();
    const Result<void> moved = co_await server.replacePath();
    if (!moved) co_return moved.error().text();
    const Result<storage_api::ServerVersion> version = co_await server.remote.version();
    if (!version) co_return version.error().text();
    if (server.engine().clock().now() != then) co_return "waited for the transfer";
    const net::PeerState state = server.pool.state(server.remote.peer());
    co_return state.busy + state.idle == 1 ? "" : "the old connection still counts";
}

asio::awaitable<std::string> uploadWhole(RemoteStore& remote, ByteView data)
{
    std::set<ShareNumber> shares;
    shares.insert(ShareNumber{0});
    const auto allocated = co_await remote.allocate(
        test::suiteIndex(1), std::move(shares), data.size(), test::suiteLeases(1), kUploadSecret);
    if (!allocated) co_return allocated.error().text();
    const ShareNumber share;
    const auto written =
        co_await remote.writeShare(test::suiteIndex(1), share, kUploadSecret, 0, data);
    if (!written) co_return written.error().text();
    co_return written->required.empty() ? "" : "incomplete";
}

asio::awaitable<std::string> downloadWhole(RemoteStore& remote, ByteView expected)
{
    Bytes got(expected.size());
    const ByteRange range{0, expected.size()};
    const ShareNumber share;
    const Result<std::size_t> count = co_await remote.readShare(
        storage_api::ShareKind::Immutable, test::suiteIndex(1), share, range, got);
    if (!count) co_return count.error().text();
    co_return *count == got.size() && equal(got, expected) ? "" : "other bytes";
}

asio::awaitable<std::string> both(asio::awaitable<std::string> one,
                                  asio::awaitable<std::string> other)
{
    using namespace asio::experimental::awaitable_operators;
    auto [first, second] = co_await (std::move(one) && std::move(other));
    co_return first.empty() ? second : first;
}

std::string moveInBothDirections(Engine& engine, test::FaultyStore& held, ByteView data)
{
    auto server = std::make_unique<PairedServer>(engine, held);
    Middle upload(engine.executor());
    held.setPlan(upload.hold(StoreCall::Write));
    std::string failure = engine
                              .run(both(uploadWhole(server->remote, data), //
                                        moveInTheMiddle(*server, upload)))
                              .value_or("the upload did not end");
    Middle download(engine.executor());
    held.setPlan(download.hold(StoreCall::Read));
    if (failure.empty()) {
        failure =
            engine
                .run(both(downloadWhole(server->remote, data), moveInTheMiddle(*server, download)))
                .value_or("the download did not end");
    }
    held.setPlan({});
    engine.onEngine([&server] { server.reset(); });
    return failure;
}

} // namespace

class TestGbsTransports final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void suite_data()
    {
        QTest::addColumn<int>("path");
        QTest::addColumn<int>("check");
        QTest::addColumn<bool>("onDisk");
        const auto paths = test::allPeerPaths();
        const auto& checks = test::shareStoreSuite();
        for (std::size_t p = 0; p < paths.size(); ++p) {
            for (std::size_t c = 0; c < checks.size(); ++c) {
                for (const bool onDisk : {false, true}) {
                    QTest::addRow("%s, %s, %s", paths[p].name.c_str(), onDisk ? "disk" : "memory",
                                  checks[c].name)
                        << static_cast<int>(p) << static_cast<int>(c) << onDisk;
                }
            }
        }
    }
    void suite()
    {
        QFETCH(int, path);
        QFETCH(int, check);
        QFETCH(bool, onDisk);
        const test::PeerPath way = test::allPeerPaths()[static_cast<std::size_t>(path)];
        const test::SuiteCheck& wanted = test::shareStoreSuite()[static_cast<std::size_t>(check)];
        const std::string failure = withStore(
            onDisk, [&](Engine& engine, storage_api::ShareStore& store, test::FakeClock& clock) {
                return runCheck(way, wanted, engine, store, clock);
            });
        QVERIFY2(failure.empty(), failure.c_str());
    }

    void transfersOutliveTheirPath()
    {
        const Bytes data = test::suiteBytes(kLarge, 1);
        const std::string failure =
            withStore(false, [&](Engine& engine, storage_api::ShareStore& store, test::FakeClock&) {
                test::FaultyStore held(store, engine.clock(), test::FaultyStore::Plan());
                const std::string failed = moveInBothDirections(engine, held, data);
                engine.settle();
                return failed;
            });
        QVERIFY2(failure.empty(), failure.c_str());
    }
};

QTEST_GUILESS_MAIN(TestGbsTransports)
#include "test_gbs_transports.moc"
