#include "core/cap/parse.h"
#include "core/crypto/sha256.h"
#include "core/pipeline/write/compute_cap.h"
#include "core/pipeline/write/convergence.h"
#include "core/pipeline/write/immutable_encoder.h"
#include "tests/support/immutable_shares.h"
#include "tests/support/property.h"
#include "tests/support/to_qt.h"
#include "tests/support/vectors.h"

#include <QtCore/QJsonArray>
#include <QtCore/QJsonObject>
#include <QtCore/QStringList>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::pipeline;

namespace {

Bytes foxText(std::size_t length)
{
    return test::expandSample(asBytes("The quick brown fox jumps over the lazy dog. "), length);
}

} // namespace

class TestImmutableEncoder final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    /// Spec 03 section 8.
    void knownAnswers_data()
    {
        QTest::addColumn<unsigned>("needed");
        QTest::addColumn<unsigned>("total");
        QTest::addColumn<qulonglong>("segment");
        QTest::addColumn<std::string>("cap");
        QTest::addColumn<std::size_t>("shareSize");
        QTest::addColumn<QStringList>("sha256");
        QTest::newRow("2 of 3, four segments")
            << 2U << 3U << 64ULL
            << std::string("URI:CHK:3nuwjpgy7qfvoak6grdifadmli:"
                           "af2ashclsodt34wk5wux6tnos3qvzjty7aful7jpdxuncbswh26q:2:3:200")
            << std::size_t{1219}
            << QStringList{"", "edb323a2039ee5933f08b330cdcba1472edf95d25bb05a2b3d7749b79b990697",
                           "0c44a4430886bcb480ad42c99f135dbbbba6715e96e5529bb5bf2e201e16c5f4"};
        QTest::newRow("1 of 1")
            << 1U << 1U << 1048576ULL
            << std::string("URI:CHK:26hqjmtgjssggnwobbhkr3kr7e:"
                           "e42sedbwty7rmgpa4qhngqgpqogiq5sqrahe3rzzmh5qvzuitjmq:1:1:200")
            << std::size_t{679}
            << QStringList{"dd2e0d6a4b26ef7651f1526b8d6d11c94aef5eabaa28a193877633c813170588"};
        QTest::newRow("3 of 10")
            << 3U << 10U << 1048576ULL
            << std::string("URI:CHK:kypq2rbqf5bp6cflczdgbjclli:"
                           "rtlj4hetvufrmpmua4ukzcxyyxmqwv2jr2x22ebcvfy6yf2rjd4q:3:10:200")
            << std::size_t{685}
            << QStringList{"4df4597d98ce10a1424b1e7ea1d91ff666fb63d4c1903783eb0785e58a63d409",
                           "9557a868f9c4dcb74a915b5ace736ac8a96197ea80775c40e2d8a47bbfb79c3f",
                           "926eb519427d2d34d1494f2e556fccff7b0b0738c658ebb630db639677cb4702"};
    }
    void knownAnswers()
    {
        QFETCH(unsigned, needed);
        QFETCH(unsigned, total);
        QFETCH(qulonglong, segment);
        QFETCH(std::string, cap);
        QFETCH(std::size_t, shareSize);
        QFETCH(QStringList, sha256);
        const auto file =
            test::encodeImmutable(foxText(200), needed, total, segment, asBytes("spec"));
        QVERIFY(file);
        QCOMPARE(cap::printCap(file->readCap), cap);
        QCOMPARE(file->shares.size(), std::size_t{total});
        for (const Bytes& share : file->shares)
            QCOMPARE(share.size(), shareSize);
        for (int i = 0; i < sha256.size(); ++i) {
            if (sha256[i].isEmpty()) continue;
            const Bytes& share = file->shares[static_cast<std::size_t>(i)];
            QCOMPARE(QString(test::hexOf(crypto::sha256(share))), sha256[i]);
        }
    }
    void samplesAreMadeByteForByte()
    {
        const QJsonObject sample = test::ownVectors("samples.json")["chk"].toObject();
        QVERIFY(!sample.isEmpty());
        const auto file = test::encodeImmutable(
            test::base64Of(sample["plaintext"]), static_cast<unsigned>(sample["required"].toInt()),
            static_cast<unsigned>(sample["total"].toInt()),
            static_cast<std::uint64_t>(sample["max_segment_size"].toInt()),
            test::base64Of(sample["convergence"]));
        QVERIFY(file);
        QCOMPARE(QString::fromStdString(cap::printCap(file->readCap)), sample["cap"].toString());
        const QJsonArray shares = sample["shares_v1"].toArray();
        for (int i = 0; i < shares.size(); ++i)
            QVERIFY(equal(file->shares[static_cast<std::size_t>(i)], test::base64Of(shares[i])));
    }
    void runsOfAnyLengthGiveTheSameShares()
    {
        test::SeededRandom random(5);
        const Bytes plaintext = random.bytes(10'000);
        const auto plan = EncodingPlan::forNewFile(plaintext.size(), 3, 7, 900);
        QVERIFY(plan);
        const FileKey key;
        const test::EncodedShares whole = test::encodeShares(*plan, key, plaintext, 64);
        for (const std::size_t capacity : {1U, 2U, 3U, 5U, 12U}) {
            const test::EncodedShares pieces = test::encodeShares(*plan, key, plaintext, capacity);
            QVERIFY(pieces.uriExtensionHash == whole.uriExtensionHash);
            QCOMPARE(pieces.shares, whole.shares);
        }
    }
    void ciphertextModeMakesTheSameShares()
    {
        test::SeededRandom random(6);
        const Bytes plaintext = random.bytes(5000);
        const auto plan = EncodingPlan::forNewFile(plaintext.size(), 2, 5, 1000);
        QVERIFY(plan);
        const FileKey key = FileKey::prefixOf(random.bytes(16));
        const test::EncodedShares fromPlain = test::encodeShares(*plan, key, plaintext, 4);
        Bytes ciphertext;
        for (std::uint64_t i = 0; i < plan->file.segmentCount(); ++i) {
            const SegmentNumber segment{i};
            const auto part = plan->layout.data + plan->file.blockRangeOf(segment).begin;
            Bytes text;
            for (unsigned share = 0; share < 2; ++share)
                append(text, ByteView(fromPlain.shares[share])
                                 .subspan(part, plan->file.blockSizeOf(segment)));
            text.resize(plan->file.sizeOf(segment));
            append(ciphertext, text);
        }
        const test::EncodedShares repaired = test::encodeShares(*plan, std::nullopt, ciphertext, 3);
        QCOMPARE(repaired.shares, fromPlain.shares);
    }
    void capsAreComputedWithoutShares()
    {
        const Bytes text = foxText(200);
        MemorySource source(text);
        const CapParameters parameters{2, 3, 64, asBytes("spec")};
        const auto cap = computeReadCapBlocking(source, parameters);
        QVERIFY(cap);
        QCOMPARE(cap::printCap(*cap),
                 std::string("URI:CHK:3nuwjpgy7qfvoak6grdifadmli:"
                             "af2ashclsodt34wk5wux6tnos3qvzjty7aful7jpdxuncbswh26q:2:3:200"));
    }
    void smallFilesAreLiteral()
    {
        for (const std::size_t size : {0U, 1U, 54U, 55U, 56U}) {
            const Bytes text = foxText(size);
            MemorySource source(text);
            const auto cap = computeReadCapBlocking(source, CapParameters{});
            QVERIFY(cap);
            QCOMPARE(cap::isLiteral(*cap), size <= 55);
            QCOMPARE(cap::sizeOf(*cap), std::optional<std::uint64_t>(size));
        }
    }
    void capParametersAreChecked()
    {
        MemorySource source{ByteView()};
        QVERIFY(!computeReadCapBlocking(source, CapParameters{0, 3, 64, {}}));
        QVERIFY(!computeReadCapBlocking(source, CapParameters{4, 3, 64, {}}));
        QVERIFY(!computeReadCapBlocking(source, CapParameters{4, 257, 64, {}}));
        QVERIFY(!computeReadCapBlocking(source, CapParameters{3, 10, 0, {}}));
    }
    void keysDoNotDependOnHowPlaintextArrives()
    {
        QVERIFY(test::forAll(200, [](test::SeededRandom& random) {
            const Bytes text = random.bytesBetween(0, 400);
            const std::uint64_t segment = random.between(1, 300);
            const auto needed = static_cast<std::uint32_t>(random.between(1, 5));
            const std::uint64_t effective =
                share::roundUp(std::min<std::uint64_t>(segment, text.size()), needed);
            crypto::ConvergenceHasher hasher(asBytes("s"), {needed, 5, effective});
            hasher.update(text);
            ConvergentKeyMaker maker(asBytes("s"), needed, 5, segment);
            ByteView rest(text);
            while (!rest.empty()) {
                const std::size_t part = random.between(1, rest.size());
                maker.update(rest.first(part));
                rest = rest.subspan(part);
            }
            return maker.finish() == hasher.finish();
        }));
    }
};

QTEST_GUILESS_MAIN(TestImmutableEncoder)
#include "test_immutable_encoder.moc"
