// Printing, weakening and asking; parsing has its own test.
#include "core/cap/cap.h"
#include "core/cap/parse.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::cap;

namespace {

QString textOrNone(const std::optional<Cap>& cap)
{
    return cap ? QString::fromStdString(printCap(*cap)) : QString("none");
}

const char* const kFp = "eaqseizeeutcokbjfivsyljof4ydcmrtgq2tmnzyhe5dwpb5hy7q";
const char* const kKey = "aaaqeayeaudaocajbifqydiob4";
const char* const kReadKey = "zlnpn42lu7xedonux53kr42hsm";
const char* const kMutableIndex = "axmc3zjy3mkanylpyx7u2zuqum";
const char* const kImmutableIndex = "hdis5iaveku6lnlaiccydyid7q";

std::string join(const char* type, const char* first, const char* tail = "")
{
    return std::string("URI:") + type + ":" + first + ":" + kFp + tail;
}

} // namespace

class TestCap final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    /// The table of attenuation: every kind, with what follows from it.
    void weakens_data()
    {
        QTest::addColumn<std::string>("text");
        QTest::addColumn<std::string>("readOnly");
        QTest::addColumn<std::string>("verify");
        QTest::addColumn<std::string>("repair");
        const std::string none = "none";
        const auto family = [&](const char* write, const char* read, const char* verify) {
            const std::string w = join(write, kKey);
            const std::string r = join(read, kReadKey);
            const std::string v = join(verify, kMutableIndex);
            QTest::newRow(write) << w << r << v << w;
            QTest::newRow(read) << r << r << v << none;
            QTest::newRow(verify) << v << v << v << none;
        };
        family("SSK", "SSK-RO", "SSK-Verifier");
        family("MDMF", "MDMF-RO", "MDMF-Verifier");
        family("DIR2", "DIR2-RO", "DIR2-Verifier");
        family("DIR2-MDMF", "DIR2-MDMF-RO", "DIR2-MDMF-Verifier");

        const std::string chk = join("CHK", kKey, ":3:10:1000");
        const std::string chkVerify = join("CHK-Verifier", kImmutableIndex, ":3:10:1000");
        QTest::newRow("CHK") << chk << chk << chkVerify << chkVerify;
        QTest::newRow("CHK-Verifier") << chkVerify << chkVerify << chkVerify << chkVerify;
        const std::string dir = join("DIR2-CHK", kKey, ":3:10:1000");
        const std::string dirVerify = join("DIR2-CHK-Verifier", kImmutableIndex, ":3:10:1000");
        QTest::newRow("DIR2-CHK") << dir << dir << dirVerify << none;
        QTest::newRow("DIR2-CHK-Verifier") << dirVerify << dirVerify << dirVerify << none;

        for (const std::string lit : {"URI:LIT:nbswy3dp", "URI:DIR2-LIT:nbswy3dp", "URI:LIT:"})
            QTest::newRow(lit.c_str()) << lit << lit << none << none;
        QTest::newRow("unknown") << std::string("lafs://later") << std::string("lafs://later")
                                 << none << none;
    }
    void weakens()
    {
        QFETCH(std::string, text);
        QFETCH(std::string, readOnly);
        QFETCH(std::string, verify);
        QFETCH(std::string, repair);
        const Cap cap = parseCap(text);
        QCOMPARE(printCap(cap), text);
        QCOMPARE(printCap(readOnlyOf(cap)), readOnly);
        QCOMPARE(textOrNone(verifyOf(cap)), QString::fromStdString(verify));
        QCOMPARE(textOrNone(repairOf(cap)), QString::fromStdString(repair));
        QCOMPARE(isReadOnly(cap), readOnly == text);
        QCOMPARE(isDirectory(cap), text.starts_with("URI:DIR2"));
        QCOMPARE(isVerifier(cap), text.find("-Verifier:") != std::string::npos);
        QCOMPARE(isUnknown(cap), !text.starts_with("URI:"));
        QCOMPARE(isLiteral(cap), text.find("LIT:") != std::string::npos);
    }
    void onlyMutableReadAndWriteCapsAreMutable()
    {
        for (const char* type :
             {"SSK", "SSK-RO", "MDMF", "MDMF-RO", "DIR2", "DIR2-RO", "DIR2-MDMF", "DIR2-MDMF-RO"})
            QVERIFY2(isMutable(parseCap(join(type, kKey))), type);
        for (const char* type : {"SSK-Verifier", "MDMF-Verifier", "DIR2-Verifier"})
            QVERIFY2(!isMutable(parseCap(join(type, kKey))), type);
        QVERIFY(!isMutable(parseCap(join("CHK", kKey, ":1:1:1"))));
        QVERIFY(!isMutable(parseCap("URI:LIT:")));
    }
    void storageIndexesAndSizes()
    {
        const Cap chk = parseCap(join("CHK", kKey, ":3:10:1000"));
        const Cap directory = parseCap(join("DIR2", kKey));
        const Cap literal = parseCap("URI:DIR2-LIT:nbswy3dp");
        QCOMPARE(sizeOf(chk), std::optional<std::uint64_t>(1000));
        QCOMPARE(sizeOf(literal), std::optional<std::uint64_t>(5));
        QVERIFY(!sizeOf(directory));
        QVERIFY(storageIndexOf(chk));
        QVERIFY(storageIndexOf(directory) == storageIndexOf(*verifyOf(directory)));
        QVERIFY(!storageIndexOf(literal));
        QCOMPARE(shortId(chk), std::string("hdis5"));
        QCOMPARE(shortId(directory), std::string("axmc3"));
        QCOMPARE(shortId(literal), std::string("<LIT>"));
        QCOMPARE(shortId(parseCap("something")), std::string("<unknown>"));
    }
};

QTEST_GUILESS_MAIN(TestCap)
#include "test_cap.moc"
