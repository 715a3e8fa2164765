#include "storage-server/undo_record.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::storage;

namespace {

UndoRecord randomRecord(test::SeededRandom& random)
{
    switch (random.below(5)) {
    case 0:
        return OldFile{textOf(random.bytesBetween(1, 60)), random.next()};
    case 1:
        return OldBytes{random.next(), random.bytesBetween(1, 500)};
    case 2:
        return NoFile{textOf(random.bytesBetween(1, 60))};
    case 3:
        return MovedFile{textOf(random.bytesBetween(1, 60)), textOf(random.bytesBetween(1, 60))};
    default:
        return EndOfJournal{};
    }
}

} // namespace

class TestUndoRecord final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void roundTrips()
    {
        QVERIFY(test::forAll(500, [](test::SeededRandom& random) {
            const UndoRecord record = randomRecord(random);
            const std::uint64_t number = random.next();
            const Bytes bytes = encodeUndoRecord(number, record);
            const Result<std::size_t> rest = undoRecordRest(bytes);
            if (!rest || *rest + kRecordHeaderSize != bytes.size()) return false;
            const Result<UndoRecord> back = decodeUndoRecord(number, bytes);
            return back && *back == record;
        }));
    }
    void refusesAnyOtherByte()
    {
        const Bytes bytes = encodeUndoRecord(3, MovedFile{"shares/aa/b/0", "tarn-journal/x.0"});
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            Bytes spoiled = bytes;
            spoiled[at] ^= std::byte{1};
            QVERIFY(!decodeUndoRecord(3, spoiled));
            QVERIFY(!decodeUndoRecord(3, ByteView(bytes).first(at)));
        }
        QVERIFY(!decodeUndoRecord(4, bytes)); // a record of another place
    }
    void refusesEndlessRecords()
    {
        Bytes header;
        header.push_back(std::byte{2});
        appendBig<std::uint64_t>(header, UINT64_MAX - 40);
        QCOMPARE(undoRecordRest(header).error().code(), ErrorCode::Corrupt);
        QCOMPARE(undoRecordRest({}).error().code(), ErrorCode::Corrupt);
    }
};

QTEST_GUILESS_MAIN(TestUndoRecord)
#include "test_undo_record.moc"
