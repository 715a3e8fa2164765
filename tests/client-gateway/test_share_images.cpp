#include "client-gateway/mutable/share_images.h"
#include "tests/support/seeded_random.h"
#include "tests/support/store_run.h"

#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;

namespace {

constexpr std::uint64_t kLarge = 1'000'000; ///< five of these do not stay in memory

SpoolLimits limitsOf(const std::filesystem::path& folder)
{
    SpoolLimits limits;
    limits.directory = folder;
    limits.memoryBytes = 8'000'000;
    limits.diskBytes = 20'000'000;
    return limits;
}

} // namespace

class TestShareImages final : public QObject
{
    Q_OBJECT
    QTemporaryDir m_folder;
    asio::io_context m_engine;
    std::unique_ptr<WorkPool> m_pool = makeInlinePool();

    Result<std::unique_ptr<ShareImages>> make(SpoolBudget& budget, std::uint64_t bytes)
    {
        return test::runToEnd(m_engine, ShareImages::make(budget, *m_pool, bytes, 5));
    }
    SpoolLimits limits() { return limitsOf(m_folder.path().toStdString()); }

private Q_SLOTS:
    void keepsWhatIsWritten_data()
    {
        QTest::addColumn<std::uint64_t>("bytes");
        for (const std::uint64_t bytes : {std::uint64_t(0), std::uint64_t(1000), kLarge})
            QTest::newRow(QByteArray::number(qulonglong(bytes)).constData()) << bytes;
    }
    void keepsWhatIsWritten()
    {
        QFETCH(std::uint64_t, bytes);
        SpoolBudget budget(limits());
        // The second one gets the file of the first.
        for (std::uint64_t round = 0; round < 2; ++round) {
            const auto images = make(budget, bytes);
            QVERIFY(images);
            std::vector<Bytes> wanted;
            test::SeededRandom random(round);
            for (unsigned share = 0; share < 5; ++share) {
                const Bytes& all = wanted.emplace_back(random.bytes(bytes));
                const std::uint64_t half = bytes / 2;
                QVERIFY((*images)->writeBlocking(share, half, ByteView(all).subspan(half)));
                QVERIFY((*images)->writeBlocking(share, 0, ByteView(all).first(half)));
            }
            QVERIFY(test::runToEnd(m_engine, (*images)->finish()));
            for (unsigned share = 0; share < 5; ++share)
                QVERIFY(equal((*images)->of(share), wanted[share]));
            QCOMPARE(budget.memoryUsed() + budget.diskUsed(), 5 * bytes);
        }
        QCOMPARE(budget.memoryUsed() + budget.diskUsed(), std::uint64_t(0));
        QCOMPARE(budget.takeFile() != nullptr, bytes == kLarge);
    }
    void aFullBudgetIsTold()
    {
        SpoolBudget budget(limits());
        QVERIFY(budget.takeDisk(16'000'000));
        const auto images = make(budget, kLarge);
        QVERIFY(!images);
        QCOMPARE(images.error().code(), ErrorCode::NoSpace);
        QCOMPARE(budget.diskUsed(), std::uint64_t(16'000'000));
        budget.giveBack(0, 16'000'000);
        QVERIFY(make(budget, kLarge));
    }
    void aFolderThatIsGoneIsTold()
    {
        SpoolBudget budget(limitsOf("/nonexistent"));
        QVERIFY(!make(budget, kLarge));
        QCOMPARE(budget.diskUsed(), std::uint64_t(0));
        QVERIFY(make(budget, 1000));
    }
};

QTEST_GUILESS_MAIN(TestShareImages)
#include "test_share_images.moc"
