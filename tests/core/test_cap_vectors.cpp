// Capabilities and shares as Tahoe-LAFS makes them: the project's own vectors, and Tahoe-LAFS's
// published ones where the folder beside the tree has them.
#include "core/cap/parse.h"
#include "core/crypto/rsa.h"
#include "core/crypto/sha256.h"
#include "core/pipeline/write/compute_cap.h"
#include "core/pipeline/write/convergence.h"
#include "core/share/immutable_layout.h"
#include "tests/support/immutable_reader.h"
#include "tests/support/immutable_shares.h"
#include "tests/support/to_qt.h"
#include "tests/support/vector_file.h"
#include "tests/support/vectors.h"

#include <QtCore/QJsonArray>
#include <QtCore/QJsonObject>
#include <QtTest/QTest>

#include <algorithm>

using namespace tarn;
using namespace tarn::pipeline;

namespace {

unsigned numberIn(const QJsonObject& object, const char* key)
{
    return static_cast<unsigned>(object[QLatin1String(key)].toInteger());
}

QString printed(const Result<cap::Cap>& cap)
{
    return QString::fromStdString(cap ? cap::printCap(*cap) : cap.error().text());
}

QString sha256Of(const Bytes& bytes)
{
    return QString(test::hexOf(crypto::sha256(bytes)));
}

/// Encodes one vector of chk.json in the layout that it names.
test::EncodedFile encodeVector(const QJsonObject& v)
{
    const Bytes text = test::vectorPattern(numberIn(v, "length"));
    const unsigned k = numberIn(v, "k");
    const unsigned n = numberIn(v, "n");
    EncodingPlan plan =
        *EncodingPlan::forNewFile(text.size(), k, n, numberIn(v, "max_segment_size"));
    if (numberIn(v, "layout") == 2) {
        const auto planned =
            share::layOutAs(share::ImmutableVersion::V2, plan.file, plan.uriExtensionSize);
        plan.layout = planned.layout;
        plan.shareSize = planned.allocatedSize;
    }
    ConvergentKeyMaker maker(test::bytesIn(v, "convergence"), k, n,
                             numberIn(v, "max_segment_size"));
    maker.update(text);
    const FileKey key = maker.finish();
    test::EncodedShares made = test::encodeShares(plan, key, text, segmentsPerBatch(plan));
    return {readCapOf(plan, key, made.uriExtensionHash), plan, std::move(made.shares)};
}

crypto::WriteKey writeKeyOf(const QJsonObject& vector)
{
    const std::string pem = vector["private_key_pem"].toString().toStdString();
    const auto key = crypto::RsaKey::fromPem(pem);
    return key ? crypto::writeKeyOf(key->der()) : crypto::WriteKey();
}

} // namespace

class TestCapVectors final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void immutableShares_data()
    {
        QTest::addColumn<QJsonObject>("vector");
        for (const QJsonValue value : test::readVectors("chk.json")) {
            const QJsonObject v = value.toObject();
            QTest::addRow("%u bytes %u of %u, segments %u, layout %u", numberIn(v, "length"),
                          numberIn(v, "k"), numberIn(v, "n"), numberIn(v, "max_segment_size"),
                          numberIn(v, "layout"))
                << v;
        }
    }
    void immutableShares()
    {
        QFETCH(QJsonObject, vector);
        const test::EncodedFile file = encodeVector(vector);
        const cap::Cap readCap = file.readCap;
        QCOMPARE(QString::fromStdString(cap::printCap(readCap)), vector["cap"].toString());
        QCOMPARE(QString::fromStdString(cap::printCap(*cap::verifyOf(readCap))),
                 vector["verify_cap"].toString());
        QCOMPARE(std::uint64_t{file.shares[0].size()},
                 std::uint64_t{numberIn(vector, "share_length")});
        QCOMPARE(sha256Of(file.shares.front()), vector["first_share_sha256"].toString());
        QCOMPARE(sha256Of(file.shares.back()), vector["last_share_sha256"].toString());
        Bytes all;
        for (const Bytes& share : file.shares)
            append(all, share);
        QCOMPARE(sha256Of(all), vector["shares_sha256"].toString());
        readsBackFromTheLastShares(file);
    }
    void immutableCaps_data()
    {
        QTest::addColumn<QJsonObject>("vector");
        for (const QJsonValue value : test::readVectors("caps.json")) {
            const QJsonObject v = value.toObject();
            QTest::addRow("%u bytes %u of %u, segments %u", numberIn(v, "length"), numberIn(v, "k"),
                          numberIn(v, "n"), numberIn(v, "max_segment_size"))
                << v;
        }
    }
    void immutableCaps()
    {
        QFETCH(QJsonObject, vector);
        const Bytes text = test::vectorPattern(numberIn(vector, "length"));
        const Bytes secret = test::bytesIn(vector, "convergence");
        MemorySource source(text);
        const CapParameters parameters{numberIn(vector, "k"), numberIn(vector, "n"),
                                       numberIn(vector, "max_segment_size"), secret};
        QCOMPARE(printed(computeReadCapBlocking(source, parameters)), vector["cap"].toString());
    }
    void mutableCaps()
    {
        const QJsonArray vectors = test::readVectors("rsa_caps.json");
        QVERIFY(!vectors.isEmpty());
        for (const QJsonValue value : vectors) {
            const QJsonObject v = value.toObject();
            for (const auto& [name, format] : {std::pair{"sdmf", cap::MutableFormat::Sdmf},
                                               {"mdmf", cap::MutableFormat::Mdmf}}) {
                const cap::MutableWriteCap write{
                    format, crypto::writeKeyOf(test::bytesIn(v, "private_key")),
                    crypto::fingerprintOf(test::bytesIn(v, "public_key"))};
                const QJsonObject expected = v[name].toObject();
                QCOMPARE(cap::printCap(write), test::textIn(expected, "write"));
                QCOMPARE(cap::printCap(cap::readOnlyOf(write)), test::textIn(expected, "read"));
                QCOMPARE(cap::printCap(*cap::verifyOf(write)), test::textIn(expected, "verify"));
            }
        }
    }
    void publishedImmutableCaps_data() { publishedRows("immutable.json"); }
    void publishedImmutableCaps()
    {
        QFETCH(QJsonObject, vector);
        if (vector.isEmpty()) QSKIP("no shared vectors beside the tree");
        const QJsonObject sample = vector["sample"].toObject();
        const Bytes text = test::expandSample(
            test::base64Of(sample["seed"]), static_cast<std::size_t>(sample["length"].toInteger()));
        const Bytes secret = test::base64Of(vector["convergence"]);
        MemorySource source(text);
        const CapParameters parameters{numberIn(vector, "required"), numberIn(vector, "total"),
                                       numberIn(vector, "max_segment_size"), secret};
        QCOMPARE(printed(computeReadCapBlocking(source, parameters)), vector["cap"].toString());
    }
    void publishedMutableCaps_data() { publishedRows("mutable.json"); }
    void publishedMutableCaps()
    {
        QFETCH(QJsonObject, vector);
        if (vector.isEmpty()) QSKIP("no shared vectors beside the tree");
        const auto key =
            crypto::RsaKey::fromPem(vector["private_key_pem"].toString().toStdString());
        QVERIFY(key);
        const bool sdmf = vector["format"].toString() == "sdmf";
        const cap::MutableWriteCap cap{sdmf ? cap::MutableFormat::Sdmf : cap::MutableFormat::Mdmf,
                                       writeKeyOf(vector), crypto::fingerprintOf(key->publicDer())};
        QCOMPARE(QString::fromStdString(cap::printCap(cap)), vector["cap"].toString());
    }

private:
    static void readsBackFromTheLastShares(const test::EncodedFile& file)
    {
        test::ShareMap last;
        for (std::size_t i = file.shares.size() - file.readCap.needed; i < file.shares.size(); ++i)
            last[ShareNumber{static_cast<std::uint32_t>(i)}] = file.shares[i];
        const std::uint64_t size = file.readCap.size;
        const auto text = test::readImmutable(file.readCap, last, {0, size});
        QVERIFY(text);
        QVERIFY(equal(*text, test::vectorPattern(size)));
    }

    /// One row each; without the folder a single empty one, or a failure where it is required.
    static void publishedRows(const char* name)
    {
        QTest::addColumn<QJsonObject>("vector");
        const std::optional<QJsonObject> file = test::sharedVectors(name);
        if (!file) {
            QVERIFY2(!test::isRequired("shared"), "TARN_REQUIRE: shared vectors are not there");
            QTest::newRow("absent") << QJsonObject();
            return;
        }
        int row = 0;
        for (const QJsonValue value : (*file)["vectors"].toArray())
            QTest::addRow("%s %d", name, row++) << value.toObject();
    }
};

QTEST_GUILESS_MAIN(TestCapVectors)
#include "test_cap_vectors.moc"
