// The simulated network that other tests stand on.
#include "core/net/plain_channel.h"
#include "tests/support/engine.h"
#include "tests/support/sim_network.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace std::chrono_literals;

namespace {

struct Two
{
    explicit Two(std::uint64_t seed = 1)
        : network(engine.executor(), engine.clock(), seed), dialer(network.dialerFor("a"))
    {
        network.listen("b", 7, [this](net::Stream stream) {
            server = std::make_unique<net::PlainChannel>(std::move(stream), engine.clock());
        });
    }
    Result<std::unique_ptr<net::Channel>> dial(Duration limit = 1h)
    {
        net::Location location;
        location.host = "b";
        location.port = 7;
        std::vector<net::Location> locations{location};
        auto stream = engine.run(dialer->dial(std::move(locations)), limit);
        if (!stream) return Error(ErrorCode::Timeout, "still dialling");
        if (!*stream) return stream->error();
        return std::unique_ptr<net::Channel>(
            std::make_unique<net::PlainChannel>(**std::move(stream), engine.clock()));
    }
    bool send(net::Channel& channel, std::size_t size)
    {
        const Bytes bytes = zeroBytes(size);
        const std::array<ByteView, 1> pieces{ByteView(bytes)};
        return engine.run(channel.write(pieces)).value().has_value();
    }
    std::optional<Result<std::size_t>> receive(net::Channel& channel, Duration limit = 1h)
    {
        m_buffer.resize(100'000);
        return engine.run(channel.readSome(m_buffer), limit);
    }

    test::Engine engine;
    test::SimNetwork network;
    std::unique_ptr<net::Dialer> dialer;
    std::unique_ptr<net::Channel> server;

private:
    Bytes m_buffer;
};

} // namespace

class TestSimNetwork final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void latencyTakesTime()
    {
        Two two;
        test::SimLink link;
        link.latency = 100ms;
        network(two).setLink("b", "a", link);
        const TimePoint begin = two.engine.clock().now();
        auto client = two.dial();
        QVERIFY(client);
        QCOMPARE(two.engine.clock().now() - begin, Duration(200ms));
        QVERIFY(two.send(**client, 10));
        QCOMPARE(**two.receive(*two.server), std::size_t{10});
        QCOMPARE(two.engine.clock().now() - begin, Duration(300ms));
    }
    void bandwidthTakesTime()
    {
        Two two;
        test::SimLink link;
        link.bytesPerSecond = 1000;
        network(two).setDefaultLink(link);
        auto client = two.dial();
        const TimePoint begin = two.engine.clock().now();
        QVERIFY(two.send(**client, 5000));
        QCOMPARE(**two.receive(*two.server), std::size_t{5000});
        QCOMPARE(two.engine.clock().now() - begin, Duration(5s));
    }
    void endsAreCarried()
    {
        Two two;
        auto client = two.dial();
        QVERIFY(two.send(**client, 3));
        (*client)->close();
        QCOMPARE(**two.receive(*two.server), std::size_t{3});
        QCOMPARE(**two.receive(*two.server), std::size_t{0});
        two.server->close();
        two.engine.settle();
        QCOMPARE(two.network.connections(), std::size_t{0});
    }
    void nobodyListensEverywhere()
    {
        Two two;
        two.network.stopListening("b", 7);
        QCOMPARE(two.dial().error().code(), ErrorCode::PeerUnreachable);
    }
    void stoppedNodesBreakTheirConnections()
    {
        Two two;
        auto client = two.dial();
        two.network.stopNode("b");
        const auto end = two.receive(**client);
        QVERIFY(!*end || **end == 0);
        QVERIFY(!two.dial());
        two.network.startNode("b");
        QVERIFY(two.dial());
    }
    void blackHolesSwallowUntilHealed()
    {
        Two two;
        auto client = two.dial();
        two.network.isolate("b");
        QVERIFY(two.send(**client, 10));
        bool arrived = false;
        Bytes buffer(100);
        asio::co_spawn(two.engine.context(), two.server->readSome(buffer),
                       [&](std::exception_ptr, Result<std::size_t> count) {
                           arrived = count && *count == 10;
                       });
        two.engine.clock().runUntil(two.engine.context(), 1h, [&] { return arrived; });
        QVERIFY(!arrived);
        QCOMPARE(two.dial(1h).error().code(), ErrorCode::Timeout);
        two.network.heal();
        two.engine.settle();
        QVERIFY(arrived);
    }
    void lossyLinksCutAndRefuse()
    {
        Two two(3);
        test::SimLink link;
        link.refuseChance = 0.5;
        network(two).setDefaultLink(link);
        unsigned refused = 0;
        for (int i = 0; i < 100; ++i)
            if (!two.dial()) ++refused;
        QVERIFY(refused > 25 && refused < 75);
        link.refuseChance = 0;
        link.cutChance = 1;
        network(two).setDefaultLink(link);
        auto client = two.dial();
        QVERIFY(two.send(**client, 10));
        const auto end = two.receive(*two.server);
        QVERIFY(!*end || **end == 0);
    }

private:
    static test::SimNetwork& network(Two& two) { return two.network; }
};

QTEST_GUILESS_MAIN(TestSimNetwork)
#include "test_sim_network.moc"
