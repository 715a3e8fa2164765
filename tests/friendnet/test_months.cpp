// A month of one owner among fifty friends who sleep, in virtual time: outbox, mutable files,
// keeper and what it says, with a real gateway on members in memory.
#include "tests/friendnet/month_world.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::profiles;
using namespace tarn::test;

namespace {

constexpr std::size_t kFriends = 49;

/// What is left when some members vanish with their disks: copies of all others', seen by a gateway
/// that knows nothing but capabilities.
class Remains
{
public:
    Remains(World& world, const std::set<std::string>& gone) : m_world(world)
    {
        for (const auto& one : world.friends)
            if (!gone.contains(one->server->id)) copy(one->server->id, one->store);
        if (!gone.contains(kSelf)) copyOwn();
        std::vector<gateway::ServerPtr> servers;
        for (const auto& one : m_disks)
            servers.push_back(one->server);
        m_set.replace(std::move(servers));
        gateway::NodeSecrets secrets;
        secrets.leaseSecret = Secret(zeroBytes(32));
        secrets.convergence = Secret(zeroBytes(32));
        gateway::GridSettings settings;
        settings.spoolDirectory = world.folder.path().toStdString();
        gateway::GridParts parts{world.engine.clock(), world.random, *world.pool,
                                 *world.pool,          m_set,        world.engine.executor()};
        m_grid = std::make_unique<gateway::Grid>(parts, std::move(secrets), settings);
        m_files = std::make_unique<gateway::GridImmutableFiles>(*m_grid);
        const gateway::DirectoryParts dirs{world.engine.clock(), *world.pool,
                                           m_grid->mutableFiles(), *m_files};
        m_directories = std::make_unique<gateway::Directories>(dirs);
    }

    /// \return what cannot be read; empty: nothing.
    std::string missing(const std::map<std::string, Bytes>& stored)
    {
        const auto listed = m_world.run(m_directories->list(m_world.root));
        if (!listed) return "the root directory: " + listed.error().text();
        if ((*listed)->children.size() != stored.size()) return "the newest root directory";
        for (const auto& [cap, text] : stored) {
            const Result<Bytes> got = m_world.readFrom(*m_files, cap);
            if (!got) return "a file: " + got.error().text();
            if (*got != text) return "a file: other bytes";
        }
        return {};
    }

private:
    struct Disk
    {
        Disk(const MemoryStore& from, const std::string& name, Clock& clock) : store(from)
        {
            auto made = std::make_shared<gateway::Server>();
            made->id = name;
            made->permutationSeed = toBytes(asBytes(name));
            made->connection = std::make_shared<LocalServer>(store, clock);
            server = std::move(made);
        }
        MemoryStore store;
        gateway::ServerPtr server;
    };
    MemoryStore& copy(const std::string& id, const MemoryStore& from)
    {
        m_disks.push_back(std::make_unique<Disk>(from, id, m_world.engine.clock()));
        return m_disks.back()->store;
    }
    void copyOwn()
    {
        MemoryStore& store = copy(kSelf, m_world.own.store);
        for (const auto& [index, parcel] : m_world.outbox->parcels()) {
            const Result<void> copied = m_world.run(m_world.copyWaiting(index, parcel, store));
            if (!copied) qFatal("what waits was not copied");
        }
    }

    World& m_world;
    std::vector<std::unique_ptr<Disk>> m_disks;
    gateway::ServerSet m_set;
    std::unique_ptr<gateway::Grid> m_grid;
    std::unique_ptr<gateway::GridImmutableFiles> m_files;
    std::unique_ptr<gateway::Directories> m_directories;
};

} // namespace

class TestMonths final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    /// All shares of a file are in one place, whole: friends who come get theirs all the same.
    void clusteredFilesAreSpread()
    {
        World world(7, 4);
        for (const auto& one : world.friends)
            one->up = false;
        const Result<std::string> root = world.makeRoot();
        QVERIFY(root);
        world.root = *root;
        QVERIFY(world.dir.writePrivateText("root_dir.cap", *root));
        const Bytes text = world.random.bytes(3000);
        const Result<std::string> cap = world.upload(text);
        QVERIFY(cap && world.link("file", *cap));
        world.pass(std::chrono::minutes(1));
        const StorageIndex index = world.outbox->parcels().begin()->first;
        const Result<void> kept = world.run(world.keepAllHere(index));
        QVERIFY2(kept, kept ? "" : kept.error().text().c_str());
        QCOMPARE(world.sharesOn(world.own.store, index).size(), std::size_t{5});
        world.makeKeeper();
        world.pass(std::chrono::hours(1));
        QCOMPARE(world.keeper->report().summary.unsafe, std::uint64_t{2}); // the root, too
        QCOMPARE(world.keeper->report().repaired, std::uint64_t{0});       // nobody is there
        world.friends[0]->up = true;
        world.friends[0]->store.setCapacity(world.friends[0]->store.usedSpace()); // and is full
        world.pass(std::chrono::hours(13));
        const std::uint64_t calls = world.friends[0]->faulty.calls();
        world.pass(std::chrono::hours(6));
        QVERIFY2(world.friends[0]->faulty.calls() - calls < 40, "it is asked again and again");
        world.friends[0]->store.setCapacity(1'000'000);
        world.allUp();
        world.engine.onEngine([&world] { world.keeper->look(); });
        world.pass(std::chrono::hours(7));
        for (const auto& one : world.friends)
            QVERIFY(!world.sharesOn(one->store, index).empty());
        QCOMPARE(world.keeper->report().summary.unsafe, std::uint64_t{0});
        const Result<Bytes> got = world.read(*cap);
        QVERIFY(got && *got == text);
    }
    void aMonthAmongFiftyFriends()
    {
        World world(20261122, kFriends);
        const Result<std::string> root = world.makeRoot();
        QVERIFY(root);
        world.root = *root;
        QVERIFY(world.dir.writePrivateText("root_dir.cap", *root));
        world.makeKeeper();
        std::map<std::string, Bytes> stored;
        std::size_t saidSafe = 0;
        std::size_t tried = 0;
        std::optional<WallTime> looked;
        for (unsigned hour = 0; hour < 30 * 24; ++hour) {
            if (hour == 5 * 24) world.friends[0]->away = true;  // it is back after 60 days
            if (hour == 10 * 24) world.friends[1]->away = true; // these two never
            if (hour == 12 * 24) world.friends[2]->away = true;
            world.hour();
            const KeeperReport& report = world.keeper->report();
            if (report.checked != looked && hour % 24 < 6 && report.summary.missing == 0 &&
                report.summary.mayVanish > 0) {
                // What it says is put to the test, in a copy.
                looked = report.checked;
                for (unsigned draw = 0; draw < 4; ++draw, ++tried) {
                    std::string aim = *root;
                    if (draw >= 2 && !stored.empty())
                        aim = std::next(stored.begin(), static_cast<std::ptrdiff_t>(
                                                            world.random.below(stored.size())))
                                  ->first;
                    Remains remains(world,
                                    world.victims(aim, report.summary.mayVanish, draw % 2 == 0));
                    const std::string missing = remains.missing(stored);
                    QVERIFY2(missing.empty(), (std::to_string(hour) + ": " + missing).c_str());
                }
            }
            if (hour % 48 == 7) {
                const Bytes text = world.random.bytes(2000);
                const Result<std::string> cap = world.upload(text);
                QVERIFY2(cap, cap ? "" : cap.error().text().c_str());
                const Result<void> linked = world.link("file " + std::to_string(hour), *cap);
                QVERIFY2(linked, linked ? "" : linked.error().text().c_str());
                stored[*cap] = text;
            }
            QCOMPARE(world.entries(), stored.size()); // never an older version
            const Sightings::Summary& summary = world.keeper->report().summary;
            if (world.keeper->report().checked && summary.missing == 0 && summary.mayVanish >= 2)
                ++saidSafe;
        }
        QVERIFY2(tried > 60, std::to_string(tried).c_str());
        QVERIFY2(saidSafe > 15 * 24, std::to_string(saidSafe).c_str());
        for (unsigned day = 0; day < 35; ++day) {
            for (unsigned hour = 0; hour < 24; hour += 8)
                world.hour();
            QCOMPARE(world.entries(), stored.size());
        }
        world.friends[0]->away = false;
        world.allUp();
        QCOMPARE(world.entries(), stored.size());
        for (const auto& [cap, text] : stored) {
            const Result<Bytes> got = world.read(cap);
            QVERIFY2(got, got ? "" : got.error().text().c_str());
            QVERIFY(*got == text);
        }
        world.pass(std::chrono::hours(12)); // all are there: what piled up goes
        for (const auto& one : world.friends)
            QVERIFY(one->away || World::sharesOn(*one, world.root).size() <= 1);
        QCOMPARE(World::sharesOn(world.own, world.root).size(), std::size_t{6});
        qInfo("said safe for %zu of 720 hours, tried %zu times; repaired %llu; %s", saidSafe, tried,
              static_cast<unsigned long long>(world.keeper->report().repaired),
              safetySentence(world.keeper->report().summary, kFriends + 1).c_str());
    }
};

QTEST_GUILESS_MAIN(TestMonths)
#include "test_months.moc"
