#include "core/net/static_dialer.h"
#include "tests/support/engine.h"
#include "tests/support/proxy_double.h"
#include "tests/support/seeded_random.h"

#include <boost/asio/ip/tcp.hpp>

#include <QtTest/QTest>

using namespace tarn;
using namespace std::chrono_literals;
using net::Endpoint;
using net::Location;
using net::Outgoing;

namespace {

const Endpoint kLoopback(asio::ip::address_v4::loopback(), 0);

using Acceptor = asio::ip::tcp::acceptor;

/// An address where nobody listens.
Location closedPlace(test::Engine& engine)
{
    const Acceptor gone(engine.context(), kLoopback);
    return *wire::parseLocation("tcp:" + net::textOf(gone.local_endpoint()));
}

Location placeOf(const Acceptor& acceptor)
{
    return *wire::parseLocation("tcp:" + net::textOf(acceptor.local_endpoint()));
}

Outgoing racing()
{
    Outgoing out;
    out.several = net::Several::Race;
    return out;
}

/// Dials and lets virtual time pass whenever the kernel has nothing to say.
Result<net::Stream> dialWithTime(test::Engine& engine, net::StaticDialer& dialer,
                                 std::vector<Location> locations)
{
    std::optional<Result<net::Stream>> out;
    asio::co_spawn(engine.context(), dialer.dial(std::move(locations)),
                   [&](std::exception_ptr /*thrown*/, Result<net::Stream> result) {
                       out = std::move(result);
                   });
    while (!out) {
        engine.context().restart();
        if (engine.context().run_one_for(std::chrono::milliseconds(20)) == 0)
            engine.clock().advance(5s);
    }
    return *std::move(out);
}

} // namespace

class TestStaticDialer final : public QObject
{
    Q_OBJECT
private:
    test::SeededRandom m_random{1};

    void theNextIsTriedWith(Outgoing outgoing)
    {
        test::Engine engine;
        const Acceptor open(engine.context(), kLoopback);
        net::StaticDialer dialer(std::move(outgoing), engine.clock(), m_random);
        std::vector<Location> locations{*wire::parseLocation("tcp:example.org:80"),
                                        closedPlace(engine), placeOf(open)};
        const auto out = engine.runReal(dialer.dial(locations));
        QVERIFY(out && *out);
        QCOMPARE((*out)->choice, std::size_t(2));
    }
    void failuresAreNamedWith(Outgoing outgoing)
    {
        test::Engine engine;
        net::StaticDialer dialer(std::move(outgoing), engine.clock(), m_random);
        std::vector<Location> locations{closedPlace(engine),
                                        *wire::parseLocation("tcp:example.org:80"),
                                        *wire::parseLocation("tor:abc.onion:80")};
        const auto out = engine.runReal(dialer.dial(locations));
        QVERIFY(out && !*out);
        QCOMPARE(out->error().code(), ErrorCode::PeerUnreachable);
        const QString text = QString::fromStdString(out->error().message());
        QVERIFY2(text.contains("refused"), qPrintable(text));
        QVERIFY2(text.contains("tcp:example.org:80: names are not looked up"), qPrintable(text));
        QVERIFY2(text.contains("tor:abc.onion:80: [connections] tor is off"), qPrintable(text));
    }

private Q_SLOTS:
    void theNextIsTried() { theNextIsTriedWith({}); }
    void theBestOfARaceIsTaken() { theNextIsTriedWith(racing()); }
    void failuresAreNamed() { failuresAreNamedWith({}); }
    void failuresOfARaceAreNamed() { failuresAreNamedWith(racing()); }
    void nothingToDial()
    {
        test::Engine engine;
        net::StaticDialer dialer(racing(), engine.clock(), m_random);
        const auto out = engine.runReal(dialer.dial({}));
        QVERIFY(out && !*out);
        QVERIFY(out->error().message().find("no address is known") != std::string::npos);
    }
    void aRaceDoesNotWaitForTheSilent()
    {
        // A proxy that never answers stands before the first location, and before that only.
        test::Engine engine;
        const Acceptor silent(engine.context(), kLoopback);
        const Acceptor open(engine.context(), kLoopback);
        Outgoing outgoing = racing();
        outgoing.tor.kind = net::Route::Kind::Socks5;
        outgoing.tor.proxy = silent.local_endpoint();
        net::StaticDialer dialer(std::move(outgoing), engine.clock(), m_random);
        std::vector<Location> locations{*wire::parseLocation("tor:abc.onion:80"), placeOf(open)};
        const TimePoint before = engine.clock().now();
        const auto out = engine.runReal(dialer.dial(locations));
        QVERIFY(out && *out);
        QCOMPARE((*out)->choice, std::size_t(1));
        QVERIFY(engine.clock().now() == before);
        engine.settle();
    }
    void inOrderTheSilentAreGivenUpAtTheLimit()
    {
        test::Engine engine;
        const Acceptor silent(engine.context(), kLoopback);
        const Acceptor open(engine.context(), kLoopback);
        Outgoing outgoing;
        outgoing.tor.kind = net::Route::Kind::Socks5;
        outgoing.tor.proxy = silent.local_endpoint();
        net::StaticDialer dialer(std::move(outgoing), engine.clock(), m_random);
        std::vector<Location> locations{*wire::parseLocation("tor:abc.onion:80"), placeOf(open)};
        const TimePoint before = engine.clock().now();
        const Result<net::Stream> out = dialWithTime(engine, dialer, locations);
        QVERIFY(out);
        QCOMPARE(out->choice, std::size_t(1));
        QVERIFY(engine.clock().now() - before >= 60s);
    }
    void aRaceCanBeCalledOff()
    {
        test::Engine engine;
        const Acceptor silent(engine.context(), kLoopback);
        Outgoing outgoing = racing();
        outgoing.tor.kind = net::Route::Kind::Socks5;
        outgoing.tor.proxy = silent.local_endpoint();
        auto dialer =
            std::make_unique<net::StaticDialer>(std::move(outgoing), engine.clock(), m_random);
        std::vector<Location> locations{*wire::parseLocation("tor:abc.onion:80"),
                                        *wire::parseLocation("tor:def.onion:80")};
        asio::cancellation_signal cancel;
        bool ended = false;
        asio::co_spawn(
            engine.context(), dialer->dial(locations),
            asio::bind_cancellation_slot(
                cancel.slot(), [&](std::exception_ptr, Result<net::Stream>) { ended = true; }));
        engine.settle();
        QVERIFY(!ended);
        engine.onEngine([&] { cancel.emit(asio::cancellation_type::terminal); });
        dialer.reset();
        for (int i = 0; i < 100 && !ended; ++i)
            engine.settle();
        QVERIFY(ended);
    }
    void everyAddressHasItsOwnCircuit()
    {
        test::Engine engine;
        const Acceptor target(engine.context(), kLoopback);
        test::ProxyBehaviour behaviour;
        behaviour.anyUser = true;
        const test::ProxyDouble proxy(engine.executor(), target.local_endpoint(), behaviour);
        Outgoing outgoing;
        outgoing.tor.kind = net::Route::Kind::Socks5;
        outgoing.tor.proxy = proxy.address();
        net::StaticDialer dialer(outgoing, engine.clock(), m_random);
        net::StaticDialer later(outgoing, engine.clock(), m_random);
        const auto dial = [&](net::StaticDialer& with, const char* place) {
            std::vector<Location> locations{*wire::parseLocation(place)};
            return engine.runReal(with.dial(locations))->has_value();
        };
        QVERIFY(dial(dialer, "tor:abc.onion:80"));
        QVERIFY(dial(dialer, "tor:def.onion:80"));
        QVERIFY(dial(dialer, "tor:abc.onion:80"));
        QVERIFY(dial(later, "tor:abc.onion:80"));
        const std::vector<std::string>& users = proxy.users();
        QCOMPARE(users.size(), std::size_t(4));
        QVERIFY(users[0] != users[1]);
        QCOMPARE(users[0], users[2]);
        QVERIFY(users[0] != users[3]);
    }
};

QTEST_GUILESS_MAIN(TestStaticDialer)
#include "test_static_dialer.moc"
