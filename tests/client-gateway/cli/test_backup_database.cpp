#include "client-gateway/cli/backup_database.h"
#include "tests/support/fake_clock.h"
#include "tests/support/seeded_random.h"

#include <QtCore/QFile>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway::cli;

namespace {

constexpr FileStamp kStamp{1000, 1'600'000'000, 1'600'000'001};

class Folder
{
public:
    BackupDatabase open() { return *BackupDatabase::openBlocking(path(), clock, m_random); }
    std::string path() const { return m_folder.filePath("backupdb.sqlite").toStdString(); }

    test::FakeClock clock;

private:
    QTemporaryDir m_folder;
    test::SeededRandom m_random{1};
};

Duration days(int count)
{
    return std::chrono::hours(24 * count);
}

} // namespace

class TestBackupDatabase final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void filesAreKnownUntilTheyChange()
    {
        Folder folder;
        {
            BackupDatabase database = folder.open();
            QVERIFY(!*database.findFile("/a", kStamp));
            QVERIFY(database.fileUploaded("/a", kStamp, "URI:LIT:"));
            QVERIFY(database.fileUploaded("/b", kStamp, "URI:LIT:"));
        } // written at the end
        BackupDatabase database = folder.open();
        QCOMPARE((*database.findFile("/a", kStamp))->cap, std::string("URI:LIT:"));
        QVERIFY(*database.findFile("/b", kStamp));
        for (const FileStamp& other : {FileStamp{1001, kStamp.modified, kStamp.changed},
                                       FileStamp{1000, kStamp.modified + 1, kStamp.changed},
                                       FileStamp{1000, kStamp.modified, kStamp.changed + 1}})
            QVERIFY(!*database.findFile("/a", other));
        QVERIFY(database.fileUploaded("/a", kStamp, "URI:LIT:aa"));
        QVERIFY(database.flush());
        QCOMPARE((*database.findFile("/a", kStamp))->cap, std::string("URI:LIT:aa"));
        QCOMPARE((*database.findFile("/b", kStamp))->cap, std::string("URI:LIT:"));
    }
    void directoriesAreKnownByTheirChildren()
    {
        Folder folder;
        BackupDatabase database = folder.open();
        const std::string hash = directoryHash({{"b", "URI:LIT:"}, {"a", "URI:LIT:aa"}});
        QVERIFY(hash != directoryHash({{"b", "URI:LIT:"}}));
        QVERIFY(!*database.findDirectory(hash));
        QVERIFY(database.directoryCreated(hash, "URI:DIR2-LIT:"));
        QVERIFY(database.flush());
        QCOMPARE((*database.findDirectory(hash))->cap, std::string("URI:DIR2-LIT:"));
    }
    void hashesAreTahoes()
    {
        // backupdb.check_directory({}) and {"a": b"URI:LIT:"}
        QCOMPARE(directoryHash({}),
                 std::string("5grsmybrmqd7jfna6gghvmacwclmrru6qndxhas44lwlkxfizb3q"));
        QCOMPARE(directoryHash({{"a", "URI:LIT:"}}),
                 std::string("vnf2zfzowk2xa42rylvzwndpp7hoydo2bk6lbkc4twyz5uv4qora"));
    }
    void oldKnowledgeIsChecked()
    {
        Folder folder;
        BackupDatabase database = folder.open();
        QVERIFY(database.fileUploaded("/a", kStamp, "URI:LIT:"));
        QVERIFY(database.directoryCreated("hash", "URI:DIR2-LIT:"));
        QVERIFY(database.flush());
        folder.clock.advance(days(29));
        for (int i = 0; i < 100; ++i)
            QVERIFY(!(*database.findFile("/a", kStamp))->mustCheck);
        folder.clock.advance(days(16));
        int checks = 0;
        for (int i = 0; i < 400; ++i)
            checks += (*database.findFile("/a", kStamp))->mustCheck ? 1 : 0;
        QVERIFY(checks > 120 && checks < 280); // every second one
        folder.clock.advance(days(16));
        for (int i = 0; i < 100; ++i) {
            QVERIFY((*database.findFile("/a", kStamp))->mustCheck);
            QVERIFY((*database.findDirectory("hash"))->mustCheck);
        }
        QVERIFY(database.fileHealthy("URI:LIT:"));
        QVERIFY(database.directoryHealthy("URI:DIR2-LIT:"));
        QVERIFY(database.flush());
        QVERIFY(!(*database.findFile("/a", kStamp))->mustCheck);
        QVERIFY(!(*database.findDirectory("hash"))->mustCheck);
    }
    void otherFilesAreRefused()
    {
        Folder folder;
        QFile file(QString::fromStdString(folder.path()));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("this is no database, however long it may be made for the test");
        file.close();
        test::SeededRandom random(2);
        QVERIFY(!BackupDatabase::openBlocking(folder.path(), folder.clock, random));
        QVERIFY(!BackupDatabase::openBlocking("/nowhere/db", folder.clock, random));
    }
    void versionsAreKnown()
    {
        Folder folder;
        test::SeededRandom random(2);
        {
            BackupDatabase database = folder.open();
            QVERIFY(database.fileUploaded("/a", kStamp, "URI:LIT:"));
        }
        {
            SqliteFile raw = *SqliteFile::openBlocking(folder.path());
            QVERIFY(raw.script("DROP TABLE directories; UPDATE version SET version=1"));
        }
        {
            BackupDatabase database = folder.open();
            QVERIFY(*database.findFile("/a", kStamp));
            QVERIFY(!*database.findDirectory("hash"));
            SqliteFile raw = *SqliteFile::openBlocking(folder.path());
            QVERIFY(raw.script("UPDATE version SET version=3"));
        }
        const Result<BackupDatabase> later =
            BackupDatabase::openBlocking(folder.path(), folder.clock, random);
        QVERIFY(!later);
        QCOMPARE(later.error().code(), ErrorCode::Unsupported);
    }
    void theFileIsPrivate()
    {
        Folder folder;
        BackupDatabase database = folder.open();
        const QFile::Permissions open =
            QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther;
        QVERIFY(!(QFile::permissions(QString::fromStdString(folder.path())) & open));
    }
};

QTEST_GUILESS_MAIN(TestBackupDatabase)
#include "test_backup_database.moc"
