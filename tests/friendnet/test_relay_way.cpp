// Relays between which a node chooses: which is asked first, and which is waited for.
#include "profiles/friendnet/relay_way.h"
#include "tests/support/engine.h"
#include "tests/support/seeded_random.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::profiles;
using namespace std::chrono_literals;
using net::Stream;

namespace {

/// Nobody answers anywhere.
class DeadDialer final : public net::Dialer
{
public:
    explicit DeadDialer(Clock& clock) : m_clock(clock) {}
    asio::awaitable<Result<Stream>> dial(std::vector<net::Location> /*locations*/) override
    {
        ++asked;
        co_await m_clock.sleep(100ms);
        co_return Error(ErrorCode::PeerUnreachable, "refused");
    }
    unsigned asked = 0;

private:
    Clock& m_clock;
};

struct Rig
{
    Rig()
    {
        points.resize(2);
        for (RelayPoint& point : points) {
            point.key = crypto::Ed25519Key::generate(random).publicKey();
            point.locations.resize(1);
        }
        points[0].relays = true;
        RelayCalls::Parts parts{engine.executor(),
                                engine.clock(),
                                [this]() -> net::Dialer& { return plain; },
                                key,
                                [this](const net::PeerKey&) { return points; },
                                [](const Ed25519PublicKey&) { return std::string(); }};
        calls = std::make_shared<RelayCalls>(std::move(parts));
    }
    ~Rig()
    {
        engine.onEngine([this] { calls->stop(); });
        static_cast<void>(engine.run(sleeping(engine.clock())));
    }
    Rig(const Rig&) = delete;
    Rig& operator=(const Rig&) = delete;

    static asio::awaitable<Result<void>> sleeping(Clock& clock)
    {
        co_await clock.sleep(2min);
        co_return ok();
    }
    /// Seconds until it is given up.
    std::int64_t tryIt()
    {
        const TimePoint begun = engine.clock().now();
        RelayWay way(calls);
        const auto stream = engine.run(way.connect(net::PeerKey()));
        TARN_ASSERT(stream && !*stream);
        said = (*stream).error();
        return std::chrono::duration_cast<std::chrono::seconds>(engine.clock().now() - begun)
            .count();
    }

    test::Engine engine;
    test::SeededRandom random{3};
    crypto::Ed25519Key key = crypto::Ed25519Key::generate(random);
    DeadDialer plain{engine.clock()};
    std::vector<RelayPoint> points;
    std::shared_ptr<RelayCalls> calls;
    std::optional<Error> said;
};

} // namespace

class TestRelayWay final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void onlyThoseWhoRelayAreAsked()
    {
        Rig rig;
        RelayWay way(rig.calls);
        QVERIFY(way.knows(net::PeerKey()));
        rig.points[0].relays = false;
        QVERIFY(!way.knows(net::PeerKey()));
        QCOMPARE(rig.tryIt(), 0);
        QCOMPARE(rig.plain.asked, 0U);
        QCOMPARE(rig.said->code(), ErrorCode::PeerUnreachable);
    }
    /// A relay that is killed is back soon; one that stays away is not waited for again.
    void oneThatIsLostIsWaitedForOnce()
    {
        Rig rig;
        const std::int64_t waited = rig.tryIt();
        QVERIFY2(waited >= 24 && waited <= 27, std::to_string(waited).c_str());
        QVERIFY(rig.plain.asked >= 20 && rig.plain.asked <= 30);
        QVERIFY(rig.said->message().find("refused") != std::string::npos);
        QCOMPARE(rig.tryIt(), 0);
        rig.calls->noteSuccess(rig.points[0].key);
        QVERIFY(rig.tryIt() >= 24);
    }
    void whoSaysNoIsNotWaitedFor()
    {
        Rig rig;
        const Ed25519PublicKey relay = rig.points[0].key;
        rig.calls->noteFailure(relay, Error(ErrorCode::NotFound, "it keeps no link to here"));
        QVERIFY(!rig.calls->lostLately(relay));
        QVERIFY(rig.calls->rests(relay));
        QVERIFY(rig.calls->pointsOf(net::PeerKey()).front().key == rig.points[1].key);
        rig.calls->noteFailure(relay, Error(ErrorCode::Timeout, "nothing"));
        QVERIFY(rig.calls->lostLately(relay));
        rig.calls->noteSuccess(relay);
        QVERIFY(!rig.calls->rests(relay));
        QVERIFY(rig.calls->pointsOf(net::PeerKey()).front().key == relay);
    }
    void stopped()
    {
        Rig rig;
        rig.engine.onEngine([&rig] { rig.calls->stop(); });
        QVERIFY(rig.calls->pointsOf(net::PeerKey()).empty());
        QCOMPARE(rig.tryIt(), 0);
    }
};

QTEST_GUILESS_MAIN(TestRelayWay)
#include "test_relay_way.moc"
