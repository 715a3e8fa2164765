// Two connections that meet in a relay's room, over sockets of the kernel: what passes, and what
// strangers, sluggards and greedy ones get.
#include "core/net/preamble.h"
#include "introducer/relay/meeting_room.h"
#include "tests/support/engine.h"
#include "tests/support/seeded_random.h"
#include "tests/support/transport_pairs.h"

#include <sys/socket.h>

#include <QtTest/QTest>

using namespace tarn;
using namespace std::chrono_literals;
using net::Stream;

namespace {

constexpr int kDontWait = MSG_DONTWAIT | MSG_NOSIGNAL;

struct Rig
{
    explicit Rig(relay::RelayLimits limits = {})
    {
        relay::MeetingRoom::Parts parts{engine.executor(), engine.clock(), tickets, nullptr};
        parts.call = [this](const net::PeerKey&, const net::Ticket& ticket,
                            std::function<void(const Error&)> no) -> Result<void> {
            if (away) return Error(ErrorCode::PeerUnreachable, "it keeps no link to here");
            called.push_back(ticket);
            refuse = std::move(no);
            return ok();
        };
        room = std::make_unique<relay::MeetingRoom>(std::move(parts), limits);
    }
    ~Rig()
    {
        engine.onEngine([this] { room->endAll(); });
        until([this] { return room->sessions() + room->waiting() == 0; });
        room.reset();
    }
    Rig(const Rig&) = delete;
    Rig& operator=(const Rig&) = delete;

    /// In real time, while virtual time stands.
    template <class Done>
    bool until(Done done)
    {
        for (unsigned i = 0; i < 500 && !done(); ++i) {
            engine.context().restart();
            engine.context().run_one_for(10ms);
        }
        return done();
    }
    void pass(Duration time)
    {
        static_cast<void>(engine.run(sleeping(engine.clock(), time)));
        engine.settle();
    }
    static asio::awaitable<Result<void>> sleeping(Clock& clock, Duration time)
    {
        co_await clock.sleep(time);
        co_return ok();
    }
    Result<net::Ticket> open(const std::string& who = "bob", bool guest = false)
    {
        relay::RelaySource source;
        source.name = who;
        source.guest = guest;
        return room->open(net::PeerKey(), source);
    }
    /// As the listener does with a connection that begins with a preamble.
    bool arrive(const net::Ticket& ticket, Stream stream)
    {
        net::Preamble preamble;
        preamble.mode = net::PreambleMode::RelayData;
        preamble.ticket = ticket;
        auto taker = tickets->redeem(preamble);
        if (!taker) return false;
        (*taker)(std::move(stream));
        return true;
    }
    /// \return the far end.
    Stream comeWith(const net::Ticket& ticket, bool& taken)
    {
        auto pair = *engine.runReal(test::tcpStreams());
        TARN_ASSERT(pair.has_value());
        taken = arrive(ticket, std::move(pair->second));
        return std::move(pair->first);
    }

    test::Engine engine;
    test::SeededRandom random{7};
    std::shared_ptr<net::TicketRegistry> tickets =
        std::make_shared<net::TicketRegistry>(engine.clock(), random);
    std::vector<net::Ticket> called;
    std::function<void(const Error&)> refuse;
    bool away = false;
    std::unique_ptr<relay::MeetingRoom> room;
};

/// A pair that is spliced: what the two nodes hold.
struct Met
{
    explicit Met(Rig& rig, const std::string& who = "bob", bool guest = false)
        : ticket(rig.open(who, guest)), first(rig.comeWith(*ticket, came)),
          second(rig.comeWith(rig.called.back(), called))
    {
    }

    Result<net::Ticket> ticket;
    bool came = false;
    bool called = false;
    Stream first;
    Stream second;
};

std::size_t sendSome(Stream& stream, ByteView bytes)
{
    const ssize_t count =
        ::send(stream.socket.native_handle(), bytes.data(), bytes.size(), kDontWait);
    return count < 0 ? 0 : static_cast<std::size_t>(count);
}

enum class Seen { Bytes, Nothing, End, Reset };

Seen receiveSome(Stream& stream, Bytes& into)
{
    Bytes room(64 * 1024);
    const ssize_t count =
        ::recv(stream.socket.native_handle(), room.data(), room.size(), kDontWait);
    if (count > 0) append(into, ByteView(room).first(static_cast<std::size_t>(count)));
    if (count > 0) return Seen::Bytes;
    if (count == 0) return Seen::End;
    return errno == EAGAIN ? Seen::Nothing : Seen::Reset;
}

Seen receive(Stream& stream)
{
    Bytes ignored;
    return receiveSome(stream, ignored);
}

Bytes pattern(std::size_t size)
{
    Bytes out(size);
    for (std::size_t i = 0; i < size; ++i)
        out[i] = static_cast<std::byte>((i * 2654435761U) >> 13U);
    return out;
}

/// All of `bytes` through the relay. \return what came out.
Bytes carry(Rig& rig, Stream& from, Stream& to, const Bytes& bytes)
{
    std::size_t sent = 0;
    Bytes out;
    rig.until([&] {
        sent += sendSome(from, ByteView(bytes).subspan(sent));
        while (receiveSome(to, out) == Seen::Bytes) {
        }
        return out.size() >= bytes.size();
    });
    return out;
}

} // namespace

class TestMeetingRoom final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void bytesPassBothWays()
    {
        Rig rig;
        Met met(rig);
        QVERIFY(met.came && met.called);
        QVERIFY(rig.until([&] { return rig.room->sessions() == 1; }));
        const Bytes there = pattern(3'000'001);
        const Bytes back = pattern(1'000'003);
        QVERIFY(carry(rig, met.first, met.second, there) == there);
        QVERIFY(carry(rig, met.second, met.first, back) == back);
        QCOMPARE(rig.room->book().counts().bytes, there.size() + back.size());
        QCOMPARE(rig.room->book().streams(), 1U);
    }
    void whatCameBeforeTheOtherIsKept()
    {
        Rig rig;
        const auto ticket = rig.open();
        bool came = false;
        Stream first = rig.comeWith(*ticket, came);
        const Bytes hello = pattern(5000);
        QCOMPARE(sendSome(first, hello), hello.size());
        pass(rig);
        bool called = false;
        Stream second = rig.comeWith(rig.called.back(), called);
        Bytes out;
        QVERIFY(rig.until([&] {
            receiveSome(second, out);
            return out.size() == hello.size();
        }));
        QVERIFY(out == hello);
    }
    void oneDirectionEndsAndTheOtherGoesOn()
    {
        Rig rig;
        Met met(rig);
        const Bytes last = pattern(100'000);
        QCOMPARE(sendSome(met.first, last), last.size());
        ::shutdown(met.first.socket.native_handle(), SHUT_WR);
        Bytes out;
        QVERIFY(rig.until([&] { return receiveSome(met.second, out) == Seen::End; }));
        QVERIFY(out == last);
        QVERIFY(carry(rig, met.second, met.first, last) == last);
        QCOMPARE(rig.room->sessions(), std::size_t(1));
        ::shutdown(met.second.socket.native_handle(), SHUT_WR);
        QVERIFY(rig.until([&] { return rig.room->sessions() == 0; }));
        QCOMPARE(receive(met.first), Seen::End);
        QCOMPARE(rig.room->book().streams(), 0U);
    }
    void aLostSideEndsTheOther()
    {
        Rig rig;
        Met met(rig);
        QVERIFY(rig.until([&] { return rig.room->sessions() == 1; }));
        const linger now{1, 0};
        ::setsockopt(met.first.socket.native_handle(), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
        met.first.socket.close();
        QVERIFY(rig.until([&] { return rig.room->sessions() == 0; }));
        QVERIFY(rig.until([&] { return receive(met.second) != Seen::Nothing; }));
    }
    /// Who does not read stops who writes; the relay holds little of it.
    void aSlowReaderIsWaitedFor()
    {
        Rig rig;
        Met met(rig);
        const Bytes much = pattern(1'000'000);
        std::size_t sent = 0;
        std::size_t before = 1;
        while (sent != before) {
            before = sent;
            for (unsigned i = 0; i < 100; ++i) {
                sent += sendSome(met.first, much);
                rig.engine.settle();
            }
        }
        const std::uint64_t carried = rig.room->book().counts().bytes;
        QVERIFY2(carried < 64'000'000, std::to_string(carried).c_str());
        Bytes out;
        QVERIFY(rig.until([&] {
            while (receiveSome(met.second, out) == Seen::Bytes) {
            }
            return out.size() == sent;
        }));
    }
    void nothingMovesForTooLong()
    {
        Rig rig;
        Met met(rig);
        QVERIFY(rig.until([&] { return rig.room->sessions() == 1; }));
        rig.pass(5min);
        QCOMPARE(sendSome(met.first, pattern(10)), std::size_t(10));
        Bytes came;
        QVERIFY(rig.until([&] {
            receiveSome(met.second, came);
            return came.size() == 10;
        }));
        rig.pass(5min);
        QCOMPARE(rig.room->sessions(), std::size_t(1));
        rig.pass(2min);
        QVERIFY(rig.until([&] { return rig.room->sessions() == 0; }));
        QVERIFY(rig.until([&] { return receive(met.first) != Seen::Nothing; }));
    }
    void aTicketIsGoodOnceAndForAWhile()
    {
        Rig rig;
        bool taken = false;
        net::Ticket wrong;
        rig.random.fill(wrong.mutableView());
        Stream stranger = rig.comeWith(wrong, taken);
        QVERIFY(!taken);
        const auto ticket = rig.open();
        Stream first = rig.comeWith(*ticket, taken);
        QVERIFY(taken);
        Stream again = rig.comeWith(*ticket, taken);
        QVERIFY(!taken);
        QCOMPARE(rig.room->waiting(), std::size_t(1));
        rig.pass(11s);
        QCOMPARE(rig.room->waiting(), std::size_t(0));
        QCOMPARE(rig.room->book().streams(), 0U);
        QVERIFY(rig.until([&] { return receive(first) != Seen::Nothing; }));
        Stream late = rig.comeWith(rig.called.back(), taken);
        QVERIFY(!taken);
        QCOMPARE(rig.tickets->open(), std::size_t(0));
    }
    void whoIsCalledMayRefuse()
    {
        Rig rig;
        const auto ticket = rig.open();
        bool taken = false;
        Stream first = rig.comeWith(*ticket, taken);
        rig.refuse(Error(ErrorCode::PeerUnreachable, "busy"));
        QVERIFY(rig.until([&] { return rig.room->waiting() == 0; }));
        QVERIFY(rig.until([&] { return receive(first) != Seen::Nothing; }));
        rig.away = true;
        const auto none = rig.open();
        QCOMPARE(none.error().code(), ErrorCode::PeerUnreachable);
        QCOMPARE(rig.room->book().streams(), 0U);
        QCOMPARE(rig.tickets->open(), std::size_t(0));
    }
    /// Of one node and of all; those of others are not in its way.
    void pairsWithoutEnd()
    {
        relay::RelayLimits limits;
        limits.streams = 100;
        limits.sourceStreams = 16;
        Rig rig(limits);
        unsigned given = 0;
        for (unsigned i = 0; i < 1000; ++i)
            given += rig.open("bob") ? 1 : 0;
        QCOMPARE(given, 16U);
        QVERIFY(rig.open("carol"));
        rig.pass(11s); // nobody came
        QCOMPARE(rig.room->waiting(), std::size_t(0));
        given = 0;
        for (unsigned i = 0; i < 1000; ++i) {
            const auto ticket = rig.open("bob");
            if (!ticket) continue;
            ++given;
            rig.refuse(Error(ErrorCode::PeerUnreachable, "no"));
            rig.until([&] { return rig.room->waiting() == 0; });
        }
        QVERIFY2(given <= 32, std::to_string(given).c_str());
    }
    void aSessionIsCutAtItsLimit()
    {
        relay::RelayLimits limits;
        limits.sessionBytes = 1'000'000;
        Rig rig(limits);
        Met met(rig);
        const Bytes much = pattern(3'000'000);
        const Bytes out = carry(rig, met.first, met.second, much);
        QVERIFY(out.size() < 2'000'000);
        QVERIFY(rig.until([&] { return rig.room->sessions() == 0; }));
        QCOMPARE(rig.room->book().counts().cut, std::uint64_t(1));
        Met next(rig);
        QVERIFY(carry(rig, next.first, next.second, pattern(1000)).size() == 1000);
    }
    void guestsGetLittle()
    {
        relay::RelayLimits limits;
        limits.guestBytes = 100'000;
        limits.guestStreams = 1;
        Rig rig(limits);
        Met met(rig, "guest 192.0.2.1", true);
        QCOMPARE(rig.open("guest 192.0.2.2", true).error().code(), ErrorCode::NoSpace);
        carry(rig, met.first, met.second, pattern(1'000'000));
        QVERIFY(rig.until([&] { return rig.room->sessions() == 0; }));
        QVERIFY(rig.open("guest 192.0.2.2", true));
    }
    void endedWhileItCarries()
    {
        Rig rig;
        Met met(rig);
        QVERIFY(rig.until([&] { return rig.room->sessions() == 1; }));
        sendSome(met.first, pattern(100'000));
        rig.engine.onEngine([&] { rig.room->endAll(); });
        QVERIFY(rig.until([&] { return rig.room->sessions() == 0; }));
        QCOMPARE(rig.room->book().streams(), 0U);
    }

private:
    static void pass(Rig& rig) { rig.engine.settle(); }
};

QTEST_GUILESS_MAIN(TestMeetingRoom)
#include "test_meeting_room.moc"
