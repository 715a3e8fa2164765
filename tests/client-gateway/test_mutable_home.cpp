// Mutable files of an owner who has a disk of its own among the servers, and friends who sleep.
#include "client-gateway/upload/first_home.h"
#include "client-gateway/upload/friend_placement.h"
#include "tests/client-gateway/mutable_bench.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;
using namespace tarn::test;

namespace {

class OwnDisk final : public FirstHome
{
public:
    explicit OwnDisk(std::string id) : m_placement(std::move(id)) {}
    const PlacementPolicy& placement() const override { return m_placement; }
    const std::string& server() const override { return m_placement.server(); }
    asio::awaitable<Result<void>> admit(std::uint64_t /*bytes*/) override { co_return ok(); }

private:
    SingleHome m_placement;
};

/// The first server is the owner's.
struct Rig
{
    explicit Rig(std::size_t servers, EncodingParameters encoding)
        : bench(servers, encoding), home(bench.servers[0]->server->id)
    {
        restart(encoding);
    }
    /// Nothing is remembered.
    void restart(EncodingParameters encoding)
    {
        NodeSecrets secrets;
        secrets.leaseSecret = Secret(zeroBytes(32));
        GridSettings settings = bench.grid->settings();
        settings.encoding = encoding;
        GridParts parts{bench.clock, bench.random, *bench.pool,
                        *bench.pool, bench.set,    bench.engine.get_executor()};
        parts.placement = &placement;
        parts.firstHome = &home;
        bench.grid = std::make_unique<Grid>(parts, std::move(secrets), std::move(settings));
    }
    void away(std::size_t from, std::size_t to, bool gone)
    {
        for (std::size_t i = from; i < to; ++i) {
            FaultyStore::Plan plan;
            if (gone)
                plan = [](StoreCall, std::uint64_t) { return failing(ErrorCode::PeerUnreachable); };
            bench.servers[i]->store->setPlan(plan);
        }
    }
    std::size_t sharesOn(std::size_t server, const cap::MutableWriteCap& cap)
    {
        std::size_t out = 0;
        for (std::uint32_t number = 0; number < 20; ++number)
            if (bench.servers[server]->memory->shareBytes(indexOf(cap), ShareNumber{number})) ++out;
        return out;
    }
    RepairResult spread(const cap::MutableWriteCap& cap)
    {
        CheckOptions options;
        options.spread = true;
        const Result<RepairResult> out = bench.wait(bench.files().checkAndRepair(cap, options));
        return out ? *out : RepairResult();
    }
    bool reads(const cap::MutableWriteCap& cap, const Bytes& expected)
    {
        const Result<MutableContents> got = bench.readBack(cap);
        return got && got->data == expected;
    }

    MutableBench bench;
    FriendPlacement placement;
    OwnDisk home;
};

} // namespace

class TestMutableHome final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void ownDiskAloneHasTheNewestVersion()
    {
        Rig rig(5, encodingOf(2, 5));
        const Result<cap::MutableWriteCap> cap =
            rig.bench.create(plaintext(3000), cap::MutableFormat::Sdmf);
        QVERIFY(cap);
        for (std::size_t i = 0; i < 5; ++i)
            QVERIFY(rig.sharesOn(i, *cap) > 0);
        QVERIFY(rig.sharesOn(0, *cap) >= 2);
        rig.away(1, 5, true);
        QVERIFY(rig.reads(*cap, plaintext(3000)));
        QVERIFY(rig.bench.overwrite(*cap, plaintext(4000, 2)));
        QVERIFY(rig.reads(*cap, plaintext(4000, 2)));
    }
    /// Nobody else hears of a version that the owner's disk refuses, so that no restart shows an
    /// older one than was answered for.
    void nothingIsWrittenThatOwnDiskRefuses_data()
    {
        QTest::addColumn<bool>("mdmf");
        QTest::addColumn<int>("size");
        QTest::newRow("small") << false << 3000;
        QTest::newRow("segments") << true << 300'000;
        QTest::newRow("would go while it comes") << true << 3'000'000;
    }
    void nothingIsWrittenThatOwnDiskRefuses()
    {
        QFETCH(bool, mdmf);
        QFETCH(int, size);
        const auto format = mdmf ? cap::MutableFormat::Mdmf : cap::MutableFormat::Sdmf;
        const auto bytes = static_cast<std::size_t>(size);
        Rig rig(5, encodingOf(2, 5));
        const Result<cap::MutableWriteCap> cap = rig.bench.create(plaintext(bytes), format);
        QVERIFY(cap);
        rig.bench.servers[0]->store->setPlan([](StoreCall call, std::uint64_t) {
            return call == StoreCall::ReadTestWrite ? failing(ErrorCode::NoSpace) : Fault();
        });
        const Result<void> whole = rig.bench.overwrite(*cap, plaintext(bytes, 2));
        QVERIFY(!whole);
        QVERIFY(whole.error().text().find("the own disk did not take") != std::string::npos);
        QVERIFY(!rig.bench.update(*cap, 10, plaintext(100, 3)));
        const std::size_t before = rig.bench.shareCount();
        QVERIFY(!rig.bench.create(plaintext(bytes, 4), format));
        QCOMPARE(rig.bench.shareCount(), before);
        rig.away(0, 1, true);
        QVERIFY(!rig.bench.overwrite(*cap, plaintext(bytes, 5)));
        rig.restart(encodingOf(2, 5));
        QVERIFY(rig.reads(*cap, plaintext(bytes)));
    }
    /// Versions that this gateway has seen are never numbered again, whoever shows older ones.
    void numbersAreNotUsedTwice()
    {
        Rig rig(5, encodingOf(2, 5));
        const Result<cap::MutableWriteCap> cap =
            rig.bench.create(plaintext(3000), cap::MutableFormat::Sdmf);
        QVERIFY(cap);
        rig.away(3, 5, true);
        QVERIFY(rig.bench.overwrite(*cap, plaintext(3000, 2)));
        QVERIFY(rig.bench.overwrite(*cap, plaintext(3000, 3)));
        // What has the third version is lost; two who slept have the first.
        for (std::size_t i = 0; i < 3; ++i)
            for (std::uint32_t number = 0; number < 5; ++number)
                rig.bench.servers[i]->memory->removeShare(indexOf(*cap), ShareNumber{number});
        rig.away(3, 5, false);
        QVERIFY(rig.bench.overwrite(*cap, plaintext(3000, 4)));
        const Result<MutableContents> now = rig.bench.readBack(*cap);
        QVERIFY(now);
        QCOMPARE(now->sequence, std::uint64_t{4});
    }
    /// Friends who slept through a write have an older version: it is never shown to the owner,
    /// also when nothing is remembered, and goes as soon as the file is looked after.
    void whatFriendsMissedIsNeverShownAndGoes()
    {
        Rig rig(5, encodingOf(2, 5));
        const Result<cap::MutableWriteCap> cap =
            rig.bench.create(plaintext(3000), cap::MutableFormat::Sdmf);
        QVERIFY(cap);
        rig.away(1, 5, true);
        QVERIFY(rig.bench.overwrite(*cap, plaintext(3000, 2)));
        rig.away(1, 5, false);
        rig.restart(encodingOf(2, 5));
        QVERIFY(rig.reads(*cap, plaintext(3000, 2)));
        const RepairResult healed = rig.spread(*cap);
        QVERIFY(healed.attempted && healed.successful);
        QCOMPARE(healed.after.recoverableVersions, 1U);
        QCOMPARE(healed.after.happiness, 5U);
        QVERIFY(!rig.spread(*cap).attempted);
        rig.away(0, 1, true);
        QVERIFY(rig.reads(*cap, plaintext(3000, 2)));
    }
    void friendsWhoComeLaterGetTheirShares()
    {
        Rig rig(3, encodingOf(1, 3));
        rig.away(1, 3, true);
        const Result<cap::MutableWriteCap> cap =
            rig.bench.create(plaintext(1000), cap::MutableFormat::Sdmf);
        QVERIFY(cap);
        QCOMPARE(rig.sharesOn(1, *cap), std::size_t{0});
        rig.away(1, 3, false);
        QVERIFY(rig.spread(*cap).successful);
        QCOMPARE(rig.sharesOn(1, *cap), std::size_t{1});
        QCOMPARE(rig.sharesOn(2, *cap), std::size_t{1});
        QVERIFY(!rig.spread(*cap).attempted);
    }
    void avoidedServersGetNothing()
    {
        Rig rig(4, encodingOf(1, 3));
        PlacementWishes wishes;
        wishes.avoided.insert(rig.bench.servers[2]->server->id);
        rig.placement.set(wishes);
        const Result<cap::MutableWriteCap> cap =
            rig.bench.create(plaintext(1000), cap::MutableFormat::Sdmf);
        QVERIFY(cap);
        QCOMPARE(rig.sharesOn(2, *cap), std::size_t{0});
        QVERIFY(rig.sharesOn(0, *cap) > 0 && rig.sharesOn(1, *cap) > 0 &&
                rig.sharesOn(3, *cap) > 0);
    }
    void countsFollowTheMembers()
    {
        Rig rig(5, encodingOf(1, 1));
        const Result<cap::MutableWriteCap> cap =
            rig.bench.create(plaintext(1000), cap::MutableFormat::Sdmf);
        QVERIFY(cap);
        rig.bench.grid->setEncoding(encodingOf(2, 5));
        QVERIFY(rig.spread(*cap).successful);
        const CheckResult grown = rig.bench.check(*cap, true);
        QCOMPARE(grown.sharesNeeded, 2U);
        QCOMPARE(grown.sharesExpected, 5U);
        QCOMPARE(grown.happiness, 5U);
        rig.bench.grid->setEncoding(encodingOf(1, 3));
        QVERIFY(rig.bench.overwrite(*cap, plaintext(1000, 2)));
        QCOMPARE(rig.bench.check(*cap, true).sharesExpected, 3U);
        QVERIFY(rig.reads(*cap, plaintext(1000, 2)));
    }
    /// A file is not written on all others again and again for one who does not take its share.
    void whoRefusesRests()
    {
        for (const ErrorCode code : {ErrorCode::NoSpace, ErrorCode::Unauthorized}) {
            Rig rig(3, encodingOf(1, 3));
            rig.away(2, 3, true);
            const Result<cap::MutableWriteCap> cap =
                rig.bench.create(plaintext(1000), cap::MutableFormat::Sdmf);
            QVERIFY(cap);
            rig.bench.servers[2]->store->setPlan([code](StoreCall call, std::uint64_t) {
                return call == StoreCall::ReadTestWrite || call == StoreCall::Stream ? failing(code)
                                                                                     : Fault();
            });
            QVERIFY(rig.spread(*cap).attempted);
            const std::uint64_t written = rig.bench.bytesWritten();
            QVERIFY(!rig.spread(*cap).attempted);
            QCOMPARE(rig.bench.bytesWritten(), written);
            rig.bench.clock.advance(std::chrono::minutes(61));
            QVERIFY(rig.spread(*cap).attempted); // once more
            QVERIFY(!rig.spread(*cap).attempted);
            rig.bench.clock.advance(std::chrono::minutes(61));
            QVERIFY(!rig.spread(*cap).attempted);
            rig.away(2, 3, false);
            rig.bench.clock.advance(std::chrono::hours(2));
            QVERIFY(rig.spread(*cap).successful);
            QCOMPARE(rig.sharesOn(2, *cap), std::size_t{1});
            QVERIFY(!rig.spread(*cap).attempted);
        }
    }
    /// So it does with an older version, which nobody can take from a server that refuses.
    void anOlderVersionOfOneWhoRefusesStays()
    {
        Rig rig(3, encodingOf(1, 3));
        const Result<cap::MutableWriteCap> cap =
            rig.bench.create(plaintext(1000), cap::MutableFormat::Sdmf);
        QVERIFY(cap);
        rig.bench.servers[2]->store->setPlan([](StoreCall call, std::uint64_t) {
            return call == StoreCall::ReadTestWrite || call == StoreCall::Stream
                       ? failing(ErrorCode::NoSpace)
                       : Fault();
        });
        QVERIFY(rig.bench.overwrite(*cap, plaintext(1000, 2)));
        QVERIFY(rig.spread(*cap).attempted);
        QVERIFY(!rig.spread(*cap).attempted);
        QVERIFY(rig.reads(*cap, plaintext(1000, 2)));
    }
    /// Who gets nothing because of those it lives with lacks nothing.
    void householdsMayLeaveAServerEmpty()
    {
        EncodingParameters encoding = encodingOf(3, 5);
        encoding.happy = 1;
        Rig rig(5, encoding);
        PlacementWishes wishes;
        for (std::size_t i = 1; i < 4; ++i)
            wishes.households[rig.bench.servers[i]->server->id] = "farm";
        rig.placement.set(wishes);
        const Result<cap::MutableWriteCap> cap =
            rig.bench.create(plaintext(1000), cap::MutableFormat::Sdmf);
        QVERIFY(cap);
        std::size_t empty = 0;
        for (std::size_t i = 1; i < 4; ++i)
            if (rig.sharesOn(i, *cap) == 0) ++empty;
        QCOMPARE(empty, std::size_t{1});
        // The own disk has more shares than were placed on it, so that one more may be moved; then
        // there is nothing left to do.
        rig.spread(*cap);
        QVERIFY(!rig.spread(*cap).attempted);
    }
    /// Each version is written to whoever is there: what others had of it before goes.
    void copiesDoNotPileUp_data()
    {
        QTest::addColumn<int>("format");
        QTest::addColumn<int>("size");
        QTest::newRow("a folder") << static_cast<int>(cap::MutableFormat::Sdmf) << 2000;
        QTest::newRow("a large file") << static_cast<int>(cap::MutableFormat::Mdmf) << 600'000;
    }
    void copiesDoNotPileUp()
    {
        QFETCH(int, format);
        QFETCH(int, size);
        const auto bytes = static_cast<std::size_t>(size);
        Rig rig(9, encodingOf(2, 5));
        const Result<cap::MutableWriteCap> cap =
            rig.bench.create(plaintext(bytes), static_cast<cap::MutableFormat>(format));
        QVERIFY(cap);
        for (std::size_t round = 0; round < 8; ++round) {
            rig.away(1, 9, true);
            for (std::size_t i = 0; i < 4; ++i) {
                const std::size_t there = 1 + (round * 3 + i) % 8;
                rig.away(there, there + 1, false);
            }
            const Result<void> written = rig.bench.overwrite(*cap, plaintext(bytes, 10 + round));
            QVERIFY2(written, written ? "" : written.error().text().c_str());
        }
        rig.away(1, 9, false);
        unsigned rewrites = 0;
        while (rig.spread(*cap).attempted)
            QVERIFY(++rewrites < 4);
        std::size_t all = 0;
        for (std::size_t i = 1; i < 9; ++i) {
            QVERIFY(rig.sharesOn(i, *cap) <= 1);
            all += rig.sharesOn(i, *cap);
        }
        QCOMPARE(rig.sharesOn(0, *cap), std::size_t{2});
        QVERIFY(all >= 4 && all <= 5);
        QVERIFY(rig.bench.check(*cap, true).healthy);
        rig.away(0, 1, true);
        QVERIFY(rig.reads(*cap, plaintext(bytes, 17)));
    }
    /// A copy that a server does not give up is no reason to write all others again and again.
    void whoKeepsItsCopiesRests()
    {
        Rig rig(4, encodingOf(1, 3));
        const Result<cap::MutableWriteCap> cap =
            rig.bench.create(plaintext(1000), cap::MutableFormat::Sdmf);
        QVERIFY(cap);
        for (std::size_t i = 1; i < 4; ++i) {
            rig.away(1, 4, true);
            rig.away(i, i + 1, false);
            QVERIFY(rig.bench.overwrite(*cap, plaintext(1000, i)));
        }
        rig.away(1, 4, false);
        for (std::size_t i = 1; i < 4; ++i)
            rig.bench.servers[i]->store->setPlan([](StoreCall call, std::uint64_t) {
                return call == StoreCall::ReadTestWrite || call == StoreCall::Stream
                           ? failing(ErrorCode::NoSpace)
                           : Fault();
            });
        rig.spread(*cap);
        QVERIFY(!rig.spread(*cap).attempted);
        QVERIFY(rig.reads(*cap, plaintext(1000, 3)));
    }
    void largeFilesTheSame()
    {
        Rig rig(4, encodingOf(1, 3));
        rig.away(1, 4, true);
        const Result<cap::MutableWriteCap> cap =
            rig.bench.create(plaintext(3'000'000), cap::MutableFormat::Mdmf);
        QVERIFY(cap);
        rig.away(1, 4, false);
        QVERIFY(rig.spread(*cap).successful);
        rig.away(0, 1, true);
        QVERIFY(rig.reads(*cap, plaintext(3'000'000)));
    }
};

QTEST_GUILESS_MAIN(TestMutableHome)
#include "test_mutable_home.moc"
