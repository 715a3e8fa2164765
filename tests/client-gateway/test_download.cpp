#include "core/share/immutable_layout.h"
#include "tests/client-gateway/grid_bench.h"
#include "tests/support/property.h"

#include <QtTest/QtTest>

using namespace tarn;
using namespace tarn::gateway;
using std::chrono::seconds;
using test::failing;
using test::Fault;
using test::GridBench;
using test::late;
using test::StoreCall;

namespace {

/// A stored file and who holds which share of it.
struct Stored
{
    Stored(GridBench& bench, std::size_t size) : plain(test::plaintext(size))
    {
        const Result<UploadResult> result = bench.put(plain);
        if (!result) return;
        cap = result->readCap;
        index = test::storageIndexOf(cap);
        for (const auto& one : bench.servers)
            for (std::uint32_t share = 0; share < 256; ++share)
                if (one->memory->shareBytes(index, ShareNumber{share}) != nullptr)
                    holders[ShareNumber{share}] = one.get();
    }

    Bytes& share(std::uint32_t number)
    {
        const ShareNumber share{number};
        return *holders.at(share)->memory->shareBytes(index, share);
    }

    Bytes plain;
    std::string cap;
    StorageIndex index;
    std::map<ShareNumber, test::BenchServer*> holders;
};

void failAll(test::BenchServer& server, Fault fault)
{
    server.store->setPlan([fault](StoreCall, std::uint64_t) { return fault; });
}

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
        Stored file(bench, 50'000);
        for (std::uint32_t first = 0; first < 10; ++first) {
            for (const auto& one : bench.servers)
                failAll(*one, failing(ErrorCode::PeerUnreachable));
            for (std::uint32_t i = 0; i < 3; ++i)
                failAll(*file.holders.at(ShareNumber{(first + i * 2) % 10}), Fault());
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
            Stored file(bench, random.between(56, 400'000));
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
        Stored file(bench, 1000);
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
        Stored file(bench, 100'000);
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
        Stored file(bench, 9'000'000);
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
        Stored file(bench, 100'000);
        const auto download = bench.grid->open(file.cap);
        QVERIFY(bench.get(**download, ByteRange{0, 10}));
        const std::uint64_t calls = bench.calls();
        QVERIFY(bench.get(**download, ByteRange{50'000, 60'000}));
        QCOMPARE(bench.calls(), calls);
    }

    void theEndOfAShareMayArriveBeforeItsHead()
    {
        GridBench bench;
        const Stored file(bench, 1'300'000); // shares above 64 KiB: head and end are two requests
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
        Stored file(bench, static_cast<std::size_t>(size));
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
    void everyLieIsFoundAndReported_data()
    {
        QTest::addColumn<int>("size");
        QTest::addColumn<QString>("section");
        for (const int size : {10'000, 1'300'000}) {
            for (const char* section :
                 {"version", "data", "ciphertext tree", "block tree", "share hashes",
                  "extension length", "extension", "offsets", "truncated", "empty", "zeroes"}) {
                const std::string name = std::string(section) + " " + std::to_string(size);
                QTest::newRow(name.c_str()) << size << section;
            }
        }
    }
    void everyLieIsFoundAndReported()
    {
        QFETCH(int, size);
        QFETCH(QString, section);
        GridBench bench;
        Stored file(bench, static_cast<std::size_t>(size));
        // Seven liars, so that the three honest ones have to be found.
        for (std::uint32_t number = 0; number < 7; ++number) {
            Bytes& share = file.share(number);
            const share::ImmutableLayout layout = *share::parseImmutableLayout(share);
            const auto spoil = [&](std::uint64_t at) {
                share[static_cast<std::size_t>(at)] ^= std::byte{0x10};
            };
            if (section == "version") spoil(3);
            // Every block of it: any segment may be read from any share.
            if (section == "data")
                for (std::uint64_t at = layout.data; at < layout.plaintextHashTree; at += 1000)
                    spoil(at);
            if (section == "ciphertext tree") {
                for (std::uint64_t at = layout.crypttextHashTree; at < layout.blockHashes; at += 32)
                    spoil(at);
            }
            if (section == "block tree")
                for (std::uint64_t at = layout.blockHashes; at < layout.shareHashes; at += 32)
                    spoil(at);
            if (section == "share hashes")
                for (std::uint64_t at = layout.shareHashes; at < layout.uriExtension; at += 34)
                    spoil(at + 5);
            if (section == "extension length") spoil(layout.uriExtension + 2);
            if (section == "extension") spoil(layout.uriExtension + 40);
            if (section == "offsets") spoil(0x1e);
            if (section == "truncated") share.resize(share.size() / 2);
            if (section == "empty") share.clear();
            if (section == "zeroes") share = zeroBytes(share.size());
        }
        const Result<Bytes> back = bench.get(file.cap);
        QVERIFY2(back, back ? "" : back.error().text().c_str());
        QVERIFY(*back == file.plain);
        bench.settle();
        // Which liars were met depends on the order of servers; what they said decides whether
        // it is a lie or another version.
        const bool otherVersion = section == "version" || section == "zeroes";
        for (const auto& one : bench.servers) {
            for (const std::string& advisory : one->memory->advisories())
                QVERIFY2(advisory.find("corruption in share[") != std::string::npos,
                         advisory.c_str());
        }
        if (otherVersion) QCOMPARE(bench.advisoryCount(), std::size_t(0));
    }
    void aBadBlockIsNamedWithItsPlace()
    {
        GridBench bench(3, EncodingParameters{3, 1, 3, 1000});
        Stored file(bench, 10'000);
        Bytes& share = file.share(1);
        const share::ImmutableLayout layout = *share::parseImmutableLayout(share);
        share[static_cast<std::size_t>(layout.data) + 334 * 2 + 5] ^= std::byte{1};
        const Result<Bytes> back = bench.get(file.cap);
        QVERIFY(!back);
        QCOMPARE(back.error().code(), ErrorCode::NotEnoughShares);
        bench.settle();
        const auto& advisories = file.holders.at(ShareNumber{1})->memory->advisories();
        QCOMPARE(advisories.size(), std::size_t(1));
        const std::string place = "corruption in share[" + std::to_string(layout.data + 334 * 2) +
                                  "-" + std::to_string(layout.data + 334 * 3) + "): ";
        QVERIFY2(advisories[0].find(place) != std::string::npos, advisories[0].c_str());
    }
    void sharesOfAnotherNumberAreFound()
    {
        GridBench bench;
        Stored file(bench, 10'000);
        for (std::uint32_t number = 0; number < 7; ++number)
            file.share(number) = file.share(9);
        const Result<Bytes> back = bench.get(file.cap);
        QVERIFY2(back, back ? "" : back.error().text().c_str());
        QVERIFY(*back == file.plain);
    }
    void sharesOfAnotherFileAreFound()
    {
        GridBench bench;
        Stored file(bench, 10'000);
        UploadOptions random;
        random.key = KeyChoice::Random;
        const Result<UploadResult> other = bench.put(file.plain, random);
        QVERIFY(other);
        const StorageIndex index = test::storageIndexOf(other->readCap);
        for (std::uint32_t number = 0; number < 7; ++number) {
            for (const auto& one : bench.servers)
                if (const Bytes* share = one->memory->shareBytes(index, ShareNumber{number}))
                    file.share(number) = *share;
        }
        const Result<Bytes> back = bench.get(file.cap);
        QVERIFY(back && *back == file.plain);
    }
    void answersThatAreTooShortAreNotBelieved()
    {
        GridBench bench;
        Stored file(bench, 200'000);
        for (std::uint32_t number = 0; number < 7; ++number) {
            Fault fault;
            fault.shortAnswer = true;
            file.holders.at(ShareNumber{number})
                ->store->setPlan([fault](StoreCall call, std::uint64_t) {
                    return call == StoreCall::Read ? fault : Fault();
                });
        }
        const Result<Bytes> back = bench.get(file.cap);
        QVERIFY(back && *back == file.plain);
    }
    void bytesThatChangeUnderwayAreNotBelieved()
    {
        QVERIFY(test::forAll(20, [](test::SeededRandom& random) {
            GridBench bench;
            Stored file(bench, random.between(1000, 300'000));
            for (std::uint32_t number = 0; number < 7; ++number) {
                Fault fault;
                fault.flipByte = random.chance(0.8);
                failAll(*file.holders.at(ShareNumber{number}), fault);
            }
            const Result<Bytes> back = bench.get(file.cap);
            return back && *back == file.plain;
        }));
    }
    void sharesThatVanishAreReplaced()
    {
        GridBench bench;
        Stored file(bench, 200'000);
        for (std::uint32_t number = 0; number < 7; ++number) {
            file.holders.at(ShareNumber{number})->store->setPlan([](StoreCall call, std::uint64_t) {
                return call == StoreCall::Read ? failing(ErrorCode::NotFound) : Fault();
            });
        }
        const Result<Bytes> back = bench.get(file.cap);
        QVERIFY(back && *back == file.plain);
    }
    void serversThatDieInTheMiddleAreReplaced()
    {
        for (const std::uint64_t when : {1U, 3U, 6U}) {
            GridBench bench;
            Stored file(bench, 6'000'000);
            for (std::uint32_t number = 0; number < 7; ++number) {
                auto calls = std::make_shared<std::uint64_t>(0);
                file.holders.at(ShareNumber{number})
                    ->store->setPlan([calls, when](StoreCall, std::uint64_t) {
                        return ++*calls > when ? failing(ErrorCode::PeerUnreachable) : Fault();
                    });
            }
            const Result<Bytes> back = bench.get(file.cap);
            QVERIFY2(back, back ? "" : back.error().text().c_str());
            QVERIFY(*back == file.plain);
        }
    }
    void silentServersDoNotHoldUp()
    {
        GridBench bench;
        Stored file(bench, 300'000);
        for (std::uint32_t number = 0; number < 7; ++number)
            failAll(*file.holders.at(ShareNumber{number}), late(std::chrono::hours(1)));
        const TimePoint begun = bench.clock.now();
        const Result<Bytes> back = bench.get(file.cap);
        QVERIFY(back && *back == file.plain);
        QVERIFY(bench.clock.now() - begun < seconds(20));
    }
    void slowServersAreOvertaken()
    {
        GridBench bench;
        Stored file(bench, 3'000'000);
        for (std::uint32_t number = 0; number < 7; ++number) {
            file.holders.at(ShareNumber{number})->store->setPlan([](StoreCall call, std::uint64_t) {
                return call == StoreCall::Read ? late(seconds(50)) : Fault();
            });
        }
        const auto download = bench.grid->open(file.cap);
        const TimePoint begun = bench.clock.now();
        const Result<Bytes> back = bench.get(**download, ByteRange{0, file.plain.size()});
        QVERIFY(back && *back == file.plain);
        QVERIFY(bench.clock.now() - begun < seconds(30));
        unsigned slow = 0;
        for (const ShareStatus& share : (*download)->status().shares)
            slow += share.state == ShareState::Slow ? 1U : 0U;
        QVERIFY(slow > 0);
    }
    void sharesThatComeAtTheSameTimeAreNotTooMany()
    {
        GridBench bench;
        Stored file(bench, 50'000);
        // Those that are asked in place of slow ones answer in the same moment as these.
        int reads = 0;
        for (const auto& one : bench.servers) {
            one->store->setPlan([&reads](StoreCall call, std::uint64_t) {
                if (call != StoreCall::Read) return Fault();
                return late(++reads <= 3 ? seconds(10) : seconds(8));
            });
        }
        const Result<Bytes> back = bench.get(file.cap);
        QVERIFY2(back, back ? "" : back.error().text().c_str());
        QVERIFY(*back == file.plain);
        QVERIFY(reads > 3);
    }

    void tooFewSharesSayWhatWasFound()
    {
        GridBench bench;
        Stored file(bench, 10'000);
        for (std::uint32_t number = 2; number < 10; ++number)
            failAll(*file.holders.at(ShareNumber{number}), failing(ErrorCode::PeerUnreachable));
        const Result<Bytes> back = bench.get(file.cap);
        QVERIFY(!back);
        QCOMPARE(back.error().code(), ErrorCode::NotEnoughShares);
        const std::string& text = back.error().message();
        QVERIFY(text.find("only 2 good shares found, 3 needed (2 of 10 servers") == 0);
        const std::string holder = file.holders.at(ShareNumber{0})->server->id;
        QVERIFY(text.find("share 0 on " + holder + ": used") != std::string::npos);
        const std::string dead = file.holders.at(ShareNumber{5})->server->id;
        QVERIFY(text.find("server " + dead + ": PeerUnreachable") != std::string::npos);
    }
    void noSharesAtAll()
    {
        GridBench bench;
        Stored file(bench, 10'000);
        for (const auto& one : bench.servers)
            for (std::uint32_t share = 0; share < 10; ++share)
                one->memory->removeShare(file.index, ShareNumber{share});
        const Result<Bytes> back = bench.get(file.cap);
        QVERIFY(!back);
        QCOMPARE(back.error().code(), ErrorCode::NoShares);
        GridBench empty(0);
        const Result<Bytes> nobody = empty.get(file.cap);
        QVERIFY(!nobody && nobody.error().code() == ErrorCode::NoShares);
    }
    void serversMayComeBack()
    {
        GridBench bench;
        Stored file(bench, 10'000);
        for (const auto& one : bench.servers)
            failAll(*one, failing(ErrorCode::PeerUnreachable));
        QVERIFY(!bench.get(file.cap));
        for (const auto& one : bench.servers)
            failAll(*one, Fault());
        const Result<Bytes> back = bench.get(file.cap);
        QVERIFY(back && *back == file.plain);
    }

    void aSlowReaderSlowsTheServers()
    {
        GridBench bench;
        Stored file(bench, 20'000'000);
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
        Stored file(bench, 3'000'000);
        const auto download = bench.grid->open(file.cap);
        FullSink sink;
        const auto result = bench.run((*download)->read(ByteRange{0, 3'000'000}, sink));
        QVERIFY(result && !*result);
        QCOMPARE(result->error().message(), std::string("the reader went away"));
    }
    void readsMayOverlap()
    {
        GridBench bench;
        Stored file(bench, 3'000'000);
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
