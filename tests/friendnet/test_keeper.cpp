// Own files are looked after: when, what is made anew, and what is said after a restart.
#include "core/cap/parse.h"
#include "tests/friendnet/month_world.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::profiles;
using namespace tarn::test;

namespace {

constexpr const char* kTiny = "URI:LIT:nbswy3dp";

/// A root directory, and a keeper for it.
bool begin(World& world)
{
    const Result<std::string> root = world.makeRoot();
    if (!root || !world.dir.writePrivateText("root_dir.cap", *root)) return false;
    world.root = *root;
    world.makeKeeper();
    return true;
}

/// A file below the root directory. \return its capability.
std::string stored(World& world, const std::string& name)
{
    const Result<std::string> cap = world.upload(world.random.bytes(2000));
    if (!cap || !world.link(name, *cap)) qFatal("a put failed");
    return *cap;
}

} // namespace

class TestKeeper final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void theOwnersTransfersComeFirst()
    {
        World world(1, 4);
        QVERIFY(begin(world));
        stored(world, "one");
        world.busy = true;
        world.pass(std::chrono::minutes(30));
        QVERIFY(!world.keeper->report().checked);
        world.busy = false;
        world.pass(std::chrono::minutes(1));
        QVERIFY(world.keeper->report().checked.has_value());
    }
    void butNotForEver()
    {
        World world(2, 4);
        world.busy = true;
        QVERIFY(begin(world));
        for (unsigned i = 0; i < 5; ++i)
            stored(world, std::to_string(i));
        world.pass(Keeper::kPatience + std::chrono::minutes(5));
        QVERIFY(world.keeper->report().checked.has_value());
        QCOMPARE(world.keeper->report().summary.files, std::uint64_t{6});
    }
    /// Nobody is there: what was seen counts, and when.
    void aRestartForgetsNothing()
    {
        World world(3, 9);
        QVERIFY(begin(world));
        stored(world, "one");
        world.pass(std::chrono::hours(7));
        const KeeperReport before = world.keeper->report();
        QVERIFY(before.checked && before.summary.mayVanish > 0);
        QCOMPARE(before.members, std::size_t{10});
        for (const auto& one : world.friends)
            one->up = false;
        world.stopKeeper();
        world.pass(std::chrono::hours(1));
        world.makeKeeper();
        world.pass(std::chrono::seconds(1));
        const KeeperReport& after = world.keeper->report();
        QCOMPARE(after.summary.files, before.summary.files);
        QCOMPARE(after.summary.mayVanish, before.summary.mayVanish);
        QCOMPARE(after.members, before.members);
        QVERIFY(after.checked && unixSeconds(*after.checked) == unixSeconds(*before.checked));
        world.pass(std::chrono::minutes(10)); // a round of its own: all sleep, and count
        QCOMPARE(world.keeper->report().summary.mayVanish, before.summary.mayVanish);
        QVERIFY(*world.keeper->report().checked > *before.checked);
    }
    /// Members were revoked, or left: others get what they had.
    void whoIsNoMemberAnyMoreIsReplaced()
    {
        World world(6, 9);
        QVERIFY(begin(world));
        const std::string cap = stored(world, "one");
        world.pass(std::chrono::hours(7));
        for (std::size_t i = 0; i < 4; ++i)
            world.expel(i);
        world.pass(std::chrono::hours(13));
        QVERIFY(world.keeper->report().repaired > 0);
        std::set<ShareNumber> left = World::sharesOn(world.own, cap);
        for (std::size_t i = 4; i < 9; ++i)
            left.merge(World::sharesOn(*world.friends[i], cap));
        QCOMPARE(left.size(), std::size_t{10});
        QCOMPARE(world.keeper->report().members, std::size_t{6});
        QVERIFY(world.keeper->report().summary.missing == 0);
        QVERIFY(world.keeper->report().summary.mayVanish >= 2);
    }
};

QTEST_GUILESS_MAIN(TestKeeper)
#include "test_keeper.moc"
