// Large SDMF files. What is read of them is in memory as a whole: only so many bytes at a time.
#include "core/crypto/rsa.h"
#include "tests/client-gateway/mutable_bench.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <QtTest/QTest>

#include <memory>
#include <optional>
#include <vector>

using namespace tarn;
using namespace tarn::gateway;
using std::chrono::seconds;
using test::MutableBench;
using test::StoreCall;

namespace {

constexpr std::size_t kFiles = 4;
constexpr Duration kCall = seconds(1); ///< how long a server takes

crypto::RsaKey freshKey()
{
    return *crypto::RsaKey::generateBlocking();
}

/// One of many operations that run at the same time.
struct OneWrite
{
    explicit OneWrite(Bytes body) : plain(std::move(body)), source(plain) {}

    Bytes plain;
    test::BytesSource source;
    std::optional<Result<cap::MutableWriteCap>> made;
    std::optional<Result<void>> patched;
    std::optional<Result<MutableContents>> got;
};

using Writes = std::vector<std::unique_ptr<OneWrite>>;

asio::awaitable<void> createOne(MutableService& files, OneWrite& one)
{
    MutableCreation how;
    how.key = freshKey();
    Result<cap::MutableWriteCap> made = co_await files.create(one.source, std::move(how));
    one.made.emplace(std::move(made));
}

/// The rest of the file is read from the grid.
asio::awaitable<void> patchOne(MutableService& files, OneWrite& one)
{
    const Bytes patch = toBytes(asBytes("patch"));
    test::BytesSource source(patch);
    Result<void> patched = co_await files.update(**one.made, 1000, source);
    one.patched.emplace(std::move(patched));
    std::copy(patch.begin(), patch.end(), one.plain.begin() + 1000);
}

asio::awaitable<void> readOne(MutableService& files, OneWrite& one)
{
    const MutableReadable cap = cap::readCapOf(**one.made);
    Result<MutableContents> got = co_await files.read(cap, 1U << 30U);
    one.got.emplace(std::move(got));
}

struct Crowd
{
    explicit Crowd(std::size_t size) : bench(4, test::encodingOf(1, 4))
    {
        for (std::size_t i = 0; i < kFiles; ++i)
            all.push_back(std::make_unique<OneWrite>(test::plaintext(size, i + 1)));
        for (const auto& one : bench.servers)
            one->store->setPlan([](StoreCall, std::uint64_t) { return test::late(kCall); });
    }

    /// \return how long all of them took together, in virtual time.
    template <class Work>
    Duration together(Work work)
    {
        const TimePoint begun = bench.clock.now();
        std::size_t running = kFiles;
        for (const auto& one : all) {
            asio::co_spawn(bench.engine, work(bench.files(), *one),
                           [&running](const std::exception_ptr&) { --running; });
        }
        bench.clock.runUntil(bench.engine, std::chrono::hours(1), [&] { return running == 0; });
        return bench.clock.now() - begun;
    }

    MutableBench bench;
    Writes all;
};

} // namespace

class TestLargeSdmf final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    /// 1-of-4: of a file of 20 MB 60 are in memory while it is read, 120 while it is changed, and
    /// little while it is written.
    void oneAfterTheOther()
    {
        Crowd large(20'000'000);
        Crowd small(200'000);
        const Duration largeWrites = large.together(createOne);
        const Duration smallWrites = small.together(createOne);
        for (Crowd* crowd : {&large, &small})
            for (const auto& one : crowd->all)
                QVERIFY(one->made && *one->made);
        QVERIFY(largeWrites < kFiles * smallWrites);
        const Duration largePatches = large.together(patchOne);
        const Duration smallPatches = small.together(patchOne);
        for (Crowd* crowd : {&large, &small})
            for (const auto& one : crowd->all)
                QVERIFY(one->patched && *one->patched);
        QVERIFY(largePatches > smallPatches);
        const Duration largeReads = large.together(readOne);
        const Duration smallReads = small.together(readOne);
        for (Crowd* crowd : {&large, &small}) {
            for (const auto& one : crowd->all) {
                QVERIFY(one->got && *one->got);
                QVERIFY((*one->got)->data == one->plain);
            }
        }
        QVERIFY(largeReads > smallReads); // three at a time
    }
};

QTEST_GUILESS_MAIN(TestLargeSdmf)
#include "test_large_sdmf.moc"
