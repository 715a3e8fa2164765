// One end of a peer link against whatever the other side does, in virtual time.
#include "core/net/peer_link.h"
#include "tests/support/engine.h"
#include "tests/support/transport_pairs.h"

#include <boost/asio/detached.hpp>

#include <QtTest/QTest>

using namespace tarn;
using namespace std::chrono_literals;
using namespace tarn::net;

namespace {

struct Seen
{
    unsigned heard = 0;
    std::vector<std::uint64_t> reversals;
    std::vector<std::uint64_t> refusals;
    std::optional<Error> over;
};

/// A link, and the bare channel at its other end.
struct Rig
{
    explicit Rig(PeerLink::Side side)
    {
        Result<test::ChannelPair> pair = test::makePlainPair(engine.executor(), engine.clock());
        TARN_ASSERT(pair.has_value());
        other = std::move(pair->server);
        UpgradedChannel taken;
        taken.channel = std::move(pair->client);
        link = std::make_shared<PeerLink>(engine.executor(), std::move(taken), side, engine.clock(),
                                          eventsOf(seen));
        start(link, seen);
    }
    ~Rig()
    {
        running = false;
        engine.onEngine([this] { link->close(Error(ErrorCode::Cancelled, "the test is over")); });
        engine.settle();
        if (other) other->close();
        pass(10s);
    }
    Rig(const Rig&) = delete;
    Rig& operator=(const Rig&) = delete;

    static PeerLink::Events eventsOf(Seen& seen)
    {
        PeerLink::Events out;
        out.heard = [&seen] { ++seen.heard; };
        out.reverse = [&seen](const LinkReverse& frame) { seen.reversals.push_back(frame.number); };
        out.refused = [&seen](const LinkRefusal& frame) { seen.refusals.push_back(frame.number); };
        return out;
    }
    void start(const std::shared_ptr<PeerLink>& one, Seen& into)
    {
        asio::co_spawn(engine.context(), watching(one, into), asio::detached);
        asio::co_spawn(engine.context(), ticking(*this, one), asio::detached);
        engine.settle();
    }
    static asio::awaitable<void> watching(std::shared_ptr<PeerLink> one, Seen& into)
    {
        into.over = co_await PeerLink::run(std::move(one));
    }
    static asio::awaitable<void> ticking(Rig& rig, std::shared_ptr<PeerLink> one)
    {
        while (rig.running) {
            one->tick();
            co_await rig.engine.clock().sleep(2s);
        }
    }
    static asio::awaitable<Result<void>> writing(Channel& channel, Bytes bytes)
    {
        const std::array<ByteView, 1> pieces{bytes};
        co_return co_await channel.write(pieces);
    }
    static asio::awaitable<Result<Bytes>> reading(Channel& channel)
    {
        Bytes room(65'536);
        TARN_CO_TRY(const std::size_t count, co_await channel.readSome(room));
        room.resize(count);
        co_return room;
    }
    void say(Bytes bytes)
    {
        const auto said = engine.run(writing(*other, std::move(bytes)));
        QVERIFY(said && *said);
        engine.settle();
    }
    void say(const LinkFrame& frame) { say(encodeLinkFrame(frame)); }
    /// What the link has said since.
    std::vector<LinkFrame> read()
    {
        engine.settle();
        std::vector<LinkFrame> out;
        if (other->quiet()) return out;
        const auto bytes = engine.run(reading(*other));
        if (!bytes || !*bytes) return out;
        reader.add(**bytes);
        while (true) {
            const auto frame = reader.next();
            TARN_ASSERT(frame.has_value());
            if (!*frame) return out;
            out.push_back(**frame);
        }
    }
    void pass(Duration time)
    {
        const TimePoint until = engine.clock().now() + time;
        engine.clock().runUntil(engine.context(), time,
                                [&] { return engine.clock().now() >= until; });
        engine.settle();
    }
    ErrorCode code() const { return seen.over ? seen.over->code() : ErrorCode::Internal; }

    test::Engine engine;
    std::unique_ptr<Channel> other;
    Seen seen;
    LinkFrameReader reader;
    std::shared_ptr<PeerLink> link;
    bool running = true;
};

} // namespace

class TestPeerLink final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void saysHelloAndIsUpWhenTheOtherSideDoes()
    {
        Rig rig(PeerLink::Side::Taken);
        const auto said = rig.read();
        QCOMPARE(said.size(), std::size_t{1});
        QCOMPARE(std::get<LinkHello>(said.front()).version, kLinkVersion);
        QVERIFY(!rig.link->up());
        rig.say(LinkFrame(LinkHello()));
        QVERIFY(rig.link->up());
        QCOMPARE(rig.seen.heard, 1U);
    }
    void answersPingsAndPassesOverWhatItDoesNotKnow()
    {
        Rig rig(PeerLink::Side::Taken);
        rig.say(LinkFrame(LinkHello()));
        rig.say(LinkFrame(LinkUnknown()));
        rig.say(LinkFrame(LinkPing{41}));
        rig.say(LinkFrame(LinkPong{40})); // nobody asked
        const auto said = rig.read();
        QCOMPARE(said.size(), std::size_t{2});
        QCOMPARE(std::get<LinkPong>(said.back()).number, std::uint64_t{41});
        QVERIFY(rig.link->up());
    }
    /// Only who made a link connects again.
    void onlyWhoMadeItIsAskedToConnect()
    {
        Rig taken(PeerLink::Side::Taken);
        taken.say(LinkFrame(LinkHello()));
        taken.read();
        LinkReverse frame;
        frame.number = 5;
        taken.say(LinkFrame(frame));
        const auto said = taken.read();
        QCOMPARE(std::get<LinkRefusal>(said.front()).number, std::uint64_t{5});
        QVERIFY(taken.seen.reversals.empty());
        taken.say(LinkFrame(LinkRefusal{3, LinkRefusalReason::Busy}));
        QCOMPARE(taken.seen.refusals, std::vector<std::uint64_t>{3});
        Rig made(PeerLink::Side::Made);
        made.say(LinkFrame(LinkHello()));
        made.say(LinkFrame(frame));
        QCOMPARE(made.seen.reversals, std::vector<std::uint64_t>{5});
    }
    void garbageEndsIt()
    {
        for (const PeerLink::Side side : {PeerLink::Side::Made, PeerLink::Side::Taken}) {
            for (const std::string_view bytes :
                 {std::string_view("GET / HTTP/1.1\r\n\r\n"), std::string_view("\0\0\0\1\xff", 5),
                  std::string_view("\xff\xff\xff\xff", 4), std::string_view("\0\0\0\0", 4)}) {
                Rig rig(side);
                rig.say(toBytes(bytes));
                rig.pass(3s);
                QVERIFY(rig.code() == ErrorCode::PeerMisbehaved);
            }
        }
    }
    void helloComesFirstAndOnce()
    {
        Rig early(PeerLink::Side::Taken);
        early.say(LinkFrame(LinkPing{1}));
        early.pass(1s);
        QVERIFY(early.code() == ErrorCode::PeerMisbehaved);
        Rig twice(PeerLink::Side::Made);
        twice.say(LinkFrame(LinkHello()));
        twice.say(LinkFrame(LinkHello()));
        twice.pass(1s);
        QVERIFY(twice.code() == ErrorCode::PeerMisbehaved);
    }
    void endlessFramesEndIt()
    {
        Rig rig(PeerLink::Side::Taken);
        rig.say(LinkFrame(LinkHello()));
        Bytes flood;
        for (unsigned i = 0; i < 1000; ++i)
            append(flood, encodeLinkFrame(LinkPing{i}));
        rig.say(std::move(flood));
        rig.pass(1s);
        QVERIFY(rig.code() == ErrorCode::PeerMisbehaved);
        // A busy one that is honest goes on.
        Rig honest(PeerLink::Side::Taken);
        honest.say(LinkFrame(LinkHello()));
        for (unsigned i = 0; i < 300; ++i) {
            honest.say(LinkFrame(LinkPing{i}));
            honest.pass(100ms);
            honest.read();
        }
        QVERIFY(honest.link->up());
    }
    /// Who asks and asks and never reads is not answered for ever.
    void whoDoesNotReadIsLeft()
    {
        Rig rig(PeerLink::Side::Made);
        rig.say(LinkFrame(LinkHello()));
        bool refused = false;
        LinkReverse frame;
        rig.engine.onEngine([&] {
            for (unsigned i = 0; i < 100'000 && !refused; ++i)
                refused = !rig.link->send(LinkFrame(frame));
        });
        QVERIFY(refused);
        rig.pass(3s);
        QVERIFY(rig.code() == ErrorCode::PeerUnreachable);
    }
    void withoutHelloItEnds()
    {
        Rig rig(PeerLink::Side::Taken);
        rig.pass(9s);
        QVERIFY(!rig.seen.over);
        rig.pass(5s);
        QVERIFY(rig.code() == ErrorCode::Timeout);
    }
    void whoMadeItPingsAndNoticesSilence()
    {
        Rig rig(PeerLink::Side::Made);
        rig.read();
        rig.say(LinkFrame(LinkHello()));
        unsigned pings = 0;
        for (unsigned i = 0; i < 3600; ++i) {
            rig.pass(1s);
            for (const LinkFrame& frame : rig.read()) {
                ++pings;
                rig.say(LinkFrame(LinkPong{std::get<LinkPing>(frame).number}));
            }
        }
        QVERIFY(rig.link->up());
        QVERIFY2(pings >= 200 && pings <= 240, std::to_string(pings).c_str());
        rig.pass(24s); // 16 to the next ping, 5 for the answer, 2 to look
        QVERIFY(rig.code() == ErrorCode::Timeout);
    }
    /// Anything is a sign of life but the answer to a ping, where one is waited for.
    void onlyTheRightAnswerCounts()
    {
        Rig rig(PeerLink::Side::Made);
        rig.say(LinkFrame(LinkHello()));
        rig.engine.onEngine([&] { rig.link->probe(); });
        rig.say(LinkFrame(LinkPong{77}));
        rig.say(LinkFrame(LinkPing{78}));
        rig.pass(6s);
        QVERIFY(rig.code() == ErrorCode::Timeout);
        Rig good(PeerLink::Side::Made);
        good.read();
        good.say(LinkFrame(LinkHello()));
        good.engine.onEngine([&] { good.link->probe(); });
        good.say(LinkFrame(LinkPong{std::get<LinkPing>(good.read().front()).number}));
        good.pass(6s);
        QVERIFY(good.link->up());
    }
    void whoWasConnectedToLetsGoOfTheSilent()
    {
        Rig rig(PeerLink::Side::Taken);
        rig.say(LinkFrame(LinkHello()));
        rig.pass(40s);
        QVERIFY(rig.link->up());
        rig.say(LinkFrame(LinkPing{1}));
        rig.pass(44s);
        QVERIFY(rig.link->up());
        rig.pass(4s);
        QVERIFY(rig.code() == ErrorCode::Timeout);
    }
    void theEndIsSeenAtOnce()
    {
        Rig rig(PeerLink::Side::Made);
        rig.say(LinkFrame(LinkHello()));
        rig.engine.onEngine([&] { rig.other->close(); });
        QVERIFY(rig.seen.over);
        QVERIFY(rig.code() == ErrorCode::PeerUnreachable);
        QVERIFY(!rig.link->send(LinkFrame(LinkPing{1})));
    }
};

QTEST_GUILESS_MAIN(TestPeerLink)
#include "test_peer_link.moc"
