#include "storage-server/redo_record.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::storage;

namespace {

const Bytes kId(kRedoIdSize, std::byte{7});

FileChange randomChange(test::SeededRandom& random, std::vector<Bytes>& owned)
{
    FileChange change;
    change.place = textOf(random.bytesBetween(1, 60));
    change.size = random.next();
    for (std::uint64_t writes = random.below(4); writes > 0; --writes) {
        FileWrite write;
        write.offset = random.next();
        if (random.below(3) == 0) {
            write.zeros = random.next();
        } else {
            owned.push_back(random.bytesBetween(0, 400));
            write.bytes = owned.back();
        }
        change.writes.push_back(write);
    }
    return change;
}

bool same(const std::vector<FileChange>& a, const std::vector<FileChange>& b)
{
    const auto sameWrite = [](const FileWrite& x, const FileWrite& y) {
        return x.offset == y.offset && x.zeros == y.zeros && equal(x.bytes, y.bytes);
    };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](const FileChange& x, const FileChange& y) {
                          return x.place == y.place && x.size == y.size && x.kind == y.kind &&
                                 std::equal(x.writes.begin(), x.writes.end(), y.writes.begin(),
                                            y.writes.end(), sameWrite);
                      });
}

std::vector<FileChange> twoWrites()
{
    FileChange change;
    change.place = "shares/aa/b/0";
    change.size = 100;
    change.writes.push_back({5, asBytes("hello"), 0});
    change.writes.push_back({50, {}, 20});
    return {change};
}

} // namespace

class TestRedoRecord final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void roundTrips()
    {
        QVERIFY(test::forAll(500, [](test::SeededRandom& random) {
            std::vector<Bytes> owned;
            owned.reserve(100);
            std::vector<FileChange> changes;
            for (std::uint64_t files = random.below(5); files > 0; --files)
                changes.push_back(randomChange(random, owned));
            Bytes bytes = encodeRedo(random.bytesBetween(kRedoIdSize, kRedoIdSize), changes);
            append(bytes, random.bytesBetween(0, 50)); // of a longer one before
            const auto back = decodeRedo(bytes);
            return back && same(*back, changes);
        }));
    }
    void refusesAnyOtherByte()
    {
        const Bytes bytes = encodeRedo(kId, twoWrites());
        QVERIFY(decodeRedo(bytes));
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            Bytes spoiled = bytes;
            spoiled[at] ^= std::byte{1};
            QCOMPARE(decodeRedo(spoiled).error().code(), ErrorCode::Corrupt);
            QCOMPARE(decodeRedo(ByteView(bytes).first(at)).error().code(), ErrorCode::Corrupt);
        }
    }
    /// The head of a newer journal before the rest of an older one of the same size.
    void isNotCompletedByAnOlderOne()
    {
        const Bytes older = encodeRedo(kId, twoWrites());
        const Bytes newer = encodeRedo(Bytes(kRedoIdSize, std::byte{8}), twoWrites());
        QCOMPARE(older.size(), newer.size());
        for (std::size_t cut = 9; cut < older.size(); ++cut) {
            Bytes mixed = toBytes(ByteView(newer).first(cut));
            append(mixed, ByteView(older).subspan(cut));
            QCOMPARE(decodeRedo(mixed).error().code(), ErrorCode::Corrupt);
        }
    }
    void refusesEndlessSizes()
    {
        for (const std::uint64_t size : {UINT64_MAX, UINT64_MAX - 40, std::uint64_t{1} << 63U}) {
            Bytes bytes = encodeRedo(kId, {});
            storeBig<std::uint64_t>(bytes, 8 + kRedoIdSize, size);
            QCOMPARE(decodeRedo(bytes).error().code(), ErrorCode::Corrupt);
        }
    }
};

QTEST_GUILESS_MAIN(TestRedoRecord)
#include "test_redo_record.moc"
