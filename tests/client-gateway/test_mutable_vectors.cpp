// Files made with the keys of known vectors get the capabilities that Tahoe-LAFS gave them, and
// their contents come back.
#include "core/cap/parse.h"
#include "tests/client-gateway/mutable_bench.h"
#include "tests/support/vectors.h"

#include <QJsonArray>
#include <QtTest/QtTest>

using namespace tarn;
using namespace tarn::gateway;
using cap::MutableFormat;

namespace {

/// Stored bytes up to which a vector's file is made; of larger ones the capability is.
constexpr std::uint64_t kMostStored = 2'000'000;

cap::MutableWriteCap capOf(MutableFormat format, const crypto::RsaKey& key)
{
    cap::MutableWriteCap cap;
    cap.format = format;
    cap.writeKey = crypto::writeKeyOf(key.der());
    cap.fingerprint = crypto::fingerprintOf(key.publicDer());
    return cap;
}

/// \return what is wrong.
std::string make(const QJsonObject& vector)
{
    const auto number = [&vector](const char* name) {
        return static_cast<std::uint32_t>(vector[name].toInt());
    };
    const auto format =
        vector["format"].toString() == "mdmf" ? MutableFormat::Mdmf : MutableFormat::Sdmf;
    Result<crypto::RsaKey> key =
        crypto::RsaKey::fromPem(vector["private_key_pem"].toString().toStdString());
    if (!key) return key.error().text();
    const std::string expected = vector["cap"].toString().toStdString();
    if (cap::printCap(capOf(format, *key)) != expected) return "another capability";
    const QJsonObject sample = vector["sample"].toObject();
    const auto length = static_cast<std::uint64_t>(sample["length"].toInteger());
    const std::uint32_t needed = number("required");
    const std::uint32_t total = number("total");
    if (length * total / needed > kMostStored) return {};
    const Bytes plain =
        test::expandSample(test::base64Of(sample["seed"]), static_cast<std::size_t>(length));
    test::MutableBench bench(10, test::encodingOf(needed, total));
    test::BytesSource source(plain);
    MutableCreation how;
    how.format = format;
    how.key = *std::move(key);
    const auto made = bench.wait(bench.files().create(source, std::move(how)));
    if (!made) return made.error().text();
    if (cap::printCap(*made) != expected) return "made with another capability";
    const auto back = bench.readBack(*made);
    if (!back) return back.error().text();
    return back->data == plain ? "" : "other contents";
}

} // namespace

class TestMutableVectors final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void sharedVectors()
    {
        const auto shared = test::sharedVectors("mutable.json");
        if (!shared && !test::isRequired("shared")) QSKIP("no shared/vectors");
        QVERIFY(shared);
        const QJsonArray vectors = (*shared)["vectors"].toArray();
        QCOMPARE(vectors.size(), 104);
        for (const QJsonValue& vector : vectors) {
            const std::string wrong = make(vector.toObject());
            QVERIFY2(wrong.empty(), wrong.c_str());
        }
    }
    void ownSamples()
    {
        for (const char* kind : {"sdmf", "mdmf"}) {
            const QJsonObject sample = test::ownVectors("samples.json")[kind].toObject();
            const cap::Cap parsed = cap::parseCap(sample["cap"].toString().toStdString());
            const auto* expected = std::get_if<cap::MutableWriteCap>(&parsed);
            QVERIFY(expected != nullptr);
            test::MutableBench bench(4);
            for (std::uint32_t number = 0; number < 3; ++number)
                QVERIFY(bench.put(*expected, number,
                                  test::base64Of(sample["shares"].toArray()[int(number)])));
            // Every attenuation opens as much as it should.
            const cap::MutableReadCap read = cap::readCapOf(*expected);
            const auto back = bench.wait(bench.files().read(read, 1'000'000));
            QVERIFY2(back, back ? "" : back.error().text().c_str());
            QVERIFY(back->data == test::base64Of(sample["plaintext"]));
            QVERIFY(bench.check(cap::verifyCapOf(read), true).healthy);
            QVERIFY(bench.check(read, true).healthy);
            QVERIFY(bench.check(*expected, true).healthy);
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
