#include "client-gateway/dirs/deep_check_totals.h"
#include "client-gateway/dirs/directories.h"
#include "client-gateway/dirs/directory_edit.h"
#include "client-gateway/dirs/manifest.h"
#include "tests/support/engine.h"
#include "tests/support/fake_immutable_files.h"
#include "tests/support/fake_mutable_files.h"

#include <boost/asio/steady_timer.hpp>

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;

namespace {

const std::string kLiteral = "URI:LIT:nbswy3dp";

std::string pathText(const std::vector<std::string>& path)
{
    std::string text;
    for (const std::string& name : path)
        text += "/" + name;
    return text.empty() ? "/" : text;
}

class Recorder final : public NodeVisitor
{
public:
    std::string seen; ///< paths, "!" behind the unreadable, "+" and "-" for health
    Manifest manifest;
    DeepCheckTotals totals;
    std::size_t count = 0;
    std::size_t refuseAt = 0; ///< that many visits, then an error
    bool block = false;

    asio::awaitable<Result<void>> visit(const VisitedNode& node) override
    {
        if (block) {
            asio::steady_timer never(co_await asio::this_coro::executor,
                                     asio::steady_timer::time_point::max());
            co_await never.async_wait(asio::use_awaitable);
        }
        if (++count == refuseAt) co_return Error(ErrorCode::NoSpace, "enough");
        seen += pathText(node.path);
        if (node.unreadable) seen += "!";
        if (const auto* result = std::get_if<CheckResult>(&node.health))
            seen += result->healthy ? "+" : "-";
        if (const auto* repair = std::get_if<RepairResult>(&node.health))
            seen += repair->after.healthy ? "+" : "-";
        seen += " ";
        manifest.add(node);
        totals.add(node);
        co_return ok();
    }
};

struct Rig
{
    test::Engine engine;
    test::FakeMutableFiles mutables;
    test::FakeImmutableFiles immutables;
    std::unique_ptr<WorkPool> cpu = makeInlinePool();
    Directories directories{{engine.clock(), *cpu, mutables, immutables}};
    TraversalParts parts{directories, mutables, immutables};
    TraversalOptions options;
    Recorder recorder;

    std::string make(const std::vector<std::pair<std::string, std::string>>& children)
    {
        std::vector<NewChild> all;
        for (const auto& [name, what] : children)
            all.push_back(NewChild{name, what, {}, {}});
        return **engine.run(directories.create(cap::MutableFormat::Sdmf, std::move(all)));
    }
    void link(const std::string& where, const std::string& name, const std::string& what)
    {
        std::vector<NewChild> all;
        all.push_back(NewChild{name, what, {}, {}});
        QVERIFY(*engine.run(directories.link(where, std::move(all), Replace::Yes)));
    }
    std::string chk(std::size_t size, char fill = 'x')
    {
        return immutables.add(asBytes(std::string(size, fill)));
    }
    Result<void> walk(const std::string& root)
    {
        return *engine.run(traverse(parts, root, options, recorder));
    }
    StorageIndex indexOf(const std::string& directory)
    {
        return *cap::storageIndexOf(cap::parseCap(directory));
    }
};

std::string readOnly(const std::string& text)
{
    return cap::printCap(cap::readOnlyOf(cap::parseCap(text)));
}

} // namespace

class TestTraversal : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void breadthFirstInTheOrderOfNames()
    {
        Rig rig;
        const std::string deep = rig.make({{"file", rig.chk(200)}});
        const std::string sub = rig.make({{"deep", deep}, {"lit", kLiteral}});
        const std::string other = rig.make({{"x", rig.chk(300)}});
        const std::string root =
            rig.make({{"a", sub}, {"b", rig.chk(100)}, {"c", other}, {"d", kLiteral}});
        QVERIFY(rig.walk(root));
        QCOMPARE(rig.recorder.seen, std::string("/ /b /d /a /a/lit /c /c/x /a/deep /a/deep/file "));
    }

    void whatWasMetIsPassedOver()
    {
        Rig rig;
        const std::string file = rig.chk(100);
        const std::string sub = rig.make({{"file", file}, {"lit", kLiteral}});
        const std::string root = rig.make({{"again", readOnly(sub)}, {"file", file}, {"sub", sub}});
        rig.link(sub, "up", root);
        rig.link(sub, "self", readOnly(sub));
        QVERIFY(rig.walk(root));
        QCOMPARE(rig.recorder.seen, std::string("/ /file /again /again/lit "));
        // The weaker of two ways to a directory came first, and still it is listed once.
        QCOMPARE(rig.recorder.manifest.stats.directories, std::uint64_t{2});
        QCOMPARE(rig.recorder.manifest.verifyCaps.size(), std::size_t{3});
        QCOMPARE(rig.recorder.manifest.storageIndexes.size(), std::size_t{3});
    }

    void unknownNodesAreVisitedEachTime()
    {
        Rig rig;
        std::vector<NewChild> children;
        children.push_back(NewChild{"u", "future:rw", "future:ro", {}});
        children.push_back(NewChild{"v", "future:rw", "future:ro", {}});
        const std::string root =
            **rig.engine.run(rig.directories.create(cap::MutableFormat::Sdmf, children));
        QVERIFY(rig.walk(root));
        QCOMPARE(rig.recorder.seen, std::string("/ /u /v "));
        QCOMPARE(rig.recorder.manifest.entries[1].cap, std::string("future:rw"));
        QCOMPARE(rig.recorder.manifest.stats.unknown, std::uint64_t{2});
    }

    void survivesWhatCannotBeRead()
    {
        Rig rig;
        const std::string bad = rig.make({{"file", rig.chk(100)}});
        const std::string good = rig.make({{"file", rig.chk(200)}});
        const std::string root = rig.make({{"bad", bad}, {"good", good}});
        rig.mutables.lost.insert(rig.indexOf(bad));
        QVERIFY(rig.walk(root));
        QCOMPARE(rig.recorder.seen, std::string("/ /bad! /good /good/file "));
        QCOMPARE(rig.recorder.totals.failed, std::uint64_t{1});
        QCOMPARE(rig.recorder.manifest.stats.unreadableDirectories, std::uint64_t{1});

        rig.recorder = Recorder();
        rig.mutables.lost.insert(rig.indexOf(root));
        const Result<void> walked = rig.walk(root);
        QCOMPARE(walked.error().code(), ErrorCode::NotEnoughShares);
        QCOMPARE(rig.recorder.seen, std::string("/! "));
    }

    void onlyDirectoriesAreRoots()
    {
        Rig rig;
        const std::string made = rig.make({});
        for (const std::string& root : {kLiteral, std::string("URI:DIR2:x"),
                                        cap::printCap(*cap::verifyOf(cap::parseCap(made)))})
            QCOMPARE(rig.walk(root).error().code(), ErrorCode::InvalidInput);
        QCOMPARE(rig.recorder.count, std::size_t{0});
    }

    void depthIsBounded()
    {
        Rig rig;
        std::string at = rig.make({});
        for (std::size_t i = 0; i < kMaxTraversalDepth + 5; ++i)
            at = rig.make({{"d", at}});
        QVERIFY(rig.walk(at));
        QCOMPARE(rig.recorder.count, kMaxTraversalDepth + 2);
        QVERIFY(rig.recorder.seen.ends_with("/d! "));
    }

    void readsAheadButNotTooFar()
    {
        Rig rig;
        std::vector<std::pair<std::string, std::string>> all;
        for (char name = 'a'; name <= 'z'; ++name)
            all.emplace_back(std::string(1, name), rig.make({{"x", rig.chk(100, name)}}));
        const std::string root = rig.make(all);
        rig.mutables.readTurns = 5;
        rig.options.listingsAtOnce = 4;
        QVERIFY(rig.walk(root));
        QCOMPARE(rig.recorder.count, std::size_t{53});
        QCOMPARE(rig.mutables.mostReadsAtOnce, 4U);
        // A taker that takes nothing stops the reading.
        rig.mutables.reads = 0;
        rig.recorder.block = true;
        QVERIFY(!rig.engine.run(traverse(rig.parts, root, rig.options, rig.recorder),
                                std::chrono::hours(1)));
        QCOMPARE(rig.mutables.reads, 1U);
        QCOMPARE(rig.mutables.readsNow, 0U);
    }

    void endsWithItsVisitorAndWhenCancelled()
    {
        Rig rig;
        std::vector<std::pair<std::string, std::string>> all;
        for (char name = 'a'; name <= 'z'; ++name)
            all.emplace_back(std::string(1, name), rig.make({{"x", rig.chk(100, name)}}));
        const std::string root = rig.make(all);
        rig.mutables.readTurns = 3;
        rig.recorder.refuseAt = 4;
        QCOMPARE(rig.walk(root).error().code(), ErrorCode::NoSpace);
        rig.engine.settle();
        QCOMPARE(rig.mutables.readsNow, 0U);

        rig.recorder = Recorder();
        rig.mutables.readTurns = 1'000'000'000;
        asio::cancellation_signal cancel;
        bool ended = false;
        asio::co_spawn(rig.engine.context(), traverse(rig.parts, root, rig.options, rig.recorder),
                       asio::bind_cancellation_slot(
                           cancel.slot(), [&](std::exception_ptr, Result<void>) { ended = true; }));
        rig.engine.context().restart();
        for (int i = 0; i < 50; ++i)
            rig.engine.context().poll_one();
        QVERIFY(!ended);
        QCOMPARE(rig.mutables.readsNow, 1U);
        rig.engine.onEngine([&] { cancel.emit(asio::cancellation_type::terminal); });
        QVERIFY(ended);
        QCOMPARE(rig.mutables.readsNow, 0U);
    }

    void statisticsAreTheReferences()
    {
        Rig rig;
        const std::string mutableFile =
            cap::printCap(rig.mutables.add(asBytes("a mutable file"), cap::MutableFormat::Mdmf));
        const std::string sub = rig.make({{"a", rig.chk(100)}, {"b", rig.chk(1000)}});
        const std::string root = rig.make({{"lit", kLiteral},
                                           {"mutable", mutableFile},
                                           {"sub", sub},
                                           {"three", rig.chk(101)},
                                           {"zero", "URI:LIT:"}});
        QVERIFY(rig.walk(root));
        const DeepStats& stats = rig.recorder.manifest.stats;
        QCOMPARE(stats.files(), std::uint64_t{6});
        QCOMPARE(stats.immutableFiles, std::uint64_t{3});
        QCOMPARE(stats.mutableFiles, std::uint64_t{1});
        QCOMPARE(stats.literalFiles, std::uint64_t{2});
        QCOMPARE(stats.directories, std::uint64_t{2});
        QCOMPARE(stats.immutableBytes, std::uint64_t{1201});
        QCOMPARE(stats.literalBytes, std::uint64_t{5});
        QCOMPARE(stats.largestImmutableFile, std::uint64_t{1000});
        QCOMPARE(stats.largestDirectoryChildren, std::uint64_t{5});
        QVERIFY(stats.largestDirectory > 500 && stats.directoryBytes > stats.largestDirectory);
        std::string histogram;
        for (const auto& [least, bucket] : stats.histogram) {
            histogram += std::to_string(least) + "-" + std::to_string(bucket.most) + ":" +
                         std::to_string(bucket.count) + " ";
        }
        QCOMPARE(histogram, std::string("0-0:1 4-10:1 32-100:1 101-316:1 317-1000:1 "));
    }

    void bucketsHoldEverySize()
    {
        DeepStats stats;
        VisitedNode node;
        for (const std::uint64_t size :
             {std::uint64_t{3}, std::uint64_t{31}, std::uint64_t{32}, std::uint64_t{1} << 40U,
              std::uint64_t{3'162'277'660'168'379'331}, ~std::uint64_t{0}}) {
            cap::ImmutableReadCap file;
            file.size = size;
            node.node = cap::Cap(file);
            stats.add(node);
        }
        std::string buckets;
        for (const auto& [least, bucket] : stats.histogram)
            buckets += std::to_string(least) + "-" + std::to_string(bucket.most) + " ";
        QCOMPARE(buckets, std::string("1-3 11-31 32-100 1000000000001-3162277660168 "
                                      "1000000000000000001-3162277660168379331 "
                                      "10000000000000000001-18446744073709551615 "));
    }

    void deepCheckKeepsTheOrder()
    {
        Rig rig;
        rig.mutables.health.healthy = true;
        rig.immutables.health.healthy = true;
        const std::string bad = rig.chk(300);
        const std::string lostDirectory = rig.make({});
        const std::string sub = rig.make({{"x", bad}, {"y", rig.chk(100)}});
        const std::string root = rig.make({{"f", rig.chk(200)},
                                           {"lit", kLiteral},
                                           {"lost", lostDirectory},
                                           {"sub", readOnly(sub)}});
        rig.immutables.lost.insert(bad);
        rig.mutables.lost.insert(rig.indexOf(lostDirectory));
        rig.options.check = NodeCheck::Check;
        QVERIFY(rig.walk(root));
        QCOMPARE(rig.recorder.seen, std::string("/+ /f+ /lit /lost!- /sub+ /sub/x- /sub/y+ "));
        const DeepCheckTotals& totals = rig.recorder.totals;
        QCOMPARE(totals.checked, std::uint64_t{6});
        QCOMPARE(totals.before.healthy, std::uint64_t{4});
        QCOMPARE(totals.before.unhealthy, std::uint64_t{2});
        QCOMPARE(totals.unhealthyNodes.size(), std::size_t{2});
        QCOMPARE(pathText(totals.unhealthyNodes[1].path), std::string("/sub/x"));
        QCOMPARE(totals.failed, std::uint64_t{1});
    }

    void deepRepairCounts()
    {
        Rig rig;
        CheckResult ill;
        ill.corruptShares.push_back(BadShare{"v0-a", ShareNumber{1}, "bad hash"});
        rig.immutables.health = ill;
        rig.mutables.health.healthy = true;
        const std::string root = rig.make({{"a", rig.chk(200)}, {"b", rig.chk(100)}});
        rig.options.check = NodeCheck::CheckAndRepair;
        rig.options.checksAtOnce = 1;
        QVERIFY(rig.walk(root));
        QCOMPARE(rig.recorder.seen, std::string("/+ /a+ /b+ "));
        const DeepCheckTotals& totals = rig.recorder.totals;
        QCOMPARE(totals.before.unhealthy, std::uint64_t{2});
        QCOMPARE(totals.after.unhealthy, std::uint64_t{0});
        QCOMPARE(totals.repairsAttempted, std::uint64_t{2});
        QCOMPARE(totals.repairsUnsuccessful(), std::uint64_t{0});
        QCOMPARE(totals.corruptShares.size(), std::size_t{2});
        QCOMPARE(totals.before.corruptShares, std::uint64_t{2});
        QCOMPARE(rig.immutables.repairs, 2U);
    }

    void listsOfProblemsAreBounded()
    {
        DeepCheckTotals totals;
        VisitedNode node;
        node.node = cap::parseCap(kLiteral);
        node.health = CheckResult();
        for (std::size_t i = 0; i < kMaxListedProblems + 5; ++i)
            totals.add(node);
        QCOMPARE(totals.unhealthyNodes.size(), kMaxListedProblems);
        QVERIFY(totals.listsCutOff);
        QCOMPARE(totals.before.unhealthy, std::uint64_t{kMaxListedProblems + 5});
    }
};

QTEST_GUILESS_MAIN(TestTraversal)
#include "test_traversal.moc"
