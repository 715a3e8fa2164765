// Each call to a server, one at a time, fails in every operation: the first, the second, ... until
// the operation makes no more of them. It ends well or with an error, leaves no begun share, and
// what was there is there; the same operation then goes through.
#include "core/crypto/rsa.h"
#include "tests/client-gateway/mutable_bench.h"
#include "tests/client-gateway/stored_file.h"

#include <QtTest/QTest>

#include <algorithm>
#include <memory>

using namespace tarn;
using namespace tarn::gateway;
using cap::MutableFormat;
using test::Fault;
using test::GridBench;
using test::MutableBench;
using test::StoreCall;

namespace {

constexpr std::size_t kServers = 4;
constexpr std::uint64_t kMostCalls = 300; ///< no operation here comes near it
constexpr std::size_t kSize = 300'000;

EncodingParameters smallGrid()
{
    EncodingParameters encoding = test::encodingOf(2, 4);
    encoding.segmentSize = 128 * 1024;
    return encoding;
}

/// What happens to the one call.
struct Mishap
{
    const char* name;
    Fault fault;
};

std::vector<Mishap> mishaps()
{
    Fault lost = test::failing(ErrorCode::PeerUnreachable);
    lost.errorAfterDoing = true;
    Fault silent = test::late(std::chrono::hours(1));
    return {{"refused", test::failing(ErrorCode::IoFailure)},
            {"full", test::failing(ErrorCode::NoSpace)},
            {"answer lost", lost},
            {"silent", silent}};
}

/// A grid of which call `n`, counted over all servers from arm() on, goes wrong.
struct Armed : MutableBench
{
    Armed() : MutableBench(kServers, smallGrid()) {}
    using GridBench::put;

    /// With the same key each time: making one takes longer than all the rest.
    Result<cap::MutableWriteCap> create(ByteView plain, MutableFormat format)
    {
        static const crypto::RsaKey key = *crypto::RsaKey::generateBlocking();
        test::BytesSource source(plain);
        MutableCreation how;
        how.format = format;
        how.key = *crypto::RsaKey::fromDer(key.der());
        return wait(files().create(source, std::move(how)));
    }

    void arm(std::uint64_t n, const Fault& fault)
    {
        struct Count
        {
            std::uint64_t made = 0;
        };
        const auto count = std::make_shared<Count>();
        for (const auto& one : servers) {
            one->store->setPlan([this, count, n, fault](StoreCall, std::uint64_t) {
                const bool hit = count->made++ == n;
                happened = happened || hit;
                return hit ? fault : Fault();
            });
        }
        happened = false;
    }
    void disarm()
    {
        settle(std::chrono::hours(3));
        for (const auto& one : servers)
            one->store->setPlan(nullptr);
    }

    bool happened = false;
};

/// Calls `once(n, fault)` for each n, each on a grid of its own, until the call did not come.
template <class Once>
void sweep(Once once)
{
    for (const Mishap& mishap : mishaps()) {
        std::uint64_t n = 0;
        bool came = true;
        for (; came && n < kMostCalls; ++n) {
            came = once(n, mishap.fault);
            if (QTest::currentTestFailed()) qWarning("%s, call %d", mishap.name, int(n));
            if (QTest::currentTestFailed()) return;
        }
        QVERIFY2(!came, mishap.name);
        QVERIFY2(n > 3, "the operation asked nobody");
    }
}

} // namespace

class TestEveryCall final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void ofAnUpload()
    {
        const Bytes plain = test::plaintext(kSize);
        sweep([&](std::uint64_t n, const Fault& fault) {
            Armed bench;
            bench.arm(n, fault);
            const Result<UploadResult> first = bench.put(plain);
            bench.disarm();
            const bool came = bench.happened;
            check(bench.uploadsOpen() == 0, "a begun share is left");
            if (first) check(contents(bench, first->readCap) == plain, "what was acknowledged");
            const Result<UploadResult> again = bench.put(plain);
            check(again && contents(bench, again->readCap) == plain, "the next upload");
            return came;
        });
    }
    void ofADownload()
    {
        const Bytes plain = test::plaintext(kSize);
        sweep([&](std::uint64_t n, const Fault& fault) {
            Armed bench;
            const Result<UploadResult> stored = bench.put(plain);
            check(stored.has_value(), "stored");
            bench.arm(n, fault);
            const Result<Bytes> got = bench.get(stored->readCap);
            bench.disarm();
            check(got && *got == plain, "two of four shares are enough");
            return bench.happened;
        });
    }
    void ofARepair()
    {
        sweep([&](std::uint64_t n, const Fault& fault) {
            Armed bench;
            test::StoredFile file(bench, kSize);
            file.remove(1);
            CheckOptions options;
            options.verify = true;
            bench.arm(n, fault);
            const auto first = bench.run(bench.grid->checkAndRepair(file.cap, options));
            bench.disarm();
            const bool came = bench.happened;
            check(first.has_value(), "it ends");
            check(bench.uploadsOpen() == 0, "a begun share is left");
            check(contents(bench, file.cap) == file.plain, "readable all the time");
            const auto again = bench.run(bench.grid->checkAndRepair(file.cap, options));
            bench.settle();
            check(again && *again && (*again)->after.healthy, "the next repair");
            return came;
        });
    }
    void ofAMutableFile_data()
    {
        QTest::addColumn<bool>("mdmf");
        QTest::newRow("SDMF") << false;
        QTest::newRow("MDMF") << true;
    }
    void ofAMutableFile()
    {
        QFETCH(bool, mdmf);
        const MutableFormat format = mdmf ? MutableFormat::Mdmf : MutableFormat::Sdmf;
        const Bytes before = test::plaintext(kSize, 1);
        const Bytes after = test::plaintext(kSize, 2);
        sweep([&](std::uint64_t n, const Fault& fault) {
            Armed bench;
            bench.arm(n, fault);
            const auto made = bench.create(before, format);
            bench.disarm();
            const bool came = bench.happened;
            if (made) check(contents(bench, *made) == before, "what was acknowledged");
            return came;
        });
        sweep([&](std::uint64_t n, const Fault& fault) {
            Armed bench;
            const auto cap = *bench.create(before, format);
            bench.arm(n, fault);
            const Result<void> written = bench.overwrite(cap, after);
            bench.disarm();
            const bool came = bench.happened;
            const Bytes now = contents(bench, cap);
            check(now == after || (!written && now == before), "one version or the other");
            check(bool(bench.overwrite(cap, before)), "the next write");
            check(contents(bench, cap) == before, "its contents");
            return came;
        });
        sweep([&](std::uint64_t n, const Fault& fault) {
            Armed bench;
            const auto cap = *bench.create(before, format);
            bench.arm(n, fault);
            const auto got = bench.readBack(cap);
            bench.disarm();
            check(got && got->data == before, "two of four shares are enough");
            return bench.happened;
        });
    }
    void ofAnUpdateInPlace()
    {
        const Bytes before = test::plaintext(kSize, 1);
        const Bytes patch = test::plaintext(1000, 3);
        constexpr std::size_t kAt = 150'000;
        Bytes after = before;
        std::copy(patch.begin(), patch.end(), after.begin() + kAt);
        sweep([&](std::uint64_t n, const Fault& fault) {
            Armed bench;
            const auto cap = *bench.create(before, MutableFormat::Mdmf);
            bench.arm(n, fault);
            const Result<void> written = bench.update(cap, kAt, patch);
            bench.disarm();
            const bool came = bench.happened;
            const Bytes now = contents(bench, cap);
            check(now == after || (!written && now == before), "one version or the other");
            check(bool(bench.update(cap, kAt, patch)), "the next change");
            check(contents(bench, cap) == after, "its contents");
            return came;
        });
    }

private:
    static Bytes contents(GridBench& bench, const std::string& cap)
    {
        Result<Bytes> got = bench.get(cap);
        return got ? *std::move(got) : Bytes();
    }
    static void check(bool good, const char* what) { QVERIFY2(good, what); }
    static Bytes contents(MutableBench& bench, const cap::MutableWriteCap& cap)
    {
        const auto back = bench.readBack(cap);
        return back ? back->data : Bytes();
    }
};

QTEST_GUILESS_MAIN(TestEveryCall)
#include "test_every_call.moc"
