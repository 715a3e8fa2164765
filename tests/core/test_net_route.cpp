#include "core/net/plain_channel.h"
#include "core/net/route.h"
#include "tests/support/engine.h"
#include "tests/support/proxy_double.h"

#include <boost/asio/ip/tcp.hpp>

#include <QtTest/QTest>

using namespace tarn;
using namespace std::chrono_literals;
using net::Endpoint;
using net::Location;
using net::Route;
using test::ProxyBehaviour;
using test::ProxyDouble;

namespace {

const Endpoint kLoopback(asio::ip::address_v4::loopback(), 0);

/// Says "hello" to whoever connects, at once: a tunnel must not lose these bytes.
struct Greeter
{
    explicit Greeter(asio::io_context& context) : acceptor(context, kLoopback)
    {
        acceptor.async_accept([this](boost::system::error_code error, asio::ip::tcp::socket peer) {
            if (error) return;
            remote = peer.remote_endpoint();
            boost::system::error_code ignored;
            peer.write_some(asio::buffer("hello", 5), ignored);
            held = std::make_unique<asio::ip::tcp::socket>(std::move(peer));
        });
    }
    asio::ip::tcp::acceptor acceptor;
    std::unique_ptr<asio::ip::tcp::socket> held;
    Endpoint remote;
};

asio::awaitable<Result<std::string>> hear(net::Stream stream, Clock& clock)
{
    net::PlainChannel channel(std::move(stream), clock);
    std::string text;
    while (text.size() < 5) {
        Bytes buffer(5 - text.size());
        TARN_CO_TRY(const std::size_t count, co_await channel.readSome(buffer));
        if (count == 0) break;
        text += asText(ByteView(buffer).first(count));
    }
    co_return text;
}

asio::awaitable<Result<std::string>> connectAndHear(Route route, Location location,
                                                    net::ConnectOptions options, Clock& clock)
{
    TARN_CO_TRY(net::Stream stream, co_await net::connectOver(route, location, options, clock));
    co_return co_await hear(std::move(stream), clock);
}

Route routeTo(Route::Kind kind, const Endpoint& proxy, std::string user = {},
              std::string password = {})
{
    Route route;
    route.kind = kind;
    route.proxy = proxy;
    route.user = std::move(user);
    route.password = std::move(password);
    return route;
}

Location locationOf(std::string host, std::uint16_t port)
{
    Location location;
    location.network = wire::networkOfHost(host);
    location.host = std::move(host);
    location.port = port;
    return location;
}

} // namespace

class TestNetRoute final : public QObject
{
    Q_OBJECT
private:
    static Result<std::string> through(ProxyBehaviour behaviour, Route route, Location location,
                                       std::vector<std::string>* asked = nullptr,
                                       const net::ConnectOptions& options = {})
    {
        test::Engine engine;
        Greeter greeter(engine.context());
        const ProxyDouble proxy(engine.executor(), greeter.acceptor.local_endpoint(),
                                std::move(behaviour));
        route.proxy = proxy.address();
        auto out = engine.runReal(connectAndHear(route, location, options, engine.clock()));
        if (asked) *asked = proxy.asked();
        return out.value_or(Error(ErrorCode::Internal, "never ended"));
    }

private Q_SLOTS:
    void readsRoutes()
    {
        QCOMPARE(net::parseRoute("direct")->kind, Route::Kind::Direct);
        QCOMPARE(net::parseRoute("off")->kind, Route::Kind::Off);
        const auto socks = net::parseRoute("socks5://127.0.0.1:9050");
        QVERIFY(socks);
        QCOMPARE(net::textOf(*socks), std::string("socks5://127.0.0.1:9050"));
        QCOMPARE(net::parseRoute("http://[::1]:3128/")->kind, Route::Kind::HttpConnect);
        for (const char* bad : {"", "socks4://127.0.0.1:1", "socks5://localhost:9050",
                                "socks5://127.0.0.1", "http://@127.0.0.1:1", "Direct",
                                "socks5://me:secret@127.0.0.1:1", "http://127.0.0.1:0"})
            QCOMPARE(net::parseRoute(bad).error().code(), ErrorCode::InvalidInput);
    }
    void connectsDirectly()
    {
        test::Engine engine;
        Greeter greeter(engine.context());
        const auto port = greeter.acceptor.local_endpoint().port();
        const auto out =
            engine.runReal(connectAndHear({}, locationOf("127.0.0.1", port), {}, engine.clock()));
        QCOMPARE(**out, std::string("hello"));
    }
    void bindsTheLocalPort()
    {
        test::Engine engine;
        // A port that is being listened on can be dialled from.
        asio::ip::tcp::acceptor listening(engine.context());
        using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
        listening.open(asio::ip::tcp::v4());
        listening.set_option(asio::socket_base::reuse_address(true));
        listening.set_option(ReusePort(true));
        listening.bind(kLoopback);
        listening.listen();
        Greeter greeter(engine.context());
        net::ConnectOptions options;
        options.bindTo = listening.local_endpoint();
        const auto port = greeter.acceptor.local_endpoint().port();
        const auto out = engine.runReal(
            connectAndHear({}, locationOf("127.0.0.1", port), options, engine.clock()));
        QVERIFY(out && *out);
        QCOMPARE(greeter.remote.port(), listening.local_endpoint().port());
    }
    void someRoutesAreClosed()
    {
        test::Engine engine;
        const auto code = [&](Route route, Location location) {
            return engine.runReal(connectAndHear(route, location, {}, engine.clock()))
                ->error()
                .code();
        };
        QCOMPARE(code(routeTo(Route::Kind::Off, kLoopback), locationOf("127.0.0.1", 1)),
                 ErrorCode::PeerUnreachable);
        QCOMPARE(code({}, locationOf("abc.onion", 1)), ErrorCode::PeerUnreachable);
        QCOMPARE(code(routeTo(Route::Kind::HttpConnect, kLoopback), locationOf("abc.onion", 1)),
                 ErrorCode::PeerUnreachable);
    }
    void socksCarriesNames()
    {
        std::vector<std::string> asked;
        const auto out = through({}, routeTo(Route::Kind::Socks5, kLoopback),
                                 locationOf("abcdef.onion", 443), &asked);
        QVERIFY2(out, out ? "" : out.error().text().c_str());
        QCOMPARE(*out, std::string("hello"));
        QCOMPARE(asked, std::vector<std::string>{"abcdef.onion:443"});
    }
    void socksCarriesAddresses()
    {
        std::vector<std::string> asked;
        const auto out = through({}, routeTo(Route::Kind::Socks5, kLoopback),
                                 locationOf("192.0.2.7", 65535), &asked);
        QVERIFY(out);
        QCOMPARE(asked, std::vector<std::string>{"192.0.2.7:65535"});
    }
    void socksLogsIn()
    {
        ProxyBehaviour behaviour;
        behaviour.user = "circuit-7";
        behaviour.password = "x";
        const Location location = locationOf("a.onion", 1);
        QVERIFY(through(behaviour, routeTo(Route::Kind::Socks5, kLoopback, "circuit-7", "x"),
                        location));
        QCOMPARE(
            through(behaviour, routeTo(Route::Kind::Socks5, kLoopback, "circuit-7", "y"), location)
                .error()
                .code(),
            ErrorCode::Unauthorized);
        QCOMPARE(
            through(behaviour, routeTo(Route::Kind::Socks5, kLoopback), location).error().code(),
            ErrorCode::Unauthorized);
    }
    void socksShowsWhoMayShareACircuit()
    {
        ProxyBehaviour behaviour;
        behaviour.user = "tarn";
        behaviour.password = "this server";
        net::ConnectOptions options;
        options.isolation = "this server";
        const Route route = routeTo(Route::Kind::Socks5, kLoopback);
        QVERIFY(through(behaviour, route, locationOf("a.onion", 1), nullptr, options));
        // Proxies that know no users will do as well; those with a login of their own get that.
        QVERIFY(through({}, route, locationOf("a.onion", 1), nullptr, options));
        behaviour.user = "me";
        QVERIFY(through(behaviour, routeTo(Route::Kind::Socks5, kLoopback, "me", "this server"),
                        locationOf("a.onion", 1), nullptr, options));
    }
    void socksRefusalsAreNamed()
    {
        ProxyBehaviour behaviour;
        behaviour.refuseWith = 5;
        const auto out =
            through(behaviour, routeTo(Route::Kind::Socks5, kLoopback), locationOf("a.onion", 1));
        QCOMPARE(out.error().code(), ErrorCode::PeerUnreachable);
        QVERIFY(out.error().message().find("connection refused") != std::string::npos);
    }
    void httpConnectCarriesNames()
    {
        ProxyBehaviour behaviour;
        behaviour.kind = ProxyBehaviour::Kind::HttpConnect;
        std::vector<std::string> asked;
        const auto out = through(behaviour, routeTo(Route::Kind::HttpConnect, kLoopback),
                                 locationOf("example.org", 443), &asked);
        QVERIFY2(out, out ? "" : out.error().text().c_str());
        QCOMPARE(*out, std::string("hello"));
        QCOMPARE(asked, std::vector<std::string>{"example.org:443"});
    }
    void httpConnectRefusals()
    {
        ProxyBehaviour behaviour;
        behaviour.kind = ProxyBehaviour::Kind::HttpConnect;
        behaviour.user = "me";
        const Location location = locationOf("example.org", 443);
        QCOMPARE(through(behaviour, routeTo(Route::Kind::HttpConnect, kLoopback), location)
                     .error()
                     .code(),
                 ErrorCode::Unauthorized);
        QVERIFY(
            through(behaviour, routeTo(Route::Kind::HttpConnect, kLoopback, "me", "p"), location));
        behaviour.user.clear();
        behaviour.refuseWith = 503;
        QCOMPARE(through(behaviour, routeTo(Route::Kind::HttpConnect, kLoopback), location)
                     .error()
                     .code(),
                 ErrorCode::PeerUnreachable);
    }
    void hostileProxies_data()
    {
        QTest::addColumn<int>("kind");
        QTest::addColumn<QByteArray>("garbage");
        const auto socks = static_cast<int>(Route::Kind::Socks5);
        const auto http = static_cast<int>(Route::Kind::HttpConnect);
        QTest::newRow("socks4") << socks << QByteArray("\0\x5a\0\0\0\0\0\0", 8);
        QTest::newRow("wrong version later") << socks << QByteArray("\5\0\4\0\0\1", 6);
        QTest::newRow("unknown address type") << socks << QByteArray("\5\0\5\0\0\x09", 6);
        QTest::newRow("not HTTP") << http << QByteArray("hello\r\n\r\n");
        QTest::newRow("endless") << http << QByteArray(20'000, 'x');
        QTest::newRow("bare LF") << http << QByteArray("HTTP/1.1 200 OK\nA: b\n\r\n\r\n");
    }
    void hostileProxies()
    {
        QFETCH(int, kind);
        QFETCH(QByteArray, garbage);
        ProxyBehaviour behaviour;
        behaviour.garbage = garbage.toStdString();
        const auto out = through(behaviour, routeTo(static_cast<Route::Kind>(kind), kLoopback),
                                 locationOf("example.org", 443));
        QVERIFY(!out);
        QVERIFY(out.error().code() == ErrorCode::PeerMisbehaved ||
                out.error().code() == ErrorCode::PeerUnreachable);
    }
    void silentPeersTimeOut()
    {
        test::Engine engine;
        const asio::ip::tcp::acceptor silent(engine.context(), kLoopback);
        const Route route = routeTo(Route::Kind::Socks5, silent.local_endpoint());
        std::optional<Result<std::string>> out;
        asio::co_spawn(engine.context(),
                       connectAndHear(route, locationOf("a", 1), {}, engine.clock()),
                       [&](std::exception_ptr /*thrown*/, Result<std::string> result) {
                           out = std::move(result);
                       });
        // The connection is the kernel's and takes real time; the silence is virtual.
        while (!out) {
            engine.context().restart();
            if (engine.context().run_one_for(std::chrono::milliseconds(20)) == 0)
                engine.clock().advance(5s);
        }
        QCOMPARE(out->error().code(), ErrorCode::Timeout);
    }
};

QTEST_GUILESS_MAIN(TestNetRoute)
#include "test_net_route.moc"
