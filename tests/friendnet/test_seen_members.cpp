// When members were seen last: over restarts, and with clocks that were wrong.
#include "profiles/friendnet/seen_members.h"
#include "tests/support/engine.h"
#include "tests/support/friend_grid.h"
#include "tests/support/seeded_random.h"

#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::profiles;
using namespace tarn::test;

namespace {

struct Rig
{
    QTemporaryDir folder;
    Engine engine;
    std::unique_ptr<WorkPool> pool = makeInlinePool();
    node::StateDir dir =
        *node::StateDir::openBlocking(folder.filePath("node").toStdString(), "node");

    std::unique_ptr<SeenMembers> open()
    {
        SeenMembers::Parts parts{engine.executor(), engine.clock(), *pool, dir};
        auto out = std::make_unique<SeenMembers>(std::move(parts), readSeenBlocking(dir));
        engine.onEngine([&] { out->start(); });
        return out;
    }
    static asio::awaitable<bool> finish(SeenMembers& seen)
    {
        co_await seen.stop();
        co_return true;
    }
    static asio::awaitable<bool> wait(Clock& clock, Duration time)
    {
        co_await clock.sleep(time);
        co_return true;
    }
    void pass(Duration time)
    {
        engine.run(wait(engine.clock(), time), time + std::chrono::hours(1));
        engine.settle();
    }
    std::int64_t now() { return unixSeconds(engine.clock().wallNow()); }
};

} // namespace

class TestSeenMembers final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void isKeptOverRestarts()
    {
        Rig rig;
        auto seen = rig.open();
        QVERIFY(!seen->lastSeen(FriendGrid::id(1)));
        const std::int64_t first = rig.now();
        seen->note(FriendGrid::id(1));
        rig.pass(std::chrono::minutes(61));
        // On disk without a goodbye.
        QCOMPARE(readSeenBlocking(rig.dir).at(FriendGrid::id(1)), first);
        const std::int64_t second = rig.now();
        seen->note(FriendGrid::id(2));
        rig.engine.run(Rig::finish(*seen));
        seen = rig.open();
        QCOMPARE(*seen->lastSeen(FriendGrid::id(1)), first);
        QCOMPARE(*seen->lastSeen(FriendGrid::id(2)), second);
        QCOMPARE(seen->waitedForSince(FriendGrid::id(1)), first);
        rig.engine.run(Rig::finish(*seen));
    }
    void whoWasNeverSeenIsWaitedForFromNow()
    {
        Rig rig;
        auto seen = rig.open();
        const std::int64_t first = rig.now();
        QCOMPARE(seen->waitedForSince(FriendGrid::id(1)), first);
        rig.pass(std::chrono::hours(5));
        QCOMPARE(seen->waitedForSince(FriendGrid::id(1)), first);
        rig.engine.run(Rig::finish(*seen));
        // A clock was far ahead, once.
        SeenTimes ahead;
        ahead[FriendGrid::id(1)] = rig.now() + 1'000'000'000;
        QVERIFY(rig.dir.writeFile(kSeenFile, seenText(ahead)));
        seen = rig.open();
        QCOMPARE(seen->waitedForSince(FriendGrid::id(1)), rig.now());
        rig.engine.run(Rig::finish(*seen));
    }
    void aFileThatCannotBeReadStopsNobody()
    {
        Rig rig;
        QVERIFY(rig.dir.writeFile(kSeenFile, "yesterday"));
        const auto seen = rig.open();
        QVERIFY(!seen->lastSeen(FriendGrid::id(1)));
        QCOMPARE(seen->waitedForSince(FriendGrid::id(1)), rig.now());
        rig.engine.run(Rig::finish(*seen));
    }
    void onlyTheLastAreKept()
    {
        Rig rig;
        auto seen = rig.open();
        SeededRandom random(7);
        const auto stranger = [&random] {
            return *crypto::Ed25519PublicKey::from(random.bytes(32));
        };
        seen->note(FriendGrid::id(1));
        rig.pass(std::chrono::seconds(1));
        for (std::size_t i = 0; i < SeenMembers::kMost; ++i)
            seen->note(stranger());
        rig.engine.run(Rig::finish(*seen));
        QCOMPARE(readSeenBlocking(rig.dir).size(), SeenMembers::kMost);
        QVERIFY(!readSeenBlocking(rig.dir).contains(FriendGrid::id(1)));
    }
    void textsComeBack()
    {
        SeenTimes times;
        times[FriendGrid::id(1)] = 0;
        times[FriendGrid::id(2)] = 1'800'000'000;
        const Result<SeenTimes> back = parseSeen(seenText(times));
        QVERIFY(back && *back == times);
        QVERIFY(parseSeen("")->empty());
        const std::string line = seenText(times);
        for (const std::string& bad :
             {std::string("x"), std::string("\n"), std::string("v0-x 5\n"),
              line + line.substr(0, 20), line.substr(0, line.size() - 1),
              line.substr(0, line.size() - 1) + "x\n", line.substr(0, line.find(' ')) + " -5\n",
              line.substr(0, line.find(' ')) + " \n"})
            QVERIFY2(!parseSeen(bad), bad.c_str());
    }
};

QTEST_GUILESS_MAIN(TestSeenMembers)
#include "test_seen_members.moc"
