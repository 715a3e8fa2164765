// Containers that Tahoe-LAFS wrote and shares of many segments: sound as they are, and never sound
// with a byte changed where a hash or a signature covers it, or cut short.
#include "core/share/immutable_layout.h"
#include "core/share/mutable_layout.h"
#include "storage-server/share_audit.h"
#include "tests/support/immutable_shares.h"
#include "tests/support/property.h"
#include "tests/support/share_store_suite.h"
#include "tests/support/vectors.h"

#include <QtCore/QDir>
#include <QtCore/QStringList>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

#include <fstream>

using namespace tarn;
using namespace tarn::storage;
using namespace tarn::test;

namespace {

struct Container
{
    Bytes bytes;
    ShareNumber number;
};

/// NAME.sI.shJ
Container vectorCalled(const QString& name)
{
    Container out;
    out.bytes = ownVectorFile("containers/" + name);
    out.number.value = name.mid(name.lastIndexOf(".sh") + 3).toUInt();
    return out;
}

Container manySegments(unsigned number)
{
    const Bytes text = suiteBytes(60'000, 5);
    const auto file = encodeImmutable(text, 3, 10, 1'000, asBytes("convergence"));
    Container out;
    out.number.value = number;
    const Bytes& share = file->shares.at(number);
    out.bytes = share::encodeImmutableHeader(share::newImmutableHeader(share.size()));
    append(out.bytes, share);
    append(out.bytes, share::encodeImmutableLease(share::Lease()));
    return out;
}

std::vector<ByteRange> shifted(std::vector<ByteRange> ranges, std::uint64_t by)
{
    for (ByteRange& range : ranges)
        range = {range.begin + by, range.end + by};
    return ranges;
}

/// Where every bit is proven.
std::vector<ByteRange> coveredIn(ByteView container)
{
    if (share::containerKindOf(container) == share::ContainerKind::Mutable) {
        constexpr std::size_t kBegin = share::kMutableContainerHeaderSize;
        const auto layout = share::parseMutableLayout(container.subspan(kBegin));
        const share::MutableSections& sections = layout->sections;
        const std::uint64_t prefix = share::signedPrefixOf(layout->header).size();
        return shifted({{1, prefix},
                        sections.signature,
                        sections.shareHashChain,
                        sections.blockHashTree,
                        sections.shareData},
                       kBegin);
    }
    constexpr std::size_t kBegin = share::kImmutableContainerHeaderSize;
    const auto layout = share::parseImmutableLayout(container.subspan(kBegin));
    return shifted({{layout->data, layout->plaintextHashTree},
                    layout->crypttextTreeRange(),
                    layout->blockHashesRange(),
                    layout->shareHashesRange()},
                   kBegin);
}

} // namespace

class TestShareAudit final : public QObject
{
    Q_OBJECT

    QTemporaryDir m_folder;
    std::unique_ptr<FileLayer> m_layer;

    Result<void> audit(const Container& container, std::uint64_t slice = 1000)
    {
        {
            std::ofstream out(m_folder.filePath("share").toStdString(),
                              std::ios::binary | std::ios::trunc);
            out.write(reinterpret_cast<const char*>(container.bytes.data()),
                      static_cast<std::streamsize>(container.bytes.size()));
        }
        TARN_TRY(ShareAudit audit, ShareAudit::openBlocking(*m_layer, "share", container.number));
        for (;;) {
            TARN_TRY(const bool done, audit.stepBlocking(slice));
            if (done) return ok();
        }
    }
    static QStringList vectorNames()
    {
        QStringList out;
        for (const QString& name :
             QDir(TARN_SOURCE_DIR "/tests/vectors/containers").entryList({"*.sh*"}, QDir::Files))
            out << name;
        return out;
    }
    static void addRows()
    {
        QTest::addColumn<QString>("name");
        for (const QString& name : vectorNames())
            QTest::newRow(qPrintable(name)) << name;
        QTest::newRow("many segments") << QString();
    }
    static Container containerOf(const QString& name)
    {
        return name.isEmpty() ? manySegments(7) : vectorCalled(name);
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_layer = makePosixFileLayer(m_folder.path().toStdString());
        QVERIFY(m_layer->attach());
        QVERIFY(vectorNames().size() > 10);
    }
    void findsNothingInSoundOnes_data() { addRows(); }
    void findsNothingInSoundOnes()
    {
        QFETCH(QString, name);
        const Container container = containerOf(name);
        for (const std::uint64_t slice : {1ULL, 1000ULL, 1'000'000ULL}) {
            const Result<void> ended = audit(container, slice);
            QVERIFY2(ended, ended ? "" : ended.error().text().c_str());
        }
    }
    void findsEveryChangedByte_data() { addRows(); }
    void findsEveryChangedByte()
    {
        QFETCH(QString, name);
        const Container container = containerOf(name);
        const std::vector<ByteRange> covered = coveredIn(container.bytes);
        const bool held = forAll(40, [&](SeededRandom& random) {
            const ByteRange& range = covered[random.between(0, covered.size() - 1)];
            if (range.empty()) return true;
            Container spoiled = container;
            const std::uint64_t at = random.between(range.begin, range.end - 1);
            spoiled.bytes[static_cast<std::size_t>(at)] ^=
                std::byte{1} << static_cast<unsigned>(random.between(0, 7));
            const Result<void> ended = audit(spoiled);
            return !ended && ended.error().code() == ErrorCode::Corrupt;
        });
        QVERIFY(held);
    }
    void findsWhatIsCutShort_data() { addRows(); }
    void findsWhatIsCutShort()
    {
        QFETCH(QString, name);
        const Container container = containerOf(name);
        const bool held = forAll(20, [&](SeededRandom& random) {
            Container spoiled = container;
            spoiled.bytes.resize(
                static_cast<std::size_t>(random.between(0, container.bytes.size() - 1)));
            return !audit(spoiled);
        });
        QVERIFY(held);
    }
    /// Anything may be anywhere: no more than an error comes of it.
    void survivesAnyBytes_data() { addRows(); }
    void survivesAnyBytes()
    {
        QFETCH(QString, name);
        const Container container = containerOf(name);
        const bool held = forAll(50, [&](SeededRandom& random) {
            Container spoiled = container;
            for (std::uint64_t i = random.between(1, 40); i > 0; --i) {
                const std::uint64_t near = random.chance(0.7) ? 700 : spoiled.bytes.size();
                const auto at = static_cast<std::size_t>(
                    random.between(0, std::min<std::uint64_t>(near, spoiled.bytes.size()) - 1));
                spoiled.bytes[at] = std::byte(random.between(0, 255));
            }
            const Result<void> ended = audit(spoiled);
            return ended || ended.error().code() == ErrorCode::Corrupt ||
                   ended.error().code() == ErrorCode::Unsupported;
        });
        QVERIFY(held);
    }
    void knowsWhatItCannotCheck()
    {
        Container container;
        container.bytes = toBytes("what is this?");
        QCOMPARE(audit(container).error().code(), ErrorCode::Unsupported);
        container.bytes.clear();
        QCOMPARE(audit(container).error().code(), ErrorCode::Unsupported);
        container.bytes = share::encodeImmutableHeader(share::newImmutableHeader(5));
        append(container.bytes, asBytes("bytes"));
        append(container.bytes, share::encodeImmutableLease(share::Lease()));
        QCOMPARE(audit(container).error().code(), ErrorCode::Unsupported);
        QCOMPARE(ShareAudit::openBlocking(*m_layer, "none", ShareNumber{0}).error().code(),
                 ErrorCode::NotFound);
    }
    void aShareUnderAnotherNumberIsDamage()
    {
        Container container = manySegments(7);
        container.number.value = 6;
        QCOMPARE(audit(container).error().code(), ErrorCode::Corrupt);
        container.number.value = 10;
        QCOMPARE(audit(container).error().code(), ErrorCode::Corrupt);
    }
};

QTEST_GUILESS_MAIN(TestShareAudit)
#include "test_share_audit.moc"
