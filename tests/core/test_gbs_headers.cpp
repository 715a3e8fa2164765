#include "core/codec/base64.h"
#include "core/wire/gbs_headers.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::wire;

namespace {

const std::string kRenew(32, 'r');
const std::string kCancel(32, 'c');

std::string header(const char* kind, std::string_view secret)
{
    return std::string(kind) + " " + codec::encodeBase64(asBytes(secret));
}

Result<RequestSecrets> parse(const std::vector<std::string>& values, Operation operation)
{
    const std::vector<std::string_view> views(values.begin(), values.end());
    return parseSecrets(views, requiredSecrets(operation));
}

std::string refusal(const std::vector<std::string>& values, Operation operation)
{
    const Result<RequestSecrets> out = parse(values, operation);
    if (out) return "accepted";
    return out.error().code() == ErrorCode::InvalidInput ? out.error().message() : "wrong code";
}

} // namespace

class TestGbsHeaders final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void authorizationIsBase64OfTheSwissnum()
    {
        const Secret value = authorizationFor(asBytes("k7n2wevfqrc6nzfqacfza67e7uyubc4o"));
        QCOMPARE(tarn::textOf(value.view()),
                 std::string("Tahoe-LAFS azduMndldmZxcmM2bnpmcWFjZnphNjdlN3V5dWJjNG8="));
    }
    void readsAllKinds()
    {
        const Result<RequestSecrets> allocate =
            parse({header("upload-secret", "u"), header("lease-cancel-secret", kCancel),
                   header("lease-renew-secret", kRenew)},
                  Operation::Allocate);
        QVERIFY(allocate);
        QCOMPARE(tarn::textOf(allocate->leases.renew.view()), kRenew);
        QCOMPARE(tarn::textOf(allocate->leases.cancel.view()), kCancel);
        QCOMPARE(tarn::textOf(allocate->upload.view()), std::string("u"));
        const Result<RequestSecrets> slot =
            parse({header("write-enabler", "w"), header("lease-cancel-secret", kCancel),
                   header("lease-renew-secret", kRenew)},
                  Operation::ReadTestWrite);
        QVERIFY(slot);
        QCOMPARE(tarn::textOf(slot->writeEnabler.view()), std::string("w"));
        QVERIFY(parse({}, Operation::Version));
    }
    void theLastOfAKindWins()
    {
        const Result<RequestSecrets> out =
            parse({header("upload-secret", "first"), header("upload-secret", "second")},
                  Operation::WriteShare);
        QVERIFY(out);
        QCOMPARE(tarn::textOf(out->upload.view()), std::string("second"));
    }
    void base64IsReadLeniently()
    {
        const Result<RequestSecrets> out =
            parse({"  upload-secret aGV*sbG8=  "}, Operation::WriteShare);
        QVERIFY(out);
        QCOMPARE(tarn::textOf(out->upload.view()), std::string("hello"));
    }
    void refusesEverythingElse()
    {
        const Operation patch = Operation::WriteShare;
        QVERIFY(refusal({}, patch).find("expected upload-secret; got none") != std::string::npos);
        const std::string extra = header("lease-renew-secret", kRenew);
        QVERIFY(refusal({extra}, Operation::Version).find("expected none") != std::string::npos);
        QVERIFY(refusal({header("upload-secret", "u"), extra}, patch).find("got lease-renew") !=
                std::string::npos);
        for (const char* value : {"foo aGVsbG8=", "upload-secret", "",
                                  "upload-secretaGVsbG8=", "Upload-Secret aGVsbG8="})
            QVERIFY(refusal({value}, patch).find("lease-renew-secret, lease-cancel-secret") !=
                    std::string::npos);
        for (const char* value : {"upload-secret ***", "upload-secret aGVsbG8", "upload-secret  "})
            QVERIFY2(refusal({value}, patch).starts_with("X-Tahoe-Authorization: "), value);
        QVERIFY(refusal({header("lease-renew-secret", kRenew.substr(1)),
                         header("lease-cancel-secret", kCancel)},
                        Operation::AddLease)
                    .find("must be 32 bytes") != std::string::npos);
    }
    void refusalsRepeatNoSecret()
    {
        const std::string secret(31, 'z');
        const std::string text =
            refusal({header("lease-renew-secret", secret)}, Operation::AddLease);
        QVERIFY(text.find(codec::encodeBase64(asBytes(secret))) == std::string::npos);
        QVERIFY(refusal({"odd " + secret}, Operation::AddLease).find(secret) == std::string::npos);
    }
    void printedSecretsAreReadBack()
    {
        const std::string value = secretHeader(SecretKind::WriteEnabler, asBytes(kRenew));
        QCOMPARE(value, header("write-enabler", kRenew));
    }
    void acceptedTypes_data()
    {
        QTest::addColumn<QString>("accept");
        QTest::addColumn<bool>("accepted");
        const auto row = [](const char* accept, bool accepted) {
            QTest::newRow(accept) << accept << accepted;
        };
        row("application/cbor", true);
        row(" application/cbor ", true);
        row("application/cbor;q=0.5", true);
        row("application/json;q=0.1, application/cbor;q=0.9", true);
        row("*, application/cbor;q=0.1", true);
        row("application/cbor, text/html", true);
        row("*/*", false);
        row("*", false);
        row("", false);
        row("application/json", false);
        row("Application/Cbor", false);
        row("text/html, application/cbor", false);
        row("application/cbor;q=0.1, application/json;q=0.9", false);
        row("application/cbor;version=1", false);
        row("application/cbor;q=2", false);
        row("application/cbor;q=x, application/json", false);
    }
    void acceptedTypes()
    {
        QFETCH(QString, accept);
        QFETCH(bool, accepted);
        const std::string text = accept.toStdString();
        QCOMPARE(acceptsCbor(text), accepted);
    }
    void absentHeadersMeanCbor()
    {
        QVERIFY(acceptsCbor(std::nullopt));
        QVERIFY(isCborContent(std::nullopt));
        QVERIFY(isCborContent(""));
        QVERIFY(isCborContent("application/cbor"));
        QVERIFY(isCborContent("application/cbor; charset=x"));
        QVERIFY(!isCborContent("application/json"));
        QVERIFY(!isCborContent("application/cborx"));
    }
};

QTEST_GUILESS_MAIN(TestGbsHeaders)
#include "test_gbs_headers.moc"
