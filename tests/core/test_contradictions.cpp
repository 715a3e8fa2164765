#include "core/net/contradictions.h"

#include <QtTest/QTest>

using namespace tarn;

namespace {

HostPort at(const char* text)
{
    return *parseHostPort(text);
}

std::string saidOf(const std::string& lines, std::uint16_t port)
{
    ConfigReader reader = *ConfigReader::parse("[announce]\nlocations = [" + lines + "]\n", "x");
    ConfigTable announce = reader.table("announce");
    std::vector<wire::Location> locations;
    for (const std::string& text : announce.strings("locations", {}))
        locations.push_back(*wire::parseLocation(text));
    net::refuseLocations(announce, locations, port);
    const Result<void> out = reader.finish();
    return out ? std::string() : out.error().message();
}

std::string ownProxies(const std::string& lines, const char* listener)
{
    ConfigReader reader = *ConfigReader::parse("[connections]\n" + lines, "x");
    const net::Outgoing outgoing = net::readOutgoing(reader, true);
    net::refuseOwnProxies(reader, outgoing, {{at(listener), "[listen] storage"}});
    const Result<void> out = reader.finish();
    return out ? std::string() : out.error().message();
}

} // namespace

class TestContradictions final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void listenersThatTakeEachOthersPlace()
    {
        QVERIFY(net::sameDoor(at("127.0.0.1:1"), at("127.0.0.1:1")));
        QVERIFY(net::sameDoor(at("[::1]:1"), at("[0:0:0:0:0:0:0:1]:1")));
        QVERIFY(net::sameDoor(at("0.0.0.0:1"), at("127.0.0.1:1")));
        QVERIFY(net::sameDoor(at("192.0.2.1:1"), at("0.0.0.0:1")));
        QVERIFY(net::sameDoor(at("[::]:1"), at("[::1]:1")));
        QVERIFY(!net::sameDoor(at("[::]:1"), at("127.0.0.1:1")));
        QVERIFY(!net::sameDoor(at("[::]:1"), at("0.0.0.0:1")));
        QVERIFY(!net::sameDoor(at("0.0.0.0:1"), at("[::1]:1")));
        QVERIFY(!net::sameDoor(at("127.0.0.1:1"), at("127.0.0.2:1")));
        QVERIFY(!net::sameDoor(at("127.0.0.1:1"), at("127.0.0.1:2")));
        QVERIFY(!net::sameDoor(at("127.0.0.1:0"), at("127.0.0.1:0")));
    }
    void foldersWithKeysInThem()
    {
        for (const char* folder : {"", ".", "./", "private", "private/x", "./private", "..", "../x",
                                   "storage/..", "storage/../private"})
            QVERIFY2(net::keepsSecrets(folder), folder);
        for (const char* folder : {"storage", "private2", "/srv/x", "storage/private", "a/../b"})
            QVERIFY2(!net::keepsSecrets(folder), folder);
    }
    void locationsAreSaidOnce()
    {
        QCOMPARE(saidOf("\"tcp:a:1\", \"tcp:a:2\", \"tor:a.onion:1\"", 1), std::string());
        QCOMPARE(saidOf("\"tcp:a:1\", \"tcp:a:0\"", 1),
                 std::string("x:2:13: [announce] locations: \"tcp:a:0\" stands there twice"));
        QVERIFY(saidOf("\"tcp:0.0.0.0:1\"", 1).find("is nobody's address") != std::string::npos);
        QVERIFY(saidOf("\"tcp:[::]:0\"", 1).find("is nobody's address") != std::string::npos);
    }
    void noDaemonIsItsOwnProxy()
    {
        const std::string own = "\"127.0.0.1:5\" is this daemon's own address, [listen] storage";
        for (const char* listener : {"127.0.0.1:5", "0.0.0.0:5"}) {
            const std::string said = ownProxies("tcp = \"socks5://127.0.0.1:5\"\n", listener);
            QCOMPARE(said, "x:2:7: [connections] tcp: " + own);
        }
        QCOMPARE(ownProxies("i2p = \"sam://127.0.0.1:5\"\n", "127.0.0.1:5"),
                 "x:2:7: [connections] i2p: " + own);
        // Somebody else's port of the same number.
        QCOMPARE(ownProxies("tcp = \"socks5://192.0.2.7:5\"\n", "0.0.0.0:5"), std::string());
        QVERIFY(!ownProxies("tcp = \"http://192.0.2.7:5\"\n", "192.0.2.7:5").empty());
        QCOMPARE(ownProxies("tcp = \"off\"\n", "127.0.0.1:5"), std::string());
        QCOMPARE(ownProxies("", "127.0.0.1:5"), std::string());
    }
};

QTEST_GUILESS_MAIN(TestContradictions)
#include "test_contradictions.moc"
