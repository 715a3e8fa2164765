#include "client-gateway/upload/receive.h"
#include "client-gateway/upload/spool.h"
#include "core/crypto/key_derivation.h"
#include "tests/support/fake_clock.h"
#include "tests/support/property.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;

namespace {

/// Runs a coroutine that waits for nothing but inline pools.
template <class T>
Result<T> runNow(asio::awaitable<Result<T>> work)
{
    asio::io_context engine;
    Result<T> out;
    auto run = [&]() -> asio::awaitable<void> { out = co_await std::move(work); };
    asio::co_spawn(engine, run, asio::detached);
    engine.run();
    return out;
}

class BytesSource final : public UploadSource
{
public:
    BytesSource(ByteView bytes, std::size_t atOnce) : m_rest(bytes), m_atOnce(atOnce) {}
    asio::awaitable<Result<std::size_t>> read(MutableByteView into) override
    {
        const std::size_t count = std::min({into.size(), m_rest.size(), m_atOnce});
        std::copy_n(m_rest.begin(), count, into.begin());
        m_rest = m_rest.subspan(count);
        co_return count;
    }

private:
    ByteView m_rest;
    std::size_t m_atOnce;
};

struct Bench
{
    QTemporaryDir folder;
    test::FakeClock clock;
    test::SeededRandom random{1};
    std::unique_ptr<WorkPool> pool = makeInlinePool();
    SpoolBudget budget;

    explicit Bench(std::uint64_t memory, std::uint64_t disk)
        : budget(SpoolLimits{folder.path().toStdString(), memory, disk})
    {
    }
    bool folderIsEmpty() const { return std::filesystem::is_empty(folder.path().toStdString()); }
};

} // namespace

class TestSpool final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void givesBackWhatCameIn()
    {
        QVERIFY(test::forAll(60, [](test::SeededRandom& random) {
            Bench bench(random.below(3000), 100'000);
            Bytes all;
            bool good = true;
            {
                Spool spool(bench.budget, *bench.pool, bench.random);
                for (int i = 0; i < 10; ++i) {
                    Bytes piece = random.bytesBetween(0, 900);
                    append(all, piece);
                    good = good && runNow(spool.append(std::move(piece)));
                }
                good = good && spool.size() == all.size();
                for (int i = 0; i < 20; ++i) {
                    const std::size_t from = random.below(all.size() + 1);
                    Bytes part(random.below(all.size() - from + 1));
                    good = good && runNow(spool.read(from, part)) &&
                           equal(part, ByteView(all).subspan(from, part.size()));
                }
                good = good && bench.folderIsEmpty();
            }
            return good && bench.budget.memoryUsed() == 0 && bench.budget.diskUsed() == 0;
        }));
    }
    void aFullSpoolIsNoSpaceAndLeavesNothing()
    {
        Bench bench(1000, 2000);
        {
            Spool spool(bench.budget, *bench.pool, bench.random);
            QVERIFY(runNow(spool.append(zeroBytes(1000))));
            QVERIFY(runNow(spool.append(zeroBytes(2000))));
            QCOMPARE(bench.budget.memoryUsed(), std::uint64_t(1000));
            QCOMPARE(bench.budget.diskUsed(), std::uint64_t(2000));
            const Result<void> full = runNow(spool.append(zeroBytes(1)));
            QVERIFY(!full);
            QCOMPARE(full.error().code(), ErrorCode::NoSpace);
        }
        QCOMPARE(bench.budget.memoryUsed(), std::uint64_t(0));
        QCOMPARE(bench.budget.diskUsed(), std::uint64_t(0));
        QVERIFY(bench.folderIsEmpty());
    }
    void theNextBodyTakesTheFileOfTheLast()
    {
        Bench bench(0, 1'000'000'000);
        const Bytes first = test::SeededRandom(5).bytes(50'000);
        const Bytes second = test::SeededRandom(6).bytes(30'000);
        QVERIFY(!bench.budget.takeFile());
        for (const Bytes& body : {first, second, first}) {
            Spool spool(bench.budget, *bench.pool, bench.random);
            QVERIFY(runNow(spool.append(Bytes(body))));
            QVERIFY(!bench.budget.takeFile()); // in use
            Bytes back(body.size());
            QVERIFY(runNow(spool.read(0, back)));
            QVERIFY(equal(back, body));
        }
        const std::shared_ptr<UnlinkedFile> kept = bench.budget.takeFile();
        QVERIFY(kept);
        QCOMPARE(kept->size(), std::uint64_t(50'000));
        QVERIFY(!bench.budget.takeFile());
        Bytes there(50'000);
        QVERIFY(kept->readBlocking(0, there));
        QVERIFY(!equal(there, first)); // nobody has its key
        QVERIFY(bench.folderIsEmpty());
    }
    void filesAreKeptWithinBounds()
    {
        Bench bench(0, 1'000'000'000);
        for (int i = 0; i < 20; ++i) {
            const auto file = UnlinkedFile::makeBlocking(bench.folder.path().toStdString());
            QVERIFY(file);
            QVERIFY((*file)->writeBlocking(0, zeroBytes(10)));
            QCOMPARE(bench.budget.keepFile(*file), i < 8);
        }
        std::shared_ptr<UnlinkedFile> file;
        for (int i = 0; i < 8; ++i) {
            file = bench.budget.takeFile();
            QVERIFY(file);
        }
        QVERIFY(file->writeBlocking(SpoolBudget::kMostKeptBytes - 1, zeroBytes(1)));
        QVERIFY(bench.budget.keepFile(file));
        const auto other = UnlinkedFile::makeBlocking(bench.folder.path().toStdString());
        QVERIFY((*other)->writeBlocking(0, zeroBytes(1)));
        QVERIFY(!bench.budget.keepFile(*other));
        QVERIFY(bench.budget.takeFile() == file);
        QVERIFY((*other)->writeBlocking(SpoolBudget::kMostKeptBytes, zeroBytes(1)));
        QVERIFY(!bench.budget.keepFile(*other));
    }
    void aMissingFolderIsAnError()
    {
        auto pool = makeInlinePool();
        test::SeededRandom random(1);
        SpoolBudget budget(SpoolLimits{"/nonexistent/tarn", 0, 1000});
        Spool spool(budget, *pool, random);
        QVERIFY(!runNow(spool.append(zeroBytes(10))));
    }
    void keyAndSegmentSizeFollowTheSize_data()
    {
        QTest::addColumn<int>("size");
        QTest::addColumn<int>("largest");
        QTest::addColumn<int>("segment");
        QTest::newRow("smaller than a segment") << 100 << 1000 << 102;
        QTest::newRow("exactly one") << 1000 << 1000 << 1002;
        QTest::newRow("one more") << 1001 << 1000 << 1002;
        QTest::newRow("first piece full") << 65536 << 1000 << 1002;
        QTest::newRow("many pieces") << 3'000'001 << 1'048'576 << 1'048'578;
        QTest::newRow("segment larger than a piece") << 3'000'001 << 2'500'000 << 2'500'002;
        QTest::newRow("segment larger than the file") << 3'000'001 << 9'500'000 << 3'000'003;
        QTest::newRow("empty") << 0 << 1000 << 0;
    }
    void keyAndSegmentSizeFollowTheSize()
    {
        QFETCH(int, size);
        QFETCH(int, largest);
        QFETCH(int, segment);
        Bench bench(1'200'000, 10'000'000);
        const Bytes plain = test::SeededRandom(7).bytes(static_cast<std::size_t>(size));
        EncodingParameters encoding;
        encoding.segmentSize = static_cast<std::uint64_t>(largest);
        BytesSource source(plain, 10'007);
        UploadStatus status;
        const ReceiveParts parts{bench.budget, *bench.pool, *bench.pool, bench.random, bench.clock};
        const Result<ReceivedBody> body = runNow(
            receiveBody(parts, source, encoding, KeyChoice::Convergent, asBytes("secret"), status));
        QVERIFY(body);
        QCOMPARE(body->plaintext->size(), static_cast<std::uint64_t>(size));
        QCOMPARE(status.received, static_cast<std::uint64_t>(size));
        QCOMPARE(body->segmentSize, static_cast<std::uint64_t>(segment));
        crypto::ConvergenceHasher hasher(asBytes("secret"),
                                         {3, 10, static_cast<std::uint64_t>(segment)});
        hasher.update(plain);
        QVERIFY(body->key == hasher.finish());
        Bytes back(plain.size());
        QVERIFY(runNow(body->plaintext->read(0, back)));
        QVERIFY(equal(back, plain));
    }
};

QTEST_GUILESS_MAIN(TestSpool)
#include "test_spool.moc"
