// Two pumps that hand each other their datagrams on the nice thread, in real time: bytes of one
// local socket come out of the other's, in both directions, held back by who does not read, to
// their end.
#include "core/base/random.h"
#include "profiles/friendnet/stream_pump.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <QtTest/QTest>

#include <atomic>
#include <future>

using namespace tarn;
using namespace tarn::profiles;
using namespace std::chrono_literals;

namespace {

/// One local end: the test's socket, and what its pump said. The pumps live on the nice thread.
class Rig
{
public:
    /// \param cut  from the beginning.
    explicit Rig(bool cut = false) : m_cut(cut)
    {
        for (End& end : m_ends)
            end.fds = pair();
        const bool begun = onThread([this] { return begin(); });
        Q_ASSERT(begun);
    }
    ~Rig()
    {
        onThread([this] {
            for (End& end : m_ends)
                end.pump.reset();
            return true;
        });
        for (End& end : m_ends)
            if (end.fds[0] >= 0) ::close(end.fds[0]);
    }
    int fd(std::size_t which) const { return m_ends[which].fds[0]; }
    void closeLocal(std::size_t which)
    {
        ::close(m_ends[which].fds[0]);
        m_ends[which].fds[0] = -1;
    }
    /// 0: not over.  1: all has arrived.  2: it broke.
    int outcome(std::size_t which) const { return m_ends[which].outcome; }
    bool up() const { return m_ends[0].up && m_ends[1].up; }
    void drop(std::size_t which)
    {
        onThread([this, which] {
            m_ends[which].pump.reset();
            return true;
        });
    }

private:
    struct End
    {
        std::array<int, 2> fds{-1, -1};
        std::shared_ptr<StreamPump> pump;
        std::atomic<int> outcome = 0;
        std::atomic<bool> up = false;
    };

    static std::array<int, 2> pair()
    {
        std::array<int, 2> out{-1, -1};
        static_cast<void>(
            ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, out.data()));
        return out;
    }
    bool onThread(std::function<bool()> work)
    {
        auto promise = std::make_shared<std::promise<bool>>();
        std::future<bool> done = promise->get_future();
        m_nice.post([promise, work = std::move(work)] { promise->set_value(work()); });
        return done.wait_for(10s) == std::future_status::ready && done.get();
    }
    bool begin()
    {
        const Secret secret(std::string_view("0123456789abcdef0123456789abcdef"));
        for (std::size_t i = 0; i < 2; ++i) {
            End& end = m_ends[i];
            StreamPump::Events events;
            events.send = [this, i](ByteView datagram) {
                // On its way: not within the sender's call.
                m_nice.post([this, i, copy = toBytes(datagram)] {
                    if (m_cut || !m_ends[1 - i].pump) return;
                    m_ends[1 - i].pump->receive(copy);
                });
            };
            events.up = [&end] { end.up = true; };
            events.over = [&end](const Result<void>& how) { end.outcome = how ? 1 : 2; };
            Result<std::shared_ptr<StreamPump>> pump =
                StreamPump::begin(m_nice, i == 0 ? StreamSide::Asks : StreamSide::Answers, secret,
                                  m_random, end.fds[1], std::move(events));
            if (!pump) return false;
            end.pump = *std::move(pump);
        }
        return true;
    }

    SystemClock m_clock;
    SystemRandom m_random;
    std::array<End, 2> m_ends;
    const bool m_cut;
    NiceThread m_nice{m_clock};
};

bool eventually(Duration limit, const std::function<bool()>& holds)
{
    SystemClock clock;
    const TimePoint until = clock.now() + limit;
    while (!holds()) {
        if (clock.now() >= until) return false;
        ::poll(nullptr, 0, 1);
    }
    return true;
}

/// Writes all of `data` to one end while it reads from the other. \return what came.
Bytes carry(int from, int to, const Bytes& data, Duration limit)
{
    std::size_t given = 0;
    Bytes came;
    std::array<std::byte, 65536> room{};
    const bool all = eventually(limit, [&] {
        if (given < data.size()) {
            const ssize_t count =
                ::send(from, data.data() + given, data.size() - given, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (count > 0) given += static_cast<std::size_t>(count);
        }
        ssize_t count = 0;
        while ((count = ::recv(to, room.data(), room.size(), MSG_DONTWAIT)) > 0)
            append(came, ByteView(room).first(static_cast<std::size_t>(count)));
        return came.size() >= data.size();
    });
    return all ? came : Bytes();
}

bool ended(int fd)
{
    return eventually(5s, [fd] {
        std::byte one{};
        return ::recv(fd, &one, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
    });
}

} // namespace

class TestStreamPump final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void carriesBothWaysToTheEnd()
    {
        Rig rig;
        SystemRandom random;
        const Bytes there = random.bytes(3'000'000);
        const Bytes back = random.bytes(500'001);
        QVERIFY(equal(carry(rig.fd(0), rig.fd(1), there, 30s), there));
        QVERIFY(rig.up());
        ::shutdown(rig.fd(0), SHUT_WR);
        QVERIFY(ended(rig.fd(1)));
        // One direction has ended, the other has not.
        QVERIFY(equal(carry(rig.fd(1), rig.fd(0), back, 30s), back));
        QCOMPARE(rig.outcome(0) + rig.outcome(1), 0);
        ::shutdown(rig.fd(1), SHUT_WR);
        QVERIFY(ended(rig.fd(0)));
        QVERIFY(eventually(5s, [&] { return rig.outcome(0) == 1 && rig.outcome(1) == 1; }));
    }
    void whoDoesNotReadHoldsBack()
    {
        Rig rig;
        const Bytes piece = zeroBytes(65536);
        std::size_t given = 0;
        TimePoint moved{};
        SystemClock clock;
        moved = clock.now();
        // Until nothing has been taken for half a second.
        QVERIFY(eventually(30s, [&] {
            const ssize_t count =
                ::send(rig.fd(0), piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (count > 0) {
                given += static_cast<std::size_t>(count);
                moved = clock.now();
            }
            return clock.now() - moved > 500ms;
        }));
        // Both buffers of ours and those of the two pairs of sockets.
        QVERIFY2(given >= kStreamBuffer && given <= 3 * kStreamBuffer,
                 std::to_string(given).c_str());
        std::size_t came = 0;
        Bytes room(65536);
        QVERIFY(eventually(30s, [&] {
            ssize_t count = 0;
            while ((count = ::recv(rig.fd(1), room.data(), room.size(), MSG_DONTWAIT)) > 0)
                came += static_cast<std::size_t>(count);
            return came == given;
        }));
    }
    /// What was given before the local side went arrives all the same.
    void aLocalSideThatGoesLeavesNothingBehind()
    {
        Rig rig;
        SystemRandom random;
        const Bytes last = random.bytes(100'000);
        QVERIFY(eventually(5s, [&] { return rig.up(); }));
        std::size_t given = 0;
        QVERIFY(eventually(5s, [&] {
            const ssize_t count = ::send(rig.fd(0), last.data() + given, last.size() - given,
                                         MSG_DONTWAIT | MSG_NOSIGNAL);
            if (count > 0) given += static_cast<std::size_t>(count);
            return given == last.size();
        }));
        rig.closeLocal(0);
        QVERIFY(equal(carry(-1, rig.fd(1), last, 10s), last) || given != last.size());
        QVERIFY(ended(rig.fd(1)));
        QVERIFY(eventually(5s, [&] { return rig.outcome(0) == 1; }));
    }
    void aPumpThatGoesTellsTheOther()
    {
        Rig rig;
        QVERIFY(eventually(5s, [&] { return rig.up(); }));
        rig.drop(0);
        QVERIFY(ended(rig.fd(0)));
        QVERIFY(eventually(5s, [&] { return rig.outcome(1) == 2; }));
    }
    void nobodyOnTheOtherSideEndsInTime()
    {
        Rig rig(true);
        QVERIFY(eventually(10s, [&] { return rig.outcome(0) == 2; }));
        QVERIFY(!rig.up());
    }
};

QTEST_GUILESS_MAIN(TestStreamPump)
#include "test_stream_pump.moc"
