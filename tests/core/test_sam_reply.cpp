#include "core/net/sam_reply.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::net;

namespace {

/// Of `bytes` zeroes with this certificate length, in I2P's base64.
std::string destination(int bytes, int certificate)
{
    QByteArray raw(bytes, '\0');
    if (bytes >= 387) {
        raw[384] = 5;
        raw[385] = static_cast<char>(certificate >> 8);
        raw[386] = static_cast<char>(certificate & 255);
    }
    QByteArray text = raw.toBase64();
    return text.replace('+', '-').replace('/', '~').toStdString();
}

} // namespace

class TestSamReply final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsWhatRoutersSay()
    {
        const Result<SamReply> hello = parseSamReply("HELLO REPLY RESULT=OK VERSION=3.1");
        QVERIFY(hello && hello->good());
        QCOMPARE(hello->topic, std::string("HELLO REPLY"));
        QCOMPARE(std::string(hello->value("VERSION")), std::string("3.1"));
        const Result<SamReply> refused = parseSamReply(
            "STREAM STATUS RESULT=CANT_REACH_PEER MESSAGE=\"no \\\"lease\\\" sets\"  EMPTY=");
        QVERIFY(refused && !refused->good());
        QCOMPARE(std::string(refused->value("MESSAGE")), std::string("no \"lease\" sets"));
        QCOMPARE(std::string(refused->value("EMPTY")), std::string());
        QVERIFY(parseSamReply("DEST REPLY PUB=AA== PRIV=AA=="));
    }
    void refusesOthers_data()
    {
        QTest::addColumn<QString>("line");
        for (const char* line :
             {"", "HELLO", "HELLO ", " REPLY", "HTTP/1.1 400 Bad Request", "HELLO REPLY RESULT",
              "HELLO REPLY =OK", "HELLO REPLY A=1 A=2", "STREAM STATUS MESSAGE=\"open"})
            QTest::newRow(line) << line;
    }
    void refusesOthers()
    {
        QFETCH(QString, line);
        const Result<SamReply> reply = parseSamReply(line.toStdString());
        QVERIFY(!reply);
        QCOMPARE(reply.error().code(), ErrorCode::PeerMisbehaved);
    }
    void namesAreHashesOfDestinations()
    {
        const Result<std::string> name = i2pNameOf(destination(391, 4));
        QVERIFY(name);
        QCOMPARE(name->size(), std::size_t(52 + 8));
        QVERIFY(name->ends_with(".b32.i2p"));
        // Private keys behind it change nothing.
        QCOMPARE(*i2pNameOf(destination(391 + 64, 4)), *name);
        QVERIFY(*i2pNameOf(destination(391, 3)) != *name);
    }
    void refusesWhatIsNoDestination()
    {
        for (const std::string& text :
             {std::string(), std::string("TRANSIENT"), destination(386, 0), destination(390, 4),
              destination(391, 65535), std::string(20'000, 'A'), std::string("++++")})
            QCOMPARE(i2pNameOf(text).error().code(), ErrorCode::InvalidInput);
    }
};

QTEST_GUILESS_MAIN(TestSamReply)
#include "test_sam_reply.moc"
