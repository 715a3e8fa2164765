#include "core/net/outgoing.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace std::chrono_literals;
using net::Outgoing;
using net::Route;

namespace {

Result<Outgoing> read(const std::string& lines, bool reveal = true)
{
    TARN_TRY(ConfigReader reader, ConfigReader::parse("[connections]\n" + lines, "x.toml"));
    Outgoing out = net::readOutgoing(reader, reveal);
    TARN_TRY_VOID(reader.finish());
    return out;
}

QString whyNot(const Outgoing& outgoing, const std::string& location)
{
    const Result<void> may = outgoing.mayDial(*wire::parseLocation(location));
    return may ? QString() : QString::fromStdString(may.error().message());
}

} // namespace

/// What the configuration of daemons makes of contradictions is tested with theirs.
class TestOutgoing final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everythingHasADefault()
    {
        const Result<Outgoing> out = read("");
        QVERIFY(out);
        QVERIFY(out->tcp.kind == Route::Kind::Direct);
        QVERIFY(out->tor.kind == Route::Kind::Off && out->i2p.kind == Route::Kind::Off);
        QVERIFY(out->several == net::Several::InOrder);
        QVERIFY(out->limit == 20s);
    }
    void theSocksProxyOfTcpCarriesTor()
    {
        const Result<Outgoing> out = read("tcp = \"socks5://127.0.0.1:9050\"\n");
        QVERIFY(out && out->tor == out->tcp && out->i2p.kind == Route::Kind::Off);
        const Result<Outgoing> off = read("tcp = \"socks5://127.0.0.1:9050\"\ntor = \"off\"\n");
        QVERIFY(off && off->tor.kind == Route::Kind::Off);
    }
    void printsWhatItReads()
    {
        const Result<Outgoing> out =
            read("tcp = \"http://[::1]:3128\"\ntor = \"socks5://127.0.0.1:9050\"\n"
                 "i2p = \"socks5://127.0.0.1:4447\"\ncredentials = \"proxy.login\"\n"
                 "several = \"race\"\nlimit = \"5 s\"\n");
        QVERIFY(out);
        ConfigWriter writer;
        net::printOutgoing(writer, *out);
        const std::string text = writer.text().substr(writer.text().find('\n') + 1);
        QVERIFY(*read(text) == *out);
        QVERIFY(out->limitOf(wire::Network::Tcp) == 5s);
        QVERIFY(out->limitOf(wire::Network::Tor) == 60s);
    }
    void saysWhatCanNeverBeDialled()
    {
        const Outgoing direct = *read("");
        QCOMPARE(whyNot(direct, "tcp:192.0.2.1:1"), QString());
        QCOMPARE(whyNot(direct, "tcp:[::1]:1"), QString());
        QVERIFY(whyNot(direct, "tcp:a.example:1").contains("names are not looked up"));
        QVERIFY(whyNot(direct, "tor:a.onion:1").contains("[connections] tor is off"));
        QVERIFY(whyNot(direct, "i2p:a.i2p:1").contains("[connections] i2p is off"));
        const Outgoing socks = *read("tcp = \"socks5://127.0.0.1:9050\"\n");
        QCOMPARE(whyNot(socks, "tcp:a.example:1"), QString());
        QCOMPARE(whyNot(socks, "tor:a.onion:1"), QString());
        QVERIFY(whyNot(*read("tcp = \"off\"\n"), "tcp:192.0.2.1:1").contains("tcp is off"));
    }
    void namesAreLookedUpWhereThereAreNameServers()
    {
        const Outgoing out = *read("[dns]\nservers = [\"192.0.2.53\", \"[::1]:5353\"]\n");
        QCOMPARE(whyNot(out, "tcp:a.example:1"), QString());
        QCOMPARE(net::textOf(out.nameServers.at(0)), std::string("192.0.2.53:53"));
        QCOMPARE(net::explainedLookups(out, "servers"),
                 std::string("  names of servers: over UDP and TCP at 192.0.2.53:53, [::1]:5353\n"
                             "  nothing else\n"));
    }
    void takesTheLoginOfAFile()
    {
        Outgoing out = *read("tcp = \"socks5://127.0.0.1:1080\"\ncredentials = \"x\"\n");
        QVERIFY(net::useCredentials(out, "me:a:b c\r\n"));
        QCOMPARE(out.tcp.user, std::string("me"));
        QCOMPARE(out.tcp.password, std::string("a:b c"));
        QVERIFY(out.tor == out.tcp);
        QCOMPARE(net::textOf(out.tcp), std::string("socks5://127.0.0.1:1080"));
        Outgoing apart = *read("tcp = \"socks5://127.0.0.1:1080\"\ncredentials = \"x\"\n"
                               "tor = \"socks5://127.0.0.1:9050\"\n");
        QVERIFY(net::useCredentials(apart, "me:pw"));
        QVERIFY(apart.tor.user.empty());
    }
    void refusesOtherFiles_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("no colon") << QByteArray("secret\n");
        QTest::newRow("no user") << QByteArray(":secret\n");
        QTest::newRow("no password") << QByteArray("secret:\n");
        QTest::newRow("two lines") << QByteArray("me:secret\nyou:secret\n");
        QTest::newRow("long") << QByteArray("me:") + QByteArray(256, 's');
    }
    void refusesOtherFiles()
    {
        QFETCH(QByteArray, text);
        Outgoing out = *read("tcp = \"socks5://127.0.0.1:1080\"\ncredentials = \"x\"\n");
        const Result<void> used = net::useCredentials(out, text.toStdString());
        QVERIFY(!used);
        QVERIFY(used.error().message().find("secret") == std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestOutgoing)
#include "test_outgoing.moc"
