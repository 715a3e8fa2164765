#include "core/net/onion_key.h"
#include "core/net/tor_reply.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::net;

namespace {

Result<TorReply> read(std::initializer_list<std::string_view> lines)
{
    TorReplyReader reader;
    for (const std::string_view line : lines) {
        TARN_TRY(const bool whole, reader.take(line));
        if (whole) return reader.reply();
    }
    return Error(ErrorCode::Internal, "not whole");
}

} // namespace

class TestTorReply final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsWhatTorSays()
    {
        const Result<TorReply> reply = read(
            {"250-PROTOCOLINFO 1",
             "250-AUTH METHODS=COOKIE,SAFECOOKIE,HASHEDPASSWORD COOKIEFILE=\"/run/a \\\"b\\\\c\"",
             "250-VERSION Tor=\"0.4.9.11\"", "250 OK"});
        QVERIFY(reply && reply->good());
        const Result<TorProtocolInfo> info = parseTorProtocolInfo(*reply);
        QVERIFY(info && info->safeCookie && info->password && !info->none);
        QCOMPARE(info->cookieFile, std::string("/run/a \"b\\c"));
    }
    void cookieAloneIsNotSafe()
    {
        const Result<TorReply> reply =
            read({"250-AUTH METHODS=COOKIE COOKIEFILE=\"/a\"", "250 OK"});
        QVERIFY(!parseTorProtocolInfo(*reply)->safeCookie);
        QVERIFY(parseTorProtocolInfo(*read({"250-AUTH METHODS=NULL", "250 OK"}))->none);
        QVERIFY(!parseTorProtocolInfo(*read({"250 OK"})));
    }
    void dataIsLeftOut()
    {
        const Result<TorReply> reply = read({"250+info=", "first", "..second", ".", "250 OK"});
        QVERIFY(reply);
        QCOMPARE(reply->lines, (std::vector<std::string>{"info=", "OK"}));
    }
    void refusesOthers_data()
    {
        QTest::addColumn<QString>("line");
        for (const char* line : {"", "250", "25 OK", "SSH-2.0-OpenSSH", "HTTP/1.1 400 Bad", "199 x",
                                 "700 x", "250?OK", "-50 OK"})
            QTest::newRow(line) << line;
    }
    void refusesOthers()
    {
        QFETCH(QString, line);
        TorReplyReader reader;
        const Result<bool> taken = reader.take(line.toStdString());
        QVERIFY(!taken);
        QCOMPARE(taken.error().code(), ErrorCode::PeerMisbehaved);
    }
    void refusesTwoAnswersInOne() { QVERIFY(!read({"250-a", "550 b"})); }
    void endsWhatHasNoEnd()
    {
        TorReplyReader lines;
        Result<bool> taken = false;
        for (int i = 0; i < 1000 && taken; ++i)
            taken = lines.take("250-x");
        QVERIFY(!taken);
        TorReplyReader data;
        taken = data.take("250+x");
        for (int i = 0; i < 1000 && taken; ++i)
            taken = data.take(std::string(1000, 'x'));
        QVERIFY(!taken);
    }
    void findsValues()
    {
        QCOMPARE(*torValue("A B=c D=\"e f\" G=", "B"), std::string("c"));
        QCOMPARE(*torValue("A B=c D=\"e f\" G=", "D"), std::string("e f"));
        QCOMPARE(*torValue("A B=c D=\"e f\" G=", "G"), std::string());
        QVERIFY(!torValue("A B=c", "A"));
        QVERIFY(!torValue("XB=c", "B"));
        QVERIFY(!torValue("A B=\"c", "B"));
        QVERIFY(!torValue("A X=\"B=c\"", "B"));
        QVERIFY(!torValue("", "B"));
    }
    void quotesWhatItSays()
    {
        const std::string text = "a \"b\" \\c";
        QCOMPARE(*torValue("X K=" + torQuoted(text), "K"), text);
    }
    void readsChallenges()
    {
        const std::string hash(64, 'a');
        const std::string nonce(64, '0');
        const auto challenge = [](const std::string& line) {
            TorReply reply;
            reply.status = 250;
            reply.lines = {line};
            return parseTorChallenge(reply);
        };
        const auto good = challenge("AUTHCHALLENGE SERVERHASH=" + hash + " SERVERNONCE=" + nonce);
        QVERIFY(good && good->serverHash == Bytes(32, std::byte{0xaa}));
        QVERIFY(!challenge("AUTHCHALLENGE SERVERHASH=" + hash));
        QVERIFY(!challenge("AUTHCHALLENGE SERVERHASH=" + hash + "aa SERVERNONCE=" + nonce));
        QVERIFY(!challenge("AUTHCHALLENGE SERVERHASH=x" + hash + " SERVERNONCE=" + nonce));
        QVERIFY(!challenge("OK"));
    }
    void readsHowFarTorIs()
    {
        const auto phase = [](const std::string& text) {
            TorReply reply;
            reply.status = 250;
            reply.lines = {"status/bootstrap-phase=" + text, "OK"};
            return parseTorBootstrap(reply);
        };
        // As Tor 0.4.9.11 says it.
        const auto done = phase("NOTICE BOOTSTRAP PROGRESS=100 TAG=done SUMMARY=\"Done\"");
        QVERIFY(done);
        QCOMPARE(done->percent, 100U);
        QCOMPARE(done->summary, std::string("Done"));
        const auto begun = phase("WARN BOOTSTRAP PROGRESS=5 TAG=conn SUMMARY=\"Connecting to a "
                                 "relay\" WARNING=\"No route to host\" REASON=NOROUTE");
        QVERIFY(begun);
        QCOMPARE(begun->percent, 5U);
        QCOMPARE(begun->summary, std::string("Connecting to a relay"));
        QVERIFY(phase("X PROGRESS=0"));
        for (const char* bad : {"", "NOTICE BOOTSTRAP", "X PROGRESS=", "X PROGRESS=101",
                                "X PROGRESS=-1", "X PROGRESS=5x", "X PROGRESS=99999999999"})
            QVERIFY2(!phase(bad), bad);
    }
    void readsServiceIds()
    {
        const auto id = [](const std::string& text) {
            TorReply reply;
            reply.status = 250;
            reply.lines = {"ServiceID=" + text, "OK"};
            return parseTorServiceId(reply);
        };
        QVERIFY(id(std::string(56, 'a')));
        QVERIFY(!id(std::string(55, 'a')));
        QVERIFY(!id(std::string(55, 'a') + "1"));
        QVERIFY(!id(""));
    }
    void namesFollowFromKeys()
    {
        // Made by Tor 0.4.9.11: hs_ed25519_public_key and hostname.
        const QByteArray key =
            QByteArray::fromHex("657a4ec104806f31bc03e998e7adb1f4b1345cf394a0371150b31e6747dd0642");
        const auto bytes = std::as_bytes(std::span(key.constData(), 32));
        QCOMPARE(onionName(crypto::Ed25519PublicKey::prefixOf(bytes)),
                 std::string("mv5e5qieqbxtdpad5gmoplnr6sytixhtssqdoekqwmpgor65azblviad.onion"));
    }
    void keysAreClampedAsRfc8032Says()
    {
        // RFC 8032 7.1, test 1: SHA-512 of this seed begins 307c83864f2833cb.
        const QByteArray seed =
            QByteArray::fromHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        const auto bytes = std::as_bytes(std::span(seed.constData(), 32));
        const Secret blob = onionKeyBlob(crypto::Ed25519Seed::prefixOf(bytes));
        const std::string text(asText(blob.view()));
        QVERIFY(text.starts_with("ED25519-V3:"));
        const QByteArray key = QByteArray::fromBase64(QByteArray::fromStdString(text.substr(11)));
        QCOMPARE(key.left(8).toHex(), QByteArray("307c83864f2833cb"));
        QCOMPARE(key.size(), 64);
        QCOMPARE(static_cast<unsigned char>(key[31]) & 0xc0U, 0x40U);
    }
};

QTEST_GUILESS_MAIN(TestTorReply)
#include "test_tor_reply.moc"
