#include "core/node/files.h"
#include "core/node/record_file.h"
#include "tests/support/signed_records.h"

#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using test::testAnnouncement;

class TestRecordFile final : public QObject
{
    Q_OBJECT

    QTemporaryDir m_folder;

private Q_SLOTS:
    void recordsComeBack()
    {
        const std::string path = m_folder.filePath("records").toStdString();
        const Result<gossip::RecordArchive> none = node::readRecordsBlocking(path);
        QVERIFY(none && none->records.empty());
        QVERIFY(node::writeRecordsBlocking(path, {testAnnouncement(1), testAnnouncement(2)}));
        QVERIFY(node::writeRecordsBlocking(path, {testAnnouncement(3)}));
        const Result<gossip::RecordArchive> read = node::readRecordsBlocking(path);
        QVERIFY(read);
        QCOMPARE(read->records.size(), std::size_t(1));
        QVERIFY(read->records[0]->name() == testAnnouncement(3)->name());
        const auto others = QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther;
        QVERIFY(!(QFile::permissions(m_folder.filePath("records")) & others));
    }
    void brokenFilesAreRefused()
    {
        const std::string path = m_folder.filePath("broken").toStdString();
        QVERIFY(node::writeFileBlocking(path, asBytes("no archive"), 0600));
        const Result<gossip::RecordArchive> read = node::readRecordsBlocking(path);
        QVERIFY(!read);
        QCOMPARE(read.error().code(), ErrorCode::InvalidInput);
    }
    void aFolderThatIsMissingIsAnError()
    {
        const std::string path = m_folder.filePath("none/records").toStdString();
        QVERIFY(!node::writeRecordsBlocking(path, {}));
    }
};

QTEST_GUILESS_MAIN(TestRecordFile)
#include "test_record_file.moc"
