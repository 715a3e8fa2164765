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
    /// Friends come and go, and the directory is written again and again: nobody's disk fills.
    void copiesDoNotPileUp()
    {
        World world(4, 9);
        QVERIFY(begin(world));
        for (unsigned round = 0; round < 12; ++round) {
            for (const auto& one : world.friends)
                one->up = world.random.below(2) == 0;
            QVERIFY(world.link("file " + std::to_string(round), kTiny));
            world.pass(std::chrono::hours(2));
        }
        world.allUp();
        world.engine.onEngine([&] { world.keeper->look(); });
        world.pass(std::chrono::hours(7));
        QCOMPARE(world.entries(), std::size_t{12});
        std::set<ShareNumber> distinct;
        std::size_t copies = 0;
        for (const auto& one : world.friends) {
            const std::set<ShareNumber> held = World::sharesOn(*one, world.root);
            QVERIFY(!held.empty() && held.size() <= 2);
            copies += held.size();
            distinct.insert(held.begin(), held.end());
        }
        QCOMPARE(copies, distinct.size()); // one of each, besides this node's own
        QCOMPARE(World::sharesOn(world.own, world.root).size(), std::size_t{3}); // k
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
    /// Only what is missing: who sleeps comes back with what it has.
    void whoSleepsIsNotReplaced()
    {
        World world(5, 9);
        QVERIFY(begin(world));
        const std::string cap = stored(world, "one");
        world.pass(std::chrono::hours(7));
        for (const auto& one : world.friends)
            QCOMPARE(World::sharesOn(*one, cap).size(), std::size_t{1});
        const StorageIndex index = *cap::storageIndexOf(cap::parseCap(cap));
        for (std::size_t i = 0; i < 3; ++i)
            world.friends[i]->up = false;
        for (std::size_t i = 3; i < 7; ++i)
            world.friends[i]->store.removeShare(index,
                                                *World::sharesOn(*world.friends[i], cap).begin());
        world.pass(std::chrono::hours(13));
        QCOMPARE(world.keeper->report().repaired, std::uint64_t{1});
        std::map<ShareNumber, unsigned> copies;
        for (const auto& one : world.friends) {
            QCOMPARE(World::sharesOn(*one, cap).size(), std::size_t{1});
            for (const ShareNumber share : World::sharesOn(*one, cap))
                ++copies[share];
        }
        for (const ShareNumber share : World::sharesOn(world.own, cap))
            ++copies[share];
        QCOMPARE(copies.size(), std::size_t{10});
        for (const auto& [share, count] : copies)
            QCOMPARE(count, 1U);
        const std::vector<control::TransferView> shown = world.movements.all();
        QVERIFY(std::any_of(shown.begin(), shown.end(), [](const control::TransferView& one) {
            return one.kind == "repair" && one.state == "done" && !one.index.empty();
        }));
    }
};

QTEST_GUILESS_MAIN(TestKeeper)
#include "test_keeper.moc"
