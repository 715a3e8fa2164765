#include "core/node/sequence_file.h"
#include "tests/support/signed_records.h"

#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using node::StateDir;
using test::kTestTime;

class TestSequenceFile final : public QObject
{
    Q_OBJECT

    QTemporaryDir m_folder;

    Result<StateDir> folder(const char* name)
    {
        return StateDir::openBlocking(m_folder.filePath(name).toStdString(), "storage");
    }

private Q_SLOTS:
    void numbersRiseWhateverTheClockDoes()
    {
        const Result<StateDir> dir = folder("a");
        QVERIFY(dir);
        const Result<std::uint64_t> first = node::takeSequence(*dir, 0, kTestTime);
        QVERIFY(first);
        QCOMPARE(*first, std::uint64_t(test::kTestSeconds));
        const Result<std::uint64_t> ahead =
            node::takeSequence(*dir, 0, kTestTime + std::chrono::hours(1));
        QCOMPARE(*ahead, *first + 3600);
        const Result<std::uint64_t> back =
            node::takeSequence(*dir, 0, kTestTime - std::chrono::hours(24));
        QCOMPARE(*back, *ahead + 1);
    }
    void othersMayKnowALaterOne()
    {
        const Result<StateDir> dir = folder("b");
        QVERIFY(dir);
        const std::uint64_t later = test::kTestSeconds + 5000;
        QCOMPARE(*node::takeSequence(*dir, later, kTestTime), later);
        QCOMPARE(*node::takeSequence(*dir, 0, kTestTime), later + 1);
    }
    void aBrokenFileIsNamed()
    {
        const Result<StateDir> dir = folder("c");
        QVERIFY(dir);
        QVERIFY(dir->writeFile("announcement-sequence", "12x\n"));
        const Result<std::uint64_t> out = node::takeSequence(*dir, 0, kTestTime);
        QVERIFY(!out);
        QVERIFY(out.error().message().find("announcement-sequence") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestSequenceFile)
#include "test_sequence_file.moc"
