#include "core/crypto/sha256.h"
#include "core/crypto/tagged_hash.h"
#include "core/hashtree/hash_tree.h"
#include "tests/support/vector_file.h"

#include <QtCore/QJsonArray>
#include <QtCore/QJsonObject>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::hashtree;

namespace {

std::vector<Hash256> namedLeaves(unsigned count)
{
    std::vector<Hash256> leaves;
    for (unsigned i = 0; i < count; ++i)
        leaves.push_back(crypto::taggedHash("leaf", asBytes(std::to_string(i))));
    return leaves;
}

Hash256 emptyLeaf(std::uint64_t index)
{
    return crypto::taggedHash("Merkle tree empty leaf", asBytes(std::to_string(index)));
}

Hash256 inner(const Hash256& left, const Hash256& right)
{
    return crypto::taggedPairHash("Merkle tree internal node", left, right);
}

/// The definition itself, one node at a time.
Hash256 rootByRecursion(const std::vector<Hash256>& leaves, std::uint64_t first,
                        std::uint64_t width)
{
    if (width == 1) return first < leaves.size() ? leaves[first] : emptyLeaf(first);
    return inner(rootByRecursion(leaves, first, width / 2),
                 rootByRecursion(leaves, first + width / 2, width / 2));
}

} // namespace

class TestHashTree final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void shapesAreComplete()
    {
        QCOMPARE(TreeShape(0).nodeCount(), 1ULL);
        QCOMPARE(TreeShape(1).nodeCount(), 1ULL);
        QCOMPARE(TreeShape(2).nodeCount(), 3ULL);
        QCOMPARE(TreeShape(3).nodeCount(), 7ULL);
        QCOMPARE(TreeShape(8).nodeCount(), 15ULL);
        QCOMPARE(TreeShape(9).nodeCount(), 31ULL);
        QCOMPARE(TreeShape(8).depth(), 3U);
        QCOMPARE(TreeShape(kMaxLeaves).depth(), 48U);
        QCOMPARE(TreeShape(8).nodeOfLeaf(2), 9ULL);
    }
    void neededAreTheSiblingsOfThePath()
    {
        QCOMPARE(TreeShape(8).neededFor(0), (std::vector<NodeNumber>{2, 4, 8}));
        QCOMPARE(TreeShape(8).neededFor(5), (std::vector<NodeNumber>{1, 6, 11}));
        QVERIFY(TreeShape(1).neededFor(0).empty());
    }
    void knownRoots_data()
    {
        QTest::addColumn<unsigned>("leaves");
        QTest::addColumn<QByteArray>("root");
        QTest::newRow("spec: three leaves")
            << 3U << QByteArray("12d11e354ec4b87aab9f4651a31ec8261094b591d7087a7cbcce3e04f4a148b2");
        QTest::newRow("spec: no leaves")
            << 0U << QByteArray("e0024730188e2de564a697cc2987407b24ae7eb6b880190c1a0337a5740e527a");
    }
    void knownRoots()
    {
        QFETCH(unsigned, leaves);
        QFETCH(QByteArray, root);
        QCOMPARE(QByteArray::fromStdString(toHex(rootOf(namedLeaves(leaves)))), root);
    }
    void treesAreTheReferences()
    {
        const QJsonArray vectors = test::readVectors("hashtree.json");
        QVERIFY(!vectors.isEmpty());
        for (const QJsonValue value : vectors) {
            const QJsonObject v = value.toObject();
            const HashTree tree =
                HashTree::build(namedLeaves(static_cast<unsigned>(v["leaves"].toInt())));
            Bytes all;
            for (const Hash256& node : tree.nodes())
                append(all, node);
            QVERIFY(equal(crypto::sha256(all), test::bytesIn(v, "all_nodes_sha256")));
            const QJsonObject needed = v["needed"].toObject();
            for (const QString& leaf : needed.keys()) {
                QJsonArray nodes;
                for (const NodeNumber node : tree.shape().neededFor(leaf.toULongLong()))
                    nodes.append(static_cast<qint64>(node));
                QCOMPARE(nodes, needed[leaf].toArray());
            }
        }
    }
    void oneLeafIsTheRoot()
    {
        const std::vector<Hash256> leaves = namedLeaves(1);
        QVERIFY(rootOf(leaves) == leaves[0]);
    }
    void buildsWhatTheDefinitionSays()
    {
        for (const unsigned count : {0U, 1U, 2U, 3U, 4U, 5U, 16U, 17U, 63U, 64U, 65U, 257U, 300U}) {
            const std::vector<Hash256> leaves = namedLeaves(count);
            const HashTree tree = HashTree::build(leaves);
            QVERIFY(tree.root() == rootByRecursion(leaves, 0, tree.shape().paddedLeaves()));
            QCOMPARE(tree.nodes().size(), tree.shape().nodeCount());
            for (NodeNumber i = 0; !tree.shape().isLeaf(i); ++i)
                QVERIFY(tree.node(i) == inner(tree.node(2 * i + 1), tree.node(2 * i + 2)));
            for (unsigned i = 0; i < count; ++i)
                QVERIFY(tree.node(tree.shape().nodeOfLeaf(i)) == leaves[i]);
        }
    }
    void chainsCarryTheNeededNodes()
    {
        const HashTree tree = HashTree::build(namedLeaves(5));
        const std::vector<NumberedHash> chain = tree.chainFor(4);
        QCOMPARE(chain.size(), std::size_t{3});
        for (const NumberedHash& entry : chain)
            QVERIFY(entry.hash == tree.node(entry.node));
    }
};

QTEST_GUILESS_MAIN(TestHashTree)
#include "test_hash_tree.moc"
