// Trees of 100,000 nodes, made up while they are listed: what a traversal of them holds, in which
// order it goes, and that it ends when it is told to.
#include "client-gateway/dirs/deep_stats.h"
#include "core/crypto/tagged_hash.h"
#include "tests/support/engine.h"
#include "tests/support/fake_immutable_files.h"
#include "tests/support/fake_mutable_files.h"
#include "tests/support/memory_peak.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;

namespace {

/// How many directories each directory of a level holds; those of the last level hold files.
struct Shape
{
    std::vector<std::size_t> directories;
    std::size_t files = 0;

    std::size_t leaves() const
    {
        std::size_t count = 1;
        for (const std::size_t width : directories)
            count *= width;
        return count;
    }
    std::size_t nodes() const
    {
        std::size_t level = 1;
        std::size_t all = 1;
        for (const std::size_t width : directories)
            all += level *= width;
        return all + level * files;
    }
};

class MadeUpTree final : public DirectoryService
{
public:
    /// \param lostEvery  of the directories of the last level, each such cannot be read; 0: none.
    explicit MadeUpTree(Shape shape, std::size_t lostEvery = 0)
        : m_shape(std::move(shape)), m_lostEvery(lostEvery)
    {
    }
    static std::string rootCap() { return directoryCap(0, 0); }

    asio::awaitable<Result<std::shared_ptr<const DirectoryContents>>>
    list(std::string directory) override
    {
        ++listings;
        const cap::Cap parsed = cap::parseCap(directory);
        const auto& file = std::get<cap::DirectoryCap>(parsed).file;
        const ByteView key = std::get<cap::MutableReadCap>(file).readKey.view();
        const auto number = loadBig<std::uint64_t>(key, 0);
        const auto level = loadBig<std::uint64_t>(key, 8);
        const bool last = level == m_shape.directories.size();
        if (last && m_lostEvery != 0 && number % m_lostEvery == 0)
            co_return Error(ErrorCode::NotEnoughShares, "lost");
        auto contents = std::make_shared<DirectoryContents>();
        const std::size_t count = last ? m_shape.files : m_shape.directories[level];
        for (std::size_t i = 0; i < count; ++i) {
            DirectoryChild child;
            child.node = cap::parseCap(last ? fileCap(directory, i)
                                            : directoryCap(number * count + i, level + 1));
            contents->children["child number " + std::to_string(i)] = child;
        }
        co_return std::shared_ptr<const DirectoryContents>(std::move(contents));
    }
    asio::awaitable<Result<std::string>> create(cap::MutableFormat, std::vector<NewChild>) override
    {
        co_return Error(ErrorCode::Unsupported, "made up");
    }
    asio::awaitable<Result<std::string>> createImmutable(std::vector<NewChild>) override
    {
        co_return Error(ErrorCode::Unsupported, "made up");
    }
    asio::awaitable<Result<std::vector<Removed>>> link(std::string, std::vector<NewChild>,
                                                       Replace) override
    {
        co_return Error(ErrorCode::Unsupported, "made up");
    }
    asio::awaitable<Result<DirectoryChild>> unlink(std::string, std::string, ChildKind) override
    {
        co_return Error(ErrorCode::Unsupported, "made up");
    }
    asio::awaitable<Result<void>> move(std::string, std::string, std::string, std::string,
                                       Replace) override
    {
        co_return Error(ErrorCode::Unsupported, "made up");
    }

    std::size_t listings = 0;

private:
    static std::string directoryCap(std::uint64_t number, std::uint64_t level)
    {
        cap::MutableReadCap cap;
        storeBig<std::uint64_t>(cap.readKey.mutableView(), 0, number);
        storeBig<std::uint64_t>(cap.readKey.mutableView(), 8, level);
        return cap::printCap(cap::DirectoryCap{cap});
    }
    static std::string fileCap(const std::string& directory, std::size_t number)
    {
        cap::ImmutableReadCap cap;
        cap.uriExtensionHash = crypto::taggedHash(directory, asBytes(std::to_string(number)));
        cap.needed = cap.total = 1;
        cap.size = number;
        return cap::printCap(cap);
    }

    Shape m_shape;
    std::size_t m_lostEvery;
};

/// Counts, and looks whether the order is what it should be.
class Counter final : public NodeVisitor
{
public:
    std::size_t count = 0;
    DeepStats stats;
    bool ordered = true;
    std::size_t callAt = 0; ///< `call` at this visit
    std::function<void()> call;

    asio::awaitable<Result<void>> visit(const VisitedNode& node) override
    {
        const auto* known = std::get_if<cap::Cap>(&node.node);
        if (known != nullptr && cap::isDirectory(*known)) {
            ordered = ordered && node.path.size() >= m_directory.size();
            m_directory = node.path;
        } else {
            const std::vector<std::string> parent(node.path.begin(), node.path.end() - 1);
            ordered = ordered && parent == m_directory;
        }
        stats.add(node);
        if (++count == callAt) call();
        co_return ok();
    }

private:
    std::vector<std::string> m_directory; ///< the last one visited
};

struct Rig
{
    test::Engine engine;
    test::FakeMutableFiles mutables;
    test::FakeImmutableFiles immutables;
    Counter counter;

    Result<void> walk(MadeUpTree& tree)
    {
        const TraversalParts parts{tree, mutables, immutables};
        return *engine.run(traverse(parts, MadeUpTree::rootCap(), TraversalOptions(), counter));
    }
};

} // namespace

class TestLargeTraversal final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    /// First of all: the memory that other tests have used and freed would hide what this takes.
    void memoryStaysFlat()
    {
        const Shape shape{{200}, 500};
        MadeUpTree tree(shape);
        Rig rig;
        const test::MemoryPeak peak;
        QVERIFY(rig.walk(tree));
        // Each node met leaves 16 bytes in a hash set (about 5 MB in all); eight listings are 3 MB.
        QVERIFY2(peak.growth() < 16U << 20U, std::to_string(peak.growth()).c_str());
        QCOMPARE(rig.counter.count, shape.nodes());
        QCOMPARE(rig.counter.stats.immutableFiles, std::uint64_t{200 * 500});
        QVERIFY(rig.counter.ordered);
    }

    /// The most that can be pending: a level of 10,000 directories.
    void wideTreesTakeAFewHundredBytesForEachDirectoryToCome()
    {
        const Shape shape{{100, 100}, 1};
        MadeUpTree tree(shape);
        Rig rig;
        const test::MemoryPeak peak;
        QVERIFY(rig.walk(tree));
        const std::size_t perNode = peak.growth() / shape.nodes();
        QVERIFY2(perNode < 200, std::to_string(perNode).c_str());
        QCOMPARE(rig.counter.count, shape.nodes());
        QVERIFY(rig.counter.ordered);
    }

    void lostDirectoriesCostOnlyWhatIsBelowThem()
    {
        const Shape shape{{100, 10}, 20};
        MadeUpTree tree(shape, 10);
        Rig rig;
        QVERIFY(rig.walk(tree));
        const std::size_t lost = shape.leaves() / 10;
        QCOMPARE(rig.counter.stats.unreadableDirectories, std::uint64_t{lost});
        QCOMPARE(rig.counter.count, shape.nodes() - lost * shape.files);
        QVERIFY(rig.counter.ordered);
    }

    void endsInTheMiddleWhenCancelled()
    {
        const Shape shape{{100, 10}, 100};
        MadeUpTree tree(shape);
        Rig rig;
        asio::cancellation_signal cancel;
        bool ended = false;
        rig.counter.callAt = shape.nodes() / 2;
        rig.counter.call = [&] {
            asio::post(rig.engine.context(),
                       [&] { cancel.emit(asio::cancellation_type::terminal); });
        };
        const TraversalParts parts{tree, rig.mutables, rig.immutables};
        asio::co_spawn(
            rig.engine.context(),
            traverse(parts, MadeUpTree::rootCap(), TraversalOptions(), rig.counter),
            asio::bind_cancellation_slot(
                cancel.slot(), [&](const std::exception_ptr&, Result<void>) { ended = true; }));
        rig.engine.settle();
        QVERIFY(ended);
        // It goes on to the end of its turn at most.
        QVERIFY(rig.counter.count >= shape.nodes() / 2);
        QVERIFY2(rig.counter.count < shape.nodes() / 2 + 1000,
                 std::to_string(rig.counter.count).c_str());
        QVERIFY(tree.listings < 100 + shape.leaves() / 2 + 20);
    }
};

QTEST_GUILESS_MAIN(TestLargeTraversal)
#include "test_large_traversal.moc"
