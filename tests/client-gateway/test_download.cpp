#include "core/share/immutable_layout.h"
#include "tests/client-gateway/stored_file.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;
using std::chrono::seconds;
using test::failing;
using test::Fault;
using test::GridBench;
using test::late;
using test::StoreCall;

namespace {

class SlowSink final : public DownloadSink
{
public:
    SlowSink(Clock& clock, std::uint64_t& written) : m_clock(clock), m_written(written) {}
    asio::awaitable<Result<void>> write(ByteView piece) override
    {
        m_written += piece.size();
        co_await m_clock.sleep(seconds(10));
        co_return ok();
    }

private:
    Clock& m_clock;
    std::uint64_t& m_written;
};

class FullSink final : public DownloadSink
{
public:
    asio::awaitable<Result<void>> write(ByteView /*piece*/) override
    {
        co_return Error(ErrorCode::PeerUnreachable, "the reader went away");
    }
};

} // namespace

class TestDownload final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void anyKSharesAreEnough()
    {
        GridBench bench;
        test::StoredFile file(bench, 50'000);
        for (std::uint32_t first = 0; first < 10; ++first) {
            for (const auto& one : bench.servers)
                test::failAll(*one, failing(ErrorCode::PeerUnreachable));
            for (std::uint32_t i = 0; i < 3; ++i)
                test::failAll(*file.holders.at(ShareNumber{(first + i * 2) % 10}), Fault());
            const Result<Bytes> back = bench.get(file.cap);
            QVERIFY2(back, back ? "" : back.error().text().c_str());
            QVERIFY(*back == file.plain);
        }
    }
    void rangesMatchThePlaintext()
    {
        QVERIFY(test::forAll(15, [](test::SeededRandom& random) {
            EncodingParameters encoding;
            encoding.total = static_cast<std::uint32_t>(random.between(1, 10));
            encoding.needed = static_cast<std::uint32_t>(random.between(1, encoding.total));
            encoding.happy = 1;
            encoding.segmentSize = random.between(100, 100'000);
            GridBench bench(10, encoding);
            test::StoredFile file(bench, random.between(56, 400'000));
            const auto download = bench.grid->open(file.cap);
            if (!download || (*download)->size() != file.plain.size()) return false;
            for (int i = 0; i < 15; ++i) {
                const std::uint64_t begin = random.below(file.plain.size() + 1);
                const std::uint64_t end = random.between(begin, file.plain.size());
                const Result<Bytes> part = bench.get(**download, ByteRange{begin, end});
                if (!part || !equal(*part, ByteView(file.plain).subspan(begin, end - begin)))
                    return false;
            }
            return true;
        }));
    }
    void rangesOutsideAreRefused()
    {
        GridBench bench;
        test::StoredFile file(bench, 1000);
        const auto download = bench.grid->open(file.cap);
        QVERIFY(download);
        const Result<Bytes> out = bench.get(**download, ByteRange{0, 1001});
        QVERIFY(!out && out.error().code() == ErrorCode::InvalidInput);
        const Result<Bytes> empty = bench.get(**download, ByteRange{1000, 1000});
        QVERIFY(empty && empty->empty());
    }

    void smallSharesTakeOneRequestEach()
    {
        GridBench bench;
        test::StoredFile file(bench, 100'000);
        std::uint64_t reads = 0;
        std::uint64_t lists = 0;
        for (const auto& one : bench.servers) {
            one->store->setPlan([&](StoreCall call, std::uint64_t) {
                if (call == StoreCall::Read) ++reads;
                if (call == StoreCall::List) ++lists;
                return Fault();
            });
        }
        const Result<Bytes> back = bench.get(file.cap);
        QVERIFY(back && *back == file.plain);
        QCOMPARE(reads, std::uint64_t(3));
        QVERIFY(lists <= 4);
    }
    void seeksReadOnlyWhatTheyNeed()
    {
        GridBench bench;
        test::StoredFile file(bench, 9'000'000);
        const auto download = bench.grid->open(file.cap);
        QVERIFY(download);
        const Result<Bytes> part = bench.get(**download, ByteRange{5'000'000, 5'000'100});
        QVERIFY(part && equal(*part, ByteView(file.plain).subspan(5'000'000, 100)));
        std::uint64_t read = 0;
        for (const ShareStatus& share : (*download)->status().shares)
            read += share.bytesRead;
        QVERIFY2(read < 1'200'000, std::to_string(read).c_str());
    }
    void laterReadsOfAnOpenFileNeedNoNewSearch()
    {
        GridBench bench;
        test::StoredFile file(bench, 100'000);
        const auto download = bench.grid->open(file.cap);
        QVERIFY(bench.get(**download, ByteRange{0, 10}));
        const std::uint64_t calls = bench.calls();
        QVERIFY(bench.get(**download, ByteRange{50'000, 60'000}));
        QCOMPARE(bench.calls(), calls);
    }

    void theEndOfAShareMayArriveBeforeItsHead()
    {
        GridBench bench;
        const test::StoredFile file(
            bench, 1'300'000); // shares above 64 KiB: head and end are two requests
        for (const auto& one : bench.servers) {
            one->store->setPlan([seen = false](StoreCall call, std::uint64_t) mutable {
                if (call != StoreCall::Read || seen) return Fault();
                seen = true;
                return late(std::chrono::milliseconds(100));
            });
        }
        const Result<Bytes> back = bench.get(file.cap);
        QVERIFY2(back, back ? "" : back.error().text().c_str());
        QVERIFY(*back == file.plain);
        bench.settle();
        QCOMPARE(bench.advisoryCount(), std::size_t(0));
    }
    void sectionsLieWhereTheOffsetsSay_data()
    {
        QTest::addColumn<int>("size");
        QTest::addColumn<int>("from");
        for (const int size : {10'000, 2'500'000}) {
            const std::string bytes = ", " + std::to_string(size) + " bytes";
            QTest::newRow(("room after the header" + bytes).c_str()) << size << 0;
            QTest::newRow(("room after the blocks" + bytes).c_str()) << size << 1;
            QTest::newRow(("room after the ciphertext tree" + bytes).c_str()) << size << 3;
        }
    }
    /// 96 bytes of nothing stand before the section `from`, and all later ones behind them.
    void sectionsLieWhereTheOffsetsSay()
    {
        QFETCH(int, size);
        QFETCH(int, from);
        constexpr std::size_t kRoom = 96;
        GridBench bench;
        test::StoredFile file(bench, static_cast<std::size_t>(size));
        for (std::uint32_t number = 0; number < 10; ++number) {
            Bytes& share = file.share(number);
            share::ImmutableLayout layout = *share::parseImmutableLayout(share);
            const std::array<std::uint64_t*, 6> offsets{
                &layout.data,        &layout.plaintextHashTree, &layout.crypttextHashTree,
                &layout.blockHashes, &layout.shareHashes,       &layout.uriExtension};
            const auto at = static_cast<std::ptrdiff_t>(*offsets[static_cast<std::size_t>(from)]);
            for (auto i = static_cast<std::size_t>(from); i < offsets.size(); ++i)
                *offsets[i] += kRoom;
            share.insert(share.begin() + at, kRoom, std::byte{0xee});
            const Bytes header = share::encodeHeader(layout);
            std::copy(header.begin(), header.end(), share.begin());
        }
        const Result<Bytes> back = bench.get(file.cap);
        QVERIFY2(back, back ? "" : back.error().text().c_str());
        QVERIFY(*back == file.plain);
        bench.settle();
        QCOMPARE(bench.advisoryCount(), std::size_t(0));
    }
    void aSlowReaderSlowsTheServers()
    {
        GridBench bench;
        test::StoredFile file(bench, 20'000'000);
        const auto download = bench.grid->open(file.cap);
        std::uint64_t written = 0;
        SlowSink sink(bench.clock, written);
        asio::awaitable<Result<void>> read =
            (*download)->read(ByteRange{0, file.plain.size()}, sink);
        const auto result =
            bench.run(withDeadline<void>(bench.clock, seconds(15), "reading", std::move(read)));
        QVERIFY(result && !*result);
        std::uint64_t fetched = 0;
        for (const ShareStatus& share : (*download)->status().shares)
            fetched += share.bytesRead;
        QVERIFY2(fetched < written + 14'000'000, std::to_string(fetched).c_str());
        const std::uint64_t calls = bench.calls();
        bench.settle();
        QCOMPARE(bench.calls(), calls); // cancelled: nothing goes on
    }
    void aFailingReaderEndsTheRead()
    {
        GridBench bench;
        test::StoredFile file(bench, 3'000'000);
        const auto download = bench.grid->open(file.cap);
        FullSink sink;
        const auto result = bench.run((*download)->read(ByteRange{0, 3'000'000}, sink));
        QVERIFY(result && !*result);
        QCOMPARE(result->error().message(), std::string("the reader went away"));
    }
    void readsMayOverlap()
    {
        GridBench bench;
        test::StoredFile file(bench, 3'000'000);
        const auto download = bench.grid->open(file.cap);
        std::vector<test::BytesSink> sinks(5);
        std::size_t ended = 0;
        for (std::size_t i = 0; i < sinks.size(); ++i) {
            asio::co_spawn(
                bench.engine,
                (*download)->read(ByteRange{i * 500'000, i * 500'000 + 900'000}, sinks[i]),
                [&](const std::exception_ptr&, Result<void> result) {
                    if (result) ++ended;
                });
        }
        bench.settle();
        QCOMPARE(ended, sinks.size());
        for (std::size_t i = 0; i < sinks.size(); ++i)
            QVERIFY(equal(sinks[i].bytes, ByteView(file.plain).subspan(i * 500'000, 900'000)));
    }
    void badCapabilitiesAreRefused_data()
    {
        QTest::addColumn<QString>("cap");
        QTest::addColumn<int>("code");
        QTest::newRow("text") << "hello" << static_cast<int>(ErrorCode::Unsupported);
        QTest::newRow("malformed") << "URI:CHK:abc" << static_cast<int>(ErrorCode::InvalidInput);
        QTest::newRow("k > N") << "URI:CHK:3nuwjpgy7qfvoak6grdifadmli:"
                                  "af2ashclsodt34wk5wux6tnos3qvzjty7aful7jpdxuncbswh26q:4:3:200"
                               << static_cast<int>(ErrorCode::InvalidInput);
        QTest::newRow("size 0") << "URI:CHK:3nuwjpgy7qfvoak6grdifadmli:"
                                   "af2ashclsodt34wk5wux6tnos3qvzjty7aful7jpdxuncbswh26q:2:3:0"
                                << static_cast<int>(ErrorCode::InvalidInput);
    }
    void badCapabilitiesAreRefused()
    {
        QFETCH(QString, cap);
        QFETCH(int, code);
        GridBench bench;
        const auto download = bench.grid->open(cap.toStdString());
        QVERIFY(!download);
        QCOMPARE(static_cast<int>(download.error().code()), code);
    }
};

QTEST_GUILESS_MAIN(TestDownload)
#include "test_download.moc"
