// A month of one owner among fifty friends who sleep, in virtual time: outbox, mutable files,
// keeper and what it says, with a real gateway on members in memory.
#include "client-gateway/dirs/directories.h"
#include "client-gateway/dirs/grid_immutable_files.h"
#include "client-gateway/upload/friend_placement.h"
#include "core/cap/parse.h"
#include "core/membership/share_counts.h"
#include "profiles/friendnet/home_store.h"
#include "profiles/friendnet/keeper.h"
#include "profiles/friendnet/local_server.h"
#include "profiles/friendnet/outbox_home.h"
#include "profiles/friendnet/outbox_mover.h"
#include "tests/support/engine.h"
#include "tests/support/faulty_store.h"
#include "tests/support/memory_store.h"
#include "tests/support/seeded_random.h"
#include "tests/support/vectors.h"

#include <QtCore/QJsonArray>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::profiles;
using namespace tarn::test;

namespace {

constexpr std::size_t kFriends = 49;
constexpr const char* kSelf = "v0-me";

struct Friend
{
    Friend(Clock& clock, const std::string& name)
        : store(clock), faulty(store, clock, [this](StoreCall, std::uint64_t) {
              return up ? Fault() : failing(ErrorCode::PeerUnreachable);
          })
    {
        auto made = std::make_shared<gateway::Server>();
        made->id = name;
        made->permutationSeed = toBytes(asBytes(name));
        made->connection = std::make_shared<LocalServer>(faulty, clock);
        server = std::move(made);
    }
    bool up = true;
    bool away = false; ///< whatever chance says
    MemoryStore store;
    FaultyStore faulty;
    gateway::ServerPtr server;
};

class TextSource final : public gateway::UploadSource
{
public:
    explicit TextSource(Bytes text) : m_text(std::move(text)) {}
    asio::awaitable<Result<std::size_t>> read(MutableByteView into) override
    {
        const std::size_t count = std::min(into.size(), m_text.size() - m_at);
        std::copy_n(m_text.begin() + static_cast<std::ptrdiff_t>(m_at), count, into.begin());
        m_at += count;
        co_return count;
    }

private:
    Bytes m_text;
    std::size_t m_at = 0;
};

gateway::EncodingParameters encodingFor(std::uint32_t members)
{
    const membership::ShareCounts counts = membership::shareCountsFor(members);
    gateway::EncodingParameters out;
    out.needed = counts.needed;
    out.happy = counts.happy;
    out.total = counts.total;
    return out;
}

class World
{
public:
    explicit World(std::uint64_t seed, std::size_t friendCount = kFriends)
        : random(seed), own(engine.clock(), kSelf)
    {
        OutboxLimits limits;
        limits.directory = folder.filePath("outbox").toStdString();
        Outbox::Parts parts{engine.executor(), engine.clock(), random, *pool, TubId()};
        outbox = *Outbox::openBlocking(std::move(parts), limits);
        home = std::make_unique<HomeStore>(own.store, *outbox);
        firstHome = std::make_unique<OutboxHome>(*outbox, kSelf);
        std::vector<gateway::ServerPtr> servers{selfServer()};
        for (std::size_t i = 0; i < friendCount; ++i) {
            friends.push_back(
                std::make_unique<Friend>(engine.clock(), "v0-friend" + std::to_string(i)));
            servers.push_back(friends.back()->server);
        }
        set.replace(std::move(servers));
        makeGrid();
        makeMover();
    }
    ~World()
    {
        engine.run(stop(*mover, keeper.get(), *outbox));
        keeper.reset();
    }

    gateway::ServerPtr selfServer()
    {
        auto made = std::make_shared<gateway::Server>();
        made->id = kSelf;
        made->permutationSeed = toBytes(asBytes(std::string_view(kSelf)));
        made->connection = std::make_shared<LocalServer>(*home, engine.clock());
        return made;
    }
    void makeGrid()
    {
        gateway::NodeSecrets secrets;
        secrets.leaseSecret = Secret(zeroBytes(32));
        secrets.convergence = Secret(zeroBytes(32));
        gateway::GridSettings settings;
        settings.encoding = encodingFor(static_cast<std::uint32_t>(friends.size() + 1));
        settings.spoolDirectory = folder.path().toStdString();
        gateway::GridParts parts{engine.clock(), random, *pool, *pool, set, engine.executor()};
        parts.placement = &placement;
        parts.firstHome = firstHome.get();
        grid = std::make_unique<gateway::Grid>(parts, std::move(secrets), settings);
        files = std::make_unique<gateway::GridImmutableFiles>(*grid);
        const gateway::DirectoryParts dirs{engine.clock(), *pool, grid->mutableFiles(), *files};
        directories = std::make_unique<gateway::Directories>(dirs);
    }
    void makeMover()
    {
        OutboxMover::Parts moving{
            engine.executor(),          engine.clock(), *outbox, crypto::LeaseSecrets(), kSelf,
            [this] { return peers(); }, [] {}};
        mover = std::make_unique<OutboxMover>(std::move(moving));
        engine.onEngine([this] { mover->start(); });
    }
    void makeKeeper()
    {
        Keeper::Parts parts{engine.executor(),
                            engine.clock(),
                            *pool,
                            dir,
                            *directories,
                            grid->mutableFiles(),
                            *files,
                            [this] { return members(); },
                            [this](const std::string& index) { return mover->carries(index); },
                            [] {}};
        keeper = std::make_unique<Keeper>(std::move(parts));
        engine.onEngine([this] { keeper->start(); });
    }
    static asio::awaitable<bool> stop(OutboxMover& mover, Keeper* keeper, Outbox& outbox)
    {
        if (keeper != nullptr) co_await keeper->stop();
        co_await mover.stop();
        co_await outbox.stop();
        co_return true;
    }

    std::set<std::string> members() const
    {
        std::set<std::string> out{kSelf};
        for (const auto& one : friends)
            out.insert(one->server->id);
        return out;
    }
    std::vector<OutboxPeer> peers() const
    {
        std::vector<OutboxPeer> out(1);
        out[0].id = kSelf;
        out[0].server = own.server;
        out[0].online = true;
        for (const auto& one : friends) {
            OutboxPeer& peer = out.emplace_back();
            peer.id = one->server->id;
            peer.server = one->server;
            peer.online = one->up;
        }
        return out;
    }

    /// An hour: some friends come, some go. \return whether somebody came.
    void hour()
    {
        bool came = false;
        for (const auto& one : friends) {
            const bool before = one->up;
            if (random.below(6) == 0) one->up = random.below(10) < 4;
            if (one->away) one->up = false;
            came = came || (one->up && !before);
        }
        if (came) engine.onEngine([this] { keeper->look(); });
        pass(std::chrono::hours(1));
    }
    void pass(Duration time) { engine.run(sleep(engine.clock(), time), time * 2); }
    static asio::awaitable<bool> sleep(Clock& clock, Duration time)
    {
        co_await clock.sleep(time);
        co_return true;
    }
    void allUp()
    {
        for (const auto& one : friends)
            one->up = !one->away;
    }

    /// An empty root directory, where it is in every run: its key says who gets its shares.
    Result<std::string> makeRoot()
    {
        const QJsonObject known = ownVectors("keys.json")["vectors"].toArray()[0].toObject();
        gateway::MutableCreation how;
        TARN_TRY(how.key, crypto::RsaKey::fromPem(known["pkcs8_pem"].toString().toStdString()));
        TextSource nothing{Bytes()};
        TARN_TRY(const cap::MutableWriteCap file,
                 run(grid->mutableFiles().create(nothing, std::move(how))));
        return cap::printCap(cap::DirectoryCap{file});
    }

    template <class T>
    Result<T> run(asio::awaitable<Result<T>> work)
    {
        std::optional<Result<T>> out = engine.run(std::move(work));
        return out ? *std::move(out) : Result<T>(Error(ErrorCode::Timeout, "did not end"));
    }
    Result<std::string> upload(const Bytes& text)
    {
        TextSource source(text);
        return run(files->upload(source));
    }
    Result<Bytes> read(const std::string& cap) { return readFrom(*files, cap); }
    Result<Bytes> readFrom(gateway::ImmutableFiles& from, const std::string& cap)
    {
        TARN_TRY(const std::shared_ptr<gateway::Download> download, from.open(cap));
        Sink sink;
        TARN_TRY_VOID(run(readInto(download, sink)));
        return std::move(sink.bytes);
    }
    struct Sink final : gateway::DownloadSink
    {
        asio::awaitable<Result<void>> write(ByteView piece) override
        {
            append(bytes, piece);
            co_return ok();
        }
        Bytes bytes;
    };
    static asio::awaitable<Result<void>> readInto(std::shared_ptr<gateway::Download> download,
                                                  Sink& sink)
    {
        const ByteRange all{0, download->size()};
        co_return co_await download->read(all, sink);
    }
    Result<void> link(const std::string& name, const std::string& cap)
    {
        std::vector<gateway::NewChild> children(1);
        children[0].name = name;
        children[0].read = cap;
        TARN_TRY_VOID(run(directories->link(root, std::move(children), gateway::Replace::Yes)));
        return ok();
    }
    std::set<ShareNumber> sharesOn(storage_api::ShareStore& store, StorageIndex index)
    {
        const auto found = run(store.listShares(storage_api::ShareKind::Immutable, index));
        return found ? *found : std::set<ShareNumber>();
    }
    asio::awaitable<Result<void>> copyWaiting(StorageIndex index, Parcel parcel,
                                              storage_api::ShareStore& to)
    {
        const Bytes secret(20);
        for (const ShareNumber share : parcel.waiting) {
            Bytes bytes(static_cast<std::size_t>(parcel.shareBytes));
            const ByteRange all{0, parcel.shareBytes};
            TARN_CO_TRY(const std::size_t got,
                        co_await outbox->store().readShare(storage_api::ShareKind::Immutable, index,
                                                           share, all, bytes));
            std::set<ShareNumber> one;
            one.insert(share);
            TARN_CO_TRY(const storage_api::AllocateAnswer answer,
                        co_await to.allocate(index, std::move(one), got,
                                             storage_api::LeaseSecrets(), secret));
            if (answer.alreadyHave.contains(share)) continue;
            TARN_CO_TRY(const storage_api::WriteAnswer written,
                        co_await to.writeShare(index, share, secret, 0, bytes));
            if (!written.required.empty()) co_return Error(ErrorCode::Internal, "not complete");
        }
        co_return ok();
    }
    /// What waits goes to this node's own storage, whatever the mover would do.
    asio::awaitable<Result<void>> keepAllHere(StorageIndex index)
    {
        const Parcel parcel = outbox->parcels().at(index);
        TARN_CO_TRY_VOID(co_await copyWaiting(index, parcel, own.store));
        for (const ShareNumber share : parcel.waiting)
            TARN_CO_TRY_VOID(co_await outbox->remove(index, share));
        co_return ok();
    }
    /// Members with something of that file come first; with their order by chance.
    std::vector<std::string> holdersFirst(const std::string& capText)
    {
        const std::optional<StorageIndex> index = cap::storageIndexOf(cap::parseCap(capText));
        std::vector<std::string> out;
        const auto add = [&](const std::string& id, storage_api::ShareStore& store) {
            bool has = false;
            for (const auto kind :
                 {storage_api::ShareKind::Immutable, storage_api::ShareKind::Mutable}) {
                const auto found = run(store.listShares(kind, *index));
                has = has || (found && !found->empty());
            }
            out.insert(has ? out.begin() : out.end(), id);
        };
        add(kSelf, own.store);
        for (const auto& one : friends)
            add(one->server->id, one->store);
        return out;
    }
    /// As many as it says may vanish, chosen to hurt.
    std::set<std::string> victims(const std::string& capText, int count, bool self)
    {
        std::vector<std::string> order = holdersFirst(capText);
        constexpr std::size_t kMixed = 12;
        for (std::size_t i = 0; i < std::min(order.size(), kMixed); ++i)
            std::swap(order[i], order[i + static_cast<std::size_t>(
                                              random.below(std::min(order.size(), kMixed) - i))]);
        std::set<std::string> out;
        if (self) out.insert(kSelf);
        for (const std::string& id : order)
            if (out.size() < static_cast<std::size_t>(count)) out.insert(id);
        return out;
    }
    /// Names in the root directory, as its owner sees it now.
    std::size_t entries()
    {
        const auto listed = run(directories->list(root));
        return listed ? (*listed)->children.size() : 0;
    }

    QTemporaryDir folder;
    Engine engine;
    SeededRandom random;
    std::unique_ptr<WorkPool> pool = makeInlinePool();
    node::StateDir dir =
        *node::StateDir::openBlocking(folder.filePath("node").toStdString(), "node");
    Friend own;
    std::vector<std::unique_ptr<Friend>> friends;
    std::unique_ptr<Outbox> outbox;
    std::unique_ptr<HomeStore> home;
    std::unique_ptr<OutboxHome> firstHome;
    gateway::FriendPlacement placement;
    gateway::ServerSet set;
    std::unique_ptr<gateway::Grid> grid;
    std::unique_ptr<gateway::GridImmutableFiles> files;
    std::unique_ptr<gateway::Directories> directories;
    std::unique_ptr<OutboxMover> mover;
    std::unique_ptr<Keeper> keeper;
    std::string root;
};

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
        World world(20261122);
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
        qInfo("said safe for %zu of 720 hours, tried %zu times; repaired %llu; %s", saidSafe, tried,
              static_cast<unsigned long long>(world.keeper->report().repaired),
              safetySentence(world.keeper->report().summary, kFriends + 1).c_str());
    }
};

QTEST_GUILESS_MAIN(TestMonths)
#include "test_months.moc"
