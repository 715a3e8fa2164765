#include "client-gateway/cli/byte_files.h"

#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QFileInfo>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway::cli;

namespace {

QByteArray contentOf(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void makeFile(const QString& path, const QByteArray& content)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
        qFatal("cannot write");
}

} // namespace

class TestByteFiles final : public QObject
{
    Q_OBJECT
    QTemporaryDir m_dir;
    std::string path(const char* name) const { return m_dir.filePath(name).toStdString(); }

private Q_SLOTS:
    void reads()
    {
        makeFile(m_dir.filePath("in"), "hello");
        Result<InputFile> file = InputFile::open(path("in"));
        QVERIFY(file);
        QCOMPARE(*file->size(), std::uint64_t{5});
        Bytes buffer(10);
        for (int round = 0; round < 2; ++round) {
            QCOMPARE(*file->read(buffer), std::size_t{5});
            QCOMPARE(asText(ByteView(buffer).first(5)), std::string_view("hello"));
            QCOMPARE(*file->read(buffer), std::size_t{0});
            QVERIFY(file->rewind());
        }
    }
    void readsAsMuchAsWasThere()
    {
        makeFile(m_dir.filePath("log"), "12345");
        Result<InputFile> file = InputFile::open(path("log"));
        makeFile(m_dir.filePath("log"), "1234567");
        Bytes buffer(10);
        QCOMPARE(*file->read(buffer), std::size_t{5});
        QCOMPARE(*file->read(buffer), std::size_t{0});
        QVERIFY(file->rewind());
        makeFile(m_dir.filePath("log"), "12");
        QCOMPARE(*file->read(buffer), std::size_t{2});
        QCOMPARE(file->read(buffer).error().code(), ErrorCode::IoFailure);
    }
    void readsFilesThatSeemEmpty()
    {
        Result<InputFile> file = InputFile::open("/proc/self/status");
        QVERIFY(file && !file->size());
        Bytes buffer(100);
        QVERIFY(*file->read(buffer) > 0);
    }
    void refusesToRead()
    {
        QCOMPARE(InputFile::open(path("absent")).error().code(), ErrorCode::NotFound);
        QCOMPARE(InputFile::open(m_dir.path().toStdString()).error().code(),
                 ErrorCode::InvalidInput);
    }
    void appearsOnlyWhenComplete()
    {
        const QString target = m_dir.filePath("out");
        {
            Result<OutputFile> file = OutputFile::create(target.toStdString());
            QVERIFY(file);
            QVERIFY(file->write(asBytes("part")));
            QVERIFY(!QFile::exists(target));
            QVERIFY(file->write(asBytes("s")));
            QVERIFY(file->commit());
        }
        QCOMPARE(contentOf(target), QByteArray("parts"));
        {
            Result<OutputFile> file = OutputFile::create(target.toStdString());
            QVERIFY(file->write(asBytes("given up")));
            if (QDir(m_dir.path()).entryList({"*.part-*"}).isEmpty())
                QVERIFY(file->write(asBytes("no name, no rest")));
        }
        QCOMPARE(contentOf(target), QByteArray("parts"));
        {
            Result<OutputFile> file = OutputFile::create(target.toStdString());
            QVERIFY(file->write(asBytes("parts")) && file->commit(Durability::Soon));
        }
        QCOMPARE(contentOf(target), QByteArray("parts"));
        QVERIFY(QDir(m_dir.path()).entryList({"*.part-*"}).isEmpty());
    }
    void replacesWhatALinkPointsTo()
    {
        makeFile(m_dir.filePath("real"), "old");
        QVERIFY(QFile::link(m_dir.filePath("real"), m_dir.filePath("link")));
        Result<OutputFile> file = OutputFile::create(path("link"));
        QVERIFY(file && file->write(asBytes("new")) && file->commit());
        QCOMPARE(contentOf(m_dir.filePath("real")), QByteArray("new"));
        QVERIFY(QFileInfo(m_dir.filePath("link")).isSymLink());
    }
    void writesDevicesInPlace()
    {
        Result<OutputFile> file = OutputFile::create("/dev/null");
        QVERIFY(file && file->write(asBytes("gone")) && file->commit());
        QVERIFY(!QFileInfo("/dev/null").isFile());
    }
    void refusesToWrite()
    {
        QVERIFY(!OutputFile::create(path("no/such/folder")));
        QVERIFY(!OutputFile::create(m_dir.path().toStdString()));
    }
    void readsCapabilitiesFromFiles()
    {
        makeFile(m_dir.filePath("cap"), "  URI:LIT:abcd \r\nmore\n");
        QCOMPARE(*readFirstLine(path("cap")), std::string("URI:LIT:abcd"));
        makeFile(m_dir.filePath("bare"), "URI:LIT:");
        QCOMPARE(*readFirstLine(path("bare")), std::string("URI:LIT:"));
        makeFile(m_dir.filePath("empty"), "\n");
        QCOMPARE(readFirstLine(path("empty")).error().code(), ErrorCode::InvalidInput);
        makeFile(m_dir.filePath("long"), QByteArray(70'000, 'x'));
        QCOMPARE(readFirstLine(path("long")).error().code(), ErrorCode::InvalidInput);
        QVERIFY(!readFirstLine(path("absent")));
    }
};

QTEST_GUILESS_MAIN(TestByteFiles)
#include "test_byte_files.moc"
