#include "storage-server/file_layer.h"
#include "storage-server/store_paths.h"
#include "tests/support/longest_file.h"

#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::storage;

namespace {

const std::string kIndex = "s2rawirzu4dqoseq76zdwf4d54";

} // namespace

/// What errors name, for the operator's log.
class TestFileLayer final : public QObject
{
    Q_OBJECT

    QTemporaryDir m_folder;
    std::unique_ptr<FileLayer> m_layer;

private Q_SLOTS:
    void init()
    {
        m_layer = makePosixFileLayer(m_folder.path().toStdString());
        QVERIFY(m_layer->attach());
        QVERIFY(ensure("shares") && ensure("shares/s2") && ensure("shares/s2/" + kIndex));
    }
    bool ensure(const std::string& path)
    {
        const Result<void> made = m_layer->makeDirectory(path);
        return made || made.error().code() == ErrorCode::Conflict;
    }

    void showsShortIds_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("shown");
        const QString index = QString::fromStdString(kIndex);
        QTest::newRow("nothing") << ""
                                 << "";
        QTest::newRow("a name") << "tarn-lock"
                                << "tarn-lock";
        QTest::newRow("a bucket") << "shares/s2/" + index << "shares/s2/s2raw..";
        QTest::newRow("a share") << "shares/s2/" + index + "/7"
                                 << "shares/s2/s2raw../7";
        QTest::newRow("an upload") << "shares/incoming/" + index + ".12"
                                   << "shares/incoming/s2raw...12";
        QTest::newRow("a staged file") << "shares/incoming/00112233445566778899aabbccddeeff.new"
                                       << "shares/incoming/00112233445566778899aabbccddeeff.new";
        QTest::newRow("too long for one") << index + "a" << index + "a";
        QTest::newRow("slashes") << "/a//b/"
                                 << "/a//b/";
    }
    void showsShortIds()
    {
        QFETCH(QString, path);
        QFETCH(QString, shown);
        QCOMPARE(QString::fromStdString(shownPath(path.toStdString())), shown);
    }
    void namesAFileThatIsNotThere()
    {
        const Result<int> file = m_layer->openFile("shares/s2/" + kIndex + "/3", OpenMode::Read);
        QVERIFY(!file);
        QCOMPARE(file.error().code(), ErrorCode::NotFound);
        QCOMPARE(file.error().message(),
                 std::string("open shares/s2/s2raw../3: No such file or directory"));
    }
    /// Neither where the storage directory lies nor whose share it is.
    void namesAnOpenFileFromTheRootOn()
    {
        Result<File> file = File::open(*m_layer, "shares/s2/" + kIndex + "/0", OpenMode::Create);
        QVERIFY(file);
        Result<void> written = ok();
        {
            const test::LongestFile limit(4096);
            written = file->writeAt(4096, asBytes("one byte too many"));
        }
        QVERIFY(!written);
        QCOMPARE(written.error().code(), ErrorCode::NoSpace);
        QCOMPARE(written.error().message(),
                 std::string("write shares/s2/s2raw../0: File too large"));
    }
};

QTEST_GUILESS_MAIN(TestFileLayer)
#include "test_file_layer.moc"
