#include "tests/client-gateway/grid_bench.h"

#include <QtTest/QtTest>

using namespace tarn;
using namespace tarn::gateway;
using test::Fault;
using test::GridBench;
using test::StoreCall;

class TestUpload final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void tenServersGetAShareEach()
    {
        GridBench bench;
        const Bytes plain = test::plaintext(100'000);
        const Result<UploadResult> result = bench.put(plain);
        QVERIFY2(result, result ? "" : result.error().text().c_str());
        QCOMPARE(result->size, std::uint64_t(plain.size()));
        QCOMPARE(result->pushedShares, 10U);
        QCOMPARE(result->preexistingShares, 0U);
        QCOMPARE(result->happiness, 10U);
        QCOMPARE(result->shareMap.size(), std::size_t(10));
        for (const auto& one : bench.servers)
            QCOMPARE(one->memory->shareCount(), std::size_t(1));
        QCOMPARE(bench.uploadsOpen(), std::size_t(0));
        const Result<Bytes> back = bench.get(result->readCap);
        QVERIFY2(back, back ? "" : back.error().text().c_str());
        QVERIFY(*back == plain);
    }

    void longHashTreesFollowTheLastRun()
    {
        // Two runs, and more bytes of trailers in all shares than go out together.
        EncodingParameters encoding;
        encoding.segmentSize = 3;
        encoding.total = 100;
        GridBench bench(10, encoding);
        const Bytes plain = test::plaintext(300);
        const Result<UploadResult> result = bench.put(plain);
        QVERIFY2(result, result ? "" : result.error().text().c_str());
        QCOMPARE(result->pushedShares, 100U);
        QCOMPARE(bench.uploadsOpen(), std::size_t(0));
        const Result<Bytes> back = bench.get(result->readCap);
        QVERIFY2(back, back ? "" : back.error().text().c_str());
        QVERIFY(*back == plain);
    }
};

QTEST_GUILESS_MAIN(TestUpload)
#include "test_upload.moc"
