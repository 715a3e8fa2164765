#include "core/gossip/record_archive.h"
#include "tests/support/signed_records.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gossip;
using test::testAnnouncement;

class TestRecordArchive final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void isReadBack()
    {
        RecordArchive archive;
        archive.records = {testAnnouncement(1), testAnnouncement(2)};
        archive.cursor = "abc-17";
        archive.more = true;
        const Result<RecordArchive> read = decodeArchive(encodeArchive(archive));
        QVERIFY(read);
        QCOMPARE(read->records.size(), std::size_t(2));
        QVERIFY(read->records[1]->name() == archive.records[1]->name());
        QCOMPARE(read->cursor, archive.cursor);
        QVERIFY(read->more);
        QCOMPARE(read->damaged, std::size_t(0));
    }
    void nothingIsAnEmptyArchive()
    {
        const Result<RecordArchive> read = decodeArchive({});
        QVERIFY(read && read->records.empty() && !read->more);
    }
    void aDamagedRecordIsLeftOut()
    {
        RecordArchive archive;
        archive.records = {testAnnouncement(1), testAnnouncement(2)};
        Bytes bytes = encodeArchive(archive);
        bytes[bytes.size() - 1] ^= std::byte{1}; // of the last signature
        const Result<RecordArchive> read = decodeArchive(bytes);
        QVERIFY(read);
        QCOMPARE(read->records.size(), std::size_t(1));
        QCOMPARE(read->damaged, std::size_t(1));
    }
    void otherBytesAreRefused()
    {
        QVERIFY(!decodeArchive(asBytes("no archive")));
        RecordArchive archive;
        archive.cursor = std::string(65, 'x');
        QVERIFY(!decodeArchive(encodeArchive(archive)));
    }
};

QTEST_GUILESS_MAIN(TestRecordArchive)
#include "test_record_archive.moc"
