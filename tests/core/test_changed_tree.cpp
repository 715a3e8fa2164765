#include "core/hashtree/hash_tree.h"
#include "core/pipeline/mutable/changed_tree.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;
using hashtree::HashTree;
using hashtree::TreeShape;

namespace {

bool covers(const std::vector<ByteRange>& parts, std::uint64_t node)
{
    return std::any_of(parts.begin(), parts.end(), [node](ByteRange part) {
        return part.begin <= node * Hash256::kSize && (node + 1) * Hash256::kSize <= part.end;
    });
}

} // namespace

class TestChangedTree final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void isThePathOfOneLeaf()
    {
        const std::vector<ByteRange> all = {{0, 32}};
        QVERIFY(pipeline::changedTreeParts(TreeShape(1), 0, 1) == all);
        const std::vector<ByteRange> path = {{0, 64}, {128, 160}, {288, 320}}; // 0, 1, 4, 9
        QVERIFY(pipeline::changedTreeParts(TreeShape(8), 2, 1) == path);
        const std::vector<ByteRange> whole = {{0, 15 * 32}};
        QVERIFY(pipeline::changedTreeParts(TreeShape(8), 0, 8) == whole);
    }
    void areTheNodesThatDiffer()
    {
        QVERIFY(test::forAll(300, [](test::SeededRandom& random) {
            const std::uint64_t count = random.between(1, 40);
            const std::uint64_t first = random.between(0, count - 1);
            const std::uint64_t changed = random.between(1, count - first);
            std::vector<Hash256> leaves(count);
            for (Hash256& leaf : leaves)
                random.fill(leaf.mutableView());
            const HashTree before = HashTree::build(leaves);
            for (std::uint64_t i = first; i < first + changed; ++i)
                random.fill(leaves[i].mutableView());
            const HashTree after = HashTree::build(leaves);
            const auto parts = pipeline::changedTreeParts(TreeShape(count), first, changed);
            std::uint64_t end = 0;
            for (const ByteRange part : parts) {
                if (!(part.empty() || part.begin > end || part.begin == 0)) return false;
                end = part.end;
            }
            for (std::uint64_t node = 0; node < after.shape().nodeCount(); ++node)
                if ((before.node(node) != after.node(node)) != covers(parts, node)) return false;
            return true;
        }));
    }
};

QTEST_GUILESS_MAIN(TestChangedTree)
#include "test_changed_tree.moc"
