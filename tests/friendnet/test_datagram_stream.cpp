// Two ends of a stream over datagrams that get lost, come twice, late or changed; in virtual time.
#include "profiles/friendnet/datagram_stream.h"
#include "tests/support/seeded_random.h"

#include <QtTest/QTest>

#include <map>

using namespace tarn;
using namespace tarn::profiles;
using namespace std::chrono_literals;

namespace {

Secret secretOf(const char* text)
{
    return Secret(std::string_view(text));
}

/// A line between two ends: 20 ms each way.
class Line
{
public:
    explicit Line(std::uint64_t seed, const char* secretOfB = "0123456789abcdef0123456789abcdef")
        : random(seed)
    {
        a = *DatagramStream::make(StreamSide::Asks, secretOf("0123456789abcdef0123456789abcdef"),
                                  m_source, now);
        b = *DatagramStream::make(StreamSide::Answers, secretOf(secretOfB), m_source, now);
    }

    /// Until `done` or so much virtual time has passed. \return whether it is done.
    template <class Done>
    bool run(Duration limit, Done done)
    {
        const TimePoint end = now + limit;
        while (!done()) {
            flush(*a, toB);
            flush(*b, toA);
            TimePoint next = std::min(a->expires(), b->expires());
            if (!toA.empty()) next = std::min(next, toA.begin()->first);
            if (!toB.empty()) next = std::min(next, toB.begin()->first);
            if (next > end) return done();
            now = std::max(now, next);
            deliver(*a, toA);
            deliver(*b, toB);
            if (a->expires() <= now) note(a->expire(now));
            if (b->expires() <= now) note(b->expire(now));
        }
        return true;
    }

    test::SeededRandom random;
    TimePoint now{1h};
    std::unique_ptr<DatagramStream> a;
    std::unique_ptr<DatagramStream> b;
    double loss = 0;
    double twice = 0;
    double changed = 0;
    bool cut = false;
    std::size_t sentDatagrams = 0;
    std::string problem;

private:
    using Way = std::multimap<TimePoint, Bytes>;

    void note(const Result<void>& result)
    {
        if (!result) problem = result.error().text();
    }
    void flush(DatagramStream& from, Way& way)
    {
        std::array<std::byte, kLargestDatagram> room{};
        std::size_t burst = 0;
        while (burst < std::max<std::size_t>(from.burst(), 1)) {
            const Result<std::size_t> size = from.send(room, now);
            if (!size) problem = size.error().text();
            if (!size || *size == 0) break;
            burst += *size;
            put(way, ByteView(room).first(*size));
        }
        from.sent(now);
    }
    void put(Way& way, ByteView datagram)
    {
        ++sentDatagrams;
        if (cut || random.chance(loss)) return;
        Bytes bytes = toBytes(datagram);
        if (random.chance(changed))
            bytes[random.below(bytes.size())] ^= static_cast<std::byte>(1 + random.below(255));
        const Duration wait = 20ms + Duration(random.below(2'000'000));
        if (random.chance(twice)) way.emplace(now + wait + 3ms, bytes);
        way.emplace(now + wait, std::move(bytes));
    }
    void deliver(DatagramStream& to, Way& way)
    {
        while (!way.empty() && way.begin()->first <= now) {
            note(to.receive(way.begin()->second, now));
            way.erase(way.begin());
        }
    }

    SystemRandom m_source;
    Way toA;
    Way toB;
};

/// Moves `data` from one end to the other. \return what came.
Bytes carry(Line& line, DatagramStream& from, DatagramStream& to, const Bytes& data)
{
    std::size_t given = 0;
    Bytes came;
    line.run(10min, [&] {
        if (given < data.size()) {
            const std::size_t count = std::min(from.room(), data.size() - given);
            from.give(ByteView(data).subspan(given, count));
            given += count;
            if (given == data.size()) from.endGiving();
        }
        append(came, to.held());
        to.taken(to.held().size());
        return to.exhausted() || !line.problem.empty();
    });
    return came;
}

} // namespace

class TestDatagramStream final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void carries_data()
    {
        QTest::addColumn<double>("loss");
        QTest::addColumn<double>("twice");
        QTest::addColumn<double>("changed");
        QTest::newRow("a good line") << 0.0 << 0.0 << 0.0;
        QTest::newRow("losses") << 0.02 << 0.0 << 0.0;
        QTest::newRow("twice and late") << 0.0 << 0.3 << 0.0;
        QTest::newRow("changed on the way") << 0.0 << 0.0 << 0.02;
        QTest::newRow("all of it") << 0.05 << 0.1 << 0.05;
    }
    void carries()
    {
        QFETCH(double, loss);
        QFETCH(double, twice);
        QFETCH(double, changed);
        Line line(7);
        line.loss = loss;
        line.twice = twice;
        line.changed = changed;
        const Bytes there = line.random.bytes(3'000'000);
        const Bytes back = line.random.bytes(100'001);
        QVERIFY(equal(carry(line, *line.a, *line.b, there), there));
        QVERIFY2(line.problem.empty(), line.problem.c_str());
        QVERIFY(equal(carry(line, *line.b, *line.a, back), back));
        QVERIFY(line.run(1min, [&] { return line.a->finished() && line.b->finished(); }));
    }
    void endsInOneDirectionOnly()
    {
        Line line(8);
        const Bytes there = line.random.bytes(1000);
        QVERIFY(equal(carry(line, *line.a, *line.b, there), there));
        QVERIFY(!line.b->finished());
        const Bytes back = line.random.bytes(5000);
        line.b->give(back);
        QVERIFY(line.run(10s, [&] { return line.a->held().size() == back.size(); }));
        QVERIFY(!line.a->exhausted());
        line.b->endGiving();
        line.a->taken(back.size());
        QVERIFY(line.run(10s, [&] { return line.a->finished() && line.b->finished(); }));
    }
    void anEmptyStreamEndsToo()
    {
        Line line(9);
        line.a->endGiving();
        line.b->endGiving();
        QVERIFY(line.run(10s, [&] { return line.a->finished() && line.b->finished(); }));
    }
    /// Who does not take does not get: no more than the window.
    void whatIsNotTakenHoldsTheOtherBack()
    {
        Line line(10);
        std::size_t given = 0;
        const Bytes piece = line.random.bytes(64 * 1024);
        line.run(60s, [&] {
            while (line.a->room() >= piece.size()) {
                line.a->give(piece);
                given += piece.size();
            }
            return false;
        });
        QVERIFY(line.problem.empty());
        QVERIFY(line.b->held().size() <= kStreamBuffer);
        QVERIFY(given <= 2 * kStreamBuffer);
        // Held back, it is quiet.
        const std::size_t before = line.sentDatagrams;
        line.run(60s, [] { return false; });
        QVERIFY2(line.sentDatagrams - before < 400,
                 std::to_string(line.sentDatagrams - before).c_str());
    }
    void anotherSecretIsNobody()
    {
        Line line(11, "another secret, as long as this.");
        QVERIFY(!line.run(10s, [&] { return line.a->up() || line.b->up(); }));
        QVERIFY(!line.problem.empty());
    }
    void aCutLineDuringTheHandshakeEnds()
    {
        Line line(12);
        line.cut = true;
        QVERIFY(!line.run(10s, [&] { return line.a->up(); }));
        QVERIFY(!line.problem.empty());
        QVERIFY(line.sentDatagrams < 40);
    }
    void closingIsTold()
    {
        Line line(13);
        line.a->give(toBytes("hello"));
        QVERIFY(line.run(10s, [&] { return line.b->held().size() == 5; }));
        std::array<std::byte, kLargestDatagram> room{};
        const std::size_t size = line.a->close(room, line.now);
        QVERIFY(size > 0);
        QVERIFY(line.b->receive(ByteView(room).first(size), line.now));
        QVERIFY(line.b->closedByPeer());
        QCOMPARE(line.a->close(room, line.now), std::size_t{0});
        QVERIFY(!line.b->finished());
    }
    void strangersAreNotHeard()
    {
        Line line(14);
        line.a->give(toBytes("hello"));
        QVERIFY(line.run(10s, [&] { return line.b->held().size() == 5; }));
        for (unsigned i = 0; i < 5000; ++i) {
            Bytes noise = line.random.bytesBetween(1, 1400);
            QVERIFY(line.a->receive(noise, line.now));
            QVERIFY(line.b->receive(noise, line.now));
        }
        const Bytes back = line.random.bytes(70'000);
        QVERIFY(equal(carry(line, *line.b, *line.a, back), back));
    }
    void datagramsAreAsLongAsALineTakes()
    {
        Line line(15);
        QVERIFY(line.run(10s, [&] { return line.a->up() && line.b->up(); }));
        QVERIFY(line.sentDatagrams < 20);
    }
};

QTEST_GUILESS_MAIN(TestDatagramStream)
#include "test_datagram_stream.moc"
