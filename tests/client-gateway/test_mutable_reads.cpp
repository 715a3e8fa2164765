// Reading mutable files where servers offer old versions or keep others waiting.
#include "client-gateway/mutable/late_queries.h"
#include "tests/client-gateway/mutable_bench.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;
using cap::MutableFormat;
using test::Fault;
using test::StoreCall;
using Bench = test::MutableBench;

namespace {

/// What the servers hold of a file, to be brought back later.
struct Snapshot
{
    Snapshot(Bench& bench, const cap::MutableWriteCap& cap)
    {
        for (const auto& one : bench.servers)
            for (std::uint32_t number = 0; number < 10; ++number)
                if (Bytes* bytes = one->memory->shareBytes(test::indexOf(cap), ShareNumber{number}))
                    shares[one->server->id].emplace_back(bytes, *bytes);
    }
    void restore(const std::string& server)
    {
        for (const auto& [stored, bytes] : shares[server])
            *stored = bytes;
    }
    std::map<std::string, std::vector<std::pair<Bytes*, Bytes>>> shares; ///< by server id
};

std::uint64_t oldVersions(const Bench& bench, std::size_t server)
{
    return bench.servers[server]->server->connection->status().oldVersions;
}

void keepWaiting(Bench& bench, const std::string& server, Duration delay = std::chrono::hours(1))
{
    for (const auto& one : bench.servers)
        if (one->server->id == server)
            one->store->setPlan([delay](StoreCall, std::uint64_t) { return test::late(delay); });
}

} // namespace

class TestMutableReads final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void serversWithOldVersionsAreOutVotedAndReported()
    {
        for (const MutableFormat format : {MutableFormat::Sdmf, MutableFormat::Mdmf}) {
            Bench bench;
            const auto made = bench.create(asBytes("old"), format);
            QVERIFY(made);
            Snapshot before(bench, *made);
            QVERIFY(bench.overwrite(*made, asBytes("newer")));
            for (const std::size_t server : {1U, 4U, 6U})
                before.restore(bench.servers[server]->server->id);
            const auto checked = bench.check(*made, false); // asks all
            QVERIFY(!checked.healthy);
            QCOMPARE(checked.recoverableVersions, 2U);
            for (std::size_t server = 0; server < bench.servers.size(); ++server)
                QCOMPARE(oldVersions(bench, server) > 0, server == 1 || server == 4 || server == 6);
            const auto back = bench.readBack(*made);
            QVERIFY(back);
            QCOMPARE(textOf(back->data), std::string("newer"));
            QVERIFY(bench.repair(*made).after.healthy);
        }
    }

    void aGatewayRemembersThatThereIsANewerVersion()
    {
        Bench bench;
        const auto made = bench.create(asBytes("old"), MutableFormat::Sdmf);
        QVERIFY(made);
        Snapshot before(bench, *made);
        QVERIFY(bench.overwrite(*made, asBytes("newer")));
        // All that a reader asks at first go back.
        const auto order = permutedOrder(test::indexOf(*made), bench.set.servers());
        for (std::size_t i = 0; i < 6; ++i)
            before.restore(order[i]->id);
        const auto back = bench.readBack(*made);
        QVERIFY(back);
        QCOMPARE(textOf(back->data), std::string("newer"));
        // Whoever edits looks around in any case.
        const std::unique_ptr<Grid> fresh = bench.otherGateway();
        std::string seen;
        auto edit = [&seen](ByteView old, bool) -> Result<std::optional<Bytes>> {
            seen = textOf(old);
            return std::optional<Bytes>(toBytes("newest"));
        };
        QVERIFY(bench.wait(fresh->mutableFiles().modify(*made, 1000, edit)));
        QCOMPARE(seen, std::string("newer"));
        const auto last = bench.readBack(*made);
        QVERIFY(last && last->sequence == 3);
    }

    void requestsThatNobodyWaitsForAnyMoreKeepTheirConnections()
    {
        Bench bench;
        const auto made = bench.create(asBytes("small"), MutableFormat::Sdmf);
        QVERIFY(made);
        const std::unique_ptr<Grid> fresh = bench.otherGateway();
        const auto order = permutedOrder(test::indexOf(*made), bench.set.servers());
        // Of the six that a reader asks at first, two answer too late to matter, one never.
        keepWaiting(bench, order[0]->id, std::chrono::milliseconds(400));
        keepWaiting(bench, order[1]->id, std::chrono::milliseconds(400));
        keepWaiting(bench, order[2]->id, std::chrono::hours(1));
        const TimePoint begun = bench.clock.now();
        const auto opened = bench.run(fresh->mutableFiles().open(cap::readCapOf(*made)));
        QVERIFY(opened && *opened);
        QVERIFY(bench.clock.now() - begun < std::chrono::milliseconds(400));
        bench.settle();
        QVERIFY(bench.clock.now() - begun < std::chrono::minutes(1));
        std::map<std::string, std::uint64_t> givenUp;
        for (const auto& one : bench.servers)
            if (one->store->givenUp() > 0) givenUp.emplace(one->server->id, one->store->givenUp());
        QCOMPARE(givenUp, (std::map<std::string, std::uint64_t>{{order[2]->id, 1}}));
    }

    /// They would wait for its connections, in the way of requests that somebody waits for.
    void aSlowServerIsNotLeftWithManyOfThem()
    {
        constexpr std::size_t kReads = 10;
        Bench bench;
        const auto made = bench.create(asBytes("small"), MutableFormat::Sdmf);
        QVERIFY(made);
        const std::unique_ptr<Grid> fresh = bench.otherGateway();
        const auto order = permutedOrder(test::indexOf(*made), bench.set.servers());
        keepWaiting(bench, order[0]->id, std::chrono::milliseconds(400));
        const TimePoint begun = bench.clock.now();
        for (std::size_t i = 0; i < kReads; ++i) {
            const auto opened = bench.run(fresh->mutableFiles().open(cap::readCapOf(*made)));
            QVERIFY(opened && *opened);
        }
        QVERIFY(bench.clock.now() - begun < std::chrono::milliseconds(400));
        bench.settle();
        std::uint64_t givenUp = 0;
        for (const auto& one : bench.servers)
            givenUp += one->store->givenUp();
        QCOMPARE(givenUp, std::uint64_t(kReads - LateQueries::kMostPerServer));
    }

    void slowSharesAreRacedWithOthers()
    {
        Bench bench;
        const Bytes plain = test::plaintext(3'000'000);
        const auto made = bench.create(plain, MutableFormat::Mdmf);
        QVERIFY(made);
        const auto opened = bench.wait(bench.files().open(cap::readCapOf(*made)));
        QVERIFY(opened);
        int late = 0;
        for (const ShareStatus& share : (*opened)->status().shares)
            if (late++ < 2) keepWaiting(bench, share.serverId);
        const TimePoint begun = bench.clock.now();
        const Result<Bytes> whole = bench.get(**opened, ByteRange{0, plain.size()});
        QVERIFY(whole && *whole == plain);
        QVERIFY(bench.clock.now() - begun < std::chrono::seconds(10));
        const TimePoint again = bench.clock.now();
        const Result<Bytes> part = bench.get(**opened, ByteRange{1'000'000, 2'000'000});
        QVERIFY(part && part->size() == 1'000'000);
        QVERIFY(bench.clock.now() - again < std::chrono::seconds(1)); // asks them last
    }
};

QTEST_GUILESS_MAIN(TestMutableReads)
#include "test_mutable_reads.moc"
