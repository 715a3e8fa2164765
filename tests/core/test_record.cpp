#include "core/gossip/record.h"
#include "tests/support/property.h"
#include "tests/support/signed_records.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gossip;
using test::kTestSeconds;
using test::kTestTime;
using test::testKey;

namespace {

RecordContent someContent()
{
    RecordContent out;
    out.subject = toBytes("somebody");
    out.sequence = 7;
    out.issued = kTestSeconds;
    out.expires = kTestSeconds + 3600;
    out.body = toBytes("a body");
    return out;
}

RecordPtr made(RecordContent content)
{
    return *signRecord(testKey(1), std::move(content));
}

} // namespace

class TestRecord final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void isReadBack()
    {
        const RecordPtr record = made(someContent());
        const Bytes written = encodeRecord(*record);
        QCOMPARE(written.size(), record->wireSize());
        const Result<RecordPtr> read = openRecord(written);
        QVERIFY(read);
        QVERIFY((*read)->content() == someContent());
        QVERIFY((*read)->signer() == testKey(1).publicKey());
        QVERIFY((*read)->name() == record->name());
    }
    void everyChangedByteIsRefused()
    {
        const Bytes written = encodeRecord(*made(someContent()));
        for (std::size_t at = 0; at < written.size(); ++at) {
            Bytes changed = written;
            changed[at] ^= std::byte{1};
            QVERIFY2(!openRecord(changed), std::to_string(at).c_str());
        }
    }
    void everyShortenedOneIsRefused()
    {
        const Bytes written = encodeRecord(*made(someContent()));
        for (std::size_t size = 0; size < written.size(); ++size)
            QVERIFY(!openRecord(ByteView(written).first(size)));
    }
    void aSignatureOfThePayloadAloneIsNone()
    {
        const RecordPtr record = made(someContent());
        const crypto::Ed25519Signature bare = testKey(1).sign(record->payload());
        const Result<RecordPtr> read =
            openRecord(record->payload(), record->signer().view(), bare.view());
        QVERIFY(!read);
        QCOMPARE(read.error().code(), ErrorCode::Corrupt);
    }
    void anotherKeyIsRefused()
    {
        const RecordPtr record = made(someContent());
        QVERIFY(!openRecord(record->payload(), testKey(2).publicKey().view(),
                            record->signature().view()));
        QVERIFY(!openRecord(record->payload(), ByteView(record->signer().view()).first(31),
                            record->signature().view()));
    }
    void boundsAreHeld_data()
    {
        QTest::addColumn<int>("which");
        for (int which = 0; which < 9; ++which)
            QTest::newRow(std::to_string(which).c_str()) << which;
    }
    void boundsAreHeld()
    {
        QFETCH(int, which);
        RecordContent content = someContent();
        if (which == 0) content.subject.clear();
        if (which == 1) content.subject = zeroBytes(kMaxSubjectBytes + 1);
        if (which == 2) content.sequence = 0;
        if (which == 3) content.sequence = kMaxSequence + 1;
        if (which == 4) content.issued = -1;
        if (which == 5) content.expires = content.issued;
        if (which == 6) content.expires = -5;
        if (which == 7) content.issued = content.expires = std::int64_t{1} << 50U;
        if (which == 8) content.body = zeroBytes(kMaxRecordBytes);
        const Result<RecordPtr> out = signRecord(testKey(1), std::move(content));
        QVERIFY(!out);
        QCOMPARE(out.error().code(), ErrorCode::InvalidInput);
    }
    void theLargestFits()
    {
        RecordContent content = someContent();
        content.body = zeroBytes(kMaxRecordBytes - 200);
        const Result<RecordPtr> out = signRecord(testKey(1), std::move(content));
        QVERIFY(out);
        QVERIFY(openRecord(encodeRecord(**out)));
    }
    void unknownFieldsOfLaterVersionsPass()
    {
        Bytes written = encodeRecord(*made(someContent()));
        append(written, toBytes("\x7a\x01x")); // field 15
        const Result<RecordPtr> read = openRecord(written);
        QVERIFY(read);
        QCOMPARE(encodeRecord(**read).size(), written.size() - 3);
    }
    void theHigherNumberIsNewer()
    {
        const RecordPtr old = made(someContent());
        RecordContent content = someContent();
        content.sequence = 8;
        const RecordPtr next = made(content);
        QVERIFY(next->replaces(*old) && next->isNewerThan(*old) && !old->isNewerThan(*next));
        QCOMPARE(next->name().slot, old->name().slot);
        QVERIFY(next->name().version > old->name().version);
    }
    void aNumberUsedTwiceIsDecidedTheSameEverywhere()
    {
        QVERIFY(test::forAll(100, [](test::SeededRandom& random) {
            RecordContent a = someContent();
            RecordContent b = someContent();
            a.body = random.bytesBetween(0, 20);
            b.body = random.bytesBetween(0, 20);
            const RecordPtr x = made(a);
            const RecordPtr y = made(b);
            if (a.body == b.body) return !x->isNewerThan(*y) && !y->isNewerThan(*x);
            return x->isNewerThan(*y) != y->isNewerThan(*x);
        }));
    }
    void otherSubjectsKindsAndSignersAreOtherSlots()
    {
        const RecordPtr record = made(someContent());
        RecordContent other = someContent();
        other.subject = toBytes("somebody else");
        QVERIFY(made(other)->name().slot != record->name().slot);
        other = someContent();
        other.kind = static_cast<RecordKind>(2);
        QVERIFY(made(other)->name().slot != record->name().slot);
        const RecordPtr signedByOther = *signRecord(testKey(2), someContent());
        QVERIFY(signedByOther->name().slot != record->name().slot);
        QVERIFY(!signedByOther->replaces(*record));
    }
    void sequenceNumbersOnlyRise()
    {
        QCOMPARE(nextSequence(0, kTestTime), std::uint64_t(kTestSeconds));
        QCOMPARE(nextSequence(kTestSeconds, kTestTime), std::uint64_t(kTestSeconds + 1));
        // The clock went back a year, and to before 1970.
        QCOMPARE(nextSequence(kTestSeconds, kTestTime - std::chrono::hours(8766)),
                 std::uint64_t(kTestSeconds + 1));
        QCOMPARE(nextSequence(0, WallTime{std::chrono::seconds(-5)}), std::uint64_t(1));
        QCOMPARE(nextSequence(kMaxSequence, kTestTime), kMaxSequence);
    }
    void anyContentIsReadBack()
    {
        QVERIFY(test::forAll(200, [](test::SeededRandom& random) {
            RecordContent content;
            content.kind = static_cast<RecordKind>(random.between(0, 0xffffffffU));
            content.subject = random.bytesBetween(1, kMaxSubjectBytes);
            content.sequence = random.between(1, kMaxSequence);
            content.issued = static_cast<std::int64_t>(random.between(0, 1ULL << 39U));
            const bool ends = random.chance(0.5);
            content.expires =
                ends ? content.issued + static_cast<std::int64_t>(random.between(1, 1'000'000)) : 0;
            content.body = random.bytesBetween(0, 300);
            const Result<RecordPtr> out = signRecord(testKey(3), content);
            if (!out) return false;
            const Bytes written = encodeRecord(**out);
            const Result<RecordPtr> read = openRecord(written);
            return read && (*read)->content() == content && written.size() == (*out)->wireSize();
        }));
    }
};

QTEST_GUILESS_MAIN(TestRecord)
#include "test_record.moc"
