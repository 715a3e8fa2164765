// Replacing a part of a mutable file: what travels, what comes out, and what two writers and
// failing servers make of it.
#include "tests/client-gateway/mutable_bench.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;
using cap::MutableFormat;
using test::Fault;
using test::StoreCall;
using Bench = test::MutableBench;

namespace {

constexpr std::size_t kSegment = 131'073; ///< of 3-of-10

void layOver(Bytes& plain, std::size_t offset, ByteView patch)
{
    plain.resize(std::max(plain.size(), offset + patch.size()));
    std::copy(patch.begin(), patch.end(), plain.begin() + static_cast<std::ptrdiff_t>(offset));
}

/// Every call of every server takes its own time.
void dawdle(Bench& bench, test::SeededRandom& random)
{
    for (const auto& one : bench.servers) {
        auto own = std::make_shared<test::SeededRandom>(random.next());
        one->store->setPlan([own](StoreCall, std::uint64_t) {
            Fault fault;
            fault.delay = std::chrono::milliseconds(own->between(0, 400));
            return fault;
        });
    }
}

void hurry(Bench& bench)
{
    for (const auto& one : bench.servers)
        one->store->setPlan({});
}

} // namespace

class TestUpdateInPlace final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void updatesInPlace_data()
    {
        QTest::addColumn<bool>("mdmf");
        QTest::addColumn<int>("offset");
        QTest::addColumn<int>("length");
        for (const bool mdmf : {false, true}) {
            QTest::addRow("%d start", mdmf) << mdmf << 0 << 10;
            QTest::addRow("%d middle", mdmf) << mdmf << 150'000 << 10;
            QTest::addRow("%d over a border", mdmf) << mdmf << 131'070 << 10;
            QTest::addRow("%d append", mdmf) << mdmf << 400'000 << 200'000;
            QTest::addRow("%d over the end", mdmf) << mdmf << 399'990 << 900'000;
            QTest::addRow("%d nothing", mdmf) << mdmf << 5 << 0;
        }
    }
    void updatesInPlace()
    {
        QFETCH(bool, mdmf);
        QFETCH(int, offset);
        QFETCH(int, length);
        Bench bench;
        Bytes plain = test::plaintext(400'000);
        const auto made = bench.create(plain, mdmf ? MutableFormat::Mdmf : MutableFormat::Sdmf);
        QVERIFY(made);
        const Bytes patch = test::plaintext(static_cast<std::size_t>(length), 9);
        const auto done = bench.update(*made, static_cast<std::uint64_t>(offset), patch);
        QVERIFY2(done, done ? "" : done.error().text().c_str());
        const auto end = static_cast<std::size_t>(offset + length);
        if (end > plain.size()) plain.resize(end);
        std::copy(patch.begin(), patch.end(), plain.begin() + offset);
        const auto back = bench.readBack(*made);
        QVERIFY(back && back->data == plain);
        const CheckResult health = bench.check(*made, true);
        QVERIFY2(health.healthy, health.summary.c_str());
        const auto behind = bench.update(*made, plain.size() + 1, patch);
        QVERIFY(!behind && behind.error().code() == ErrorCode::InvalidInput);
    }

    void onlyWhatChangesTravels()
    {
        Bench bench;
        constexpr std::size_t kSegments = 40;
        Bytes plain = test::plaintext(kSegments * kSegment);
        const auto made = bench.create(plain, MutableFormat::Mdmf);
        QVERIFY(made);
        const std::uint64_t before = bench.bytesWritten();
        const std::uint64_t readBefore = bench.bytesRead();
        const Bytes patch = test::plaintext(1000, 5);
        const std::size_t offset = 20 * kSegment + 7;
        QVERIFY(bench.update(*made, offset, patch));
        layOver(plain, offset, patch);
        // One block, its salt, seven nodes of the tree; keys, signature, chain.
        constexpr std::uint64_t kMost = 10 * (kSegment / 3 + 16 + 7 * 32 + 2400);
        QVERIFY2(bench.bytesWritten() - before <= kMost,
                 std::to_string(bench.bytesWritten() - before).c_str());
        QVERIFY2(bench.bytesRead() - readBefore <= 10 * (4000 + 40 * 32) + 4 * kSegment,
                 std::to_string(bench.bytesRead() - readBefore).c_str());
        const auto back = bench.readBack(*made);
        QVERIFY(back && back->data == plain);
        QCOMPARE(back->sequence, std::uint64_t{2});
        const CheckResult health = bench.check(*made, true);
        QVERIFY2(health.healthy, health.summary.c_str());

        // Growing moves the tree, which travels whole; the old segments do not.
        const std::uint64_t grown = bench.bytesWritten();
        const Bytes more = test::plaintext(kSegment, 6);
        QVERIFY(bench.update(*made, plain.size(), more));
        layOver(plain, plain.size(), more);
        QVERIFY(bench.bytesWritten() - grown <= 10 * (kSegment / 3 + 16 + 127 * 32 + 2400));
        const auto longer = bench.readBack(*made);
        QVERIFY(longer && longer->data == plain);
        QVERIFY(bench.check(*made, true).healthy);
    }

    /// The gateway that wrote a version last knows its block hashes; another one asks for them.
    void knownBlockHashesAreNotFetched()
    {
        Bench bench;
        Bytes plain = test::plaintext(60 * kSegment);
        const auto made = bench.create(plain, MutableFormat::Mdmf);
        QVERIFY(made);
        const auto readOf = [&](MutableService& files, std::uint64_t offset) {
            const std::uint64_t before = bench.bytesRead();
            const Bytes patch = test::plaintext(kSegment, offset);
            const auto done = bench.wait(test::updateWith(files, *made, offset, patch));
            layOver(plain, offset, patch);
            return done ? bench.bytesRead() - before : std::uint64_t(0);
        };
        const std::uint64_t known = readOf(bench.files(), 2 * kSegment);
        const auto other = bench.otherGateway();
        const std::uint64_t asked = readOf(other->mutableFiles(), 3 * kSegment);
        QVERIFY(known > 0 && asked > 0);
        // What the other one wrote is another version.
        const std::uint64_t again = readOf(bench.files(), 4 * kSegment);
        QCOMPARE(again, asked);
        QCOMPARE(readOf(bench.files(), 5 * kSegment), known);
        const auto back = bench.readBack(*made);
        QVERIFY(back && back->data == plain);
        QVERIFY(bench.check(*made, true).healthy);
    }

    /// A tree that is damaged where nobody looked stays so for the checker to find.
    void aDamagedTreeIsFoundByTheChecker()
    {
        Bench bench;
        Bytes plain = test::plaintext(10 * kSegment);
        const auto made = bench.create(plain, MutableFormat::Mdmf);
        QVERIFY(made);
        Bytes& share = *bench.share(*made, 4);
        share[share.size() - 5] ^= std::byte{1}; // the last leaf
        const Bytes patch = test::plaintext(10, 5);
        QVERIFY(bench.update(*made, 5, patch));
        layOver(plain, 5, patch);
        const auto back = bench.readBack(*made);
        QVERIFY(back && back->data == plain);
        const CheckResult health = bench.check(*made, true);
        QVERIFY(!health.healthy);
        QCOMPARE(health.corruptShares.size(), std::size_t(1));
        QVERIFY(bench.repair(*made).after.healthy);
    }

    void anyRowOfUpdatesIsThatOfTheModel()
    {
        const bool held = test::forAll(12, [](test::SeededRandom& random) {
            const auto needed = static_cast<std::uint32_t>(random.between(1, 4));
            const auto total = static_cast<std::uint32_t>(random.between(needed, 6));
            Bench bench(5, test::encodingOf(needed, total));
            Bytes plain = test::plaintext(random.between(0, 5 * kSegment), random.next());
            const auto made = bench.create(plain, MutableFormat::Mdmf);
            if (!made) return false;
            for (int i = 0; i < 6; ++i) {
                const std::size_t offset = random.between(0, plain.size());
                const Bytes patch = random.bytesBetween(0, random.chance(0.2) ? 5 * kSegment : 900);
                if (!bench.update(*made, offset, patch)) return false;
                layOver(plain, offset, patch);
                const auto back = bench.readBack(*made);
                if (!back || back->data != plain) return false;
            }
            return bench.check(*made, true).healthy;
        });
        QVERIFY(held);
    }

    void aFileWithAMissingShareIsWrittenWholeAndHeals()
    {
        Bench bench;
        Bytes plain = test::plaintext(10 * kSegment);
        const auto made = bench.create(plain, MutableFormat::Mdmf);
        QVERIFY(made);
        bench.lose(*made, 3);
        const Bytes patch = test::plaintext(10, 5);
        QVERIFY(bench.update(*made, 5, patch));
        layOver(plain, 5, patch);
        const auto back = bench.readBack(*made);
        QVERIFY(back && back->data == plain);
        const CheckResult health = bench.check(*made, true);
        QVERIFY2(health.healthy, health.summary.c_str());
    }

    void aServerThatFailsInTheMiddleLosesItsShareToOthers()
    {
        Bench bench;
        Bytes plain = test::plaintext(10 * kSegment);
        const auto made = bench.create(plain, MutableFormat::Mdmf);
        QVERIFY(made);
        bench.servers[4]->store->setPlan([](StoreCall call, std::uint64_t) {
            Fault fault;
            if (call == StoreCall::ReadTestWrite) fault.error = ErrorCode::PeerUnreachable;
            return fault;
        });
        const Bytes patch = test::plaintext(10, 5);
        QVERIFY(bench.update(*made, 5, patch));
        layOver(plain, 5, patch);
        hurry(bench);
        const auto back = bench.readBack(*made);
        QVERIFY(back && back->data == plain);
        const CheckResult health = bench.check(*made, true);
        QCOMPARE(health.sharesGood, 10U);
        QCOMPARE(health.wrongShares, 1U); // the old one
    }

    void olderCopiesDoNotHinder()
    {
        Bench bench;
        Bytes plain = test::plaintext(10 * kSegment);
        const auto made = bench.create(plain, MutableFormat::Mdmf);
        QVERIFY(made);
        const Bytes old = *bench.share(*made, 2);
        Bytes patch = test::plaintext(10, 5);
        QVERIFY(bench.update(*made, 5, patch));
        layOver(plain, 5, patch);
        // A server comes back with what it had.
        std::uint32_t other = 0;
        while (bench.servers[other]->memory->shareBytes(test::indexOf(*made), ShareNumber{2}))
            ++other;
        const Server& server = *bench.servers[other]->server;
        const auto enabler = crypto::writeEnablerFor(made->writeKey, server.tubId);
        storage_api::ReadTestWrite request;
        storage_api::WriteVector whole;
        whole.data = old;
        request.shares[ShareNumber{2}].writes.push_back(whole);
        QVERIFY(bench.wait(
            server.store().readTestWrite(test::indexOf(*made), {}, enabler.view(), request)));
        const std::uint64_t before = bench.bytesWritten();
        patch = test::plaintext(10, 6);
        QVERIFY(bench.update(*made, 2 * kSegment, patch));
        layOver(plain, 2 * kSegment, patch);
        QVERIFY(bench.bytesWritten() - before < 10 * kSegment);
        const auto back = bench.readBack(*made);
        QVERIFY(back && back->data == plain);
    }

    void twoWritersLeaveNoTornVersion()
    {
        const bool held = test::forAll(20, [](test::SeededRandom& random) {
            Bench bench;
            const std::unique_ptr<Grid> other = bench.otherGateway();
            const Bytes plain = test::plaintext(6 * kSegment);
            const auto made = bench.create(plain, MutableFormat::Mdmf);
            if (!made) return false;
            const Bytes a(2 * kSegment, std::byte{'a'});
            const Bytes b(2 * kSegment, std::byte{'b'});
            const std::size_t atA = random.between(0, plain.size());
            const std::size_t atB = random.between(0, plain.size());
            dawdle(bench, random);
            std::optional<Result<void>> theirs;
            const auto store = [&](const std::exception_ptr&, Result<void> done) {
                theirs.emplace(std::move(done));
            };
            asio::co_spawn(bench.engine, test::updateWith(other->mutableFiles(), *made, atB, b),
                           store);
            const Result<void> mine = bench.update(*made, atA, a);
            hurry(bench);
            const auto back = bench.readBack(*made);
            if (!back || !theirs) return false;
            const auto with = [&](bool first, bool second) {
                Bytes out = plain;
                if (first) layOver(out, atA, a);
                if (second) layOver(out, atB, b);
                return out;
            };
            Bytes otherOrder = with(false, true);
            layOver(otherOrder, atA, a);
            const bool both = back->data == with(true, true) || back->data == otherOrder;
            if (mine && *theirs) return both; // nothing acknowledged is lost
            if (mine) return both || back->data == with(true, false);
            if (*theirs) return both || back->data == with(false, true);
            return both || back->data == with(true, false) || back->data == with(false, true) ||
                   back->data == plain;
        });
        QVERIFY(held);
    }
};

QTEST_GUILESS_MAIN(TestUpdateInPlace)
#include "test_update_in_place.moc"
