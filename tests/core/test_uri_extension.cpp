#include "core/share/uri_extension.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::share;

namespace {

Segmentation sampleFile()
{
    return *Segmentation::forNewFile(200, 2, 3, 64);
}

FileHashes sampleHashes()
{
    const auto filled = [](int value) {
        return Hash256::prefixOf(Bytes(32, static_cast<std::byte>(value)));
    };
    return {filled('a'), filled('b'), filled('c')};
}

Bytes sampleBlock()
{
    return encodeUriExtension(makeUriExtension(sampleFile(), sampleHashes()));
}

std::string hashField(const char* key, char value)
{
    return std::string(key) + ":32:" + std::string(32, value) + ",";
}

/// The three fields that a reader needs, and more.
std::string blockWith(const std::string& more)
{
    return hashField("crypttext_root_hash", 'b') + "segment_size:2:64," +
           hashField("share_root_hash", 'c') + more;
}

} // namespace

class TestUriExtension final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void writesElevenSortedFields()
    {
        QCOMPARE(textOf(sampleBlock()),
                 "codec_name:3:crs,codec_params:6:64-2-3," + hashField("crypttext_hash", 'a') +
                     hashField("crypttext_root_hash", 'b') +
                     "needed_shares:1:2,num_segments:1:4,segment_size:2:64," +
                     hashField("share_root_hash", 'c') +
                     "size:3:200,tail_codec_params:5:8-2-3,total_shares:1:3,");
        QCOMPARE(uriExtensionSize(sampleFile()), std::uint64_t{sampleBlock().size()});
    }
    void roundTrips()
    {
        const auto parsed = parseUriExtension(sampleBlock());
        QVERIFY(parsed);
        QCOMPARE(*parsed, makeUriExtension(sampleFile(), sampleHashes()));
        QVERIFY(checkConsistent(*parsed, sampleFile()));
        QCOMPARE(*segmentationOf(*parsed, 200, 2, 3), sampleFile());
    }
    void readersNeedThreeFieldsOnly()
    {
        const auto parsed = parseUriExtension(asBytes(blockWith("")));
        QVERIFY(parsed);
        QVERIFY(!parsed->size && !parsed->crypttextHash && !parsed->codecName);
        QVERIFY(checkConsistent(*parsed, sampleFile()));
        QCOMPARE(encodeUriExtension(*parsed), toBytes(std::string_view(blockWith(""))));
    }
    void unknownAndLegacyFieldsAreSkipped()
    {
        QVERIFY(parseUriExtension(asBytes(blockWith("x:0:," + hashField("plaintext_hash", 'p')))));
    }
    void malformedBlocksAreCorrupt_data()
    {
        QTest::addColumn<std::string>("block");
        const auto row = [](const char* name, const std::string& block) {
            QTest::newRow(name) << block;
        };
        row("empty", "");
        row("no colon", blockWith("size"));
        row("cut value", blockWith("size:9:1,"));
        row("no comma", blockWith("size:1:1;"));
        row("leading zero", blockWith("size:01:1,"));
        row("twice", blockWith("size:1:1,size:1:1,"));
        row("no number", blockWith("size:1:x,"));
        row("negative number", blockWith("size:2:-1,"));
        row("number with space", blockWith("size:2: 1,"));
        row("huge number", blockWith("size:20:99999999999999999999,"));
        row("short hash", blockWith("crypttext_hash:3:abc,"));
        row("parameters", blockWith("codec_params:3:1-2,"));
        row("parameters of four", blockWith("codec_params:7:1-2-3-4,"));
        row("empty parameters", blockWith("codec_params:2:--,"));
        row("no segment size",
            hashField("crypttext_root_hash", 'b') + hashField("share_root_hash", 'c'));
        row("no share root", "segment_size:2:64," + hashField("crypttext_root_hash", 'b'));
        row("no crypttext root", "segment_size:2:64," + hashField("share_root_hash", 'c'));
    }
    void malformedBlocksAreCorrupt()
    {
        QFETCH(std::string, block);
        const auto parsed = parseUriExtension(asBytes(block));
        QVERIFY(!parsed);
        QCOMPARE(parsed.error().code(), ErrorCode::Corrupt);
    }
    void inconsistentFieldsAreNamed_data()
    {
        QTest::addColumn<std::string>("field");
        QTest::addColumn<QString>("name");
        const auto row = [](const char* name, const char* field) {
            QTest::newRow(name) << std::string(field) << QString(name);
        };
        row("codec_name", "codec_name:4:zfec,");
        row("codec_params", "codec_params:6:66-2-3,");
        row("tail_codec_params", "tail_codec_params:6:64-2-3,");
        row("needed_shares", "needed_shares:1:3,");
        row("total_shares", "total_shares:1:4,");
        row("num_segments", "num_segments:1:5,");
        row("size", "size:3:201,");
    }
    void inconsistentFieldsAreNamed()
    {
        QFETCH(std::string, field);
        QFETCH(QString, name);
        const auto parsed = parseUriExtension(asBytes(blockWith(field)));
        QVERIFY(parsed);
        const auto checked = checkConsistent(*parsed, sampleFile());
        QVERIFY(!checked);
        QVERIFY(QString::fromStdString(checked.error().message())
                    .startsWith("URI extension: " + name + " "));
    }
    void impossibleSegmentSizesAreCorrupt()
    {
        for (const std::uint64_t size : {0ULL, 63ULL, ~0ULL}) {
            UriExtension extension = makeUriExtension(sampleFile(), sampleHashes());
            extension.segmentSize = size;
            QCOMPARE(segmentationOf(extension, 200, 2, 3).error().code(), ErrorCode::Corrupt);
        }
    }
};

QTEST_GUILESS_MAIN(TestUriExtension)
#include "test_uri_extension.moc"
