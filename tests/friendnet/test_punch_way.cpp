// Both sides of hole punching over a carrier in memory, in real time: what is asked, answered and
// refused, and who wins. Routers: tests/netns/test_punch.py.
#include "core/base/executor.h"
#include "core/net/listener.h"
#include "profiles/friendnet/punch_message.h"
#include "profiles/friendnet/punch_way.h"
#include "tests/support/test_identity.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <sys/socket.h>

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::profiles;
using namespace std::chrono_literals;

namespace {

net::PeerKey keyOf(std::uint8_t number)
{
    net::PeerKey out;
    out.mutableView()[0] = static_cast<std::byte>(number);
    return out;
}

/// Carries questions to one handler.
class Signals final : public PeerSignals
{
public:
    bool reaches(const net::PeerKey& /*peer*/) const override { return handler != nullptr; }
    asio::awaitable<Result<Bytes>> ask(net::PeerKey /*peer*/, Bytes question) override
    {
        ++asked;
        if (silent) co_return Error(ErrorCode::Timeout, "nobody answered in time");
        if (spoiled) co_return toBytes("spoiled");
        co_return co_await handler->onSignal(keyOf(1), std::move(question));
    }

    SignalHandler* handler = nullptr;
    unsigned asked = 0;
    bool silent = false;
    bool spoiled = false;
};

struct World
{
    World()
    {
        asks.tcp = asks.udp = answers.tcp = answers.udp = true;
        asks.portV4 = answers.portV4 = 9;
        // Nobody is there: documentation's network is routed nowhere on a machine without one.
        asks.seen = answers.seen = {*net::parseEndpoint("192.0.2.1:40000")};
        answerer.emplace(partsOf(answers),
                         [this](net::Stream stream) { served.push_back(std::move(stream)); });
        carrier.handler = &*answerer;
        way.emplace(partsOf(asks), carrier);
    }
    ~World()
    {
        way.reset();
        answerer.reset();
        engine.restart();
        engine.poll();
    }
    PunchParts partsOf(PunchSelf& self)
    {
        return PunchParts{engine.get_executor(),   clock, random, tickets, nice,
                          [&self] { return self; }};
    }
    template <class T>
    std::optional<T> run(asio::awaitable<T> work, Duration limit = 10s)
    {
        auto out = std::make_shared<std::optional<T>>();
        auto done = [out](const std::exception_ptr& thrown, T value) {
            if (!thrown) out->emplace(std::move(value));
        };
        asio::co_spawn(engine, std::move(work), std::move(done));
        const TimePoint until = clock.now() + limit;
        while (!*out && clock.now() < until) {
            engine.restart();
            engine.run_one_for(5ms);
        }
        return std::move(*out);
    }
    std::optional<PunchRefusalReason> refusalOf(const PunchSignal& question)
    {
        const auto answer = run(answerer->onSignal(keyOf(1), encodePunchSignal(question)));
        if (!answer || !*answer) return std::nullopt;
        const Result<PunchSignal> signal = decodePunchSignal(**answer);
        if (!signal) return std::nullopt;
        const auto* refusal = std::get_if<PunchRefusal>(&*signal);
        return refusal == nullptr ? std::nullopt : std::optional(refusal->reason);
    }

    SystemClock clock;
    SystemRandom random;
    asio::io_context engine;
    net::TicketRegistry tickets{clock, random};
    NiceThread nice{clock};
    PunchSelf asks;
    PunchSelf answers;
    Signals carrier;
    std::vector<net::Stream> served;
    std::optional<PunchAnswerer> answerer;
    std::optional<PunchWay> way;
};

PunchTcp someTcp()
{
    PunchTcp out;
    out.seen = {*net::parseEndpoint("192.0.2.7:40000")};
    return out;
}

PunchIce someIce()
{
    PunchIce out;
    out.user = "abcd";
    out.password = std::string(22, 'p');
    return out;
}

} // namespace

class TestPunchWay final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void whatTheOwnerSwitchedOffIsNotDone()
    {
        World world;
        world.answers.tcp = world.answers.udp = false;
        QCOMPARE(world.refusalOf(someTcp()), PunchRefusalReason::Off);
        QCOMPARE(world.refusalOf(someIce()), PunchRefusalReason::Off);
        world.asks.tcp = world.asks.udp = false;
        QVERIFY(!world.way->knows(keyOf(2)));
        const auto tried = world.run(world.way->connect(keyOf(2)));
        QVERIFY(tried && !*tried);
        QCOMPARE(tried->error().code(), ErrorCode::PeerUnreachable);
        QCOMPARE(world.carrier.asked, 0U);
    }
    void whoIsNotSeenSaysSo()
    {
        World world;
        world.answers.seen.clear();
        QCOMPARE(world.refusalOf(someTcp()), PunchRefusalReason::NotSeen);
        world.answers.own.clear();
        QCOMPARE(world.refusalOf(someIce()), PunchRefusalReason::NotSeen);
        // The asker's error says it, and asks nobody else.
        world.asks.own.clear();
        const auto tried = world.run(world.way->connect(keyOf(2)));
        QVERIFY(tried && !*tried);
        QVERIFY2(tried->error().message().find("how it is seen") != std::string::npos,
                 tried->error().message().c_str());
    }
    void questionsOfOneAreLimited()
    {
        World world;
        unsigned taken = 0;
        for (unsigned i = 0; i < 20; ++i)
            if (world.refusalOf(someTcp()) != PunchRefusalReason::Busy) ++taken;
        QVERIFY2(taken >= 1 && taken <= kPunchesAtOnceOfOne, std::to_string(taken).c_str());
        QCOMPARE(world.answerer->running(), kPunchesAtOnceOfOne);
    }
    void spoiledSignalsAreRefused()
    {
        World world;
        const auto answer = world.run(world.answerer->onSignal(keyOf(1), toBytes("spoiled")));
        QVERIFY(answer && !*answer);
        const PunchSignal refusal(PunchRefusal{PunchRefusalReason::Busy});
        const auto nothing =
            world.run(world.answerer->onSignal(keyOf(1), encodePunchSignal(refusal)));
        QVERIFY(nothing && !*nothing);
        world.carrier.spoiled = true;
        const auto tried = world.run(world.way->connect(keyOf(2)));
        QVERIFY(tried && !*tried);
        QCOMPARE(tried->error().code(), ErrorCode::PeerUnreachable);
        QVERIFY(world.served.empty());
    }
    void silenceEndsInTime()
    {
        World world;
        world.carrier.silent = true;
        const TimePoint begun = world.clock.now();
        const auto tried = world.run(world.way->connect(keyOf(2)));
        QVERIFY(tried && !*tried);
        QVERIFY(world.clock.now() - begun < 5s);
        QVERIFY2(tried->error().message().find("nobody answered") != std::string::npos,
                 tried->error().message().c_str());
    }
    void beingGivenUpLeavesNothing()
    {
        World world;
        world.asks.own = world.answers.own = {asio::ip::make_address("127.0.0.1")};
        asio::awaitable<Result<net::Stream>> work = world.way->connect(keyOf(2));
        const auto tried =
            world.run(withDeadline<net::Stream>(world.clock, 900ms, "a test", std::move(work)));
        QVERIFY(tried && !*tried);
        world.way.reset();
        world.answerer.reset();
        world.carrier.handler = nullptr;
        const TimePoint until = world.clock.now() + 300ms;
        while (world.clock.now() < until) {
            world.engine.restart();
            world.engine.run_one_for(5ms);
        }
        QVERIFY(world.served.empty());
    }
};

QTEST_GUILESS_MAIN(TestPunchWay)
#include "test_punch_way.moc"
