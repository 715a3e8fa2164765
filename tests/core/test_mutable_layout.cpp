#include "core/codec/base32.h"
#include "core/crypto/rsa.h"
#include "core/share/hash_sections.h"
#include "core/share/mutable_container.h"
#include "core/share/mutable_layout.h"
#include "tests/support/property.h"
#include "tests/support/vectors.h"

#include <QtCore/QDir>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonObject>
#include <QtTest/QTest>

#include <tuple>

using namespace tarn;
using namespace tarn::share;
using cap::MutableFormat;

namespace {

ByteView part(const Bytes& share, ByteRange range)
{
    return ByteView(share).subspan(range.begin, range.size());
}

MutableSectionSizes sizesOf(const MutableSections& s)
{
    return {s.publicKey.size(),     s.signature.size(), s.shareHashChain.size(),
            s.blockHashTree.size(), s.shareData.size(), s.encryptedPrivateKey.size()};
}

/// A whole share: its head and sections are where they should be, and its signature is good.
bool isSound(const Bytes& share)
{
    const auto layout = parseMutableLayout(share);
    if (!layout) return false;
    const MutableSections& at = layout->sections;
    if (at.end > share.size()) return false;
    const Bytes head = encodeMutableHead(*layout);
    if (!equal(head, ByteView(share).first(head.size()))) return false;
    const auto laidOut = layOutMutable(layout->header.format, sizesOf(at));
    if (!laidOut || *laidOut != at) return false;
    if (!parseShareHashes(part(share, at.shareHashChain))) return false;
    if (!parseTreeNodes(part(share, at.blockHashTree), 0)) return false;
    const auto key = crypto::RsaPublicKey::fromDer(part(share, at.publicKey));
    return key && key->verify(signedPrefixOf(layout->header), part(share, at.signature));
}

Bytes sampleShare(const char* kind, int number = 0)
{
    const QJsonObject sample = test::ownVectors("samples.json")[kind].toObject();
    return test::base64Of(sample["shares"].toArray()[number]);
}

} // namespace

class TestMutableLayout final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void samplesAreSound()
    {
        for (const char* kind : {"sdmf", "mdmf"}) {
            const QJsonObject sample = test::ownVectors("samples.json")[kind].toObject();
            for (int i = 0; i < 3; ++i) {
                const Bytes share = sampleShare(kind, i);
                QVERIFY(isSound(share));
                const MutableHeader header = parseMutableLayout(share)->header;
                QCOMPARE(header.sequence, std::uint64_t(sample["seqnum"].toInt()));
                QCOMPARE(int(header.needed), 2);
                QCOMPARE(int(header.total), 3);
                QCOMPARE(header.dataLength,
                         std::uint64_t{test::base64Of(sample["plaintext"]).size()});
            }
        }
    }
    void sharesOfRealServersAreSound()
    {
        unsigned seen = 0;
        const QDir folder(QStringLiteral(TARN_SOURCE_DIR "/tests/vectors/containers"));
        for (const QString& name : folder.entryList(QDir::Files)) {
            const Bytes file = test::ownVectorFile("containers/" + name);
            if (containerKindOf(file) != ContainerKind::Mutable) continue;
            const auto header = parseMutableHeader(file);
            QVERIFY(header);
            const ByteView share = ByteView(file).subspan(468, header->dataLength);
            QVERIFY2(isSound(toBytes(share)), qPrintable(name));
            ++seen;
        }
        QVERIFY(seen >= 20);
    }
    void headsHaveTheirSizes()
    {
        for (const auto& [format, prefix, check, head] :
             {std::tuple{MutableFormat::Sdmf, 75U, 57U, 107U},
              std::tuple{MutableFormat::Mdmf, 59U, 41U, 123U}}) {
            MutableLayout layout;
            layout.header.format = format;
            QCOMPARE(signedPrefixOf(layout.header).size(), std::size_t{prefix});
            QCOMPARE(checkStringOf(layout.header).size(), std::size_t{check});
            QCOMPARE(encodeMutableHead(layout).size(), std::size_t{head});
            QCOMPARE(mutableHeadSize(format), std::size_t{head});
        }
    }
    void anyLaidOutShareRoundTrips()
    {
        QVERIFY(test::forAll(500, [](test::SeededRandom& random) {
            MutableLayout layout;
            MutableHeader& header = layout.header;
            header.format = random.chance(0.5) ? MutableFormat::Sdmf : MutableFormat::Mdmf;
            header.sequence = random.next();
            header.rootHash = Hash256::prefixOf(random.bytes(32));
            if (header.format == MutableFormat::Sdmf)
                header.salt = crypto::Salt::prefixOf(random.bytes(16));
            header.total = static_cast<std::uint8_t>(random.between(1, 255));
            header.needed = static_cast<std::uint8_t>(random.between(1, header.total));
            header.segmentSize = random.next();
            header.dataLength = random.next();
            const MutableSectionSizes sizes{294,
                                            256,
                                            34 * random.below(9),
                                            32 * random.below(99),
                                            random.below(1U << 30U),
                                            1216 + random.below(4)};
            const auto sections = layOutMutable(header.format, sizes);
            if (!sections) return false;
            layout.sections = *sections;
            const auto parsed = parseMutableLayout(encodeMutableHead(layout));
            return parsed && *parsed == layout;
        }));
    }
    void mdmfDataBeginsAtItsFixedPlace()
    {
        const auto sections = layOutMutable(MutableFormat::Mdmf, {294, 256, 34 * 8, 32, 0, 1219});
        QVERIFY(sections);
        QCOMPARE(sections->shareData.begin, 2167ULL);
        QCOMPARE(sections->encryptedPrivateKey.begin, 123ULL);
        QVERIFY(!layOutMutable(MutableFormat::Mdmf, {294, 256, 34 * 8, 32, 0, 1300}));
    }
    void sdmfOffsetsAreShort()
    {
        const std::uint64_t four = std::uint64_t{1} << 32U;
        QVERIFY(layOutMutable(MutableFormat::Sdmf, {294, 256, 272, 32, four * 2, 1219}));
        QVERIFY(!layOutMutable(MutableFormat::Sdmf, {294, 256, 272, four, 0, 1219}));
    }
    void hostileHeadsAreRefused()
    {
        QCOMPARE(parseMutableLayout({}).error().code(), ErrorCode::Corrupt);
        for (const char* kind : {"sdmf", "mdmf"}) {
            const Bytes good = sampleShare(kind);
            const bool sdmf = std::string_view(kind) == "sdmf";
            const std::size_t head = sdmf ? 107 : 123;
            QVERIFY(parseMutableLayout(ByteView(good).first(head)));
            QCOMPARE(parseMutableLayout(ByteView(good).first(head - 1)).error().code(),
                     ErrorCode::Corrupt);
            Bytes version = good;
            version[0] = std::byte{2};
            QCOMPARE(parseMutableLayout(version).error().code(), ErrorCode::Unsupported);
            const std::size_t needed = sdmf ? 57 : 41;
            for (const int value : {0, 4}) {
                Bytes bad = good;
                bad[needed] = static_cast<std::byte>(value);
                QCOMPARE(parseMutableLayout(bad).error().code(), ErrorCode::Corrupt);
            }
            for (std::size_t at = sdmf ? 75 : 59; at < head; at += 8) {
                Bytes bad = good;
                storeBig<std::uint64_t>(bad, at, ~std::uint64_t{0} - at);
                if (at + 8 == head) continue; // the end may be anywhere behind
                QCOMPARE(parseMutableLayout(bad).error().code(), ErrorCode::Corrupt);
            }
        }
    }
};

QTEST_GUILESS_MAIN(TestMutableLayout)
#include "test_mutable_layout.moc"
