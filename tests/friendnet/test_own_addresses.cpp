#include "profiles/friendnet/own_addresses.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::profiles;

namespace {

asio::ip::address ip(const std::string& text)
{
    return asio::ip::make_address(text);
}

wire::Location at(const std::string& text)
{
    return *wire::parseLocation(text);
}

/// Behind a router, on all its addresses.
AddressFacts home()
{
    AddressFacts out;
    out.listen = HostPort{"0.0.0.0", 41001};
    out.local = {{ip("192.168.1.2"), "eth0"}, {ip("10.8.0.5"), "tun0"}};
    return out;
}

std::string toldText(const AddressFacts& facts, const ReachConfig& config = {})
{
    std::string out;
    for (const wire::Location& location : toldOf(ownAddresses(facts, config))) {
        if (!out.empty()) out += " ";
        out += wire::textOf(location);
    }
    return out;
}

const OwnAddress* find(const std::vector<OwnAddress>& all, const std::string& text)
{
    for (const OwnAddress& one : all)
        if (wire::textOf(one.location) == text) return &one;
    return nullptr;
}

AddressProof proofOf(const std::string& address, std::uint16_t port, bool reached)
{
    AddressProof out;
    out.address = ip(address);
    out.port = port;
    out.reached = reached;
    return out;
}

ReachConfig excluding(const std::string& range)
{
    ReachConfig out;
    out.excluded.push_back(*AddressRange::parse(range));
    return out;
}

} // namespace

class TestOwnAddresses final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void behindARouterThoseOfTheLan()
    {
        QCOMPARE(toldText(home()), std::string("tcp:192.168.1.2:41001 tcp:10.8.0.5:41001"));
        QVERIFY(ownAddresses(home(), {}).front().way == WayClass::Lan);
    }
    void enteredOnesComeFirstAndAreMerged()
    {
        AddressFacts facts = home();
        facts.entered = {at("tcp:home.example:5000"), at("tcp:192.168.1.2:0")};
        QCOMPARE(toldText(facts), std::string("tcp:home.example:5000 tcp:192.168.1.2:41001 "
                                              "tcp:10.8.0.5:41001"));
        QVERIFY(ownAddresses(facts, {})[1].origin == AddressOrigin::Entered);
    }
    void whoListensOnOneAddressTellsThatOne()
    {
        AddressFacts facts = home();
        facts.listen.host = "192.168.1.2";
        QCOMPARE(toldText(facts), std::string("tcp:192.168.1.2:41001"));
        facts.listen.host = "127.0.0.1";
        QCOMPARE(toldText(facts), std::string("tcp:127.0.0.1:41001"));
    }
    void ipv6OnlyWhereItIsHeard()
    {
        AddressFacts facts = home();
        facts.local.push_back({ip("2001:db8::5"), "eth0"});
        QVERIFY(toldText(facts).find("2001") == std::string::npos);
        facts.ipv6 = true;
        QCOMPARE(toldText(facts), std::string("tcp:[2001:db8::5]:41001 tcp:192.168.1.2:41001 "
                                              "tcp:10.8.0.5:41001"));
        facts.listen.host = "::"; // and nothing else
        QCOMPARE(toldText(facts), std::string("tcp:[2001:db8::5]:41001"));
    }
    void withoutAnyNetworkThisMachine()
    {
        AddressFacts facts = home();
        facts.local.clear();
        QCOMPARE(toldText(facts), std::string("tcp:127.0.0.1:41001"));
        QVERIFY(ownAddresses(facts, {}).front().way == WayClass::SameHost);
        ReachConfig off;
        off.interfaces = false;
        QCOMPARE(toldText(facts, off), std::string());
    }
    void theRoutersDoorIsTold()
    {
        AddressFacts facts = home();
        facts.door = RouterDoor{ip("198.51.100.7"), 5001, "UPnP"};
        const auto all = ownAddresses(facts, {});
        QCOMPARE(wire::textOf(all.front().location), std::string("tcp:198.51.100.7:5001"));
        QVERIFY(all.front().way == WayClass::Mapped && !all.front().proof);
        // A router behind a router lets in who is between the two.
        facts.door->address = ip("10.0.0.2");
        QVERIFY(find(ownAddresses(facts, {}), "tcp:10.0.0.2:5001")->way == WayClass::Lan);
    }
    void whatMembersSeeIsToldOnceTheyReachIt()
    {
        AddressFacts facts = home();
        facts.proofs = {proofOf("198.51.100.7", 41001, false)};
        const auto before = ownAddresses(facts, {});
        QVERIFY(!find(before, "tcp:198.51.100.7:41001")->told);
        QVERIFY(!find(before, "tcp:198.51.100.7:41001")->untold.empty());
        facts.proofs = {proofOf("198.51.100.7", 41001, true)};
        const auto after = ownAddresses(facts, {});
        QVERIFY(after.front().told && after.front().proof->reached);
        QVERIFY(after.front().origin == AddressOrigin::Seen);
    }
    /// Members that lie about where they see this node push nothing else out.
    void ofWhatMembersSeeTheLatestIsTold()
    {
        AddressFacts facts = home();
        for (int i = 1; i <= 10; ++i)
            facts.proofs.push_back(proofOf("198.51.100." + std::to_string(i), 41001, true));
        const auto all = ownAddresses(facts, {});
        QCOMPARE(wire::textOf(all.front().location), std::string("tcp:198.51.100.10:41001"));
        QVERIFY(find(all, "tcp:198.51.100.8:41001")->told);
        QVERIFY(!find(all, "tcp:198.51.100.7:41001")->told);
        QVERIFY(find(all, "tcp:192.168.1.2:41001")->told);
    }
    void proofsGoWithTheAddressesThatTheyAreOf()
    {
        AddressFacts facts = home();
        facts.door = RouterDoor{ip("198.51.100.7"), 5001, "UPnP"};
        facts.local.push_back({ip("192.0.2.9"), "eth1"});
        facts.proofs = {proofOf("198.51.100.7", 5001, true), proofOf("192.0.2.9", 41001, false),
                        proofOf("198.51.100.7", 41001, false)};
        const auto all = ownAddresses(facts, {});
        QVERIFY(find(all, "tcp:198.51.100.7:5001")->origin == AddressOrigin::Router);
        QVERIFY(find(all, "tcp:198.51.100.7:5001")->proof->reached);
        const OwnAddress* const direct = find(all, "tcp:192.0.2.9:41001");
        QVERIFY(direct->told && !direct->proof->reached && direct->way == WayClass::Direct);
        QVERIFY(!find(all, "tcp:198.51.100.7:41001")->told);
        QCOMPARE(all.size(), std::size_t{5});
    }
    void neverTellsWhatItsOwnerExcluded_data()
    {
        QTest::addColumn<QString>("range");
        QTest::addColumn<QString>("address");
        QTest::newRow("interface") << "192.168.0.0/16"
                                   << "tcp:192.168.1.2:41001";
        QTest::newRow("entered") << "203.0.113.5"
                                 << "tcp:203.0.113.5:41001";
        QTest::newRow("router") << "198.51.100.7"
                                << "tcp:198.51.100.7:5001";
        QTest::newRow("seen") << "192.0.2.0/24"
                              << "tcp:192.0.2.9:41001";
    }
    void neverTellsWhatItsOwnerExcluded()
    {
        QFETCH(QString, range);
        QFETCH(QString, address);
        AddressFacts facts = home();
        facts.entered = {at("tcp:203.0.113.5:41001")};
        facts.door = RouterDoor{ip("198.51.100.7"), 5001, "PCP"};
        facts.proofs = {proofOf("192.0.2.9", 41001, true)};
        const auto all = ownAddresses(facts, excluding(range.toStdString()));
        const OwnAddress* const one = find(all, address.toStdString());
        QVERIFY(one != nullptr && !one->told);
        QCOMPARE(one->untold, std::string("its owner excluded it"));
        QVERIFY(find(ownAddresses(facts, {}), address.toStdString())->told);
    }
    void neverTellsAnExcludedInterface()
    {
        ReachConfig config;
        config.excludedInterfaces.push_back("tun0");
        QCOMPARE(toldText(home(), config), std::string("tcp:192.168.1.2:41001"));
        // Nor does it fall back on loopback when that leaves something.
        AddressFacts facts = home();
        facts.listen.host = "192.168.1.2";
        QCOMPARE(toldText(facts, excluding("192.168.1.2")), std::string());
    }
    void aBoundedNumber()
    {
        AddressFacts facts = home();
        for (int i = 3; i < 40; ++i)
            facts.local.push_back({ip("192.168.1." + std::to_string(i)), "eth0"});
        const auto all = ownAddresses(facts, {});
        QCOMPARE(toldOf(all).size(), kMostTold);
        QVERIFY(!all.back().told && !all.back().untold.empty());
    }
    void keepsToItselfWhenToldSo()
    {
        QVERIFY(keepsToItself(std::vector<wire::Location>(), true));
        QVERIFY(keepsToItself(std::nullopt, false));
        QVERIFY(!keepsToItself(std::nullopt, true));
        QVERIFY(!keepsToItself(std::vector<wire::Location>{at("tcp:a:1")}, true));
    }
    void waysToOthers()
    {
        const std::vector<LocalAddress> local = home().local;
        const std::vector<wire::Location> all{
            at("tcp:192.168.1.2:7"),   at("tcp:192.168.1.3:7"),  at("tcp:198.51.100.7:5001"),
            at("tcp:[2001:db8::1]:7"), at("tcp:home.example:7"), at("tcp:127.0.0.1:7")};
        QVERIFY(wayTo(all[0], all, local) == WayClass::SameHost);
        QVERIFY(wayTo(all[1], all, local) == WayClass::Lan);
        QVERIFY(wayTo(all[2], all, local) == WayClass::Mapped);
        QVERIFY(wayTo(all[2], {all[2]}, local) == WayClass::Direct);
        QVERIFY(wayTo(all[3], all, local) == WayClass::Direct);
        QVERIFY(wayTo(all[4], all, local) == WayClass::Direct);
        QVERIFY(wayTo(all[5], all, local) == WayClass::SameHost);
    }
};

QTEST_GUILESS_MAIN(TestOwnAddresses)
#include "test_own_addresses.moc"
