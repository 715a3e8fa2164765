#include "core/pipeline/write/encoding_plan.h"
#include "core/share/segmentation.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::share;

class TestSegmentation final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void newFiles_data()
    {
        QTest::addColumn<qulonglong>("size");
        QTest::addColumn<qulonglong>("needed");
        QTest::addColumn<qulonglong>("maxSegment");
        QTest::addColumn<qulonglong>("segment");
        QTest::addColumn<qulonglong>("count");
        QTest::addColumn<qulonglong>("tail");
        QTest::addColumn<qulonglong>("paddedTail");
        QTest::addColumn<qulonglong>("shareData");
        const auto row = [](qulonglong size, qulonglong needed, qulonglong most, qulonglong segment,
                            qulonglong count, qulonglong tail, qulonglong padded, qulonglong data) {
            QTest::addRow("%llu bytes, k=%llu, %llu", size, needed, most)
                << size << needed << most << segment << count << tail << padded << data;
        };
        row(200, 2, 64, 64, 4, 8, 8, 100);
        row(200, 3, 1048576, 201, 1, 200, 201, 67);
        row(1, 1, 1, 1, 1, 1, 1, 1);
        row(1048576, 3, 1048576, 1048578, 1, 1048576, 1048578, 349526);
        row(1048579, 3, 1048576, 1048578, 2, 1, 3, 349527);
        row(1000, 256, 64, 256, 4, 232, 256, 4);
        row(192, 3, 64, 66, 3, 60, 60, 64);
    }
    void newFiles()
    {
        QFETCH(qulonglong, size);
        QFETCH(qulonglong, needed);
        QFETCH(qulonglong, maxSegment);
        const auto file = Segmentation::forNewFile(size, needed, 256, maxSegment);
        QVERIFY(file);
        QTEST(qulonglong(file->segmentSize()), "segment");
        QTEST(qulonglong(file->segmentCount()), "count");
        QTEST(qulonglong(file->tailSize()), "tail");
        QTEST(qulonglong(file->paddedTailSize()), "paddedTail");
        QTEST(qulonglong(file->shareDataSize()), "shareData");
    }
    void rangesTileTheFileAndTheShare()
    {
        QVERIFY(test::forAll(500, [](test::SeededRandom& random) {
            const std::uint64_t needed = random.between(1, 20);
            const auto file = Segmentation::forNewFile(random.between(1, 5000), needed, 256,
                                                       random.between(1, 900));
            if (!file) return false;
            std::uint64_t at = 0;
            std::uint64_t blockAt = 0;
            for (std::uint64_t i = 0; i < file->segmentCount(); ++i) {
                const SegmentNumber segment{i};
                const ByteRange range = file->rangeOf(segment);
                const ByteRange block = file->blockRangeOf(segment);
                if (range.begin != at || block.begin != blockAt) return false;
                if (block.size() * needed != roundUp(range.size(), needed)) return false;
                if (file->segmentAt(range.end - 1) != segment) return false;
                at = range.end;
                blockAt = block.end;
            }
            return at == file->size() && blockAt == file->shareDataSize();
        }));
    }
    void impossibleNumbersAreNamed()
    {
        const auto message = [](const Result<Segmentation>& result) {
            return QString::fromStdString(result ? std::string() : result.error().message());
        };
        QCOMPARE(message(Segmentation::forNewFile(0, 3, 10, 100)), "size is 0, must be at least 1");
        QVERIFY(message(Segmentation::forNewFile(~0ULL, 3, 10, 100)).startsWith("size is"));
        QCOMPARE(message(Segmentation::forNewFile(9, 3, 257, 100)),
                 "total shares is 257, must be 1 to 256");
        QVERIFY(message(Segmentation::forNewFile(9, 0, 3, 100)).startsWith("needed shares is 0"));
        QVERIFY(message(Segmentation::forNewFile(9, 4, 3, 100)).startsWith("needed shares is 4"));
        QVERIFY(message(Segmentation::forNewFile(9, 3, 3, 0)).startsWith("segment size is 0"));
        QVERIFY(message(Segmentation::ofFile(9, 3, 3, 10)).startsWith("segment size is 10"));
        QVERIFY(message(Segmentation::ofFile(9, 3, 3, 0)).startsWith("segment size is 0"));
        QVERIFY(message(Segmentation::ofFile(1ULL << 59U, 1, 1, 1)).startsWith("number of segm"));
        QVERIFY(Segmentation::ofFile(1ULL << 60U, 256, 256, 1ULL << 60U));
    }
    void batchesHoldManySegmentsAndLittleMemory()
    {
        const auto segments = [](std::uint64_t size, unsigned k, unsigned n, std::uint64_t most) {
            return pipeline::segmentsPerBatch(
                *pipeline::EncodingPlan::forNewFile(size, k, n, most));
        };
        QCOMPARE(segments(1ULL << 30U, 3, 10, 1U << 20U), std::size_t{2});
        QCOMPARE(segments(1000, 3, 10, 1U << 20U), std::size_t{1});
        QCOMPARE(segments(1ULL << 30U, 1, 256, 1U << 20U), std::size_t{1});
        QCOMPARE(segments(1ULL << 30U, 3, 10, 1000), std::size_t{64});
    }
};

QTEST_GUILESS_MAIN(TestSegmentation)
#include "test_segmentation.moc"
