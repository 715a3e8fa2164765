#include "client-gateway/web/cap_info.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::gateway::web;

namespace {

const std::string kIndex = "hdis5iaveku6lnlaiccydyid7q";
const std::string kUebHash = "eaqseizeeutcokbjfivsyljof4ydcmrtgq2tmnzyhe5dwpb5hy7q";
const std::string kRead = "URI:CHK:aaaqeayeaudaocajbifqydiob4:" + kUebHash + ":3:10:1000";
const std::string kVerify = "URI:CHK-Verifier:" + kIndex + ":" + kUebHash + ":3:10:1000";

} // namespace

class TestCapInfo final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void describesFiles()
    {
        for (const std::string& prefix : {std::string(), std::string("ro."), std::string("imm.")}) {
            const Result<CapInfo> info = describeCap(prefix + kRead);
            QVERIFY(info);
            QCOMPARE(info->kind, CapInfo::Kind::File);
            QCOMPARE(info->text, kRead);
            QCOMPARE(info->readOnly, kRead);
            QCOMPARE(info->verify, kVerify);
            QCOMPARE(info->storageIndex, kIndex);
            QCOMPARE(*info->size, std::uint64_t{1000});
        }
    }
    void describesLiterals()
    {
        const Result<CapInfo> info = describeCap("URI:LIT:nbswy3dp");
        QVERIFY(info);
        QCOMPARE(info->kind, CapInfo::Kind::File);
        QCOMPARE(info->readOnly, std::string("URI:LIT:nbswy3dp"));
        QVERIFY(info->verify.empty());
        QVERIFY(info->storageIndex.empty());
        QCOMPARE(*info->size, std::uint64_t{5});
    }
    void describesVerifiers()
    {
        const Result<CapInfo> info = describeCap(kVerify);
        QVERIFY(info);
        QCOMPARE(info->kind, CapInfo::Kind::Verifier);
        QVERIFY(info->readOnly.empty());
        QCOMPARE(info->verify, kVerify);
        QCOMPARE(*info->size, std::uint64_t{1000});
    }
    void tellsTheKindsOfLater_data()
    {
        using Kind = CapInfo::Kind;
        QTest::addColumn<QByteArray>("cap");
        QTest::addColumn<int>("kind");
        const QByteArray key("aaaqeayeaudaocajbifqydiob4:");
        const QByteArray rest = key + QByteArray::fromStdString(kUebHash);
        for (const char* type :
             {"SSK", "SSK-RO", "SSK-Verifier", "MDMF", "MDMF-RO", "MDMF-Verifier"})
            QTest::newRow(type) << "URI:" + QByteArray(type) + ":" + rest << int(Kind::Mutable);
        for (const char* type : {"DIR2", "DIR2-RO", "DIR2-Verifier", "DIR2-MDMF", "DIR2-MDMF-RO"})
            QTest::newRow(type) << "URI:" + QByteArray(type) + ":" + rest << int(Kind::Directory);
        QTest::newRow("DIR2-LIT") << QByteArray("URI:DIR2-LIT:") << int(Kind::Directory);
        QTest::newRow("DIR2-CHK") << "URI:DIR2-CHK:" + rest + ":1:1:100" << int(Kind::Directory);
        QTest::newRow("new kind") << QByteArray("lafs://something") << int(Kind::Unknown);
    }
    void tellsTheKindsOfLater()
    {
        QFETCH(QByteArray, cap);
        QFETCH(int, kind);
        const Result<CapInfo> info = describeCap(cap.toStdString());
        QVERIFY2(info, info ? "" : info.error().message().c_str());
        QCOMPARE(int(info->kind), kind);
    }
    void unknownOnesKeepWhatIsHarmless()
    {
        QCOMPARE(describeCap("future")->readOnly, std::string());
        QCOMPARE(describeCap("ro.future")->readOnly, std::string("ro.future"));
        QCOMPARE(describeCap("imm.future")->readOnly, std::string("imm.future"));
    }
    void refuses_data()
    {
        QTest::addColumn<QByteArray>("cap");
        const QByteArray rest = "aaaqeayeaudaocajbifqydiob4:" + QByteArray::fromStdString(kUebHash);
        QTest::newRow("short key") << QByteArray("URI:CHK:aaa:bbb:3:10:1000");
        QTest::newRow("no fields") << QByteArray("URI:CHK:");
        QTest::newRow("bad base32") << QByteArray("URI:LIT:1");
        QTest::newRow("writable ro") << "ro.URI:SSK:" + rest;
        QTest::newRow("mutable imm") << "imm.URI:SSK-RO:" + rest;
    }
    void refuses()
    {
        QFETCH(QByteArray, cap);
        const Result<CapInfo> info = describeCap(cap.toStdString());
        QVERIFY(!info);
        QCOMPARE(info.error().code(), ErrorCode::InvalidInput);
        QVERIFY(!info.error().message().empty());
    }
};

QTEST_GUILESS_MAIN(TestCapInfo)
#include "test_cap_info.moc"
