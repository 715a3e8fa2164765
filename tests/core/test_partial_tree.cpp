#include "core/crypto/tagged_hash.h"
#include "core/hashtree/partial_tree.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::hashtree;

namespace {

HashTree treeOf(unsigned leafCount)
{
    std::vector<Hash256> leaves;
    for (unsigned i = 0; i < leafCount; ++i)
        leaves.push_back(crypto::taggedHash("leaf", asBytes(std::to_string(i))));
    return HashTree::build(leaves);
}

PartialTree knowingOnlyTheRoot(const HashTree& tree)
{
    return PartialTree(tree.shape(), tree.root());
}

/// Leaf `index` with those of its siblings that `partial` lacks.
std::vector<NumberedHash> proofOf(const HashTree& tree, const PartialTree& partial,
                                  std::uint64_t index)
{
    std::vector<NumberedHash> proof;
    for (const NodeNumber node : partial.missingFor(index))
        proof.push_back({node, tree.node(node)});
    const NodeNumber own = tree.shape().nodeOfLeaf(index);
    proof.push_back({own, tree.node(own)});
    return proof;
}

bool knowsNothingBut(const PartialTree& partial, NodeNumber root)
{
    for (NodeNumber node = 0; node < partial.shape().nodeCount(); ++node)
        if (node != root && partial.knows(node)) return false;
    return true;
}

} // namespace

class TestPartialTree final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void leavesInAnyOrderAreProven()
    {
        QVERIFY(test::forAll(200, [](test::SeededRandom& random) {
            const auto count = static_cast<unsigned>(random.between(1, 40));
            const HashTree tree = treeOf(count);
            PartialTree partial = knowingOnlyTheRoot(tree);
            for (int round = 0; round < 20; ++round) {
                const std::uint64_t leaf = random.below(count);
                if (!partial.add(proofOf(tree, partial, leaf))) return false;
                if (!partial.missingFor(leaf).empty()) return false;
                if (partial.leaf(leaf) != tree.node(tree.shape().nodeOfLeaf(leaf))) return false;
            }
            return true;
        }));
    }
    void wholeTreesAreProvenAtOnce()
    {
        const HashTree tree = treeOf(100);
        PartialTree partial = knowingOnlyTheRoot(tree);
        std::vector<NumberedHash> all;
        for (NodeNumber node = 0; node < tree.nodes().size(); ++node)
            all.push_back({node, tree.node(node)});
        QVERIFY(partial.add(all));
        for (NodeNumber node = 0; node < tree.nodes().size(); ++node)
            QVERIFY(partial.find(node) == tree.node(node));
    }
    void leavesAloneProveTheTree()
    {
        const HashTree tree = treeOf(8);
        PartialTree partial = knowingOnlyTheRoot(tree);
        std::vector<NumberedHash> leaves;
        for (NodeNumber node = 7; node < 15; ++node)
            leaves.push_back({node, tree.node(node)});
        QVERIFY(partial.add(leaves));
        QVERIFY(partial.find(1) == tree.node(1));
    }
    void anyChangedHashIsRefusedWhole()
    {
        QVERIFY(test::forAll(300, [](test::SeededRandom& random) {
            const auto count = static_cast<unsigned>(random.between(1, 40));
            const HashTree tree = treeOf(count);
            PartialTree partial = knowingOnlyTheRoot(tree);
            std::vector<NumberedHash> proof = proofOf(tree, partial, random.below(count));
            Hash256& victim = proof[random.below(proof.size())].hash;
            victim.mutableView()[random.below(32)] ^= std::byte{4};
            const Result<void> added = partial.add(proof);
            return !added && added.error().code() == ErrorCode::Corrupt &&
                   knowsNothingBut(partial, 0);
        }));
    }
    void missingSiblingsAreRefused()
    {
        const HashTree tree = treeOf(8);
        PartialTree partial = knowingOnlyTheRoot(tree);
        std::vector<NumberedHash> proof = proofOf(tree, partial, 3);
        proof.erase(proof.begin());
        QCOMPARE(partial.add(proof).error().code(), ErrorCode::Corrupt);
        QVERIFY(knowsNothingBut(partial, 0));
    }
    void nodesPastTheTreeAreRefused()
    {
        const HashTree tree = treeOf(8);
        PartialTree partial = knowingOnlyTheRoot(tree);
        const std::vector<NumberedHash> past{{15, tree.root()}};
        const std::vector<NumberedHash> far{{~NodeNumber{0}, tree.root()}};
        QCOMPARE(partial.add(past).error().code(), ErrorCode::Corrupt);
        QCOMPARE(partial.add(far).error().code(), ErrorCode::Corrupt);
    }
    void conflictsWithProvenNodesAreRefused()
    {
        const HashTree tree = treeOf(4);
        PartialTree partial = knowingOnlyTheRoot(tree);
        QVERIFY(partial.add(proofOf(tree, partial, 0)));
        const std::vector<NumberedHash> twice{{3, tree.node(4)}};
        QCOMPARE(partial.add(twice).error().code(), ErrorCode::Corrupt);
        const std::vector<NumberedHash> otherRoot{{0, tree.node(4)}};
        QCOMPARE(partial.add(otherRoot).error().code(), ErrorCode::Corrupt);
    }
    void lonelyLeafMustBeTheRoot()
    {
        const HashTree tree = treeOf(1);
        PartialTree partial = knowingOnlyTheRoot(tree);
        QVERIFY(partial.addLeaf(0, tree.root()));
        QCOMPARE(partial.addLeaf(0, Hash256()).error().code(), ErrorCode::Corrupt);
        QCOMPARE(partial.addLeaf(1, tree.root()).error().code(), ErrorCode::InvalidInput);
    }
    void hugeTreesCostNothing()
    {
        const TreeShape shape(kMaxLeaves);
        const PartialTree partial(shape, Hash256());
        QCOMPARE(partial.missingFor(kMaxLeaves - 1).size(), std::size_t{48});
        QVERIFY(!partial.leaf(kMaxLeaves));
    }
};

QTEST_GUILESS_MAIN(TestPartialTree)
#include "test_partial_tree.moc"
