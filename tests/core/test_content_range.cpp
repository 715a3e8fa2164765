#include "core/wire/content_range.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

#include <limits>

using namespace tarn;
using namespace tarn::wire;

namespace {

constexpr quint64 kFar = std::numeric_limits<quint64>::max() - 1;

} // namespace

class TestContentRange final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsRanges_data()
    {
        QTest::addColumn<QString>("header");
        QTest::addColumn<quint64>("begin");
        QTest::addColumn<quint64>("end");
        QTest::newRow("plain") << "bytes=0-9" << quint64(0) << quint64(10);
        QTest::newRow("one byte") << "bytes=5-5" << quint64(5) << quint64(6);
        QTest::newRow("blanks") << "bytes = 1 - 2 " << quint64(1) << quint64(3);
        QTest::newRow("case") << "Bytes=1-2" << quint64(1) << quint64(3);
        QTest::newRow("beyond 64 bits") << "bytes=0-99999999999999999999" << quint64(0) << kFar + 1;
    }
    void readsRanges()
    {
        QFETCH(QString, header);
        QFETCH(quint64, begin);
        QFETCH(quint64, end);
        const Result<ByteRange> out = parseRange(header.toStdString());
        QVERIFY(out);
        QCOMPARE(quint64(out->begin), begin);
        QCOMPARE(quint64(out->end), end);
    }
    void refusesRanges_data()
    {
        QTest::addColumn<QString>("header");
        for (const char* header : {"", "bytes", "bytes=", "bytes=9", "bytes=90-", "bytes=-5",
                                   "bytes=0-1,5-6", "molluscs=0-9", "bytes=9-5", "bytes=+1-2",
                                   "bytes=0x1-2", "bytes 0-9", "=0-9", "bytes=0--5", "bytes=a-b"})
            QTest::newRow(header) << header;
    }
    void refusesRanges()
    {
        QFETCH(QString, header);
        const Result<ByteRange> out = parseRange(header.toStdString());
        QVERIFY(!out);
        QCOMPARE(out.error().code(), ErrorCode::InvalidInput);
    }
    void readsContentRanges_data()
    {
        QTest::addColumn<QString>("header");
        QTest::addColumn<quint64>("begin");
        QTest::addColumn<quint64>("end");
        QTest::newRow("star") << "bytes 0-9/*" << quint64(0) << quint64(10);
        QTest::newRow("total") << "bytes 10-19/100" << quint64(10) << quint64(20);
        QTest::newRow("past its total") << "bytes 10-19/11" << quint64(10) << quint64(20);
        QTest::newRow("blanks") << " bytes 1 - 2/* " << quint64(1) << quint64(3);
    }
    void readsContentRanges()
    {
        QFETCH(QString, header);
        QFETCH(quint64, begin);
        QFETCH(quint64, end);
        const Result<ByteRange> out = parseContentRange(header.toStdString());
        QVERIFY(out);
        QCOMPARE(quint64(out->begin), begin);
        QCOMPARE(quint64(out->end), end);
    }
    void refusesContentRanges_data()
    {
        QTest::addColumn<QString>("header");
        for (const char* header : {"", "bytes", "bytes 0-9", "0-9/*", "Bytes 0-9/*", "bytes=0-9/*",
                                   "bytes 9-5/*", "bytes 0-9/x", "bytes 0-9/", "bytes 10-19/10",
                                   "bytes -5/*", "bytes 5-/*", "molluscs 0-9/*", "bytes */x"})
            QTest::newRow(header) << header;
    }
    void refusesContentRanges()
    {
        QFETCH(QString, header);
        const Result<ByteRange> out = parseContentRange(header.toStdString());
        QVERIFY(!out);
        QCOMPARE(out.error().code(), ErrorCode::InvalidInput);
    }
    void aRangeOfNothingIsAnotherFault()
    {
        QCOMPARE(parseContentRange("bytes */100").error().code(), ErrorCode::Unsupported);
        QCOMPARE(parseContentRange("bytes */*").error().code(), ErrorCode::Unsupported);
    }
    void printedRangesAreReadBack()
    {
        QVERIFY(test::forAll(1000, [](test::SeededRandom& random) {
            ByteRange range;
            range.begin = random.next() >> random.between(1, 63);
            range.end = range.begin + 1 + (random.next() >> random.between(2, 63));
            const Result<ByteRange> asked = parseRange(rangeHeader(range));
            const Result<ByteRange> open =
                parseContentRange(contentRangeHeader(range, std::nullopt));
            const Result<ByteRange> total = parseContentRange(contentRangeHeader(range, range.end));
            return asked && *asked == range && open && *open == range && total && *total == range;
        }));
    }
};

QTEST_GUILESS_MAIN(TestContentRange)
#include "test_content_range.moc"
