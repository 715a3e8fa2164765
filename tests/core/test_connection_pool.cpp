#include "core/net/connection_pool.h"
#include "core/net/http_server.h"
#include "core/net/tls_stream.h"
#include "tests/support/engine.h"
#include "tests/support/http_suite.h"
#include "tests/support/sim_network.h"
#include "tests/support/test_identity.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>

#include <QtTest/QTest>

using namespace tarn;
using namespace std::chrono_literals;
using net::ConnectionPool;
using net::PeerKey;
using net::RequestOptions;
using net::Stream;

namespace {

net::Location at(std::string node)
{
    net::Location location;
    location.host = std::move(node);
    location.port = 1;
    return location;
}

/// A pool on node "client", servers where a test wants them.
struct Net
{
    explicit Net(net::PoolLimits limits = {})
        : network(engine.executor(), engine.clock(), 1), dialer(network.dialerFor("client")),
          handler(engine.clock()),
          server(std::make_unique<net::HttpServer>(engine.executor(), handler, engine.clock(),
                                                   net::HttpServerLimits())),
          pool(std::make_unique<ConnectionPool>(engine.executor(), *dialer, net::TlsClientContext(),
                                                engine.clock(), limits))
    {
        listen("server");
        pool->setLocations(key(), {at("server")});
    }

    /// Whatever still runs ends while the handler is there.
    ~Net()
    {
        pool.reset();
        server.reset();
        engine.settle();
    }
    Net(const Net&) = delete;
    Net& operator=(const Net&) = delete;

    static const PeerKey& key() { return test::sharedIdentity().key(); }

    static asio::awaitable<Result<void>> welcome(Net& self, Stream stream)
    {
        TARN_CO_TRY(std::unique_ptr<net::TlsStream> tls,
                    co_await net::acceptTls(std::move(stream), test::sharedIdentity(),
                                            self.engine.clock(), 20s));
        self.server->serve(std::move(tls));
        co_return ok();
    }
    void serve(Stream stream)
    {
        asio::co_spawn(engine.context(), welcome(*this, std::move(stream)), asio::detached);
    }
    void listen(const std::string& node)
    {
        network.listen(node, 1, [this](Stream stream) { serve(std::move(stream)); });
    }
    void restartServer()
    {
        server = std::make_unique<net::HttpServer>(engine.executor(), handler, engine.clock(),
                                                   net::HttpServerLimits());
    }

    static asio::awaitable<Result<Bytes>> ask(Net& self, std::string method, std::string target,
                                              RequestOptions options)
    {
        net::RequestHead head;
        head.method = std::move(method);
        head.target = std::move(target);
        head.headers.add("Host", "h");
        TARN_CO_TRY(net::PooledResponse response,
                    co_await self.pool->request(key(), head, std::span<const ByteView>(), options));
        if (response.head.status != 200)
            co_return Error(ErrorCode::Internal, std::to_string(response.head.status));
        co_return co_await response.connection->readAll(100 << 20U);
    }
    Result<Bytes> get(const std::string& target, RequestOptions options = {})
    {
        return engine.run(ask(*this, "GET", target, options))
            .value_or(Error(ErrorCode::Internal, "never ended"));
    }
    /// Runs in the background.
    std::shared_ptr<std::optional<Result<Bytes>>> start(const std::string& target,
                                                        RequestOptions options = {})
    {
        auto out = std::make_shared<std::optional<Result<Bytes>>>();
        asio::co_spawn(engine.context(), ask(*this, "GET", target, options),
                       [out](std::exception_ptr thrown, Result<Bytes> result) {
                           if (!thrown) out->emplace(std::move(result));
                       });
        engine.settle();
        return out;
    }
    template <class Done>
    bool until(Done done, Duration limit = 1h)
    {
        return engine.clock().runUntil(engine.context(), limit, done);
    }

    test::Engine engine;
    test::SimNetwork network;
    std::unique_ptr<net::Dialer> dialer;
    test::SuiteHandler handler;
    std::unique_ptr<net::HttpServer> server;
    std::unique_ptr<ConnectionPool> pool;
};

/// Has a way of its own to everybody, which leads nowhere, as the addresses do.
class FailingWay final : public net::Dialer
{
public:
    unsigned asked = 0;
    unsigned dialled = 0; ///< of them, those with addresses
    asio::awaitable<Result<Stream>> dial(std::vector<net::Location> locations) override
    {
        ++asked;
        if (!locations.empty()) ++dialled;
        co_return Error(ErrorCode::PeerUnreachable, "refused");
    }
    bool hasOwnWay(const PeerKey& /*peer*/) const override { return true; }
};

} // namespace

class TestConnectionPool final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void keepsConnections()
    {
        Net net;
        for (int i = 0; i < 5; ++i)
            QVERIFY(net.get("/size/1000"));
        QCOMPARE(net.network.dials(), 1U);
        QCOMPARE(net.pool->state(Net::key()).idle, std::size_t{1});
        QVERIFY(net.pool->state(Net::key()).lastHeard > TimePoint{});
    }
    /// Somebody else answers at the first address, slowly; the pool goes, and its dialer with it.
    void dialsNobodyAfterItsEnd()
    {
        Net net;
        std::vector<Stream> held;
        net.network.listen("stranger", 1,
                           [&held](Stream stream) { held.push_back(std::move(stream)); });
        net.pool->setLocations(Net::key(), {at("stranger"), at("server")});
        const auto asked = net.start("/size/10");
        QCOMPARE(net.network.dials(), 1U);
        net.pool.reset();
        held.clear();
        net.engine.settle();
        QVERIFY(asked->has_value());
        QVERIFY(!**asked);
        QCOMPARE(net.network.dials(), 1U);
    }
    /// An own way that fails at once, over and over, does not make a pool dial addresses without
    /// rest.
    void anOwnWayThatFailsBringsNoMoreDials()
    {
        Net net;
        FailingWay way;
        net::ConnectionPool pool(net.engine.executor(), way, net::TlsClientContext(),
                                 net.engine.clock(), {});
        pool.setLocations(Net::key(), {at("server")});
        for (int i = 0; i < 20; ++i) {
            const auto out = net.engine.run(pool.acquire(Net::key(), {}));
            QVERIFY(out && !*out);
        }
        QCOMPARE(way.asked, 20U);
        QCOMPARE(way.dialled, 1U);
    }
    void unknownPeersAreNotFound()
    {
        Net net;
        net.pool->forget(Net::key());
        QCOMPARE(net.get("/size/1").error().code(), ErrorCode::NotFound);
    }
    void anotherKeyIsRefused()
    {
        Net net;
        const auto other = test::makeIdentity();
        net.pool->setLocations(other.key(), {at("server")});
        const auto out = net.engine.run(net.pool->acquire(other.key(), {}));
        QCOMPARE(out->error().code(), ErrorCode::PeerMisbehaved);
    }
    void connectionsAreBounded()
    {
        Net net;
        std::vector<std::shared_ptr<std::optional<Result<Bytes>>>> waiting;
        RequestOptions patient;
        patient.acquireLimit = 48h;
        for (int i = 0; i < 6; ++i)
            waiting.push_back(net.start("/hold", patient));
        QCOMPARE(net.network.dials(), 4U);
        QCOMPARE(net.handler.holding, 4U);
        QCOMPARE(net.pool->state(Net::key()).waiting, std::size_t{2});
    }
    void waitingRequestsTakeTurns()
    {
        Net net;
        std::vector<std::shared_ptr<std::optional<Result<Bytes>>>> all;
        for (int i = 0; i < 40; ++i)
            all.push_back(net.start("/size/100000"));
        QVERIFY(net.until([&] {
            return std::all_of(all.begin(), all.end(), [](const auto& one) { return *one; });
        }));
        for (const auto& one : all)
            QVERIFY(**one);
        QVERIFY(net.network.dials() <= 4);
    }
    void waitingHasADeadline()
    {
        Net net;
        for (int i = 0; i < 4; ++i)
            net.start("/hold");
        RequestOptions options;
        options.acquireLimit = 7s;
        const TimePoint begin = net.engine.clock().now();
        QCOMPARE(net.get("/size/1", options).error().code(), ErrorCode::Timeout);
        QCOMPARE(net.engine.clock().now() - begin, Duration(7s));
        QCOMPARE(net.pool->state(Net::key()).waiting, std::size_t{0});
    }
    void theQueueIsBounded()
    {
        net::PoolLimits limits;
        limits.waitersPerPeer = 1;
        Net net(limits);
        for (int i = 0; i < 5; ++i)
            net.start("/hold");
        const auto out = net.get("/size/1");
        QCOMPARE(out.error().code(), ErrorCode::PeerUnreachable);
        QVERIFY(out.error().message().find("too many") != std::string::npos);
    }
    void failedDialsBackOff()
    {
        Net net;
        net.network.stopNode("server");
        QCOMPARE(net.get("/size/1").error().code(), ErrorCode::PeerUnreachable);
        QCOMPARE(net.get("/size/1").error().code(), ErrorCode::PeerUnreachable);
        QCOMPARE(net.network.dials(), 1U);
        RequestOptions force;
        force.force = true;
        QVERIFY(!net.get("/size/1", force));
        QCOMPARE(net.network.dials(), 2U);
        QCOMPARE(net.pool->state(Net::key()).failedDials, 2U);
        net.network.startNode("server");
        net.engine.clock().advance(1s);
        QVERIFY(!net.get("/size/1")); // two failures: two seconds
        net.engine.clock().advance(1s);
        QVERIFY(net.get("/size/1"));
        QCOMPARE(net.pool->state(Net::key()).failedDials, 0U);
    }
    void backOffHasALimit()
    {
        Net net;
        net.network.stopNode("server");
        RequestOptions force;
        force.force = true;
        for (int i = 0; i < 30; ++i)
            QVERIFY(!net.get("/size/1", force));
        QCOMPARE(net.pool->state(Net::key()).notBefore - net.engine.clock().now(), Duration(5min));
    }
    void idleConnectionsGrowOld()
    {
        Net net;
        QVERIFY(net.get("/size/1"));
        QVERIFY(net.until([&] { return net.pool->state(Net::key()).idle == 0; }));
        QVERIFY(net.until([&] { return net.network.connections() == 0; }));
        QVERIFY(net.get("/size/1"));
        QCOMPARE(net.network.dials(), 2U);
    }
    void endedConnectionsAreReplaced()
    {
        Net net;
        QVERIFY(net.get("/size/1"));
        net.restartServer();
        net.engine.settle();
        QVERIFY(net.get("/size/1"));
        QCOMPARE(net.network.dials(), 2U);
    }
    void endedConnectionsAreSweptAway()
    {
        Net net;
        QVERIFY(net.get("/size/1"));
        net.restartServer();
        net.engine.settle();
        QVERIFY(net.until([&] { return net.pool->state(Net::key()).idle == 0; }, 16s));
    }
    void staleConnectionsAreRetriedOnce()
    {
        Net net;
        test::SimLink slow;
        slow.latency = 1s;
        net.network.setDefaultLink(slow);
        QVERIFY(net.get("/size/1"));
        // The server ends while the next request is on its way: nobody can see that before.
        net.restartServer();
        QVERIFY(net.get("/size/1"));
        QCOMPARE(net.network.dials(), 2U);
    }
    void postsAreNotRetried()
    {
        Net net;
        test::SimLink slow;
        slow.latency = 1s;
        net.network.setDefaultLink(slow);
        QVERIFY(net.get("/size/1"));
        net.restartServer();
        const auto out = net.engine.run(Net::ask(net, "POST", "/echo", {}));
        QCOMPARE(out->error().code(), ErrorCode::PeerUnreachable);
        QVERIFY(net.get("/size/1"));
        net.restartServer();
        RequestOptions safe;
        safe.repeat = net::Repeat::Safe;
        QVERIFY(*net.engine.run(Net::ask(net, "POST", "/echo", safe)));
        QVERIFY(net.get("/size/1"));
        net.restartServer();
        RequestOptions never;
        never.repeat = net::Repeat::Never;
        QVERIFY(!net.get("/size/1", never));
    }
    void halfReadConnectionsAreDropped()
    {
        Net net;
        {
            net::RequestHead head;
            head.method = "GET";
            head.target = "/size/100000";
            head.headers.add("Host", "h");
            auto response = net.engine.run(
                net.pool->request(Net::key(), head, std::span<const ByteView>(), {}));
            QVERIFY(response && *response);
        }
        QCOMPARE(net.pool->state(Net::key()).idle, std::size_t{0});
        QCOMPARE(net.pool->state(Net::key()).busy, std::size_t{0});
    }
    void cancelledRequestsLeaveNothing()
    {
        Net net;
        asio::cancellation_signal cancel;
        bool ended = false;
        asio::co_spawn(net.engine.context(), Net::ask(net, "GET", "/hold", {}),
                       asio::bind_cancellation_slot(
                           cancel.slot(), [&](std::exception_ptr thrown, Result<Bytes> result) {
                               ended = thrown || result.error().code() == ErrorCode::Cancelled;
                           }));
        net.engine.settle();
        QCOMPARE(net.handler.holding, 1U);
        cancel.emit(asio::cancellation_type::terminal);
        net.engine.settle();
        QVERIFY(ended);
        QCOMPARE(net.pool->state(Net::key()).busy, std::size_t{0});
        QCOMPARE(net.handler.cancelled, 1U); // the server saw it too
        QVERIFY(net.get("/size/1"));
    }
    void aBetterPathTakesNewRequests()
    {
        Net net;
        test::SimLink slow;
        slow.bytesPerSecond = 1e6;
        net.network.setLink("client", "server", slow);
        net.listen("near");
        const auto transfer = net.start("/size/5000000");
        const auto moved = net.engine.run(net.pool->movePath(Net::key(), {at("near")})).value();
        QVERIFY(moved);
        QVERIFY(!*transfer);
        QVERIFY(net.get("/size/1"));
        QVERIFY(!*transfer); // still going, on the old path
        QVERIFY(net.until([&] { return transfer->has_value(); }));
        QVERIFY(**transfer);
        QVERIFY(***transfer == test::patternBytes(5'000'000));
        QCOMPARE(net.pool->state(Net::key()).idle, std::size_t{1});
        QVERIFY(net.until([&] { return net.network.connections() <= 1; }, 10s));
    }
    void aBadPathChangesNothing()
    {
        Net net;
        QVERIFY(net.get("/size/1"));
        QVERIFY(!net.engine.run(net.pool->movePath(Net::key(), {at("nowhere")})).value());
        QVERIFY(net.get("/size/1"));
        QCOMPARE(net.pool->state(Net::key()).idle, std::size_t{1});
    }
    void streamsAreAdopted()
    {
        Net net;
        net.pool->forget(Net::key());
        // The peer dialled us and is the server all the same.
        auto pair = net::makeStreamPair(net.engine.executor(), "reversed");
        net.serve(std::move(pair->second));
        const auto adopted = net.engine.run(
            net.pool->adoptStream(Net::key(), std::move(pair->first), net::PathChange::Replace));
        QVERIFY(adopted && *adopted);
        for (int i = 0; i < 3; ++i)
            QVERIFY(net.get("/size/10"));
        QCOMPARE(net.network.dials(), 0U);
        // Two requests at once wait for the one connection, since nothing can be dialled.
        const auto one = net.start("/size/300000");
        const auto two = net.start("/size/300000");
        QVERIFY(net.until([&] { return one->has_value() && two->has_value(); }));
        QVERIFY(**one && **two);
    }
    void blackHolesTimeOut()
    {
        Net net;
        QVERIFY(net.get("/size/1"));
        net.network.blackHole("client", "server");
        const TimePoint begin = net.engine.clock().now();
        const auto out = net.get("/size/1");
        QCOMPARE(out.error().code(), ErrorCode::Timeout);
        QCOMPARE(net.engine.clock().now() - begin, Duration(60s));
        net.network.heal();
        QVERIFY(net.get("/size/1"));
    }
    void cutTransfersFail()
    {
        Net net;
        test::SimLink slow;
        slow.bytesPerSecond = 1e6;
        net.network.setDefaultLink(slow);
        const auto transfer = net.start("/size/5000000");
        net.engine.clock().runUntil(net.engine.context(), 1s, [] { return false; });
        net.network.cut("client", "server");
        QVERIFY(net.until([&] { return transfer->has_value(); }));
        QCOMPARE((*transfer)->error().code(), ErrorCode::PeerUnreachable);
        QVERIFY(net.get("/size/1"));
    }
    void destroyedPoolEndsWaitingRequests()
    {
        Net net;
        for (int i = 0; i < 4; ++i)
            net.start("/hold");
        const auto waiting = net.start("/size/1");
        net.pool.reset();
        net.engine.settle();
        QVERIFY(waiting->has_value());
        QCOMPARE((*waiting)->error().code(), ErrorCode::Cancelled);
    }
};

QTEST_GUILESS_MAIN(TestConnectionPool)
#include "test_connection_pool.moc"
