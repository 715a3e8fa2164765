// Both server containers, on the files of real Tahoe-LAFS storage servers.
#include "core/codec/base32.h"
#include "core/crypto/key_derivation.h"
#include "core/share/immutable_container.h"
#include "core/share/mutable_container.h"
#include "tests/support/to_qt.h"
#include "tests/support/vector_file.h"
#include "tests/support/vectors.h"

#include <QtCore/QJsonArray>
#include <QtCore/QJsonObject>
#include <QtCore/QRegularExpression>
#include <QtCore/QStringList>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::share;

namespace {

Lease sampleLease()
{
    Lease lease;
    lease.owner = 1;
    lease.expiration = 2'000'000'000;
    lease.renew = StoredSecret::prefixOf(test::countingBytes(32, 1));
    lease.cancel = StoredSecret::prefixOf(test::countingBytes(32, 50));
    lease.server = TubId::prefixOf(test::countingBytes(20, 90));
    return lease;
}

MutableContainerHeader sampleMutableHeader()
{
    MutableContainerHeader header;
    header.server = TubId::prefixOf(test::countingBytes(20, 3));
    header.writeEnabler = crypto::WriteEnabler::prefixOf(test::countingBytes(32, 4));
    header.dataLength = 500;
    header.extraLeases = 468 + 1000;
    header.slots[2] = sampleLease();
    return header;
}

/// What the samples derive their lease secrets from.
crypto::LeaseSecrets sampleSecrets(const QJsonObject& containers, const QString& indexText)
{
    const Bytes index = *codec::decodeBase32(indexText.toStdString());
    const Bytes node = test::bytesIn(containers, "nodeid20");
    const auto client = crypto::clientLeaseSecrets(test::bytesIn(containers, "lease_secret"));
    const auto file = crypto::fileLeaseSecrets(client, StorageIndex::prefixOf(index));
    return crypto::bucketLeaseSecrets(file, TubId::prefixOf(node));
}

/// "chk.shares_v1[0]" of samples.json.
Bytes shareNamed(const QJsonObject& samples, const QString& path)
{
    const QStringList parts = path.split(QRegularExpression("[.\\[\\]]"), Qt::SkipEmptyParts);
    const QJsonObject object = samples[parts[0]].toObject();
    return test::base64Of(object[parts[1]].toArray()[parts[2].toInt()]);
}

} // namespace

class TestContainers final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void samplesParse()
    {
        const QJsonObject samples = test::ownVectors("samples.json");
        const QJsonObject containers = samples["containers"].toObject();
        const QJsonArray files = containers["files"].toArray();
        QCOMPARE(files.size(), 6);
        for (const QJsonValue value : files) {
            const QJsonObject object = value.toObject();
            const QString path = object["share"].toString();
            const Bytes share = shareNamed(samples, path);
            const auto secrets = sampleSecrets(
                containers,
                samples[path.section('.', 0, 0)].toObject()["storage_index"].toString());
            const Bytes file = test::base64Of(object["file"]);
            const auto form = static_cast<LeaseForm>(object["version"].toInt());
            if (object["kind"].toString() == "immutable")
                checkImmutable(file, share, form, secrets);
            else
                checkMutable(file, share, form, secrets, test::bytesIn(object, "write_enabler"));
        }
    }
    void filesOfRealServersParse()
    {
        const QJsonObject index = test::ownVectors("containers/index.json");
        unsigned seen = 0;
        for (const QJsonValue object : index["files"].toArray()) {
            const QJsonObject entry = object.toObject();
            for (const QJsonValue shareValue : entry["shares"].toArray()) {
                const QJsonObject share = shareValue.toObject();
                const Bytes file = test::ownVectorFile("containers/" + share["file"].toString());
                if (file.empty()) continue; // the large ones are not kept
                ++seen;
                checkReal(file, share, secretsOf(entry, share["server"].toString()));
            }
        }
        QVERIFY(seen >= 30);
    }
    void immutableHeaders()
    {
        const ImmutableContainerHeader header = newImmutableHeader(1000);
        QCOMPARE(test::hexOf(encodeImmutableHeader(header)),
                 QByteArray("00000002000003e800000001"));
        QCOMPARE(newImmutableHeader(std::uint64_t{1} << 33U).dataLength, 0xffff'ffffU);
        QCOMPARE(*parseImmutableHeader(encodeImmutableHeader(header)), header);
        QCOMPARE(*immutableShareSize(header, 12 + 1000 + 72), 1000ULL);
        QCOMPARE(immutableShareSize(header, 12 + 71).error().code(), ErrorCode::Corrupt);
        QCOMPARE(parseImmutableHeader(zeroBytes(11)).error().code(), ErrorCode::Corrupt);
        QCOMPARE(parseImmutableHeader(zeroBytes(12)).error().code(), ErrorCode::Unsupported);
        ImmutableContainerHeader many = header;
        many.leaseCount = 0xffff'ffffU;
        QCOMPARE(immutableShareSize(many, 1'000'000).error().code(), ErrorCode::Corrupt);
    }
    void immutableLeases()
    {
        Lease lease = sampleLease();
        const Bytes record = encodeImmutableLease(lease);
        QCOMPARE(record.size(), kImmutableLeaseSize);
        lease.server = TubId();
        QCOMPARE(*parseImmutableLease(record), lease);
        QVERIFY(!parseImmutableLease(ByteView(record).first(71)));
    }
    void mutableHeadersRoundTrip()
    {
        for (const LeaseForm form : {LeaseForm::Clear, LeaseForm::Hashed}) {
            MutableContainerHeader header = sampleMutableHeader();
            header.form = form;
            const Bytes bytes = encodeMutableHeader(header);
            QCOMPARE(bytes.size(), kMutableContainerHeaderSize);
            QCOMPARE(*parseMutableHeader(bytes), header);
            QVERIFY(containerKindOf(bytes) == ContainerKind::Mutable);
        }
    }
    void newMutableContainersAreEmpty()
    {
        const Bytes bytes = encodeMutableHeader(MutableContainerHeader{});
        QCOMPARE(test::hexOf(ByteView(bytes).first(32)),
                 QByteArray("5461686f65206d757461626c6520636f6e7461696e65722076320ac355219925"));
        QCOMPARE(loadBig<std::uint64_t>(bytes, 84), 0ULL);
        QCOMPARE(loadBig<std::uint64_t>(bytes, 92), 468ULL);
        QVERIFY(equal(ByteView(bytes).subspan(100), zeroBytes(368)));
    }
    void mutableLeases()
    {
        const Bytes record = encodeMutableLease(sampleLease());
        QCOMPARE(record.size(), kMutableLeaseSize);
        QVERIFY(*parseMutableLease(record) == sampleLease());
        QVERIFY(equal(encodeMutableLease(std::nullopt), zeroBytes(92)));
        QVERIFY(!*parseMutableLease(zeroBytes(92)));
        QVERIFY(!parseMutableLease(zeroBytes(91)));
    }
    void damagedMutableHeadersAreRefused()
    {
        const Bytes good = encodeMutableHeader(sampleMutableHeader());
        QCOMPARE(parseMutableHeader(ByteView(good).first(467)).error().code(), ErrorCode::Corrupt);
        QCOMPARE(parseMutableHeader(ByteView(good).first(31)).error().code(),
                 ErrorCode::Unsupported);
        const auto withNumber = [&](std::size_t at, std::uint64_t value) {
            Bytes bad = good;
            storeBig<std::uint64_t>(bad, at, value);
            return parseMutableHeader(bad).error().code();
        };
        QCOMPARE(withNumber(84, 1001), ErrorCode::Corrupt); // data past its room
        QCOMPARE(withNumber(92, 467), ErrorCode::Corrupt);  // leases inside the header
        QCOMPARE(withNumber(92, ~std::uint64_t{0}), ErrorCode::Corrupt);
    }
    void kindsAreToldByTheFirstBytes()
    {
        QVERIFY(containerKindOf({}) == ContainerKind::Unknown);
        QVERIFY(containerKindOf(zeroBytes(100)) == ContainerKind::Unknown);
        QVERIFY(containerKindOf(encodeImmutableHeader(newImmutableHeader(1))) ==
                ContainerKind::Immutable);
        Bytes almost = encodeMutableHeader(MutableContainerHeader{});
        almost[31] ^= std::byte{1};
        QVERIFY(containerKindOf(almost) == ContainerKind::Unknown);
    }

private:
    static crypto::LeaseSecrets secretsOf(const QJsonObject& entry, const QString& server)
    {
        for (const QJsonValue value : entry["lease_secrets"].toArray()) {
            const QJsonObject secrets = value.toObject();
            if (secrets["server"].toString() != server) continue;
            return {LeaseSecret::prefixOf(test::bytesIn(secrets, "renew_hex")),
                    LeaseSecret::prefixOf(test::bytesIn(secrets, "cancel_hex"))};
        }
        return {};
    }

    static void checkImmutable(const Bytes& file, const Bytes& share, LeaseForm form,
                               const crypto::LeaseSecrets& secrets)
    {
        const auto header = parseImmutableHeader(file);
        QVERIFY(header);
        QVERIFY(header->form == form);
        QVERIFY(containerKindOf(file) == ContainerKind::Immutable);
        QCOMPARE(*immutableShareSize(*header, file.size()), std::uint64_t{share.size()});
        QVERIFY(equal(ByteView(file).subspan(12, share.size()), share));
        const auto lease = parseImmutableLease(ByteView(file).last(72));
        QVERIFY(lease && isRenewedBy(*lease, secrets.renewal, form));
        QVERIFY(lease->cancel == storedForm(secrets.cancel, form));
        Bytes rebuilt = encodeImmutableHeader(*header);
        append(rebuilt, share);
        append(rebuilt, encodeImmutableLease(*lease));
        QCOMPARE(rebuilt, file);
    }

    static void checkMutable(const Bytes& file, const Bytes& share, LeaseForm form,
                             const crypto::LeaseSecrets& secrets, const Bytes& writeEnabler)
    {
        const auto header = parseMutableHeader(file);
        QVERIFY(header);
        QVERIFY(header->form == form);
        QVERIFY(equal(header->writeEnabler.view(), writeEnabler));
        QCOMPARE(header->dataLength, std::uint64_t{share.size()});
        QVERIFY(equal(ByteView(file).subspan(468, share.size()), share));
        QVERIFY(header->slots[0] && isRenewedBy(*header->slots[0], secrets.renewal, form));
        QVERIFY(equal(encodeMutableHeader(*header), ByteView(file).first(468)));
    }

    static void checkReal(const Bytes& file, const QJsonObject& share,
                          const crypto::LeaseSecrets& secrets)
    {
        if (share["container"].toString() == "immutable") {
            const auto header = parseImmutableHeader(file);
            QVERIFY(header);
            QCOMPARE(static_cast<int>(header->form), share["container_version"].toInt());
            QCOMPARE(static_cast<double>(header->dataLength),
                     share["data_length_field"].toDouble());
            const auto lease = parseImmutableLease(ByteView(file).last(72));
            QVERIFY(lease && isRenewedBy(*lease, secrets.renewal, header->form));
        } else {
            const auto header = parseMutableHeader(file);
            QVERIFY(header);
            QVERIFY(header->slots[0] &&
                    isRenewedBy(*header->slots[0], secrets.renewal, header->form));
            QVERIFY(equal(encodeMutableHeader(*header), ByteView(file).first(468)));
        }
    }
};

QTEST_GUILESS_MAIN(TestContainers)
#include "test_containers.moc"
