// Slot writes whose large data go into the store while they arrive: what is stored is the same as
// when they come whole, nothing is left behind, and the data of a new share are written once.
#include "core/wire/storage_messages.h"
#include "tests/storage-server/gbs_exchange.h"
#include "tests/support/longest_file.h"
#include "tests/support/property.h"
#include "tests/support/store_rig.h"

#include <QtCore/QDir>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

#include <cerrno>

using namespace tarn;
using namespace tarn::storage_api;
using test::GbsExchange;
using test::RawAnswer;
using test::RawRequest;
using test::StoreRig;
using test::suiteBytes;
using test::suiteIndex;

namespace {

constexpr std::string_view kSwissnum = "abcdefgh";
constexpr std::size_t kPiece = 1000;

Bytes joined(const wire::GatheredBody& body)
{
    Bytes out;
    for (const ByteView piece : body.pieces())
        append(out, piece);
    return out;
}

RawRequest slotRequest(Bytes body)
{
    RawRequest request = test::rawRequest(
        "POST", "/storage/v1/mutable/m5nfqe3jff5kkxeohupnyuw4vu/read-test-write", kSwissnum);
    const auto add = [&request](wire::SecretKind kind, std::string_view secret) {
        request.head.headers.add(std::string(wire::kSecretHeader),
                                 wire::secretHeader(kind, asBytes(secret)));
    };
    add(wire::SecretKind::LeaseRenew, std::string(32, 'r'));
    add(wire::SecretKind::LeaseCancel, std::string(32, 'c'));
    add(wire::SecretKind::WriteEnabler, std::string(32, 'w'));
    request.body = std::move(body);
    return request;
}

/// A server on a disk of its own.
struct Disk
{
    explicit Disk(bool staged)
    {
        static_cast<void>(rig.open());
        storage::HttpServiceConfig config;
        config.swissnum = Secret(kSwissnum);
        config.spool.folder = spool.path().toStdString();
        config.spool.memoryLimit = 2 * kPiece;
        config.pieceBytes = kPiece;
        if (staged) config.stage = &rig.store();
        exchange = std::make_unique<GbsExchange>(rig.store(), rig.clock(), std::move(config));
    }
    /// Status and answer.
    std::pair<unsigned, Bytes> send(const Bytes& body)
    {
        Result<RawAnswer> answer = exchange->send(slotRequest(body));
        return answer ? std::pair(answer->head.status, std::move(answer->body))
                      : std::pair(0U, Bytes());
    }
    std::pair<unsigned, Bytes> send(const ReadTestWrite& request)
    {
        return send(joined(wire::encodeReadTestWriteRequest(request)));
    }
    /// Nothing but what was acknowledged.
    bool tidy()
    {
        std::size_t bytes = 0;
        for (const auto& [path, content] : rig.snapshot()) {
            if (path.find("incoming") != std::string::npos) return false;
            bytes += content.size();
        }
        const storage::StoreStatus status = rig.status();
        return rig.layer().openFiles() == 1 && status.allocatedSpace == 0 &&
               status.usedSpace == bytes && QDir(spool.path()).isEmpty();
    }

    QTemporaryDir spool;
    StoreRig rig;
    std::unique_ptr<GbsExchange> exchange;
};

/// Lets one caller in, as an account.
class OneAccount final : public storage::Doorkeeper
{
public:
    storage::Caller caller;
    std::optional<storage::Caller> admit(ByteView /*authorization*/) const override
    {
        return caller;
    }
};

/// {"test-write-vectors": {0: {"write": [{"data": ..., "offset": ...}]}}}
Bytes dataFirst(std::uint64_t offset, ByteView data)
{
    codec::CborWriter out;
    out.map(2);
    out.text("read-vector");
    out.array(0);
    out.text("test-write-vectors");
    out.map(1);
    out.number(0);
    out.map(3);
    out.text("write");
    out.array(1);
    out.map(2);
    out.text("data");
    out.bytes(data);
    out.text("offset");
    out.number(offset);
    out.text("test");
    out.array(0);
    out.text("new-length");
    out.null();
    return out.take();
}

ReadTestWrite randomRequest(test::SeededRandom& random, std::deque<Bytes>& owned)
{
    ReadTestWrite request;
    const auto bytes = [&](std::size_t most) -> ByteView {
        return owned.emplace_back(random.bytesBetween(0, most));
    };
    for (std::uint64_t shares = random.between(1, 2); shares > 0; --shares) {
        ShareWrite& share =
            request.shares[ShareNumber{static_cast<std::uint32_t>(random.between(0, 1))}];
        for (std::uint64_t writes = random.between(1, 4); writes > 0; --writes)
            share.writes.push_back(
                {random.between(0, 60'000), bytes(random.chance(0.6) ? 50'000 : 300)});
        if (random.chance(0.2)) share.newLength = random.between(0, 80'000);
        if (random.chance(0.1)) share.tests.push_back({0, 30'000, bytes(30'000)});
    }
    request.reads.push_back({random.between(0, 50'000), 2'000});
    return request;
}

} // namespace

class TestStagedSlots final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aNewShareIsWrittenOnce()
    {
        Disk disk(true);
        const Bytes data = suiteBytes(300'000, 1);
        ReadTestWrite request = test::slotWrite(3, 5'000, data);
        request.shares[ShareNumber{3}].writes.push_back({0, asBytes("the head")});
        disk.rig.layer().fillAfter(10'000'000);
        QCOMPARE(disk.send(request).first, 200U);
        QVERIFY(disk.rig.layer().written() < data.size() + 2'000);
        QVERIFY(disk.tidy());
        Disk plain(false);
        QCOMPARE(plain.send(request).first, 200U);
        QVERIFY(plain.rig.snapshot() == disk.rig.snapshot());
    }
    void likeOneThatComesWhole_data()
    {
        QTest::addColumn<std::uint64_t>("offset");
        for (const std::uint64_t offset :
             {0ULL, 1ULL, 468ULL, 70'000ULL, 1'048'000ULL, 1'200'000ULL, 5'000'000ULL})
            QTest::newRow(QByteArray::number(qulonglong(offset)).constData()) << offset;
    }
    void likeOneThatComesWhole()
    {
        QFETCH(std::uint64_t, offset);
        const Bytes data = suiteBytes(40'000, 1);
        for (const Bytes& body :
             {joined(wire::encodeReadTestWriteRequest(test::slotWrite(0, offset, data))),
              dataFirst(offset, data)}) {
            Disk staged(true);
            Disk plain(false);
            QVERIFY(staged.send(body) == plain.send(body));
            QVERIFY(staged.rig.snapshot() == plain.rig.snapshot());
            QVERIFY(staged.tidy());
        }
    }
    void anyRequestsMakeTheSame()
    {
        const bool held = test::forAll(60, [](test::SeededRandom& random) {
            Disk staged(true);
            Disk plain(false);
            for (int i = 0; i < 3; ++i) {
                std::deque<Bytes> owned;
                const ReadTestWrite request = randomRequest(random, owned);
                if (staged.send(request) != plain.send(request)) return false;
                if (staged.rig.snapshot() != plain.rig.snapshot() || !staged.tidy()) return false;
            }
            return true;
        });
        QVERIFY(held);
    }
    void whatIsMalformedLeavesNothing_data()
    {
        QTest::addColumn<int>("cut");
        for (const int cut : {1, 10, 25'000, 39'000})
            QTest::newRow(QByteArray::number(cut).constData()) << cut;
    }
    void whatIsMalformedLeavesNothing()
    {
        QFETCH(int, cut);
        Disk disk(true);
        const Bytes data = suiteBytes(40'000, 1);
        Bytes body = joined(wire::encodeReadTestWriteRequest(test::slotWrite(0, 0, data)));
        body.resize(body.size() - static_cast<std::size_t>(cut));
        QCOMPARE(disk.send(body).first, 400U);
        QVERIFY(disk.tidy());
        QVERIFY(disk.rig.snapshot().empty());
    }
    void aTestThatFailsLeavesNothing()
    {
        Disk disk(true);
        const Bytes data = suiteBytes(40'000, 1);
        ReadTestWrite request = test::slotWrite(0, 0, data);
        request.shares[ShareNumber{0}].tests.push_back({0, 20'000, ByteView(data).first(20'000)});
        const auto [status, answer] = disk.send(request);
        QCOMPARE(status, 200U);
        QVERIFY(!wire::decodeReadTestWriteAnswer(answer)->success);
        QVERIFY(disk.tidy());
        QVERIFY(disk.rig.snapshot().empty());
    }
    void aFullDiskIsToldAndLeavesNothing()
    {
        Disk disk(true);
        const Bytes data = suiteBytes(40'000, 1);
        disk.rig.layer().fillAfter(20'000);
        QCOMPARE(disk.send(test::slotWrite(0, 0, data)).first, 507U);
        QVERIFY(disk.tidy());
        QCOMPARE(disk.send(test::slotWrite(0, 0, data)).first, 200U);
    }
    /// A share of which most comes is written anew, once, and takes the old one's place.
    void whereThereIsAShareAlready()
    {
        Disk disk(true);
        const Bytes data = suiteBytes(2'000'000, 1);
        QCOMPARE(disk.send(test::slotWrite(0, 1'000, data)).first, 200U);
        const std::uint64_t before = disk.rig.layer().written();
        const Bytes other = suiteBytes(1'900'000, 2);
        QCOMPARE(disk.send(test::slotWrite(0, 5'000, other)).first, 200U);
        QVERIFY(disk.rig.layer().written() - before < data.size() + 300'000);
        QVERIFY(disk.tidy());
        Disk plain(false);
        QCOMPARE(plain.send(test::slotWrite(0, 1'000, data)).first, 200U);
        QCOMPARE(plain.send(test::slotWrite(0, 5'000, other)).first, 200U);
        QVERIFY(plain.rig.snapshot() == disk.rig.snapshot());
    }
    /// Of a few bytes of a large share a few are written.
    void aPartOfAShareIsWrittenInPlace()
    {
        Disk disk(true);
        const Bytes data = suiteBytes(2'000'000, 1);
        QCOMPARE(disk.send(test::slotWrite(0, 0, data)).first, 200U);
        const std::uint64_t before = disk.rig.layer().written();
        QCOMPARE(disk.send(test::slotWrite(0, 7, ByteView(data).first(40'000))).first, 200U);
        QVERIFY(disk.rig.layer().written() - before < 200'000);
        QVERIFY(disk.tidy());
    }
    /// A full store has room for what replaces its bytes.
    void whatIsReplacedNeedsNoRoom()
    {
        StoreRig rig;
        rig.config().maximumSpace = 300'000;
        QVERIFY(rig.open());
        QVERIFY(rig.changeStaged(1, 0, 10, suiteBytes(200'000, 1)));
        QVERIFY(rig.changeStaged(1, 0, 10, suiteBytes(210'000, 2)));
        QVERIFY(!rig.changeStaged(2, 0, 10, suiteBytes(200'000, 3)));
        QCOMPARE(rig.status().allocatedSpace, std::uint64_t(0));
    }
    /// Somebody else makes the share while the data arrive.
    void aShareThatAppearsMeanwhile()
    {
        StoreRig rig;
        QVERIFY(rig.open());
        const Bytes data = suiteBytes(40'000, 1);
        {
            const auto staged = rig.run(rig.store().stage(suiteIndex(1), data.size()));
            QVERIFY(staged);
            (*staged)->begin(data.size(), 0);
            QVERIFY(rig.run((*staged)->write(data)));
            const auto views = rig.run((*staged)->finish());
            QVERIFY(views);
            QVERIFY(rig.change(1, test::slotWrite(0, 0, suiteBytes(50'000, 2))));
            QVERIFY(rig.change(1, test::slotWrite(0, 0, views->at(0))));
        }
        const auto now = rig.read(ShareKind::Mutable, 1, 0);
        QVERIFY(now);
        QVERIFY(equal(ByteView(*now).first(data.size()), data));
        QCOMPARE(now->size(), std::size_t(50'000));
        QCOMPARE(rig.layer().openFiles(), 1);
        QCOMPARE(rig.snapshot().size(), std::size_t(1));
    }
    /// What came before a sync failed may be lost.
    void aCheckOfTheDiskMeanwhile()
    {
        StoreRig rig;
        QVERIFY(rig.open());
        const Bytes data = suiteBytes(40'000, 1);
        {
            const auto staged = rig.run(rig.store().stage(suiteIndex(1), data.size()));
            QVERIFY(staged);
            (*staged)->begin(data.size(), 0);
            QVERIFY(rig.run((*staged)->write(data)));
            const auto views = rig.run((*staged)->finish());
            QVERIFY(views);
            rig.layer().armNext(test::FileOp::SyncFile, EIO);
            QVERIFY(!rig.put(2, 0, suiteBytes(300'000, 2)));
            rig.layer().disarm();
            const auto refused = rig.change(1, test::slotWrite(0, 0, views->at(0)));
            QVERIFY(!refused);
            rig.clock().advance(std::chrono::minutes(2));
            const auto checked = rig.change(1, test::slotWrite(0, 0, views->at(0)));
            QVERIFY(!checked);
            QCOMPARE(checked.error().code(), ErrorCode::IoFailure);
            QVERIFY(rig.store().health().state == storage::StoreState::Healthy);
        }
        QVERIFY(rig.snapshot().empty());
        QCOMPARE(rig.layer().openFiles(), 1);
        QVERIFY(rig.change(1, test::slotWrite(0, 0, data)));
    }
    /// Nothing may be spooled either: there is no such folder.
    void whoMayNotIsRefusedBeforeTheDataCome()
    {
        StoreRig rig;
        rig.keepAccounts();
        QVERIFY(rig.open());
        const storage::AccountId alice{2};
        rig.ledger().usage().setQuota(alice, 100'000);
        const auto store = rig.store().forAccount(alice);
        OneAccount door;
        door.caller.store = store.get();
        door.caller.stage = store.get();
        storage::HttpServiceConfig config;
        config.door = &door;
        config.spool.folder = "/nowhere/at/all";
        config.spool.memoryLimit = 2 * kPiece;
        config.pieceBytes = kPiece;
        GbsExchange exchange(rig.store(), rig.clock(), std::move(config));
        const Bytes data = suiteBytes(1'000'000, 1);
        const auto send = [&](ByteView part) {
            const ReadTestWrite request = test::slotWrite(0, 0, part);
            auto answer =
                exchange.send(slotRequest(joined(wire::encodeReadTestWriteRequest(request))));
            return answer ? std::pair(answer->head.status, textOf(answer->body))
                          : std::pair(0U, answer.error().text());
        };
        rig.layer().arm(1'000'000, EIO);
        const auto [full, why] = send(data);
        QCOMPARE(full, 507U);
        QVERIFY2(why.find("limit") != std::string::npos, why.c_str());
        QCOMPARE(rig.layer().written(), std::uint64_t(0));
        QCOMPARE(send(ByteView(data).first(50'000)).first, 200U);
        // Now there is a share, and so the data would have to be spooled.
        const auto [spooled, reason] = send(data);
        QCOMPARE(spooled, 507U);
        QVERIFY2(reason.find("limit") != std::string::npos, reason.c_str());
        door.caller.mayWrite = false;
        QCOMPARE(send(data).first, 403U);
        QCOMPARE(rig.status().allocatedSpace, std::uint64_t(0));
        QCOMPARE(rig.ledger().usage().figures(alice).pledged, std::uint64_t(0));
    }
    void aSpoolLeavesTheDiskRoom()
    {
        StoreRig rig;
        QVERIFY(rig.open());
        QTemporaryDir spool;
        storage::HttpServiceConfig config;
        config.swissnum = Secret(kSwissnum);
        config.spool.folder = spool.path().toStdString();
        config.spool.memoryLimit = 2 * kPiece;
        config.spool.leftFree = std::uint64_t(1) << 60U;
        config.pieceBytes = kPiece;
        GbsExchange exchange(rig.store(), rig.clock(), std::move(config));
        const Bytes data = suiteBytes(40'000, 1);
        const Bytes body = joined(wire::encodeReadTestWriteRequest(test::slotWrite(0, 0, data)));
        const Result<RawAnswer> answer = exchange.send(slotRequest(body));
        QVERIFY(answer);
        QCOMPARE(answer->head.status, 507U);
        QVERIFY(textOf(answer->body).find("no space") != std::string::npos);
        QVERIFY(rig.snapshot().empty());
    }
    /// Nor of a file where one could not be written.
    void clientsAreToldNoFileNames()
    {
        StoreRig rig;
        QVERIFY(rig.open());
        storage::HttpServiceConfig config;
        config.swissnum = Secret(kSwissnum);
        config.pieceBytes = kPiece;
        GbsExchange exchange(rig.store(), rig.clock(), std::move(config));
        const Bytes data = suiteBytes(40'000, 1);
        const Bytes body = joined(wire::encodeReadTestWriteRequest(test::slotWrite(0, 0, data)));
        Result<RawAnswer> answer = Error(ErrorCode::Internal, "not asked");
        {
            const test::LongestFile limit(4096);
            answer = exchange.send(slotRequest(body));
        }
        QVERIFY(answer);
        QCOMPARE(answer->head.status, 507U);
        QCOMPARE(textOf(answer->body), std::string("no space on this server\n"));
        QVERIFY(rig.snapshot().empty());
        QVERIFY(exchange.send(slotRequest(body))->head.status == 200U);
    }
    void spaceIsPromisedMeanwhile()
    {
        StoreRig rig;
        rig.config().maximumSpace = 300'000;
        QVERIFY(rig.open());
        {
            const auto staged = rig.run(rig.store().stage(suiteIndex(1), 200'000));
            QVERIFY(staged);
            QCOMPARE(rig.status().allocatedSpace, std::uint64_t(200'000));
            const auto another = rig.run(rig.store().stage(suiteIndex(2), 200'000));
            QVERIFY(!another);
            QCOMPARE(another.error().code(), ErrorCode::NoSpace);
        }
        QCOMPARE(rig.status().allocatedSpace, std::uint64_t(0));
        QVERIFY(rig.changeStaged(1, 0, 10, suiteBytes(200'000, 1)));
        QCOMPARE(rig.status().allocatedSpace, std::uint64_t(0));
        rig.config().readonly = true;
        rig.store().reconfigure(rig.config());
        QVERIFY(!rig.run(rig.store().stage(suiteIndex(2), 1'000)));
    }
};

QTEST_GUILESS_MAIN(TestStagedSlots)
#include "test_staged_slots.moc"
