// Shares wait on this node's disk until members take them: with a real outbox on disk, members in
// memory behind faults, in virtual time.
#include "core/codec/base32.h"
#include "profiles/friendnet/home_store.h"
#include "profiles/friendnet/local_server.h"
#include "profiles/friendnet/outbox_home.h"
#include "profiles/friendnet/outbox_mover.h"
#include "tests/support/engine.h"
#include "tests/support/faulty_store.h"
#include "tests/support/immutable_shares.h"
#include "tests/support/memory_store.h"
#include "tests/support/seeded_random.h"

#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

#include <filesystem>

using namespace tarn;
using namespace tarn::profiles;
using namespace tarn::test;

namespace {

using storage_api::ShareKind;

constexpr std::uint64_t kLimit = 1'000'000;

/// Says that it has every share there is, and has none.
class Liar final : public storage_api::ShareStore
{
public:
    asio::awaitable<Result<storage_api::ServerVersion>> version() override
    {
        storage_api::ServerVersion out;
        out.maximumImmutableShareSize = out.availableSpace = 1'000'000'000;
        co_return out;
    }
    asio::awaitable<Result<std::set<ShareNumber>>> listShares(ShareKind, StorageIndex) override
    {
        co_return all();
    }
    asio::awaitable<Result<storage_api::AllocateAnswer>>
    allocate(StorageIndex, std::set<ShareNumber>, std::uint64_t, storage_api::LeaseSecrets,
             ByteView) override
    {
        storage_api::AllocateAnswer out;
        out.alreadyHave = all();
        co_return out;
    }
    asio::awaitable<Result<storage_api::WriteAnswer>>
    writeShare(StorageIndex, ShareNumber, ByteView, std::uint64_t, ByteView) override
    {
        co_return storage_api::WriteAnswer();
    }
    asio::awaitable<Result<void>> abortShare(StorageIndex, ShareNumber, ByteView) override
    {
        co_return ok();
    }
    asio::awaitable<Result<std::size_t>> readShare(ShareKind, StorageIndex, ShareNumber,
                                                   ByteRange range, MutableByteView into) override
    {
        if (silent) co_return Error(ErrorCode::NotFound, "no such share");
        std::fill_n(into.begin(), range.size(), std::byte{7});
        co_return static_cast<std::size_t>(range.size());
    }
    asio::awaitable<Result<void>> adviseCorrupt(ShareKind, StorageIndex, ShareNumber,
                                                std::string) override
    {
        co_return ok();
    }
    asio::awaitable<Result<void>> addLease(StorageIndex, storage_api::LeaseSecrets) override
    {
        co_return ok();
    }
    asio::awaitable<Result<storage_api::ReadTestWriteAnswer>>
    readTestWrite(StorageIndex, storage_api::LeaseSecrets, ByteView,
                  const storage_api::ReadTestWrite&) override
    {
        co_return storage_api::ReadTestWriteAnswer();
    }
    bool silent = false; ///< reads find nothing; else they find something

private:
    static std::set<ShareNumber> all()
    {
        std::set<ShareNumber> out;
        for (std::uint32_t i = 0; i < 256; ++i)
            out.insert(ShareNumber{i});
        return out;
    }
};

/// A friend's disk.
struct Friend
{
    Friend(Clock& clock, const std::string& name)
        : store(clock), faulty(store, clock, [](StoreCall, std::uint64_t) { return Fault(); })
    {
        auto server = std::make_shared<gateway::Server>();
        server->id = name;
        server->permutationSeed = toBytes(asBytes(name));
        server->connection = std::make_shared<LocalServer>(faulty, clock);
        peer.id = name;
        peer.server = std::move(server);
    }
    MemoryStore store;
    FaultyStore faulty;
    OutboxPeer peer;
};

/// A node with its outbox, and friends. open() and crash() may be called again and again.
class Rig
{
public:
    explicit Rig(std::size_t friends, std::uint64_t limit = kLimit)
        : most(limit), self(engine.clock(), "me")
    {
        self.peer.online = true;
        for (std::size_t i = 0; i < friends; ++i)
            others.push_back(
                std::make_unique<Friend>(engine.clock(), "friend-" + std::to_string(i)));
        open();
    }
    ~Rig() { crash(); }

    void open(bool moving = true)
    {
        opened = engine.clock().wallNow();
        OutboxLimits limits;
        limits.directory = folder.filePath("outbox").toStdString();
        limits.most = most;
        Outbox::Parts parts{engine.executor(), engine.clock(), random, *pool, TubId()};
        outbox = *Outbox::openBlocking(std::move(parts), limits);
        home = std::make_unique<HomeStore>(self.faulty, *outbox);
        OutboxMover::Parts carrying{engine.executor(),
                                    engine.clock(),
                                    *pool,
                                    dir,
                                    *outbox,
                                    movements,
                                    crypto::LeaseSecrets(),
                                    "me",
                                    [this] { return peers(); },
                                    [] {}};
        mover = std::make_unique<OutboxMover>(std::move(carrying));
        if (moving) engine.onEngine([this] { mover->start(); });
    }

    /// Nothing but what is on disk survives; who was half done hears nothing any more.
    void crash()
    {
        if (!mover) return;
        engine.run(stop(*mover, *outbox));
        mover.reset();
        home.reset();
        outbox.reset();
    }

    /// Off for so long: the files on disk are older by the time that passed since open().
    void rest(Duration time)
    {
        crash();
        engine.clock().advance(time);
        const auto by = std::chrono::duration_cast<std::filesystem::file_time_type::duration>(
            engine.clock().wallNow() - opened);
        const std::filesystem::path shares = folder.filePath("outbox/shares").toStdString();
        for (const auto& entry : std::filesystem::recursive_directory_iterator(shares))
            if (entry.is_regular_file())
                std::filesystem::last_write_time(entry, entry.last_write_time() - by);
        open();
    }

    static asio::awaitable<bool> stop(OutboxMover& mover, Outbox& outbox)
    {
        co_await mover.stop();
        co_await outbox.stop();
        co_return true;
    }

    std::vector<OutboxPeer> peers() const
    {
        std::vector<OutboxPeer> out{self.peer};
        for (const auto& one : others)
            out.push_back(one->peer);
        return out;
    }

    static asio::awaitable<Result<void>> write(HomeStore& home, EncodedFile file,
                                               StorageIndex index)
    {
        std::set<ShareNumber> numbers;
        for (std::uint32_t i = 0; i < file.shares.size(); ++i)
            numbers.insert(ShareNumber{i});
        const Bytes secret(20);
        TARN_CO_TRY(const storage_api::AllocateAnswer answer,
                    co_await home.allocate(index, std::move(numbers), file.shares.front().size(),
                                           storage_api::LeaseSecrets(), secret));
        for (const ShareNumber share : answer.allocated) {
            TARN_CO_TRY(
                const storage_api::WriteAnswer written,
                co_await home.writeShare(index, share, secret, 0, file.shares[share.value]));
            if (!written.required.empty()) co_return Error(ErrorCode::Internal, "not complete");
        }
        co_return ok();
    }

    /// Somebody else's doing.
    static asio::awaitable<Result<void>> place(storage_api::ShareStore& store, StorageIndex index,
                                               ShareNumber share, Bytes bytes)
    {
        const Bytes secret(20, std::byte{9});
        std::set<ShareNumber> one;
        one.insert(share);
        storage_api::LeaseSecrets leases;
        leases.renew = *LeaseSecret::from(Bytes(32, std::byte{9}));
        TARN_CO_TRY(const storage_api::AllocateAnswer answer,
                    co_await store.allocate(index, std::move(one), bytes.size(), leases, secret));
        static_cast<void>(answer);
        TARN_CO_TRY(const storage_api::WriteAnswer written,
                    co_await store.writeShare(index, share, secret, 0, bytes));
        static_cast<void>(written);
        co_return ok();
    }

    /// A file of its own; \return its storage index.
    StorageIndex put(std::uint32_t needed, std::uint32_t total, std::size_t size = 5000)
    {
        const Bytes text = random.bytes(size);
        file = *encodeImmutable(text, needed, total, 1024 * 1024, ByteView());
        const StorageIndex index = cap::verifyCapOf(file->readCap).index;
        const auto written = engine.run(write(*home, *file, index));
        if (!written || !*written) qFatal("a put failed");
        return index;
    }

    void pass(Duration time)
    {
        engine.run(sleep(engine.clock(), time), time * 2 + std::chrono::seconds(1));
    }
    static asio::awaitable<bool> sleep(Clock& clock, Duration time)
    {
        co_await clock.sleep(time);
        co_return true;
    }

    std::set<ShareNumber> sharesOf(storage_api::ShareStore& store, StorageIndex index)
    {
        return **engine.run(store.listShares(ShareKind::Immutable, index));
    }
    /// Of all disks, the outbox included: how often each share is there.
    std::map<ShareNumber, unsigned> everywhere(StorageIndex index)
    {
        std::map<ShareNumber, unsigned> out;
        const auto add = [&](storage_api::ShareStore& store) {
            for (const ShareNumber share : sharesOf(store, index))
                ++out[share];
        };
        add(outbox->store());
        add(self.store);
        for (const auto& one : others)
            add(one->store);
        return out;
    }
    bool eachShareOnce(StorageIndex index)
    {
        const std::map<ShareNumber, unsigned> found = everywhere(index);
        return found.size() == file->shares.size() &&
               std::all_of(found.begin(), found.end(),
                           [](const auto& one) { return one.second == 1; });
    }
    bool eachDiskHasSome(StorageIndex index)
    {
        return !sharesOf(self.store, index).empty() &&
               std::all_of(others.begin(), others.end(),
                           [&](const auto& one) { return !sharesOf(one->store, index).empty(); });
    }
    bool eachShareThere(StorageIndex index)
    {
        return everywhere(index).size() == file->shares.size();
    }

    std::uint64_t most;
    QTemporaryDir folder;
    WallTime opened{};
    Engine engine;
    SeededRandom random{7};
    std::unique_ptr<WorkPool> pool = makeInlinePool();
    node::StateDir dir =
        *node::StateDir::openBlocking(folder.filePath("node").toStdString(), "node");
    Movements movements{engine.clock()};
    Friend self;
    std::vector<std::unique_ptr<Friend>> others;
    std::unique_ptr<Outbox> outbox;
    std::unique_ptr<HomeStore> home;
    std::unique_ptr<OutboxMover> mover;
    std::optional<EncodedFile> file;
};

} // namespace

class TestOutbox final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void sharesMoveAsFriendsAppear()
    {
        Rig rig(4);
        const StorageIndex index = rig.put(2, 5);
        rig.pass(std::chrono::seconds(1));
        QCOMPARE(rig.sharesOf(rig.outbox->store(), index).size(), std::size_t{4});
        QCOMPARE(rig.sharesOf(rig.self.store, index).size(), std::size_t{1});
        QCOMPARE(rig.sharesOf(*rig.home, index).size(), std::size_t{5});
        std::vector<OutboxFileState> states = rig.mover->files(10);
        QCOMPARE(states.size(), std::size_t{1});
        QCOMPARE(states[0].out, 1U);
        QCOMPARE(states[0].waiting, 4U);
        QVERIFY(states[0].openable && !states[0].safe);
        for (std::size_t i = 0; i < 3; ++i)
            rig.others[i]->peer.online = true;
        rig.pass(std::chrono::seconds(20));
        states = rig.mover->files(10);
        QCOMPARE(states[0].out, 4U);
        QCOMPARE(states[0].waiting, 1U);
        QVERIFY(states[0].openable && states[0].safe);
        rig.others[3]->peer.online = true;
        rig.pass(std::chrono::seconds(20));
        QVERIFY(rig.mover->files(10).empty() && rig.outbox->parcels().empty());
        QVERIFY(rig.eachShareOnce(index));
        QCOMPARE(rig.outbox->bytes(), std::uint64_t{0});
        for (const auto& one : rig.others)
            QCOMPARE(rig.sharesOf(one->store, index).size(), std::size_t{1});
    }
    void whatMovedIsReadFromWhereItIs()
    {
        Rig rig(0);
        const StorageIndex index = rig.put(1, 1);
        for (unsigned round = 0; round < 2; ++round) {
            Bytes into(rig.file->shares[0].size());
            const ByteRange all{0, into.size()};
            const auto got = rig.engine.run(
                rig.home->readShare(ShareKind::Immutable, index, ShareNumber{0}, all, into));
            QVERIFY(got && *got && **got == into.size() && into == rig.file->shares[0]);
            rig.pass(std::chrono::seconds(10));
        }
        QVERIFY(rig.outbox->parcels().empty());
    }
    /// Killed with whatever call to a friend lost its answer: nothing is lost, and in the end
    /// nothing waits and each disk has its part.
    void killedAtAnyMoment()
    {
        for (std::uint64_t fails = 0;; ++fails) {
            Rig rig(2);
            bool failed = false;
            for (const auto& one : rig.others) {
                one->peer.online = true;
                one->faulty.setPlan([&failed, fails](StoreCall, std::uint64_t call) {
                    Fault fault;
                    if (call < fails) return fault;
                    failed = true;
                    fault = failing(ErrorCode::Timeout);
                    fault.errorAfterDoing = call == fails;
                    return fault;
                });
            }
            const StorageIndex index = rig.put(1, 3);
            rig.pass(std::chrono::seconds(2));
            QVERIFY(rig.eachShareThere(index));
            for (const auto& one : rig.others)
                one->peer.online = false;
            rig.crash();
            rig.open();
            rig.pass(std::chrono::seconds(10));
            QVERIFY(rig.eachShareThere(index));
            for (const auto& one : rig.others) {
                one->faulty.setPlan([](StoreCall, std::uint64_t) { return Fault(); });
                one->peer.online = true;
            }
            rig.pass(std::chrono::seconds(30));
            QVERIFY2(rig.outbox->parcels().empty(), std::to_string(fails).c_str());
            // A share whose taking was never told may have been given to another one, too.
            QVERIFY2(rig.eachShareThere(index), std::to_string(fails).c_str());
            QVERIFY2(rig.eachDiskHasSome(index), std::to_string(fails).c_str());
            if (!failed) return;
        }
    }
    void aFriendWhoVanishesOrRefusesRests()
    {
        Rig rig(2);
        rig.others[0]->peer.online = true;
        rig.others[0]->store.setCapacity(10);
        const StorageIndex index = rig.put(1, 3);
        rig.pass(std::chrono::minutes(2));
        const std::uint64_t calls = rig.others[0]->faulty.calls();
        QVERIFY2(calls < 20, std::to_string(calls).c_str());
        QCOMPARE(rig.mover->files(1)[0].out, 1U);
        rig.others[0]->store.setCapacity(1'000'000);
        rig.pass(std::chrono::minutes(11));
        QCOMPARE(rig.mover->files(1)[0].out, 2U);
        QVERIFY(rig.eachShareOnce(index));
    }
    /// Nobody is there to be asked, and it is as it was.
    void whoHasWhatIsKnownAfterARestart()
    {
        Rig rig(3);
        rig.others[0]->peer.online = rig.others[1]->peer.online = true;
        const StorageIndex index = rig.put(1, 4);
        rig.pass(std::chrono::seconds(10));
        QCOMPARE(rig.mover->files(1)[0].out, 3U);
        for (const auto& one : rig.others)
            one->peer.online = false;
        const std::uint64_t calls = rig.others[0]->faulty.calls();
        rig.crash();
        rig.open();
        rig.pass(std::chrono::seconds(1));
        QCOMPARE(rig.mover->files(1)[0].out, 3U);
        QVERIFY(rig.mover->files(1)[0].safe);
        QCOMPARE(rig.others[0]->faulty.calls(), calls);
        const ShareNumber held = *rig.sharesOf(rig.others[0]->store, index).begin();
        rig.others[0]->store.removeShare(index, held); // what it says itself counts for more
        rig.others[0]->peer.online = true;
        rig.pass(std::chrono::seconds(10));
        QVERIFY(rig.mover->files(1).empty()); // it took what waited
        QCOMPARE(rig.sharesOf(rig.others[0]->store, index).size(), std::size_t{1});
        QVERIFY(!rig.sharesOf(rig.others[0]->store, index).contains(held));
    }
    /// From the first byte to the end, with the member that it goes to.
    void movesAreShown()
    {
        Rig rig(2);
        rig.others[0]->peer.online = true;
        rig.put(1, 3);
        rig.pass(std::chrono::seconds(10));
        std::vector<control::TransferView> moves = rig.movements.all();
        QCOMPARE(moves.size(), std::size_t{2});
        for (const control::TransferView& move : moves) {
            QCOMPARE(move.state, std::string("done"));
            QVERIFY(move.of && move.bytes == *move.of && move.share && !move.index.empty());
        }
        rig.others[1]->faulty.setPlan([](StoreCall call, std::uint64_t) {
            return call == StoreCall::Allocate ? failing(ErrorCode::NoSpace) : Fault();
        });
        rig.others[1]->peer.online = true;
        rig.pass(std::chrono::seconds(8));
        moves = rig.movements.all();
        QCOMPARE(moves.size(), std::size_t{3});
        QCOMPARE(moves[0].state, std::string("failed"));
        QCOMPARE(moves[0].peer, std::string("friend-1"));
        QVERIFY(!moves[0].reason.empty());
    }
    void whoIsNoMemberAnyMoreDoesNotCount()
    {
        Rig rig(2);
        rig.others[0]->peer.online = true;
        const StorageIndex index = rig.put(1, 3);
        rig.pass(std::chrono::seconds(10));
        QCOMPARE(rig.mover->files(1)[0].out, 2U);
        rig.others.erase(rig.others.begin());
        rig.engine.onEngine([&] { rig.mover->look(); });
        rig.pass(std::chrono::seconds(10));
        QCOMPARE(rig.mover->files(1)[0].out, 1U);
        QVERIFY(!rig.eachShareThere(index)); // one share has gone with it; repair makes it anew
    }
    void threeDaysAreEnough()
    {
        Rig rig(2);
        rig.others[0]->peer.online = true;
        const StorageIndex index = rig.put(1, 3);
        rig.pass(std::chrono::hours(71));
        QCOMPARE(rig.mover->files(1).size(), std::size_t{1});
        rig.pass(std::chrono::hours(2));
        QVERIFY(rig.mover->files(1).empty());
        QVERIFY(rig.eachShareOnce(index));
    }
    /// One that takes a minute for a piece holds up nobody but itself.
    void aSlowFriendIsAlone()
    {
        Rig rig(3, 50'000'000);
        rig.others[0]->faulty.setPlan([](StoreCall call, std::uint64_t) {
            return call == StoreCall::Write ? late(std::chrono::seconds(50)) : Fault();
        });
        for (const auto& one : rig.others)
            one->peer.online = true;
        std::vector<StorageIndex> files;
        for (unsigned i = 0; i < 12; ++i)
            files.push_back(rig.put(1, 4, 300'000));
        rig.pass(std::chrono::seconds(5));
        for (const StorageIndex& index : files) {
            QCOMPARE(rig.sharesOf(rig.others[1]->store, index).size(), std::size_t{1});
            QCOMPARE(rig.sharesOf(rig.others[2]->store, index).size(), std::size_t{1});
        }
        QCOMPARE(rig.outbox->parcels().size(), files.size());
        rig.pass(std::chrono::minutes(21)); // two pieces of each, one file after the other
        QVERIFY(rig.outbox->parcels().empty());
    }
    /// 5 kB a second: it does not get a share of 3 MB in any time, and its half is taken back.
    void whoIsTooSlowRests()
    {
        Rig rig(2, 50'000'000);
        rig.others[0]->faulty.setPlan([](StoreCall call, std::uint64_t) {
            return call == StoreCall::Write ? late(std::chrono::seconds(50)) : Fault();
        });
        for (const auto& one : rig.others)
            one->peer.online = true;
        const StorageIndex index = rig.put(1, 3, 3'000'000);
        rig.pass(std::chrono::seconds(205)); // after the fourth piece it is known, and rests 10 s
        QVERIFY(rig.sharesOf(rig.others[0]->store, index).empty());
        QCOMPARE(rig.others[0]->store.uploadCount(), std::size_t{0});
        rig.others[0]->faulty.setPlan([](StoreCall, std::uint64_t) { return Fault(); });
        rig.pass(std::chrono::minutes(11));
        QVERIFY(rig.outbox->parcels().empty());
        QVERIFY(rig.eachShareOnce(index));
    }
    /// A slow line, which all who are there share: nobody is given up for what is this node's own.
    void aSlowLineIsEnough()
    {
        constexpr std::size_t kOthers = 8;
        Rig rig(kOthers + 1, 100'000'000);
        for (const auto& one : rig.others) {
            // 6 KiB a second for each of them
            one->faulty.setPlan([](StoreCall call, std::uint64_t) {
                return call == StoreCall::Write ? late(std::chrono::seconds(43)) : Fault();
            });
            one->peer.online = true;
        }
        const StorageIndex index = rig.put(1, kOthers + 1, 3'000'000);
        rig.pass(std::chrono::minutes(10));
        QVERIFY(rig.outbox->parcels().empty());
        QVERIFY(rig.eachShareOnce(index));
    }
    /// Of many files that wait, each new one is a step or two, and who comes looks at each once.
    void manyFilesThatWaitAreNoWork()
    {
        constexpr unsigned kMany = 300;
        Rig rig(3, 50'000'000);
        for (unsigned i = 0; i < kMany; ++i)
            rig.put(1, 3, 100);
        rig.pass(std::chrono::minutes(1));
        QCOMPARE(rig.outbox->parcels().size(), std::size_t{kMany});
        std::uint64_t steps = rig.mover->steps();
        QVERIFY2(steps <= 3 * kMany, std::to_string(steps).c_str()); // one for each share at most
        rig.pass(std::chrono::hours(1));
        QCOMPARE(rig.mover->steps(), steps);
        rig.put(1, 3, 100);
        rig.pass(std::chrono::minutes(1));
        QVERIFY(rig.mover->steps() <= steps + 3);
        steps = rig.mover->steps();
        rig.others[0]->peer.online = true;
        rig.pass(std::chrono::minutes(1));
        QVERIFY2(rig.mover->steps() - steps <= 2 * (kMany + 1),
                 std::to_string(rig.mover->steps() - steps).c_str());
        QCOMPARE(rig.others[0]->store.shareCount(), std::size_t{kMany + 1});
        steps = rig.mover->steps();
        rig.others[0]->peer.online = false;
        rig.pass(std::chrono::minutes(1));
        QCOMPARE(rig.mover->steps(), steps);
        QCOMPARE(rig.mover->files(20).size(), std::size_t{20});
    }
    void aLiarCostsNothing()
    {
        for (const std::size_t size : {std::size_t{5000}, std::size_t{200'000}}) {
            for (const bool silent : {false, true}) {
                Rig rig(4);
                Liar liar;
                liar.silent = silent;
                auto server = std::make_shared<gateway::Server>(*rig.others[0]->peer.server);
                server->connection = std::make_shared<LocalServer>(liar, rig.engine.clock());
                rig.others[0]->peer.server = std::move(server);
                rig.others[0]->peer.online = true;
                const StorageIndex index = rig.put(2, 5, size);
                rig.pass(std::chrono::minutes(1));
                QVERIFY(rig.eachShareOnce(index)); // the liar's own disk is empty
                QCOMPARE(rig.sharesOf(rig.outbox->store(), index).size(), std::size_t{4});
                for (const auto& one : rig.others)
                    one->peer.online = true;
                rig.pass(std::chrono::minutes(1));
                QVERIFY(rig.outbox->parcels().empty());
                QVERIFY(rig.eachShareOnce(index));
            }
        }
    }
    /// The same share is there already, without a lease of ours: it gets one, and is compared.
    void whatIsThereIsComparedAndLeased()
    {
        for (const bool spoiled : {false, true}) {
            Rig rig(1);
            const StorageIndex index = rig.put(1, 2, 300'000);
            rig.pass(std::chrono::seconds(10));
            const ShareNumber share = *rig.outbox->parcels().at(index).waiting.begin();
            Bytes bytes = rig.file->shares[share.value];
            if (spoiled) bytes.back() = ~bytes.back();
            MemoryStore& disk = rig.others[0]->store;
            const auto placed = rig.engine.run(Rig::place(disk, index, share, bytes));
            QVERIFY(placed && *placed);
            const std::size_t leases = disk.leasesOf(index, share).size();
            rig.others[0]->peer.online = true;
            const std::uint64_t written = rig.others[0]->faulty.bytesWritten();
            rig.pass(std::chrono::minutes(1));
            QCOMPARE(rig.others[0]->faulty.bytesWritten(), written);
            QVERIFY(rig.others[0]->faulty.bytesRead() < 100'000);
            QCOMPARE(rig.outbox->parcels().empty(), !spoiled);
            if (!spoiled) QCOMPARE(disk.leasesOf(index, share).size(), leases + 1);
        }
    }
    /// Off or asleep for three days: at the start nobody can have come yet.
    void timeAsleepIsNoPatience()
    {
        Rig rig(4);
        const StorageIndex index = rig.put(2, 5);
        rig.pass(std::chrono::seconds(10));
        rig.rest(std::chrono::hours(73));
        rig.pass(std::chrono::minutes(1));
        QCOMPARE(rig.sharesOf(rig.self.store, index).size(), std::size_t{1});
        rig.engine.clock().advance(std::chrono::hours(73)); // a lid that was closed
        rig.pass(std::chrono::minutes(1));
        rig.others[0]->peer.online = true;
        rig.pass(std::chrono::minutes(20));
        QCOMPARE(rig.sharesOf(rig.self.store, index).size(), std::size_t{1});
        QCOMPARE(rig.sharesOf(rig.others[0]->store, index).size(), std::size_t{1});
        for (const auto& one : rig.others)
            one->peer.online = true;
        rig.pass(std::chrono::minutes(1));
        QVERIFY(rig.outbox->parcels().empty());
        QVERIFY(rig.eachShareOnce(index) && rig.eachDiskHasSome(index));
    }
    /// The outbox is on the same disk.
    void threeDaysAloneLeaveAllButOneInTheOutbox()
    {
        Rig rig(4);
        const StorageIndex index = rig.put(2, 5);
        rig.pass(std::chrono::hours(73));
        QCOMPARE(rig.sharesOf(rig.self.store, index).size(), std::size_t{1});
        QCOMPARE(rig.outbox->parcels().at(index).waiting.size(), std::size_t{4});
    }
    /// Eight hours of each day, with restarts: after some nine such days nobody is waited for.
    void patienceOutlivesRestarts()
    {
        Rig rig(2);
        const StorageIndex index = rig.put(1, 3);
        rig.others[0]->peer.online = true;
        for (unsigned day = 0; day < 8; ++day) {
            QCOMPARE(rig.mover->files(1).size(), std::size_t{1});
            rig.pass(std::chrono::hours(8));
            rig.rest(std::chrono::hours(16));
            rig.pass(std::chrono::seconds(30));
        }
        QCOMPARE(rig.mover->files(1).size(), std::size_t{1});
        rig.pass(std::chrono::hours(13)); // half an hour was not yet on disk, each time
        QVERIFY(rig.mover->files(1).empty());
        QVERIFY(rig.eachShareOnce(index));
        QCOMPARE(rig.sharesOf(rig.others[0]->store, index).size(), std::size_t{2});
    }
    void theBoundIsToldWithWhatToDo()
    {
        Rig rig(2);
        OutboxHome first(*rig.outbox, "me");
        for (unsigned i = 0; i < 3; ++i)
            rig.put(1, 3, 100'000);
        rig.pass(std::chrono::seconds(5)); // one share of each stays on this disk
        const auto refused = rig.engine.run(first.admit(500'000));
        QVERIFY(refused && !*refused && refused->error().code() == ErrorCode::NoSpace);
        for (const char* part : {"the outbox is full", "500.0 kB are needed", "[outbox] limit"})
            QVERIFY2(refused->error().message().find(part) != std::string::npos,
                     refused->error().message().c_str());
        const auto fits = rig.engine.run(first.admit(300'000));
        QVERIFY(fits && *fits);
    }
    /// The writer gave up between the last byte and the outbox's taking note of it.
    void aShareThatNobodyTookIsTakenByTheSamePutAgain()
    {
        Rig rig(2);
        const StorageIndex index = rig.put(1, 3);
        rig.crash();
        rig.open(false); // nothing is looked up
        QVERIFY(rig.outbox->parcels().empty());
        const auto again = rig.engine.run(Rig::write(*rig.home, *rig.file, index));
        QVERIFY(again && *again);
        QVERIFY(rig.outbox->parcels().contains(index));
        QCOMPARE(rig.outbox->parcels().at(index).waiting.size(),
                 rig.sharesOf(rig.outbox->store(), index).size());
    }
    void anEqualFileAgainLeavesNothingTwice()
    {
        Rig rig(2);
        const StorageIndex index = rig.put(1, 3);
        for (const auto& one : rig.others)
            one->peer.online = true;
        rig.pass(std::chrono::seconds(10));
        QVERIFY(rig.outbox->parcels().empty());
        const auto again = rig.engine.run(Rig::write(*rig.home, *rig.file, index));
        QVERIFY(again && *again);
        rig.pass(std::chrono::seconds(10));
        QVERIFY(rig.outbox->parcels().empty());
        QVERIFY(rig.eachShareOnce(index));
    }
};

QTEST_GUILESS_MAIN(TestOutbox)
#include "test_outbox.moc"
