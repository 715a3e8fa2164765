#include "core/crypto/hash_tags.h"
#include "core/crypto/tagged_hash.h"
#include "tests/support/property.h"
#include "tests/support/to_qt.h"

#include <QtTest/QTest>

using namespace tarn;
namespace tags = crypto::tags;

namespace {

/// The definition, with nothing clever in it.
Hash256 plainTaggedHash(std::string_view tag, ByteView value)
{
    Bytes message = toBytes(std::to_string(tag.size()) + ":" + std::string(tag) + ",");
    append(message, value);
    return crypto::sha256d(message);
}

Bytes netstring(ByteView value)
{
    Bytes out = toBytes(std::to_string(value.size()) + ":");
    append(out, value);
    append(out, asBytes(","));
    return out;
}

} // namespace

class TestTaggedHash final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void knownAnswers_data()
    {
        // hashutil of Tahoe-LAFS 1.20 on the value "x", and the answers of its documents.
        QTest::addColumn<QByteArray>("tag");
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<QByteArray>("hash");
        const auto row = [](const char* name, std::string_view tag, const char* value,
                            const char* hash) {
            QTest::newRow(name) << test::toQt(asBytes(tag)) << QByteArray(value)
                                << QByteArray(hash);
        };
        row("tag, value", "tag", "value",
            "64b0cafcfe5f99653ae63b644191c890600965073ef48bf9b24f9e623c940229");
        row("Merkle empty leaf 3", tags::kMerkleEmptyLeaf, "3",
            "9ed59076b6bee6b75864630c3c20cff6934efe03a60a7fd28b69542fb13a68a3");
        row("Merkle root of no leaves", tags::kMerkleEmptyLeaf, "0",
            "e0024730188e2de564a697cc2987407b24ae7eb6b880190c1a0337a5740e527a");
        row("block", tags::kBlock, "x",
            "9040650baca0e9f33d46a6b6de75855fb48c72259f812a0ebc3b0eefc8ef40f6");
        row("extension block", tags::kUriExtension, "x",
            "00e25cd975df1135c961373e70dc41f97f1f71763249f730ee4943dcbe2e70fc");
        row("plaintext", tags::kPlaintext, "x",
            "9b71a802a72479f29c242916a81f2cd6fd1d58f18ae8082564da714a47f7abb2");
        row("plaintext segment", tags::kPlaintextSegment, "x",
            "11902a6739a564a12c485b0fe3c904a2fe783f9544ab612789168d2326d062a4");
        row("ciphertext", tags::kCiphertext, "x",
            "6a60eb7e21834bbf99c957d1178161d25b6a85db72a9b9e55a189ecbe1cf3806");
        row("ciphertext segment", tags::kCiphertextSegment, "x",
            "6f69ccc609e81c808cc191448173a9ecdc8146eaa090320ef59d13e39788e063");
        row("backup directory", tags::kBackupDirectory, "x",
            "7e8213c56d29961959f21fed4c9257953053b06595415cdae2a66344000733ec");
    }
    void knownAnswers()
    {
        QFETCH(QByteArray, tag);
        QFETCH(QByteArray, value);
        QFETCH(QByteArray, hash);
        const std::string tagText = tag.toStdString();
        QCOMPARE(test::hexOf(crypto::taggedHash(tagText, test::fromQt(value))), hash);
    }
    void pairs()
    {
        QCOMPARE(test::hexOf(crypto::taggedPairHash("tag", asBytes("a"), asBytes("bb"))),
                 QByteArray("2230684bcb139ba93ccc2fe065064ccb759757e0dd9cc3af2a3c8f5b336de6cf"));
    }
    void merkleRootOfThreeLeaves()
    {
        const auto leaf = [](const char* text) {
            return crypto::taggedHash("leaf", asBytes(text));
        };
        const auto node = [](const Hash256& left, const Hash256& right) {
            return crypto::taggedPairHash(tags::kMerkleInnerNode, left, right);
        };
        const Hash256 empty = crypto::taggedHash(tags::kMerkleEmptyLeaf, asBytes("3"));
        QCOMPARE(test::hexOf(node(node(leaf("0"), leaf("1")), node(leaf("2"), empty))),
                 QByteArray("12d11e354ec4b87aab9f4651a31ec8261094b591d7087a7cbcce3e04f4a148b2"));
    }
    void mutableContainerMagic()
    {
        // The text of which Tahoe-LAFS makes the second version's magic number.
        const ByteView text = asBytes("Tahoe mutable container v2\n");
        const Hash256 hash = crypto::taggedHash(tags::kMutableContainerMagic, text);
        QCOMPARE(test::hexOf(hash.view().first(5)), QByteArray("c355219925"));
    }
    void everyLengthAndPiecesAgreeWithTheDefinition()
    {
        const Bytes bytes = test::countingBytes(600);
        const std::string longTag(300, 't');
        for (const std::string_view tag : {std::string_view("t"), std::string_view(longTag)}) {
            for (std::size_t size = 0; size <= bytes.size(); ++size) {
                const ByteView value = ByteView(bytes).first(size);
                const Hash256 expected = plainTaggedHash(tag, value);
                QCOMPARE(crypto::taggedHash(tag, value), expected);
                crypto::TaggedHasher hasher(tag);
                hasher.update(value.first(size / 3));
                hasher.update(value.subspan(size / 3));
                QCOMPARE(hasher.finish(), expected);
            }
        }
    }
    void pairsAgreeWithTheDefinition()
    {
        QVERIFY(test::forAll(300, [](test::SeededRandom& random) {
            const Bytes tag = random.bytesBetween(0, 150);
            const Bytes a = random.bytesBetween(0, 150);
            const Bytes b = random.bytesBetween(0, 150);
            Bytes value = netstring(a);
            append(value, netstring(b));
            return crypto::taggedPairHash(asText(tag), a, b) == plainTaggedHash(asText(tag), value);
        }));
    }
    void prefixIsTheNetstring()
    {
        for (const std::size_t size : {0U, 1U, 9U, 10U, 99U, 100U, 1000U}) {
            const Bytes tag(size, std::byte{'t'});
            const Bytes expected = netstring(tag);
            QCOMPARE(crypto::tagPrefixSize(asText(tag)), expected.size());
            Bytes prefix(expected.size());
            crypto::writeTagPrefix(prefix, asText(tag));
            QCOMPARE(textOf(prefix), textOf(expected));
        }
    }
};

QTEST_GUILESS_MAIN(TestTaggedHash)
#include "test_tagged_hash.moc"
