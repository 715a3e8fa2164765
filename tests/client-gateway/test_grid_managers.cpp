// Which servers are given new shares when grid managers are configured.
#include "core/grid_manager/upload_permit.h"
#include "tests/client-gateway/mutable_bench.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;
using cap::MutableFormat;
using grid_manager::UploadPermit;
using std::chrono::hours;

namespace {

using Bench = test::MutableBench;

/// A permit that ends then.
UploadPermit permitUntil(WallTime expires)
{
    test::SeededRandom random(7);
    const crypto::Ed25519Key manager = crypto::Ed25519Key::generate(random);
    const crypto::Ed25519Key server = crypto::Ed25519Key::generate(random);
    const grid_manager::SignedCertificate certificate =
        grid_manager::issueCertificate(manager, server.publicKey(), expires);
    const auto content = grid_manager::readContent(certificate.certificate);
    if (!content) qFatal("no certificate");
    const crypto::Ed25519PublicKey key = manager.publicKey();
    return UploadPermit::judge(std::span(&key, 1), std::span(&certificate, 1),
                               content->publicKey.substr(4));
}

/// The first `count` servers get `permit`, the others keep theirs.
void setPermits(Bench& bench, std::size_t count, const UploadPermit& permit)
{
    std::vector<ServerPtr> all = bench.set.servers();
    for (std::size_t i = 0; i < count; ++i) {
        auto changed = std::make_shared<Server>(*all[i]);
        changed->uploadPermit = permit;
        all[i] = std::move(changed);
    }
    bench.set.replace(std::move(all));
}

} // namespace

class TestGridManagers final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void uploadsKeepToThePermitted()
    {
        Bench bench(4, test::encodingOf(1, 2));
        setPermits(bench, 2, permitUntil(bench.clock.wallNow()));
        const Bytes plain = test::plaintext(1000);
        const Result<UploadResult> stored = bench.GridBench::put(plain);
        QVERIFY2(stored, stored ? "" : stored.error().text().c_str());
        QCOMPARE(bench.shareCount(), std::size_t(2));
        const StorageIndex index = test::storageIndexOf(stored->readCap);
        for (const auto& one : bench.servers) {
            const ServerPtr now = bench.set.find(one->server->id);
            if (now->uploadPermit.holds(bench.clock.wallNow())) continue;
            for (std::uint32_t share = 0; share < 2; ++share)
                QVERIFY(one->memory->shareBytes(index, ShareNumber{share}) == nullptr);
        }
    }
    void expiryIsNoticedAndReadingGoesOn()
    {
        Bench bench(3, test::encodingOf(1, 2));
        setPermits(bench, 3, permitUntil(bench.clock.wallNow() + hours(100)));
        const Bytes plain = test::plaintext(1000);
        const Result<UploadResult> stored = bench.GridBench::put(plain);
        QVERIFY(stored);
        bench.clock.jumpWall(hours(200));
        const Result<UploadResult> late = bench.GridBench::put(test::plaintext(1000, 2));
        QVERIFY(!late);
        QCOMPARE(late.error().code(), ErrorCode::Unhappy);
        QCOMPARE(bench.status.happiness->servers.size(), std::size_t(3));
        for (const ServerReport& server : bench.status.happiness->servers) {
            QVERIFY(server.outcome == ServerOutcome::NotPermitted);
            QVERIFY(server.reason.find("expired") != std::string::npos);
        }
        const Result<Bytes> back = bench.get(stored->readCap);
        QVERIFY(back && *back == plain);
    }
    void mutableSharesStayWhereTheyAre()
    {
        Bench bench(4, test::encodingOf(1, 3));
        const auto made = bench.create(test::plaintext(1000), MutableFormat::Sdmf);
        QVERIFY(made);
        setPermits(bench, 4, permitUntil(bench.clock.wallNow()));
        const Bytes other = test::plaintext(2000, 2);
        const Result<void> written = bench.overwrite(*made, other);
        QVERIFY2(written, written ? "" : written.error().text().c_str());
        const auto back = bench.readBack(*made);
        QVERIFY(back && back->data == other);
        const auto refused = bench.create(other, MutableFormat::Mdmf);
        QVERIFY(!refused);
        QCOMPARE(refused.error().code(), ErrorCode::Unhappy);
        QVERIFY(refused.error().message().find("certificate expired") != std::string::npos);
        QCOMPARE(bench.shareCount(), std::size_t(3));
    }
    void lostMutableSharesGoToThePermitted()
    {
        Bench bench(3, test::encodingOf(1, 3));
        const auto made = bench.create(test::plaintext(1000), MutableFormat::Sdmf);
        QVERIFY(made);
        bench.lose(*made, 1);
        setPermits(bench, 2, permitUntil(bench.clock.wallNow()));
        QVERIFY(bench.overwrite(*made, test::plaintext(500)));
        QCOMPARE(bench.shareCount(), std::size_t(3));
        const ServerPtr permitted = bench.set.servers().back();
        for (const auto& one : bench.servers)
            if (one->server->id == permitted->id)
                QVERIFY(one->memory->shareBytes(test::indexOf(*made), ShareNumber{1}) != nullptr);
    }
};

QTEST_GUILESS_MAIN(TestGridManagers)
#include "test_grid_managers.moc"
