#include "storage-server/store_paths.h"
#include "tests/support/crash_history.h"
#include "tests/support/crash_states.h"
#include "tests/support/store_rig.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <QtTest/QTest>

#include <cerrno>
#include <unordered_set>

using namespace tarn;
using namespace tarn::storage_api;
using test::CrashHistory;
using test::Files;
using test::StoreRig;
using test::suiteBytes;
using test::suiteIndex;

// What the store does to the disk is recorded; then a store is started on every state in which a
// crash could have left the disk, and what it shows is held against what was acknowledged.

namespace {

constexpr std::uint64_t kSeed = 20'261'121;
const ByteView kUploadSecret = asBytes("an upload secret 001");

std::string shareOf(std::uint8_t index, std::uint32_t share)
{
    return storage::sharePath(suiteIndex(index), ShareNumber{share});
}

std::string bucketOf(std::uint8_t index)
{
    return storage::bucketDirectory(suiteIndex(index));
}

/// A recorded store and what it was asked.
class Run
{
public:
    Run()
        : m_history(
              [this] { return m_rig.recorder().now(); },
              [this](const test::Unit& unit) { return test::filesOf(m_rig.snapshot(), unit); })
    {
    }

    StoreRig& rig() { return m_rig; }
    const CrashHistory& history() const { return m_history; }
    /// What comes before is there and durable when the recording begins.
    void beginRecord()
    {
        m_rig.record();
        require(bool(m_rig.open()));
        m_history.keepRest();
    }

    void put(std::uint8_t index, std::uint32_t share, ByteView data)
    {
        const auto allocated = m_rig.allocate(index, {ShareNumber{share}}, data.size());
        m_history.begin(shareOf(index, share));
        require(allocated && !allocated->allocated.empty());
        const auto left = m_rig.writePiece(index, share, 0, data);
        require(left && left->required.empty());
        m_history.acknowledge(shareOf(index, share));
    }
    /// All at once, each in its own storage index.
    void putMany(std::uint8_t firstIndex, std::uint8_t count, std::size_t size)
    {
        for (std::uint8_t i = 0; i < count; ++i)
            asio::co_spawn(m_rig.engine(), putOne(*this, std::uint8_t(firstIndex + i), size),
                           asio::detached);
        m_rig.engine().restart();
        m_rig.engine().run();
    }
    void change(std::uint8_t index, const ReadTestWrite& request)
    {
        m_history.begin(bucketOf(index));
        require(bool(m_rig.changeOnly(index, request)));
        m_history.acknowledge(bucketOf(index));
        m_rig.finish();
    }
    void addLease(std::uint8_t index, std::uint8_t lease,
                  CrashHistory::Whole whole = CrashHistory::Whole::Yes)
    {
        m_history.begin(bucketOf(index), whole);
        require(bool(m_rig.addLease(index, lease)));
        m_history.acknowledge(bucketOf(index));
    }
    void begin(const test::Unit& unit, CrashHistory::Whole whole = CrashHistory::Whole::Yes)
    {
        m_history.begin(unit, whole);
    }
    void acknowledge(const test::Unit& unit) { m_history.acknowledge(unit); }
    static void require(bool good)
    {
        if (!good) throw std::runtime_error("the store did not do as the scenario needs");
    }

private:
    static asio::awaitable<void> putOne(Run& run, std::uint8_t index, std::size_t size)
    {
        storage::DiskStore& store = run.m_rig.store();
        const Bytes data = suiteBytes(size, index);
        std::set<ShareNumber> asked{ShareNumber{0}};
        auto allocating =
            store.allocate(suiteIndex(index), asked, size, test::suiteLeases(1), kUploadSecret);
        static_cast<void>(co_await std::move(allocating));
        run.m_history.begin(shareOf(index, 0));
        auto writing = store.writeShare(suiteIndex(index), ShareNumber{0}, kUploadSecret, 0, data);
        const Result<WriteAnswer> left = co_await std::move(writing);
        if (left && left->required.empty()) run.m_history.acknowledge(shareOf(index, 0));
    }

    StoreRig m_rig;
    CrashHistory m_history;
};

struct Scenario
{
    const char* name;
    void (*prepare)(Run& run); ///< before the recording
    void (*act)(Run& run);
    std::size_t samples = 400; ///< where there are too many states to try all
    bool inRecovery = false;   ///< crash again while a store recovers
};

void nothing(Run& /*run*/) {}

const Bytes& large()
{
    static const Bytes kLarge = suiteBytes(1'050'000, 77);
    return kLarge;
}

void twoSlots(Run& run)
{
    ReadTestWrite request = test::slotWrite(0, 0, asBytes("zero zero zero"));
    request.shares[ShareNumber{1}].writes.push_back({0, asBytes("one")});
    Run::require(bool(run.rig().change(1, request)));
}

void largeSlot(Run& run)
{
    Run::require(bool(run.rig().change(1, test::slotWrite(0, 0, large()))));
}

void twoShares(Run& run)
{
    Run::require(run.rig().put(1, 0, suiteBytes(900, 1)) && run.rig().put(1, 1, asBytes("two")));
}

void oneShareLongAgo(Run& run)
{
    Run::require(run.rig().put(1, 0, suiteBytes(900, 1)));
    run.rig().clock().jumpWall(std::chrono::hours(1000));
}

ReadTestWrite threeChanges()
{
    ReadTestWrite request = test::slotWrite(0, 2, asBytes("CHANGED"));
    request.shares[ShareNumber{1}].newLength = 0;
    request.shares[ShareNumber{2}].writes.push_back({0, asBytes("created")});
    return request;
}

ReadTestWrite resized(std::uint32_t share, std::uint64_t length)
{
    ReadTestWrite request;
    request.shares[ShareNumber{share}].newLength = length;
    return request;
}

void uploadInPieces(Run& run)
{
    const Bytes data = suiteBytes(3000, 1);
    Run::require(bool(run.rig().allocate(1, {ShareNumber{0}}, 3000)));
    run.begin(shareOf(1, 0));
    Run::require(bool(run.rig().writePiece(1, 0, 2000, ByteView(data).subspan(2000))));
    const auto last = run.rig().writePiece(1, 0, 0, ByteView(data).first(2000));
    Run::require(last && last->required.empty());
    run.acknowledge(shareOf(1, 0));
}

void abortedUpload(Run& run)
{
    Run::require(bool(run.rig().allocate(1, {ShareNumber{0}, ShareNumber{1}}, 3000)));
    run.begin(shareOf(1, 0));
    Run::require(bool(run.rig().writePiece(1, 0, 0, suiteBytes(2000, 1))));
    Run::require(bool(run.rig().writePiece(1, 1, 0, suiteBytes(2000, 1))));
    StoreRig& rig = run.rig();
    Run::require(
        bool(rig.run(rig.store().abortShare(suiteIndex(1), ShareNumber{0}, kUploadSecret))));
    run.acknowledge(shareOf(1, 0));
    run.put(2, 0, asBytes("another"));
}

void advisories(Run& run)
{
    StoreRig& rig = run.rig();
    for (const char* reason : {"hash tree wrong", "still wrong"}) {
        rig.clock().jumpWall(std::chrono::seconds(1));
        Run::require(bool(rig.run(rig.store().adviseCorrupt(ShareKind::Immutable, suiteIndex(1),
                                                            ShareNumber{0}, reason))));
    }
    run.put(2, 0, asBytes("another"));
}

void stopAndStart(Run& run)
{
    StoreRig& rig = run.rig();
    run.put(2, 0, suiteBytes(600, 2));
    const auto stop = [](storage::DiskStore& store) -> asio::awaitable<bool> {
        co_await store.shutdown();
        co_return true;
    };
    Run::require(rig.run(stop(rig.store())));
    Run::require(bool(rig.openSameLayer()));
    run.put(3, 0, suiteBytes(700, 3));
}

void newStagedSlot(Run& run)
{
    run.begin(bucketOf(1));
    Run::require(bool(run.rig().changeStaged(1, 0, 100, large())));
    run.acknowledge(bucketOf(1));
}

void slotReplacedByStaged(Run& run)
{
    const Bytes other(large().rbegin(), large().rend());
    run.begin(bucketOf(1));
    Run::require(bool(run.rig().changeStaged(1, 0, 100, other)));
    run.acknowledge(bucketOf(1));
}

const std::vector<Scenario>& scenarios()
{
    static const std::vector<Scenario> kAll{
        {"upload", nothing, [](Run& run) { run.put(1, 0, suiteBytes(3000, 1)); }},
        {"upload in pieces", nothing, uploadInPieces},
        {"uploads one after the other", nothing,
         [](Run& run) {
             run.put(1, 0, suiteBytes(900, 1));
             run.put(1, 1, asBytes("the second"));
             run.put(2, 0, asBytes("the third"));
         }},
        {"three uploads at once", nothing, [](Run& run) { run.putMany(1, 3, 700); }},
        {"twelve uploads at once", nothing, [](Run& run) { run.putMany(1, 12, 700); }},
        {"large upload", nothing,
         [](Run& run) { run.put(1, 0, ByteView(large()).first(400'000)); }},
        {"aborted upload", nothing, abortedUpload},
        {"advisories", twoShares, advisories},
        {"stop and start", twoShares, stopAndStart},
        {"new slot", nothing, [](Run& run) { run.change(1, test::slotWrite(0, 0, asBytes("x"))); }},
        {"overwrites", twoSlots,
         [](Run& run) {
             run.change(1, test::slotWrite(0, 5, asBytes("first")));
             run.change(1, test::slotWrite(0, 0, suiteBytes(1500, 5)));
         }},
        {"cut, grow, delete", twoSlots,
         [](Run& run) {
             run.change(1, resized(0, 3));
             run.change(1, test::slotWrite(0, 9, asBytes("after a gap")));
             run.change(1, resized(0, 0));
             run.change(1, resized(1, 0));
             run.change(1, test::slotWrite(1, 0, asBytes("again")));
         }},
        {"three shares", twoSlots, [](Run& run) { run.change(1, threeChanges()); }, 100, true},
        {"new slots", nothing, [](Run& run) { run.change(1, threeChanges()); }, 100, true},
        {"slots deleted", twoSlots,
         [](Run& run) {
             ReadTestWrite request = resized(0, 0);
             request.shares[ShareNumber{1}].newLength = 0;
             run.change(1, request);
         },
         100, true},
        {"new large slot", nothing, [](Run& run) { run.change(1, test::slotWrite(0, 0, large())); },
         12, true},
        {"new large slot, staged", nothing, newStagedSlot, 100, true},
        {"large slot replaced, staged", largeSlot, slotReplacedByStaged, 100, true},
        {"in a large slot", largeSlot,
         [](Run& run) {
             run.change(1, test::slotWrite(0, 1'000'000, ByteView(large()).first(100'000)));
         },
         12, true},
        {"within a large slot, twice, then anew", largeSlot,
         [](Run& run) {
             run.change(1, test::slotWrite(0, 500'000, ByteView(large()).first(9'000)));
             run.change(1, test::slotWrite(0, 505'000, ByteView(large()).first(7'000)));
             run.change(1, test::slotWrite(0, 0, ByteView(large()).last(1'050'000)));
         },
         60},
        {"within two slots", twoSlots,
         [](Run& run) {
             ReadTestWrite request = test::slotWrite(0, 5, asBytes("first"));
             request.shares[ShareNumber{1}].writes.push_back({1, asBytes("NETWORKS")});
             run.change(1, request);
             run.change(1, resized(1, 0));
             run.addLease(1, 2);
         },
         200, true},
        {"within two slots, again and again", twoSlots,
         [](Run& run) {
             for (const char* text : {"first", "other", "third"}) {
                 ReadTestWrite request = test::slotWrite(0, 5, asBytes(text));
                 request.shares[ShareNumber{1}].writes.push_back({1, asBytes(text)});
                 run.change(1, request);
             }
         }},
        {"lease added", twoShares, [](Run& run) { run.addLease(1, 2); }, 100, true},
        {"lease added to slots", twoSlots, [](Run& run) { run.addLease(1, 2); }, 100, true},
        {"lease renewed", twoShares,
         [](Run& run) {
             run.rig().clock().jumpWall(std::chrono::hours(1000));
             run.addLease(1, 1, CrashHistory::Whole::Mixture);
         }},
    };
    return kAll;
}

/// A request that a client repeats until it is acknowledged.
struct Retry
{
    const char* name;
    void (*prepare)(Run& run);
    test::Unit (*unit)();
    bool (*act)(StoreRig& rig); ///< \return whether it is acknowledged
    CrashHistory::Whole whole = CrashHistory::Whole::Yes;
    bool syncsAfterAnswer = false;
};

/// As clients do: a share that the store has need not be sent.
bool upload(StoreRig& rig, std::size_t size)
{
    const auto answer = rig.allocate(1, {ShareNumber{0}}, size);
    if (!answer) return false;
    if (answer->alreadyHave.contains(ShareNumber{0})) return true;
    const auto left = rig.writePiece(1, 0, 0, suiteBytes(size, 1));
    return left && left->required.empty();
}

bool staged(StoreRig& rig)
{
    return bool(rig.changeStaged(1, 0, 100, suiteBytes(30'000, 1)));
}

const std::vector<Retry>& retries()
{
    const auto share = [] { return shareOf(1, 0); };
    const auto bucket = [] { return bucketOf(1); };
    static const std::vector<Retry> kAll{
        {"upload", nothing, share, [](StoreRig& rig) { return upload(rig, 3000); }},
        {"large upload", nothing, share, [](StoreRig& rig) { return upload(rig, 300'000); }},
        {"new slot", nothing, bucket,
         [](StoreRig& rig) { return bool(rig.change(1, test::slotWrite(0, 0, asBytes("x")))); }},
        {"new slot, staged", nothing, bucket, staged},
        {"overwrite", twoSlots, bucket,
         [](StoreRig& rig) { return bool(rig.change(1, test::slotWrite(0, 3, asBytes("y")))); }},
        {"delete", twoSlots, bucket,
         [](StoreRig& rig) { return bool(rig.change(1, resized(1, 0))); }},
        {"three shares", twoSlots, bucket,
         [](StoreRig& rig) { return bool(rig.change(1, threeChanges())); }},
        {"within two slots", twoSlots, bucket,
         [](StoreRig& rig) {
             ReadTestWrite request = test::slotWrite(0, 5, asBytes("y"));
             request.shares[ShareNumber{1}].writes.push_back({1, asBytes("z")});
             return bool(rig.change(1, request));
         },
         CrashHistory::Whole::Yes, true},
        {"lease added", twoShares, bucket, [](StoreRig& rig) { return bool(rig.addLease(1, 2)); }},
        {"lease renewed", oneShareLongAgo, share,
         [](StoreRig& rig) { return bool(rig.addLease(1, 1)); }, CrashHistory::Whole::Mixture},
    };
    return kAll;
}

/// Starts stores on states of a disk, each once.
class Judge
{
public:
    explicit Judge(const CrashHistory& history) : m_history(history) {}

    std::size_t starts() const { return m_starts; }

    /// \param inRecovery  the recovery is recorded and crashes, too.
    /// \return "" if everything is as it must be after a crash at `moment` left `image`.
    std::string tryState(const test::DiskImage& image, std::size_t moment, bool inRecovery)
    {
        const std::size_t key = fingerprint(image) + 2 * moment + (inRecovery ? 1 : 0);
        if (!m_seen.insert(key).second) return "";
        StoreRig& rig = inRecovery ? m_recorded : m_plain;
        rig.close();
        materialize(image, rig.root());
        if (inRecovery) rig.record();
        ++m_starts;
        if (const Result<void> opened = rig.open(); !opened)
            return "does not start: " + opened.error().message();
        if (std::string wrong = look(rig, moment); !wrong.empty()) return wrong;
        if (inRecovery) return crashAgain(rig, moment);
        return m_starts % 16 == 0 ? use(rig) : "";
    }

private:
    std::string look(StoreRig& rig, std::size_t moment) const
    {
        Files shares;
        std::size_t bytes = 0;
        for (auto& [path, content] : rig.snapshot()) {
            if (!path.starts_with("shares/")) return "left over: " + path;
            if (path.starts_with(storage::kIncomingDirectory)) return "left over: " + path;
            bytes += content.size();
            shares[path] = std::move(content);
        }
        if (std::string wrong = m_history.judge(shares, moment); !wrong.empty()) return wrong;
        const storage::StoreStatus status = rig.status();
        if (status.usedSpace != bytes) return "space is counted wrong";
        if (status.allocatedSpace != 0 || status.uploadsInProgress != 0) return "uploads are left";
        if (!rig.run(rig.store().advisories(100))) return "advisories cannot be read";
        return "";
    }

    /// The store must take and give again whatever the crash left.
    std::string use(StoreRig& rig) const
    {
        for (std::uint8_t index = 1; index < 5; ++index) {
            const auto numbers =
                rig.run(rig.store().listShares(ShareKind::Mutable, suiteIndex(index)));
            if (!numbers) return "cannot be listed";
            for (const ShareNumber number : *numbers) {
                const bool read = rig.read(ShareKind::Immutable, index, number.value) ||
                                  rig.read(ShareKind::Mutable, index, number.value);
                if (!read) return "a share cannot be read";
            }
        }
        if (!rig.put(200, 0, asBytes("a new share"))) return "takes no share";
        if (!rig.change(201, test::slotWrite(0, 0, asBytes("a new slot")))) return "takes no slot";
        return "";
    }

    std::string crashAgain(StoreRig& rig, std::size_t moment)
    {
        const test::DiskRecord record = rig.recorder().record();
        const test::CrashStatesLimits limits{16, 6, kSeed};
        test::CrashStatesCount count;
        std::string wrong;
        for (const std::size_t again : crashMoments(record)) {
            visitCrashStates(record, again, limits, count, [&](const test::DiskImage& image) {
                wrong = tryState(image, moment, false);
                return wrong.empty();
            });
            if (!wrong.empty()) return "after a crash in the recovery: " + wrong;
        }
        return "";
    }

    const CrashHistory& m_history;
    StoreRig m_plain;
    StoreRig m_recorded;
    std::unordered_set<std::size_t> m_seen;
    std::size_t m_starts = 0;
};

/// Every crash of a run from operation `from` on. \return "" when the store stands them all.
/// \param samples  for all moments of which not all states are tried.
std::string crashEverywhere(Run& run, std::size_t from, std::size_t samples, bool inRecovery,
                            bool tell = false)
{
    const test::DiskRecord record = run.rig().recorder().record();
    std::vector<std::size_t> moments = crashMoments(record);
    std::erase_if(moments, [from](std::size_t moment) { return moment < from; });
    const std::size_t share = samples / moments.size();
    const test::CrashStatesLimits limits{2 * share, std::max<std::size_t>(share, 1), kSeed};
    run.rig().close();
    Judge judge(run.history());
    test::CrashStatesCount count;
    std::string wrong;
    for (const std::size_t moment : moments) {
        visitCrashStates(record, moment, limits, count, [&](const test::DiskImage& image) {
            wrong = judge.tryState(image, moment, inRecovery);
            return wrong.empty();
        });
        if (!wrong.empty())
            return "crash before operation " + std::to_string(moment) + ": " + wrong;
    }
    if (tell)
        qInfo("%zu states, %zu different; moments: %zu whole, %zu sampled (seed %llu)",
              count.states, judge.starts(), count.exhaustive, count.sampled,
              static_cast<unsigned long long>(limits.seed));
    return "";
}

} // namespace

class TestCrashStates final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void survivesEveryCrash_data()
    {
        QTest::addColumn<int>("number");
        for (std::size_t i = 0; i < scenarios().size(); ++i)
            QTest::newRow(scenarios()[i].name) << static_cast<int>(i);
    }
    void survivesEveryCrash()
    {
        QFETCH(int, number);
        const Scenario& scenario = scenarios()[static_cast<std::size_t>(number)];
        Run run;
        QVERIFY(run.rig().open());
        scenario.prepare(run);
        run.beginRecord();
        scenario.act(run);
        const std::string wrong =
            crashEverywhere(run, 0, scenario.samples, scenario.inRecovery, true);
        QVERIFY2(wrong.empty(), wrong.c_str());
    }

    /// The server is killed at every operation of a request, starts again without a crash of the
    /// machine, is asked again, and only then the machine crashes.
    void survivesKillsAndCrashes_data() { addRetries(); }
    void survivesKillsAndCrashes()
    {
        QFETCH(int, number);
        const Retry& retry = retries()[static_cast<std::size_t>(number)];
        for (std::uint64_t n = 0;; ++n) {
            Run run;
            prepare(run, retry);
            StoreRig& rig = run.rig();
            rig.layer().arm(n, EIO, test::FailAt::How::Forever);
            rig.recorder().processDied();
            const bool done = retry.act(rig);
            const bool fired = rig.layer().fired();
            rig.layer().disarm();
            rig.recorder().processStarted();
            if (done) run.acknowledge(retry.unit());
            const std::size_t killed = rig.recorder().now();
            QVERIFY(rig.openSameLayer());
            if (!done) askAgain(run, retry);
            const std::string wrong = crashEverywhere(run, killed, 8, false);
            QVERIFY2(wrong.empty(), ("killed at " + std::to_string(n) + ", " + wrong).c_str());
            if (!fired) break;
        }
    }

    /// Every sync of a request fails once, the disk is well again, the request is repeated.
    void survivesFailedSyncsAndCrashes_data() { addRetries(); }
    void survivesFailedSyncsAndCrashes()
    {
        QFETCH(int, number);
        const Retry& retry = retries()[static_cast<std::size_t>(number)];
        for (const test::FileOp sync :
             {test::FileOp::SyncFile, test::FileOp::SyncDirectory, test::FileOp::SyncAll}) {
            for (std::uint64_t n = 0;; ++n) {
                Run run;
                prepare(run, retry);
                StoreRig& rig = run.rig();
                rig.layer().armNext(sync, EIO, n);
                const bool done = retry.act(rig);
                const bool fired = rig.layer().fired();
                rig.layer().disarm();
                QVERIFY(done == !fired || (done && retry.syncsAfterAnswer));
                // The check is due, but a lease would still get the same time.
                rig.clock().advance(std::chrono::minutes(2));
                rig.clock().jumpWall(std::chrono::minutes(-2));
                if (done) run.acknowledge(retry.unit());
                if (!done) askAgain(run, retry);
                if (done && fired) static_cast<void>(rig.allocate(201, {}, 1)); // a check
                const std::string wrong = crashEverywhere(run, 0, 12, false);
                QVERIFY2(wrong.empty(), ("sync " + std::to_string(n) + ", " + wrong).c_str());
                if (!fired) break;
            }
        }
    }

private:
    static void addRetries()
    {
        QTest::addColumn<int>("number");
        for (std::size_t i = 0; i < retries().size(); ++i)
            QTest::newRow(retries()[i].name) << static_cast<int>(i);
    }
    static void prepare(Run& run, const Retry& retry)
    {
        Run::require(bool(run.rig().open()));
        retry.prepare(run);
        run.beginRecord();
        run.begin(retry.unit(), retry.whole);
    }
    static void askAgain(Run& run, const Retry& retry)
    {
        Run::require(retry.act(run.rig()));
        run.acknowledge(retry.unit());
    }
};

QTEST_GUILESS_MAIN(TestCrashStates)
#include "test_crash_states.moc"
