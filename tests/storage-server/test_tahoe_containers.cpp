#include "core/codec/base32.h"
#include "core/crypto/sha256.h"
#include "core/share/lease.h"
#include "storage-server/store_paths.h"
#include "tests/support/store_rig.h"
#include "tests/support/vectors.h"

#include <QtCore/QDir>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonObject>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::storage_api;
using test::StoreRig;

// Containers that the real Tahoe-LAFS wrote, served, renewed and extended as it would.

namespace {

Bytes hexOf(const QJsonValue& value)
{
    const QByteArray bytes = QByteArray::fromHex(value.toString().toLatin1());
    return toBytes(std::string_view(bytes.data(), static_cast<std::size_t>(bytes.size())));
}

Bytes secretOf(const char* kind, int number)
{
    const std::string text = std::string(kind) + " " + std::to_string(number);
    return toBytes(crypto::sha256(asBytes(text)).view());
}

LeaseSecrets leasesOf(int number)
{
    LeaseSecrets out;
    out.renew = LeaseSecret::prefixOf(secretOf("renew", number));
    out.cancel = LeaseSecret::prefixOf(secretOf("cancel", number));
    return out;
}

/// Sets the wall clock so that a lease granted now ends then.
void expireAt(StoreRig& rig, std::int64_t expiration)
{
    const std::int64_t now = expiration - share::kLeaseSeconds;
    rig.clock().jumpWall(std::chrono::seconds(now - unixSeconds(rig.clock().wallNow())));
}

struct Case
{
    QJsonObject document;
    QJsonObject about;
};

/// \return "" or what went wrong.
std::string applyStep(StoreRig& rig, const Case& a, const QJsonObject& step)
{
    expireAt(rig, step["expiration"].toInteger());
    const StorageIndex index = test::suiteIndex(1);
    if (step.contains("lease")) {
        const Result<void> done =
            rig.run(rig.store().addLease(index, leasesOf(step["lease"].toInt())));
        return done ? "" : done.error().text();
    }
    std::vector<Bytes> kept;
    const QJsonArray writes = step["writes"].toArray();
    kept.reserve(static_cast<std::size_t>(writes.size()));
    ReadTestWrite request;
    ShareWrite& change = request.shares[ShareNumber{0}];
    for (const QJsonValue& write : writes) {
        kept.push_back(hexOf(write.toArray()[1]));
        change.writes.push_back(
            {static_cast<std::uint64_t>(write.toArray()[0].toInteger()), kept.back()});
    }
    if (!step["new_length"].isNull())
        change.newLength = static_cast<std::uint64_t>(step["new_length"].toInteger());
    const Bytes enabler = hexOf(a.document["write_enabler"]);
    const auto done = rig.run(rig.store().readTestWrite(index, leasesOf(0), enabler, request));
    return done ? "" : done.error().text();
}

} // namespace

class TestTahoeContainers final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void stepsMatch_data()
    {
        QTest::addColumn<int>("number");
        const QJsonArray cases = test::ownVectors("container_steps.json")["cases"].toArray();
        QVERIFY(!cases.isEmpty());
        for (int i = 0; i < cases.size(); ++i) {
            const QJsonObject about = cases[i].toObject();
            QTest::addRow("%s v%d, %d", qPrintable(about["kind"].toString()),
                          about["version"].toInt(), i)
                << i;
        }
    }
    void stepsMatch()
    {
        QFETCH(int, number);
        Case a;
        a.document = test::ownVectors("container_steps.json");
        a.about = a.document["cases"].toArray()[number].toObject();
        StoreRig rig;
        rig.config().tubId = TubId::prefixOf(hexOf(a.document["nodeid"]));
        rig.write(rig.sharePath(1, 0), hexOf(a.about["start"]));
        QVERIFY(rig.open());
        for (const QJsonValue& value : a.about["steps"].toArray()) {
            const QJsonObject step = value.toObject();
            const std::string failure = applyStep(rig, a, step);
            QVERIFY2(failure.empty(), failure.c_str());
            const Bytes container = rig.contents(rig.sharePath(1, 0));
            QCOMPARE(qint64(container.size()), step["size"].toInteger());
            QCOMPARE(toHex(crypto::sha256(container).view()),
                     step["sha256"].toString().toStdString());
        }
    }

    void servesFilesOfRealServers_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<int>("object");
        const QJsonArray objects = test::ownVectors("containers/index.json")["files"].toArray();
        QVERIFY(!objects.isEmpty());
        const QDir directory(QString(TARN_SOURCE_DIR) + "/tests/vectors/containers");
        for (const QString& name : directory.entryList({"*.sh*"}, QDir::Files))
            for (int i = 0; i < objects.size(); ++i)
                if (name.section('.', 0, 0) == objects[i].toObject()["label"].toString())
                    QTest::newRow(qPrintable(name)) << name << i;
    }
    void servesFilesOfRealServers()
    {
        QFETCH(QString, name);
        QFETCH(int, object);
        const QJsonObject about =
            test::ownVectors("containers/index.json")["files"].toArray()[object].toObject();
        const Bytes container = test::ownVectorFile("containers/" + name);
        const auto indexBytes =
            codec::decodeBase32(about["storage_index"].toString().toStdString());
        QVERIFY(indexBytes);
        const StorageIndex index = StorageIndex::prefixOf(*indexBytes);
        const ShareNumber share{name.section(".sh", 1).toUInt()};
        StoreRig rig;
        const std::filesystem::path path = rig.root() / storage::sharePath(index, share);
        rig.write(path, container);
        QVERIFY(rig.open());

        const bool isMutable = asText(container).starts_with("Tahoe mutable");
        const ShareKind kind = isMutable ? ShareKind::Mutable : ShareKind::Immutable;
        const auto listed = rig.run(rig.store().listShares(kind, index));
        QVERIFY(listed && *listed == std::set<ShareNumber>{share});
        Bytes data(container.size());
        const auto got = rig.run(rig.store().readShare(kind, index, share, {0, data.size()}, data));
        QVERIFY(got);
        data.resize(*got);
        const ByteView whole = container;
        QVERIFY(equal(data, isMutable ? whole.subspan(468, loadBig<std::uint64_t>(container, 84))
                                      : whole.subspan(12, container.size() - 12 - 72)));

        // The client's own secret renews: four bytes change, nothing grows.
        const int server = name.section('.', 1, 1).mid(1).toInt() - 1;
        const QJsonObject secrets = about["lease_secrets"].toArray()[server].toObject();
        LeaseSecrets leases;
        leases.renew = LeaseSecret::prefixOf(hexOf(secrets["renew_hex"]));
        leases.cancel = LeaseSecret::prefixOf(hexOf(secrets["cancel_hex"]));
        expireAt(rig, 0xf0f1f2f3);
        QVERIFY(rig.run(rig.store().addLease(index, leases)));
        Bytes expected = container;
        storeBig<std::uint32_t>(expected, isMutable ? 104 : container.size() - 4, 0xf0f1f2f3U);
        QVERIFY(rig.contents(path) == expected);
    }
};

QTEST_GUILESS_MAIN(TestTahoeContainers)
#include "test_tahoe_containers.moc"
