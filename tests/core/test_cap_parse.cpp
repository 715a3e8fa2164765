#include "core/cap/parse.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::cap;

namespace {

const std::string kKey = "aaaqeayeaudaocajbifqydiob4";
const std::string kFp = "eaqseizeeutcokbjfivsyljof4ydcmrtgq2tmnzyhe5dwpb5hy7q";
const std::string kPair = kKey + ":" + kFp;

const CapProblem* problemOf(const Cap& cap)
{
    const auto* unknown = std::get_if<UnknownCap>(&cap);
    return unknown != nullptr && unknown->problem ? &*unknown->problem : nullptr;
}

} // namespace

class TestCapParse final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsTheFields()
    {
        const Cap cap = parseCap("URI:CHK:" + kPair + ":3:10:1000");
        const auto* chk = std::get_if<ImmutableReadCap>(&cap);
        QVERIFY(chk != nullptr);
        QCOMPARE(toHex(chk->key.view()), std::string("000102030405060708090a0b0c0d0e0f"));
        QCOMPARE(toHex(chk->uriExtensionHash).substr(0, 8), std::string("20212223"));
        QCOMPARE(chk->needed, 3ULL);
        QCOMPARE(chk->total, 10ULL);
        QCOMPARE(chk->size, 1000ULL);
        const Cap lit = parseCap("URI:LIT:nbswy3dp");
        QCOMPARE(textOf(std::get<LiteralCap>(lit).data), std::string("hello"));
    }
    void acceptsWhatTheReferenceAccepts_data()
    {
        QTest::addColumn<std::string>("text");
        QTest::addColumn<std::string>("canonical");
        const auto row = [](const char* name, const std::string& text, const std::string& out) {
            QTest::newRow(name) << text << out;
        };
        row("leading zeros", "URI:CHK:" + kPair + ":03:010:0001000",
            "URI:CHK:" + kPair + ":3:10:1000");
        row("absurd numbers", "URI:CHK:" + kPair + ":0:999:18446744073709551615",
            "URI:CHK:" + kPair + ":0:999:18446744073709551615");
        row("MDMF hints", "URI:MDMF:" + kPair + ":3:131073", "URI:MDMF:" + kPair);
        row("MDMF colon", "URI:MDMF-RO:" + kPair + ":", "URI:MDMF-RO:" + kPair);
        row("MDMF directory hints", "URI:DIR2-MDMF-Verifier:" + kPair + ":x y",
            "URI:DIR2-MDMF-Verifier:" + kPair);
        row("tail of a verifier", "URI:CHK-Verifier:" + kPair + ":3:10:99 and more",
            "URI:CHK-Verifier:" + kPair + ":3:10:99");
        row("newline after SSK", "URI:SSK:" + kPair + "\n", "URI:SSK:" + kPair);
        row("newline after CHK", "URI:CHK:" + kPair + ":1:2:3\n", "URI:CHK:" + kPair + ":1:2:3");
        row("imm. before LIT", "imm.URI:LIT:nbswy3dp", "URI:LIT:nbswy3dp");
        row("ro. before a verifier", "ro.URI:SSK-Verifier:" + kPair, "URI:SSK-Verifier:" + kPair);
        row("ro. before a read cap", "ro.URI:DIR2-RO:" + kPair, "URI:DIR2-RO:" + kPair);
    }
    void acceptsWhatTheReferenceAccepts()
    {
        QFETCH(std::string, text);
        QFETCH(std::string, canonical);
        const Cap cap = parseCap(text);
        QVERIFY(!isUnknown(cap));
        QCOMPARE(printCap(cap), canonical);
        QVERIFY(parseCap(canonical) == cap);
    }
    void saysWhichFieldIsWrong_data()
    {
        QTest::addColumn<std::string>("text");
        QTest::addColumn<QString>("message");
        const auto row = [](const std::string& text, const char* message) {
            QTest::newRow(text.c_str()) << text << QString(message);
        };
        row("URI:CHK:", "bad URI:CHK capability: the key must be 26 base32 characters, not 0");
        row("URI:CHK:" + kKey,
            "bad URI:CHK capability: the URI extension hash must be 52 base32 characters, not 0");
        row("URI:CHK:" + kKey.substr(1) + ":" + kFp + ":3:10:1",
            "bad URI:CHK capability: the key must be 26 base32 characters, not 25");
        row("URI:CHK:AAAQEAYEAUDAOCAJBIFQYDIOB4:" + kFp + ":3:10:1",
            "bad URI:CHK capability: the key is not base32 (a-z, 2-7; the last character is "
            "special)");
        row("URI:CHK:" + kKey.substr(0, 25) + "b:" + kFp + ":3:10:1",
            "bad URI:CHK capability: the key is not base32 (a-z, 2-7; the last character is "
            "special)");
        row("URI:CHK:" + kPair + ":3:10",
            "bad URI:CHK capability: the size must be a decimal number");
        row("URI:CHK:" + kPair + ":x:10:5",
            "bad URI:CHK capability: the number of needed shares must be a decimal number");
        row("URI:CHK:" + kPair + ":3:-1:5",
            "bad URI:CHK capability: the number of total shares must be a decimal number");
        row("URI:CHK:" + kPair + ":3:10:18446744073709551616",
            "bad URI:CHK capability: the size is larger than 2^64-1");
        row("URI:CHK:" + kPair + ":3:10:5:", "bad URI:CHK capability: the size is followed by "
                                             "more text");
        row("URI:SSK:" + kPair + ":3",
            "bad URI:SSK capability: the fingerprint is followed by more text");
        row("URI:SSK-RO:" + kKey + ":" + kFp + "q",
            "bad URI:SSK-RO capability: the fingerprint must be 52 base32 characters, not 53");
        row("URI:DIR2-Verifier:short:" + kFp,
            "bad URI:DIR2-Verifier capability: the storage index must be 26 base32 characters, "
            "not 5");
        row("URI:LIT:a", "bad URI:LIT capability: the data is not base32");
        row("URI:DIR2-LIT:nbswy3d!", "bad URI:DIR2-LIT capability: the data is not base32");
    }
    void saysWhichFieldIsWrong()
    {
        QFETCH(std::string, text);
        QFETCH(QString, message);
        const Cap cap = parseCap(text);
        const CapProblem* problem = problemOf(cap);
        QVERIFY(problem != nullptr);
        QCOMPARE(QString::fromStdString(problem->message), message);
        QVERIFY(problem->kind == CapProblem::Kind::Bad);
        QCOMPARE(printCap(cap), text);
        QCOMPARE(parseKnownCap(text).error().code(), ErrorCode::InvalidInput);
    }
    void prefixesAndContextsConstrain_data()
    {
        QTest::addColumn<std::string>("text");
        QTest::addColumn<bool>("deep");
        QTest::addColumn<int>("kind"); // -1: allowed
        using Kind = CapProblem::Kind;
        const auto row = [](const std::string& text, bool deep, int kind) {
            QTest::addRow("%s %d", text.c_str(), int(deep)) << text << deep << kind;
        };
        const int fine = -1;
        const int readOnly = static_cast<int>(Kind::MustBeReadOnly);
        const int immutable = static_cast<int>(Kind::MustBeDeepImmutable);
        for (const char* type : {"SSK:", "MDMF:", "DIR2:", "DIR2-MDMF:"}) {
            const std::string text = "URI:" + (type + kPair);
            row(text, false, fine);
            row(text, true, immutable);
            row("ro." + text, false, readOnly);
            row("ro." + text, true, immutable);
            row("imm." + text, false, immutable);
        }
        for (const char* type : {"SSK-RO:", "MDMF-RO:", "DIR2-RO:", "DIR2-MDMF-RO:"}) {
            const std::string text = "URI:" + (type + kPair);
            row(text, true, immutable);
            row("ro." + text, false, fine);
            row("imm." + text, false, immutable);
        }
        row("URI:DIR2-CHK:" + kPair + ":1:2:3", true, fine);
        row("x-tahoe-future-test-writeable:1", false, fine);
        row("ro.x-tahoe-future-test-writeable:1", false, readOnly);
        row("x-tahoe-future-test-writeable:1", true, immutable);
        row("ro.x-tahoe-future-test-mutable:1", false, fine);
        row("imm.x-tahoe-future-test-mutable:1", false, immutable);
    }
    void prefixesAndContextsConstrain()
    {
        QFETCH(std::string, text);
        QFETCH(bool, deep);
        QFETCH(int, kind);
        const Cap cap = parseCap(text, deep ? ParseContext::DeepImmutable : ParseContext::Anywhere);
        const CapProblem* problem = problemOf(cap);
        QCOMPARE(problem == nullptr ? -1 : static_cast<int>(problem->kind), kind);
        if (problem != nullptr) QCOMPARE(std::get<UnknownCap>(cap).text, text);
    }
    void carriesWhatItDoesNotKnow()
    {
        for (const std::string text : {"", "URI:", "URI:chk:", "uri:CHK:x", "lafs://future",
                                       "ro.imm.URI:LIT:", " URI:LIT:"}) {
            const Cap cap = parseCap(text);
            QVERIFY2(isUnknown(cap) && problemOf(cap) == nullptr, text.c_str());
            QCOMPARE(printCap(cap), text);
            QCOMPARE(parseKnownCap(text).error().code(), ErrorCode::Unsupported);
        }
    }
    void recognisesCapLikeStrings()
    {
        QVERIFY(looksLikeCap("URI:whatever"));
        QVERIFY(looksLikeCap("ro.URI:x"));
        QVERIFY(looksLikeCap("imm.URI:x"));
        QVERIFY(!looksLikeCap("alias:path"));
        QVERIFY(!looksLikeCap(""));
    }
};

QTEST_GUILESS_MAIN(TestCapParse)
#include "test_cap_parse.moc"
