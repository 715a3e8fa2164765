// Files made with the keys of known vectors get the capabilities that Tahoe-LAFS gave them, their
// shares are what the format says, and their contents come back; so do those of files and
// directories that a grid of Tahoe-LAFS made.
#include "client-gateway/dirs/directories.h"
#include "client-gateway/dirs/grid_immutable_files.h"
#include "core/cap/parse.h"
#include "core/crypto/sha256.h"
#include "core/pipeline/mutable/encode_segments.h"
#include "core/share/mutable_container.h"
#include "tests/client-gateway/mutable_bench.h"
#include "tests/support/vectors.h"

#include <QtCore/QJsonArray>
#include <QtCore/QJsonObject>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway;
using cap::MutableFormat;

namespace {

/// One file of a vector and what it must become.
struct Known
{
    explicit Known(const QJsonObject& vector)
        : format(vector["format"].toString() == "mdmf" ? MutableFormat::Mdmf : MutableFormat::Sdmf),
          pem(vector["private_key_pem"].toString().toStdString()),
          cap(vector["cap"].toString().toStdString()),
          needed(static_cast<std::uint32_t>(vector["required"].toInt())),
          total(static_cast<std::uint32_t>(vector["total"].toInt()))
    {
        const QJsonObject sample = vector["sample"].toObject();
        plain = test::expandSample(test::base64Of(sample["seed"]),
                                   static_cast<std::size_t>(sample["length"].toInteger()));
    }

    MutableFormat format;
    std::string pem;
    std::string cap;
    std::uint32_t needed;
    std::uint32_t total;
    Bytes plain;
};

ByteView part(ByteView share, ByteRange range)
{
    return share.subspan(static_cast<std::size_t>(range.begin),
                         static_cast<std::size_t>(range.size()));
}

/// Header, keys and signature of a share; blocks and trees are the checker's part.
/// \return what is wrong.
std::string wrongInShare(ByteView share, const Known& known, const crypto::RsaKey& key)
{
    const auto layout = share::parseMutableLayout(share);
    if (!layout) return layout.error().text();
    const share::MutableHeader& header = layout->header;
    const bool mdmf = known.format == MutableFormat::Mdmf;
    const std::uint64_t most = mdmf ? share::kMdmfSegmentSize : known.plain.size();
    const std::uint64_t segment = (most + known.needed - 1) / known.needed * known.needed;
    if (header.format != known.format || header.sequence != 1 || header.needed != known.needed ||
        header.total != known.total || header.dataLength != known.plain.size() ||
        header.segmentSize != segment)
        return "another header";
    if (layout->sections.end != share.size()) return "another size";
    if (!equal(part(share, layout->sections.publicKey), key.publicDer())) return "another key";
    const ByteView encrypted = part(share, layout->sections.encryptedPrivateKey);
    if (!equal(pipeline::cryptPrivateKey(encrypted, crypto::writeKeyOf(key.der())), key.der()))
        return "another private key";
    const auto publicKey = crypto::RsaPublicKey::fromDer(key.publicDer());
    const ByteView signature = part(share, layout->sections.signature);
    if (!publicKey || !publicKey->verify(share::signedPrefixOf(header), signature))
        return "a bad signature";
    return "";
}

/// Every attenuation opens as much as it should.
std::string wrongInAttenuations(test::MutableBench& bench, const cap::MutableWriteCap& cap,
                                ByteView plain)
{
    const cap::MutableReadCap read = cap::readCapOf(cap);
    const auto back = bench.wait(bench.files().read(read, plain.size()));
    if (!back) return back.error().text();
    if (!equal(back->data, plain)) return "other contents";
    const cap::MutableVerifyCap verify = cap::verifyCapOf(read);
    const bool small = plain.size() < 200'000;
    for (const MutableCap& each : {MutableCap(cap), MutableCap(read), MutableCap(verify)}) {
        const bool everyByte = small || std::holds_alternative<cap::MutableWriteCap>(each);
        const CheckResult health = bench.check(each, everyByte);
        if (!health.healthy) return "not healthy: " + health.summary;
    }
    return "";
}

/// \return what is wrong.
std::string make(const Known& known)
{
    const Result<crypto::RsaKey> key = crypto::RsaKey::fromPem(known.pem);
    Result<crypto::RsaKey> given = crypto::RsaKey::fromPem(known.pem);
    if (!key || !given) return "no key";
    test::MutableBench bench(10, test::encodingOf(known.needed, known.total));
    test::BytesSource source(known.plain);
    MutableCreation how;
    how.format = known.format;
    how.key = *std::move(given);
    const auto made = bench.wait(bench.files().create(source, std::move(how)));
    if (!made) return made.error().text();
    if (cap::printCap(*made) != known.cap) return "made with another capability";
    for (std::uint32_t number = 0; number < known.total; ++number) {
        const Bytes* share = bench.share(*made, number);
        if (share == nullptr) return "a share is missing";
        const std::string wrong = wrongInShare(*share, known, *key);
        if (!wrong.empty()) return "share " + std::to_string(number) + ": " + wrong;
    }
    return wrongInAttenuations(bench, *made, known.plain);
}

/// Objects that a grid of Tahoe-LAFS kept.
QJsonObject keptObject(const QString& label)
{
    for (const QJsonValue& value : test::ownVectors("containers/index.json")["files"].toArray())
        if (value.toObject()["label"].toString() == label) return value.toObject();
    return {};
}

cap::MutableWriteCap writeCapOf(const QJsonObject& object)
{
    const cap::Cap parsed = cap::parseCap(object["cap"].toString().toStdString());
    const auto* write = std::get_if<cap::MutableWriteCap>(&parsed);
    return write == nullptr ? cap::MutableWriteCap() : *write;
}

/// Lays the shares in the containers of an object onto servers of the bench.
bool layOut(test::MutableBench& bench, const QJsonObject& object)
{
    const cap::MutableWriteCap cap = writeCapOf(object);
    const QJsonArray shares = object["shares"].toArray();
    for (const QJsonValue& share : shares) {
        const Bytes file = test::ownVectorFile("containers/" + share.toObject()["file"].toString());
        const auto header = share::parseMutableHeader(file);
        if (!header) continue; // of ten, four are kept
        const ByteView body = ByteView(file).subspan(share::kMutableContainerHeaderSize,
                                                     static_cast<std::size_t>(header->dataLength));
        const auto number = static_cast<std::uint32_t>(share.toObject()["shnum"].toInt());
        if (!bench.put(cap, number, body)) return false;
    }
    return !shares.isEmpty();
}

/// The plaintext that index.json describes.
Bytes plainOf(const QJsonObject& object)
{
    const auto length = static_cast<std::size_t>(object["length"].toInteger());
    Bytes plain;
    for (std::uint64_t block = 0; plain.size() < length; ++block) {
        const std::string seed = object["seed"].toString().toStdString();
        Bytes input = toBytes(asBytes(seed));
        appendBig<std::uint64_t>(input, block);
        append(plain, crypto::sha256(input).view());
    }
    plain.resize(length);
    return plain;
}

} // namespace

class TestMutableVectors final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void sharedVectors_data()
    {
        QTest::addColumn<QJsonObject>("vector");
        const auto shared = test::sharedVectors("mutable.json");
        if (!shared) {
            QVERIFY2(!test::isRequired("shared"), "TARN_REQUIRE: shared vectors are not there");
            QTest::newRow("absent") << QJsonObject();
            return;
        }
        const QJsonArray vectors = (*shared)["vectors"].toArray();
        QCOMPARE(vectors.size(), 104);
        int row = 0;
        for (const QJsonValue& vector : vectors)
            QTest::addRow("%d", row++) << vector.toObject();
    }
    void sharedVectors()
    {
        QFETCH(QJsonObject, vector);
        if (vector.isEmpty()) QSKIP("no shared/vectors");
        const std::string wrong = make(Known(vector));
        QVERIFY2(wrong.empty(), wrong.c_str());
    }
    void ownSamples()
    {
        for (const char* kind : {"sdmf", "mdmf"}) {
            const QJsonObject sample = test::ownVectors("samples.json")[kind].toObject();
            const cap::MutableWriteCap expected = writeCapOf(sample);
            test::MutableBench bench(4);
            for (std::uint32_t number = 0; number < 3; ++number)
                QVERIFY(bench.put(expected, number,
                                  test::base64Of(sample["shares"].toArray()[int(number)])));
            const std::string wrong =
                wrongInAttenuations(bench, expected, test::base64Of(sample["plaintext"]));
            QVERIFY2(wrong.empty(), wrong.c_str());
        }
    }
    void filesOfARealGrid_data()
    {
        QTest::addColumn<QString>("label");
        for (const char* label : {"sdmf-0", "sdmf-10000", "sdmf-10000-then-12345", "mdmf-1"})
            QTest::newRow(label) << label;
    }
    void filesOfARealGrid()
    {
        QFETCH(QString, label);
        const QJsonObject object = keptObject(label);
        const cap::MutableWriteCap cap = writeCapOf(object);
        test::MutableBench bench(10);
        QVERIFY(layOut(bench, object));
        const auto back = bench.wait(bench.files().read(cap::readCapOf(cap), 1'000'000));
        QVERIFY2(back, back ? "" : back.error().text().c_str());
        QVERIFY(back->data == plainOf(object));
        QCOMPARE(back->sequence, std::uint64_t{label.contains("then") ? 2U : 1U});
        const cap::MutableVerifyCap verify = cap::verifyCapOf(cap::readCapOf(cap));
        QCOMPARE(bench.check(verify, true).corruptShares.size(), std::size_t{0});
        // Four of ten shares: repaired with the key that they carry, then written again.
        QVERIFY(bench.repair(cap).successful);
        QVERIFY(bench.check(verify, true).healthy);
        QVERIFY(bench.overwrite(cap, asBytes("written by another program")));
        QVERIFY(bench.readBack(cap)->data == toBytes(asBytes("written by another program")));
    }
    void directoriesOfARealGrid_data()
    {
        QTest::addColumn<QString>("label");
        for (const char* label : {"dir-dir2", "dir-dir2-mdmf"})
            QTest::newRow(label) << label;
    }
    void directoriesOfARealGrid()
    {
        QFETCH(QString, label);
        const QJsonObject object = keptObject(label);
        const cap::MutableWriteCap cap = writeCapOf(object);
        test::MutableBench bench(10);
        QVERIFY(layOut(bench, object));
        GridImmutableFiles immutables(*bench.grid);
        Directories directories({bench.clock, *bench.pool, bench.files(), immutables});
        const auto listed = bench.wait(directories.list(cap::printCap(cap::DirectoryCap{cap})));
        QVERIFY2(listed, listed ? "" : listed.error().text().c_str());
        QVERIFY((*listed)->writeable);
        const auto kept = [](const char* name) {
            return keptObject(name)["cap"].toString().toStdString();
        };
        const std::string read = cap::printCap(cap::readOnlyOf(cap::parseCap(kept("mdmf-300000"))));
        const std::string sub = "URI:DIR2-" + kept("dir-dir2-chk").substr(4);
        const std::map<std::string, std::string> expected{
            {"chk.bin", kept("chk-100000")},
            {"empty-lit-dir", "URI:DIR2-LIT:"},
            {"lit.txt", "URI:LIT:nbswy3dpebwgs5dfojqwy"},
            {"mdmf-ro", read},
            {"n\xc3\xa4me \xe2\x98\x83", "URI:LIT:nbswy3dpebwgs5dfojqwy"},
            {"sdmf", kept("sdmf-10000")},
            {"sub-imm", sub}};
        std::map<std::string, std::string> seen;
        for (const auto& [name, child] : (*listed)->children)
            seen[name] = cap::printCap(std::get<cap::Cap>(child.node));
        QVERIFY(seen == expected);
        QVERIFY((*listed)->children.at("lit.txt").metadata.find("\"x\": 1") != std::string::npos);
        // Who has the read capability sees the same, but for what he may write.
        const cap::Cap readOnly = cap::readOnlyOf(cap::Cap(cap::DirectoryCap{cap}));
        const auto weak = bench.wait(directories.list(cap::printCap(readOnly)));
        QVERIFY(weak && !(*weak)->writeable);
        for (const auto& [name, child] : (*weak)->children) {
            const cap::Cap strong = cap::parseCap(expected.at(name));
            QVERIFY(std::get<cap::Cap>(child.node) == cap::readOnlyOf(strong));
        }
    }
    void anotherEncodingCountsForNewFiles()
    {
        test::MutableBench bench(10, test::encodingOf(3, 10));
        const auto before = bench.create(asBytes("before"), MutableFormat::Sdmf);
        QVERIFY(before);
        bench.grid->setEncoding(test::encodingOf(2, 4));
        const auto after = bench.create(asBytes("after"), MutableFormat::Mdmf);
        QVERIFY(after);
        QCOMPARE(bench.check(*before, false).sharesExpected, 10U);
        QCOMPARE(bench.check(*after, false).sharesExpected, 4U);
        QCOMPARE(bench.check(*after, false).sharesNeeded, 2U);
        QVERIFY(bench.overwrite(*before, asBytes("again"))); // files keep theirs
        QCOMPARE(bench.check(*before, false).sharesExpected, 10U);
        QCOMPARE(bench.grid->settings().encoding.total, 4U);
    }
};

QTEST_GUILESS_MAIN(TestMutableVectors)
#include "test_mutable_vectors.moc"
