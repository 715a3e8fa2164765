#include "storage-server/redo_journal.h"
#include "storage-server/redo_record.h"
#include "storage-server/store_paths.h"
#include "tests/support/fail_at.h"

#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::storage;

namespace {

const Bytes kId(kRedoIdSize, std::byte{7});
constexpr std::size_t kFileSize = 1000;

} // namespace

/// Which changes the journal takes, and that recovery knows all of those.
class TestRedoJournal final : public QObject
{
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<FileLayer> m_disk;
    std::unique_ptr<test::FailAt> m_layer;

    static std::string placeOf(std::size_t number) { return "shares/" + std::to_string(number); }
    /// One byte written into each of so many files.
    std::vector<FileChange> changesOf(std::size_t files)
    {
        std::vector<FileChange> out;
        for (std::size_t i = 0; i < files; ++i) {
            FileChange& change = out.emplace_back();
            change.place = placeOf(i);
            change.size = kFileSize;
            change.writes.push_back({0, asBytes("x"), 0});
        }
        return out;
    }
    bool makeFiles(std::size_t count)
    {
        for (std::size_t i = 0; i < count; ++i) {
            const Result<File> file = File::open(*m_disk, placeOf(i), OpenMode::Create);
            if (!file || !file->writeAt(0, zeroBytes(kFileSize))) return false;
        }
        return true;
    }
    char firstByteOf(std::size_t number)
    {
        Bytes first(1);
        const Result<File> file = File::open(*m_disk, placeOf(number), OpenMode::Read);
        if (!file || !file->readExactlyAt(0, first)) return '?';
        return static_cast<char>(first[0]);
    }

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_disk = makePosixFileLayer(m_folder->path().toStdString());
        m_layer = std::make_unique<test::FailAt>(*m_disk);
        QVERIFY(m_disk->attach());
        QVERIFY(m_disk->makeDirectory(kSharesDirectory));
        QVERIFY(m_disk->makeDirectory(kJournalDirectory));
    }
    void leavesManyFilesToOthers()
    {
        QVERIFY(makeFiles(RedoJournal::kMostFiles + 1));
        RedoJournal journal(*m_layer);
        QVERIFY(!journal.run(kId, changesOf(RedoJournal::kMostFiles + 1)));
        QCOMPARE(m_layer->openFiles(), 0);
        QCOMPARE(m_layer->count(), std::uint64_t(0));
        auto taken = journal.run(kId, changesOf(RedoJournal::kMostFiles));
        QVERIFY(taken && taken->ended.result && taken->promise);
        QCOMPARE(m_layer->openFiles(), int(RedoJournal::kMostFiles));
        QVERIFY(journal.settle(std::move(*taken->promise)).result);
        QCOMPARE(m_layer->openFiles(), 0);
    }
    /// Small writes have longer records than bytes. What is taken is found again after a crash.
    void takesWhatRecoveryReads_data()
    {
        QTest::addColumn<int>("over");
        QTest::addColumn<bool>("taken");
        QTest::newRow("as long as may be") << 0 << true;
        QTest::newRow("one byte more") << 1 << false;
    }
    void takesWhatRecoveryReads()
    {
        QFETCH(int, over);
        QFETCH(bool, taken);
        QVERIFY(makeFiles(1));
        std::vector<FileChange> changes = changesOf(1);
        std::vector<FileWrite>& writes = changes.front().writes;
        const std::uint64_t room = kLongestRedo - lengthOfRedo(changes);
        writes.resize(1 + static_cast<std::size_t>(room / 25), {1, asBytes("y"), 0});
        const Bytes rest(static_cast<std::size_t>(kLongestRedo - lengthOfRedo(changes)) +
                             std::size_t(1 + over),
                         std::byte{'x'});
        writes.front().bytes = rest;
        QCOMPARE(lengthOfRedo(changes), std::uint64_t(kLongestRedo) + std::uint64_t(over));
        QCOMPARE(std::uint64_t(encodeRedo(kId, changes).size()), lengthOfRedo(changes));
        RedoJournal journal(*m_layer);
        const auto ran = journal.run(kId, changes);
        QCOMPARE(ran.has_value(), taken);
        if (!taken) {
            QCOMPARE(firstByteOf(0), char(0));
            return;
        }
        QVERIFY(ran->ended.result && ran->promise);
        {
            // As if the file had not come to disk when the power went.
            const Result<File> file = File::open(*m_disk, placeOf(0), OpenMode::ReadWrite);
            QVERIFY(file && file->writeAt(0, zeroBytes(kFileSize)));
        }
        QVERIFY(RedoJournal(*m_disk).recover());
        QCOMPARE(firstByteOf(0), 'x');
    }
};

QTEST_GUILESS_MAIN(TestRedoJournal)
#include "test_redo_journal.moc"
