// Configurations and certificates that the real grid-manager made, and what its client makes of
// them.
#include "core/codec/base32.h"
#include "core/grid_manager/configuration.h"
#include "core/grid_manager/iso_time.h"
#include "core/grid_manager/key_text.h"
#include "core/grid_manager/upload_permit.h"
#include "tests/support/seeded_random.h"

#include <QtCore/QFile>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::grid_manager;

namespace {

const std::string kAlpha = "omap3uqqb6la6r3onbraxnpekkse6mx6hpgrutsgucdtmgwma2tq";

std::string textAt(const QJsonObject& object, const char* key)
{
    return object.value(QLatin1String(key)).toString().toStdString();
}

std::string jsonOf(const Configuration& configuration)
{
    return textOf(configurationJson(configuration).view());
}

WallTime timeOf(const std::string& text)
{
    const Result<WallTime> time = parseIsoTime(text);
    if (!time) qFatal("no time: %s", text.c_str());
    return *time;
}

std::string certificateText(const std::string& expires, const std::string& more = {})
{
    return "{\"expires\":\"" + expires + "\",\"public_key\":\"pub-v0-" + kAlpha +
           "\",\"version\":1" + more + "}";
}

} // namespace

class TestGridManager final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        QFile file(TARN_SOURCE_DIR "/tests/vectors/grid_manager.json");
        QVERIFY(file.open(QIODevice::ReadOnly));
        m_vectors = QJsonDocument::fromJson(file.readAll()).object();
        QVERIFY(!m_vectors.isEmpty());
    }
    void readsAndWritesConfigurations()
    {
        for (const char* name : {"empty", "config", "other_config"}) {
            const std::string text = textAt(m_vectors, name);
            const Result<Configuration> configuration = parseConfiguration(text);
            QVERIFY2(configuration, name);
            QCOMPARE(jsonOf(*configuration), text);
        }
        const Result<Configuration> manager = parseConfiguration(textAt(m_vectors, "config"));
        QCOMPARE(publicKeyText(manager->key().publicKey()), textAt(m_vectors, "public_identity"));
        QCOMPARE(manager->servers.size(), std::size_t(2));
        QVERIFY(manager->find("alpha") == &manager->servers.front());
        QVERIFY(manager->find("b\xc3\xa9ta \"2\"") != nullptr && manager->find("beta") == nullptr);
    }
    void newOnesHaveKeysOfTheirOwn()
    {
        test::SeededRandom random(1);
        const Configuration first = makeConfiguration(random);
        const Configuration second = makeConfiguration(random);
        QVERIFY(first.servers.empty() && !(first.privateKey == second.privateKey));
        const Result<Configuration> again = parseConfiguration(jsonOf(first));
        QVERIFY(again && again->privateKey == first.privateKey);
    }
    void refusesOtherConfigurations_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("message");
        const QString good = "{\"grid_manager_config_version\":0,\"private_key\":"
                             "\"priv-v0-b2ac5wwhx74vgwiwtsnwrm3xvpm36bsodcceylq7kfznevxvieyq\"";
        QTest::newRow("nothing") << ""
                                 << "JSON";
        QTest::newRow("list") << "[]"
                              << "JSON";
        QTest::newRow("no version") << "{}"
                                    << "Missing or unknown version 'None' of Grid Manager config";
        QTest::newRow("version") << "{\"grid_manager_config_version\":1}"
                                 << "Missing or unknown version '1' of Grid Manager config";
        QTest::newRow("no key") << "{\"grid_manager_config_version\":0}"
                                << "'private_key' required in config";
        QTest::newRow("key") << "{\"grid_manager_config_version\":0,\"private_key\":\"x\"}"
                             << "Invalid Grid Manager private_key";
        QTest::newRow("short key")
            << "{\"grid_manager_config_version\":0,\"private_key\":\"priv-v0-aaaa\"}"
            << "Invalid Grid Manager private_key";
        QTest::newRow("servers") << good + ",\"storage_servers\":[]}"
                                 << "'storage_servers' must be an object";
        QTest::newRow("no server") << good + ",\"storage_servers\":{\"a\":1}}"
                                   << "No 'public_key' for storage server 'a'";
        QTest::newRow("no public key") << good + ",\"storage_servers\":{\"a\":{}}}"
                                       << "No 'public_key' for storage server 'a'";
        QTest::newRow("public key")
            << good + ",\"storage_servers\":{\"a\":{\"public_key\":\"v0-aa\"}}}"
            << "storage server 'a': expected pub-v0- and 52 base32 characters";
        QTest::newRow("path") << good + ",\"storage_servers\":{\"../a\":{}}}"
                              << "without '/'";
        QTest::newRow("large") << QString(2'000'000, ' ') << "larger than 1 MiB";
    }
    void refusesOtherConfigurations()
    {
        QFETCH(QString, text);
        QFETCH(QString, message);
        const Result<Configuration> configuration = parseConfiguration(text.toStdString());
        QVERIFY(!configuration);
        QCOMPARE(configuration.error().code(), ErrorCode::InvalidInput);
        const QString out = QString::fromStdString(configuration.error().message());
        QVERIFY2(out.contains(message), qPrintable(out));
        QVERIFY(!out.contains("b2ac5wwh"));
    }
    void issuesTheSameCertificates()
    {
        const Result<Configuration> manager = parseConfiguration(textAt(m_vectors, "config"));
        const QJsonObject made = m_vectors.value("certificates").toObject();
        for (const char* name : {"early", "noon", "late", "beta"}) {
            const std::string file = textAt(made, name);
            const Result<SignedCertificate> certificate = parseCertificate(file);
            QVERIFY2(certificate, name);
            QCOMPARE(certificateJson(*certificate), file);
            QVERIFY(isSignedBy(manager->key().publicKey(), *certificate));
            const Result<CertificateContent> content = readContent(certificate->certificate);
            QVERIFY(content && content->version == 1);
            const Result<crypto::Ed25519PublicKey> server = parsePublicKey(content->publicKey);
            QVERIFY(server);
            QVERIFY(issueCertificate(manager->key(), *server, content->expires) == *certificate);
        }
        for (const char* name : {"other", "forged"}) {
            const Result<SignedCertificate> certificate = parseCertificate(textAt(made, name));
            QVERIFY(certificate && !isSignedBy(manager->key().publicKey(), *certificate));
        }
    }
    void refusesOtherCertificates()
    {
        for (const char* text : {"", "[]", "1", "{}", "{\"certificate\":\"\"}",
                                 "{\"certificate\":\"\",\"signature\":1}",
                                 "{\"certificate\":\"\",\"signature\":\"\",\"more\":1}",
                                 "{\"certificate\":\"\xff\"}"}) {
            const Result<SignedCertificate> certificate = parseCertificate(text);
            QVERIFY2(!certificate, text);
            QCOMPARE(certificate.error().code(), ErrorCode::InvalidInput);
        }
        QVERIFY(parseCertificate("{\"signature\":\"\",\"certificate\":\"\"}"));
        QVERIFY(!parseCertificate("{\"signature\":\"\",\"certificate\":\"" +
                                  std::string(kMaxCertificateBytes, 'a') + "\"}"));
    }
    void refusesOtherContents()
    {
        const std::string when = "2026-12-01T18:31:16+00:00";
        QVERIFY(readContent(certificateText(when)));
        QVERIFY(readContent(certificateText(when, ",\"more\":[]")));
        for (const std::string& text :
             {std::string(), std::string("[]"), std::string("{}"),
              certificateText("2026-12-01T18:31:16"), certificateText("tomorrow"),
              certificateText(when, ",\"version\":\"1\""), certificateText(when, ",\"expires\":1"),
              certificateText(when, ",\"public_key\":null")})
            QVERIFY2(!readContent(text), text.c_str());
    }
    void signaturesThatAreNoneDoNotCount()
    {
        const Result<Configuration> manager = parseConfiguration(textAt(m_vectors, "config"));
        SignedCertificate one =
            issueCertificate(manager->key(), manager->servers[0].key, WallTime());
        const crypto::Ed25519PublicKey key = manager->key().publicKey();
        QVERIFY(isSignedBy(key, one));
        const std::string good = one.signature;
        for (const std::string& bad :
             {std::string(), std::string("!"), good + "a", good.substr(1), "a" + good.substr(1)}) {
            one.signature = bad;
            QVERIFY(!isSignedBy(key, one));
        }
    }
    void permitsWhatTahoePermits()
    {
        const QJsonObject made = m_vectors.value("certificates").toObject();
        const QJsonArray questions = m_vectors.value("vectors").toArray();
        QVERIFY(questions.size() > 100);
        for (const QJsonValue& value : questions) {
            const QJsonObject question = value.toObject();
            std::vector<crypto::Ed25519PublicKey> keys;
            for (const QJsonValue& key : question.value("keys").toArray())
                keys.push_back(*parsePublicKey(key.toString().toStdString()));
            std::vector<SignedCertificate> certificates;
            for (const QJsonValue& name : question.value("certificates").toArray())
                certificates.push_back(
                    *parseCertificate(made.value(name.toString()).toString().toStdString()));
            const UploadPermit permit =
                UploadPermit::judge(keys, certificates, textAt(question, "server"));
            const WallTime now = timeOf(textAt(question, "now"));
            QCOMPARE(permit.holds(now), question.value("permitted").toBool());
            QCOMPARE(permit.refusal(now).empty(), permit.holds(now));
        }
    }
    void saysWhyNot()
    {
        test::SeededRandom random(1);
        const crypto::Ed25519Key manager = makeConfiguration(random).key();
        const std::vector<crypto::Ed25519PublicKey> keys{manager.publicKey()};
        const Result<crypto::Ed25519PublicKey> server = parsePublicKey("pub-v0-" + kAlpha);
        const WallTime until = timeOf("2026-12-01T18:31:16.5+00:00");
        const std::string id = "v0-" + kAlpha;
        const std::vector<SignedCertificate> good{issueCertificate(manager, *server, until)};
        const UploadPermit permit = UploadPermit::judge(keys, good, id);
        QVERIFY(permit.holds(until - std::chrono::microseconds(1)) && !permit.holds(until));
        QCOMPARE(permit.refusal(until), std::string("the grid manager certificate expired "
                                                    "2026-12-01 18:31:16.500000+00:00"));
        QCOMPARE(UploadPermit::judge(keys, {}, id).refusal(until),
                 std::string("no grid manager certificate"));
        QCOMPARE(UploadPermit::judge(keys, good, "v0-other").refusal(WallTime()),
                 std::string("the grid manager certificate is about another server"));
        const std::vector<crypto::Ed25519PublicKey> others{*server};
        QCOMPARE(UploadPermit::judge(others, good, id).refusal(WallTime()),
                 std::string("no certificate is signed by a configured grid manager"));
        SignedCertificate odd;
        odd.certificate = "{}";
        odd.signature = codec::encodeBase32(manager.sign(asBytes(odd.certificate)).view());
        const std::vector<SignedCertificate> odds{odd};
        QVERIFY(UploadPermit::judge(keys, odds, id).refusal(WallTime()).find("lacks") !=
                std::string::npos);
        QVERIFY(UploadPermit().holds(until) && UploadPermit().refusal(until).empty());
    }
    void timesAreThoseOfPython_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("utc");
        QTest::newRow("usual") << "2026-12-01T18:31:16.592042+00:00"
                               << "2026-12-01T18:31:16.592042+00:00";
        QTest::newRow("whole") << "2026-12-01 18:31:16+00:00"
                               << "2026-12-01T18:31:16+00:00";
        QTest::newRow("zulu") << "2026-12-01T18:31Z"
                              << "2026-12-01T18:31:00+00:00";
        QTest::newRow("east") << "2027-01-01T01:00:00.5+05:30"
                              << "2026-12-31T19:30:00.500000+00:00";
        QTest::newRow("west") << "2028-02-29T20:00:00-04:00:30"
                              << "2028-03-01T00:00:30+00:00";
        QTest::newRow("nanoseconds") << "2026-12-01T18:31:16.123456789+00:00"
                                     << "2026-12-01T18:31:16.123456+00:00";
        QTest::newRow("before 1970") << "1969-12-31T23:59:59.9+00:00"
                                     << "1969-12-31T23:59:59.900000+00:00";
        QTest::newRow("for ever") << "9999-12-31T23:59:59+00:00"
                                  << "2261-12-31T23:59:59+00:00";
        QTest::newRow("long ago") << "0001-01-01T00:00:00+00:00"
                                  << "1678-01-01T00:00:00+00:00";
        for (const char* bad :
             {"", "2026", "2026-12-01", "2026-12-01T18:31:16", "2026-02-29T00:00:00+00:00",
              "2026-13-01T00:00:00+00:00", "2026-12-01T24:00:00+00:00", "2026-12-01T18:60+00:00",
              "2026-12-01T18:31:61+00:00", "2026-12-01T18:31:16.+00:00", "2026-12-01T18:31+0000",
              "2026-12-01T18:31:16+00:00 ", " 2026-12-01T18:31:16+00:00", "0000-01-01T00:00Z",
              "2026-12-01x18:31:16+00:00", "2026-12-01T18:31.5+00:00", "-026-12-01T18:31Z"})
            QTest::newRow(bad) << bad << QString();
    }
    void timesAreThoseOfPython()
    {
        QFETCH(QString, text);
        QFETCH(QString, utc);
        const Result<WallTime> time = parseIsoTime(text.toStdString());
        QCOMPARE(bool(time), !utc.isEmpty());
        if (!time) return;
        QCOMPARE(isoTime(*time), utc.toStdString());
        QVERIFY(*parseIsoTime(isoTime(*time, ' ')) == *time);
    }
    void keysAreText()
    {
        const Result<crypto::Ed25519PublicKey> key = parsePublicKey("pub-v0-" + kAlpha);
        QVERIFY(key);
        QCOMPARE(publicKeyText(*key), "pub-v0-" + kAlpha);
        for (const std::string& bad :
             {std::string(), "v0-" + kAlpha, "priv-v0-" + kAlpha, "pub-v0-" + kAlpha + "a",
              "pub-v0-" + kAlpha.substr(1), "pub-v0-" + kAlpha + "\n"})
            QVERIFY(!parsePublicKey(bad));
        const Result<crypto::Ed25519Seed> seed = parsePrivateKey("priv-v0-" + kAlpha);
        QVERIFY(seed && privateKeyText(*seed).matches(asBytes("priv-v0-" + kAlpha)));
        QVERIFY(!parsePrivateKey("pub-v0-" + kAlpha));
    }

private:
    QJsonObject m_vectors;
};

QTEST_GUILESS_MAIN(TestGridManager)
#include "test_grid_manager.moc"
