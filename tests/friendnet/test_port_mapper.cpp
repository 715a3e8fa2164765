// A router that the test makes, asked in virtual time: how long it takes until a door is open
// again, what is asked in vain, and that nothing stays open.
#include "profiles/friendnet/default_gateway.h"
#include "profiles/friendnet/port_mapper.h"
#include "profiles/friendnet/upnp_router.h"
#include "tests/support/engine.h"

#include <boost/asio/detached.hpp>

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::profiles;
using namespace std::chrono_literals;

namespace {

/// What the router is, and was asked for.
struct RouterDouble
{
    std::optional<Error> refuses;
    asio::ip::address outside = asio::ip::make_address("198.51.100.7");
    std::uint16_t given = 0; ///< 0: the port that is wished
    unsigned asked = 0;
    unsigned closed = 0;
    std::vector<std::uint16_t> open;
    std::optional<RouterDoor> before;
};

class ProtocolDouble final : public RouterProtocol
{
public:
    explicit ProtocolDouble(RouterDouble& router) : m_router(router) {}
    std::string_view name() const override { return "PCP"; }
    Result<RouterDoor> openBlocking(const DoorWish& wish) override
    {
        ++m_router.asked;
        m_router.before = wish.before;
        if (m_router.refuses) return *m_router.refuses;
        const std::uint16_t port = m_router.given != 0 ? m_router.given : wish.outerPort;
        m_router.open = {port};
        return RouterDoor{m_router.outside, port, "PCP"};
    }
    Result<void> closeBlocking(const RouterDoor& door, std::uint16_t) override
    {
        ++m_router.closed;
        std::erase(m_router.open, door.port);
        return ok();
    }

private:
    RouterDouble& m_router;
};

struct Rig
{
    explicit Rig(std::uint16_t port = 41001)
    {
        PortMapper::Parts parts{engine.executor(), engine.clock(), [] { return makeInlinePool(); },
                                [this] {
                                    ++made;
                                    PortMapper::Protocols out;
                                    out.push_back(std::make_unique<ProtocolDouble>(first));
                                    out.push_back(std::make_unique<ProtocolDouble>(second));
                                    return out;
                                },
                                [this](const std::optional<RouterDoor>& door) {
                                    told.push_back(door ? door->port : 0);
                                }};
        mapper = std::make_unique<PortMapper>(std::move(parts));
        engine.onEngine([this, port] {
            mapper->want(port);
            mapper->start();
        });
    }
    ~Rig()
    {
        stop();
        engine.onEngine([this] { mapper.reset(); });
    }
    Rig(const Rig&) = delete;
    Rig& operator=(const Rig&) = delete;

    void stop()
    {
        if (std::exchange(stopped, true)) return;
        engine.run(stopping(*mapper));
    }
    static asio::awaitable<bool> stopping(PortMapper& mapper)
    {
        co_await mapper.stop();
        co_return true;
    }
    static asio::awaitable<bool> sleeping(Clock& clock, Duration time)
    {
        co_await clock.sleep(time);
        co_return true;
    }
    void pass(Duration time) { engine.run(sleeping(engine.clock(), time)); }

    test::Engine engine;
    RouterDouble first;
    RouterDouble second;
    unsigned made = 0;
    bool stopped = false;
    std::vector<std::uint16_t> told;
    std::unique_ptr<PortMapper> mapper;
};

} // namespace

class TestPortMapper final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void opensAndCloses()
    {
        Rig rig;
        QCOMPARE(rig.told, std::vector<std::uint16_t>{41001});
        QVERIFY(rig.mapper->state() == PortMapper::State::Open);
        QCOMPARE(rig.second.asked, 0U);
        rig.stop();
        QVERIFY(rig.first.open.empty());
        QCOMPARE(rig.first.closed, 1U);
    }
    void seesToItThatTheDoorStaysOpen()
    {
        Rig rig;
        rig.pass(10min);
        QVERIFY(rig.first.asked >= 60 && rig.first.asked <= 62);
        QVERIFY(rig.first.before && rig.first.before->port == 41001);
        QCOMPARE(rig.told.size(), std::size_t{1}); // nothing new is told
    }
    void aRouterThatForgotIsAskedWithin10s()
    {
        Rig rig;
        rig.pass(61s);
        rig.first.open.clear();
        rig.first.given = 5001;
        rig.pass(10s);
        QCOMPARE(rig.told.back(), std::uint16_t{5001});
        QCOMPARE(rig.first.open.size(), std::size_t{1});
    }
    void aRouterThatIsGoneAndComesBack()
    {
        Rig rig;
        rig.first.refuses = Error(ErrorCode::PeerUnreachable, "nobody");
        rig.second.refuses = rig.first.refuses;
        rig.pass(21s);
        QCOMPARE(rig.told.back(), std::uint16_t{0});
        QVERIFY(rig.mapper->state() == PortMapper::State::None);
        QCOMPARE(rig.mapper->reason(), std::string("nobody; nobody"));
        rig.first.refuses.reset();
        rig.pass(15s);
        QCOMPARE(rig.told.back(), std::uint16_t{41001});
    }
    void theOtherProtocolIsTried()
    {
        Rig rig(0);
        rig.first.refuses = Error(ErrorCode::PeerUnreachable, "silent");
        rig.engine.onEngine([&] { rig.mapper->want(7); });
        QVERIFY(rig.mapper->state() == PortMapper::State::Open);
        QCOMPARE(rig.first.asked, 1U);
        rig.pass(61s);
        QCOMPARE(rig.first.asked, 1U); // the one that opened is asked first
        rig.stop();
        QCOMPARE(rig.second.closed, 1U);
    }
    void vainAttemptsAreSpacedOut()
    {
        Rig rig(0);
        rig.first.refuses = Error(ErrorCode::Conflict, "the router refuses");
        rig.second.refuses = Error(ErrorCode::PeerUnreachable, "nobody");
        rig.engine.onEngine([&] { rig.mapper->want(7); });
        QVERIFY(rig.mapper->state() == PortMapper::State::Failed);
        rig.pass(24h);
        QVERIFY2(rig.first.asked >= 140 && rig.first.asked < 160,
                 qPrintable(QString::number(rig.first.asked)));
        const unsigned before = rig.first.asked;
        rig.engine.onEngine([&] { rig.mapper->again(); });
        QCOMPARE(rig.first.asked, before + 1);
    }
    void offAsksNobody()
    {
        Rig rig(0);
        rig.pass(1h);
        QCOMPARE(rig.made, 0U);
        QVERIFY(rig.mapper->state() == PortMapper::State::Off);
        rig.engine.onEngine([&] { rig.mapper->want(7); });
        QCOMPARE(rig.first.asked, 1U);
        rig.engine.onEngine([&] { rig.mapper->want(0); });
        QCOMPARE(rig.first.closed, 1U);
        QCOMPARE(rig.told.back(), std::uint16_t{0});
        rig.pass(1h);
        QCOMPARE(rig.first.asked, 1U);
    }
    void anotherPortIsAnotherDoor()
    {
        Rig rig;
        rig.engine.onEngine([&] { rig.mapper->want(41002); });
        QCOMPARE(rig.first.closed, 1U);
        QCOMPARE(rig.told.back(), std::uint16_t{41002});
    }
    /// Whoever dials that dials itself.
    void anAddressThatIsNowhereIsNoDoor()
    {
        for (const char* const address : {"127.0.0.1", "0.0.0.0"}) {
            Rig rig(0);
            rig.first.outside = asio::ip::make_address(address);
            rig.engine.onEngine([&] { rig.mapper->want(41001); });
            rig.pass(1s);
            QVERIFY(rig.first.asked > 0);
            QVERIFY(rig.told.empty());
        }
    }
    void onlyRoutersOfTheLocalNetworkAreBelieved()
    {
        QVERIFY(isLocalRouter("http://192.168.1.1:5000/rootDesc.xml"));
        QVERIFY(isLocalRouter("http://10.0.0.1/"));
        QVERIFY(isLocalRouter("http://[fd00::1]:80/x"));
        for (const char* url :
             {"http://198.51.100.7/x", "http://127.0.0.1:8080/x", "http://router.example/x", "",
              "https://192.168.1.1/x", "http://a@192.168.1.1/x", "http://192.168.1.1@198.51.100.7/",
              "file:///etc/passwd", "http://192.168.1.1:99999/x", "http:///x", "http://[::1]/"})
            QVERIFY2(!isLocalRouter(url), url);
    }
    void theRouterOfTheRoutingTable()
    {
        const std::string head =
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\t"
            "MTU\tWindow\tIRTT\n";
        const std::string lan = "eth0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
        const std::string far = "wlan0\t00000000\t0102A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n";
        const std::string near = "eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n";
        QVERIFY(!gatewayIn(head + lan));
        QCOMPARE(gatewayIn(head + lan + far)->to_string(), std::string("192.168.2.1"));
        QCOMPARE(gatewayIn(head + far + lan + near)->to_string(), std::string("192.168.1.1"));
        QVERIFY(!gatewayIn("") && !gatewayIn("a\nb c d\n"));
        const std::string down = "eth0\t00000000\t0101A8C0\t0002\t0\t0\t100\t00000000\t0\t0\t0\n";
        QVERIFY(!gatewayIn(head + down));
    }
};

QTEST_GUILESS_MAIN(TestPortMapper)
#include "test_port_mapper.moc"
