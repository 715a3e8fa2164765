// Meetings over TCP on the loopback of the kernel, in real time: who connects, who listens, and
// what of a stranger's doing is taken. Two that connect at the same moment:
// tests/netns/test_punch.py.
#include "core/net/listener.h"
#include "core/net/socket_io.h"
#include "profiles/friendnet/tcp_punch.h"
#include "tests/support/seeded_random.h"
#include "tests/support/test_identity.h"

#include <boost/asio/io_context.hpp>

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::profiles;
using namespace std::chrono_literals;

namespace {

class Nobody final : public net::HttpHandler
{
public:
    asio::awaitable<Result<void>> serve(net::ServerExchange& /*exchange*/) override
    {
        co_return ok();
    }
};

/// One node: a listener, and a punch.
struct Side
{
    Side(asio::io_context& engine, Clock& clock, Random& random, bool listens)
        : tickets(clock, random), m_engine(engine.get_executor())
    {
        // A port that is free, kept by this socket until the listener has it.
        asio::ip::tcp::socket port(engine);
        port.open(asio::ip::tcp::v4());
        using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
        port.set_option(asio::socket_base::reuse_address(true));
        port.set_option(ReusePort(true));
        port.bind(*net::parseEndpoint("127.0.0.1:0"));
        place = port.local_endpoint();
        net::ListenerConfig config;
        config.address = place;
        config.identity = test::sharedIdentity();
        config.tickets = &tickets;
        config.reusePort = true;
        if (listens) listener = *net::Listener::open(m_engine, std::move(config), m_nobody, clock);
        punch = std::make_shared<TcpPunch>(
            m_engine, clock, [this](net::Stream stream) { streams.push_back(std::move(stream)); });
        ticket = *tickets.expect(net::PreambleMode::Punched, 10s,
                                 [this](net::Stream stream) { punch->came(std::move(stream)); });
    }
    ~Side() { punch->stop(); }
    TcpPunchPlan planFor(const Side& other) const
    {
        TcpPunchPlan out;
        out.mine = ticket;
        out.theirs = other.ticket;
        out.places = {other.place};
        out.portV4 = place.port();
        return out;
    }

    net::TicketRegistry tickets;
    std::unique_ptr<net::Listener> listener;
    net::Endpoint place;
    net::Ticket ticket;
    std::shared_ptr<TcpPunch> punch;
    std::vector<net::Stream> streams;

private:
    asio::any_io_executor m_engine;
    Nobody m_nobody;
};

struct World
{
    asio::io_context engine;
    SystemClock clock;
    test::SeededRandom random{3};

    template <class Done>
    bool run(Duration limit, Done done)
    {
        const TimePoint until = clock.now() + limit;
        while (!done()) {
            if (clock.now() >= until) return false;
            engine.restart();
            engine.run_one_for(10ms);
        }
        return true;
    }
};

} // namespace

class TestTcpPunch final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    /// One side's packets meet the other's listener, and whoever begins.
    void meetsAtAListener_data()
    {
        QTest::addColumn<bool>("asksListens");
        QTest::addColumn<bool>("answersListens");
        QTest::newRow("of who asks") << true << false;
        QTest::newRow("of who answers") << false << true;
        QTest::newRow("of both") << true << true;
    }
    void meetsAtAListener()
    {
        QFETCH(bool, asksListens);
        QFETCH(bool, answersListens);
        World world;
        Side asks(world.engine, world.clock, world.random, asksListens);
        Side answers(world.engine, world.clock, world.random, answersListens);
        const TimePoint until = world.clock.now() + 4s;
        answers.punch->start(answers.planFor(asks), until);
        QVERIFY(!world.run(50ms, [&] { return !asks.streams.empty(); }));
        asks.punch->start(asks.planFor(answers), until);
        QVERIFY(world.run(4s, [&] { return !asks.streams.empty() && !answers.streams.empty(); }));
        QCOMPARE(asks.streams.front().path, net::PathKind::Punched);
        // What follows the tickets is the users'.
        const char text[] = "hello";
        QCOMPARE(::send(asks.streams.front().socket.native_handle(), text, 5, 0), ssize_t{5});
        char came[6] = {};
        QVERIFY(world.run(1s, [&] {
            for (net::Stream& stream : answers.streams)
                if (::recv(stream.socket.native_handle(), came, 5, MSG_DONTWAIT) == 5) return true;
            return false;
        }));
        QCOMPARE(std::string(came), std::string("hello"));
    }
    void anotherTicketIsAStranger()
    {
        World world;
        Side asks(world.engine, world.clock, world.random, false);
        Side answers(world.engine, world.clock, world.random, true);
        TcpPunchPlan plan = asks.planFor(answers);
        plan.theirs = asks.ticket;
        answers.punch->start(answers.planFor(asks), world.clock.now() + 1s);
        asks.punch->start(std::move(plan), world.clock.now() + 1s);
        QVERIFY(
            !world.run(1200ms, [&] { return !asks.streams.empty() || !answers.streams.empty(); }));
        QVERIFY(!asks.punch->problem().empty());
    }
    /// Whoever accepts there hears the preamble and no more.
    void aThirdHostHearsAFewBytes()
    {
        World world;
        Side asks(world.engine, world.clock, world.random, false);
        asio::ip::tcp::acceptor third(world.engine, *net::parseEndpoint("127.0.0.1:0"));
        third.non_blocking(true);
        TcpPunchPlan plan;
        plan.mine = asks.ticket;
        plan.places = {third.local_endpoint()};
        plan.portV4 = asks.place.port();
        asks.punch->start(std::move(plan), world.clock.now() + 1500ms);
        unsigned accepted = 0;
        std::size_t heard = 0;
        world.run(2s, [&] {
            boost::system::error_code error;
            asio::ip::tcp::socket socket = third.accept(error);
            if (error) return false;
            ++accepted;
            socket.non_blocking(true);
            std::array<char, 256> room{};
            // It closes at once: this node is not to be held.
            for (unsigned i = 0; i < 100; ++i) {
                world.engine.restart();
                world.engine.poll();
                const std::size_t size = socket.read_some(asio::buffer(room), error);
                heard += size;
                if (size > 0) break;
            }
            return false;
        });
        QVERIFY(accepted >= 1);
        QVERIFY2(accepted <= kMostTcpAttempts, std::to_string(accepted).c_str());
        QVERIFY(heard <= accepted * net::kPreambleSize);
        QVERIFY(asks.streams.empty());
    }
    void refusalsAreTriedAgainSoOften()
    {
        World world;
        Side asks(world.engine, world.clock, world.random, false);
        Side gone(world.engine, world.clock, world.random, false);
        asks.punch->start(asks.planFor(gone), world.clock.now() + 4s);
        const TimePoint begun = world.clock.now();
        QVERIFY(!world.run(1800ms, [&] { return !asks.streams.empty(); }));
        // 12 attempts with 100 ms between them are over by now; a listener comes too late.
        Side late(world.engine, world.clock, world.random, true);
        QVERIFY(world.clock.now() - begun > 1500ms);
        QVERIFY(!asks.punch->problem().empty());
    }
    void stoppingGivesUp()
    {
        World world;
        Side asks(world.engine, world.clock, world.random, true);
        Side answers(world.engine, world.clock, world.random, true);
        answers.punch->start(answers.planFor(asks), world.clock.now() + 4s);
        answers.punch->stop();
        asks.punch->start(asks.planFor(answers), world.clock.now() + 300ms);
        QVERIFY(!world.run(400ms, [&] { return !asks.streams.empty(); }));
        QVERIFY(answers.streams.empty());
        QVERIFY(answers.punch->over());
    }
};

QTEST_GUILESS_MAIN(TestTcpPunch)
#include "test_tcp_punch.moc"
