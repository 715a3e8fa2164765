// What a person reads of how a node reaches others and is reached.
#include "client-gateway/cli/node/connection_report.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::control;
using namespace tarn::gateway::cli;

namespace {

ConnectionView home()
{
    ConnectionView out;
    AddressView address;
    address.location = "tcp:198.51.100.7:41001";
    address.kind = "mapped";
    address.origin = "router";
    address.told = true;
    address.proof = ProofView{true, 1'800'000'300, "v0-bob"};
    out.addresses = {address};
    out.router = RouterView{"open", "PCP", "198.51.100.7:41001", ""};
    PeerPathsView peer;
    peer.name = "bob";
    peer.online = true;
    peer.kind = "lan";
    peer.place = "tcp:192.168.1.3:41001";
    peer.paths = {PathView{"lan", peer.place, "works", 1'800'000'000, 3, ""}};
    out.peers = {peer};
    return out;
}

bool has(const std::string& text, const char* part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

class TestConnectionReport final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void saysWhereAndHow()
    {
        const std::string text = connectionText(home());
        QVERIFY(has(text,
                    "tcp:198.51.100.7:41001 (mapped, router): reached by a member at 2027-01-15"));
        QVERIFY(has(text, "lets members in at 198.51.100.7:41001 (PCP)"));
        QVERIFY(has(text, "reaches    bob: lan, tcp:192.168.1.3:41001\n"));
        QVERIFY(!has(text, "off"));
        QVERIFY(allWell(home()));
    }
    void doesNotCallReachableWhatNobodyProved()
    {
        ConnectionView view = home();
        view.addresses[0].proof.reset();
        QVERIFY(has(connectionText(view), "not proven"));
        view.addresses[0].proof = ProofView{false, 1'800'000'300, "v0-bob"};
        QVERIFY(has(connectionText(view), "a member could not connect to it"));
        QVERIFY(has(doctorText(view), "do: members cannot connect to this node"));
        QVERIFY(!allWell(view));
        view.addresses[0].told = false;
        view.addresses[0].reason = "its owner excluded it";
        QVERIFY(has(connectionText(view), "told to nobody: its owner excluded it"));
        view.unproven = "nobody is there";
        QVERIFY(has(doctorText(view), "none: nobody is there") && allWell(view));
    }
    void saysWhatIsOff()
    {
        ConnectionView view = home();
        view.mapping = false;
        view.seen = false;
        QVERIFY(has(connectionText(view), "[reach] off"));
        QVERIFY(has(connectionText(view), "mapping, seen\n"));
        view.looks = false;
        QVERIFY(has(connectionText(view), "all: nothing is announced"));
    }
    void eachPathWithItsReasonAndAStep()
    {
        ConnectionView view = home();
        PeerPathsView& peer = view.peers[0];
        peer.name = "b\x1b[31mob";
        peer.kind.clear();
        peer.place.clear();
        peer.paths[0].result = "failed";
        peer.paths[0].reason = "refused";
        peer.step = "switch it on";
        const std::string text = doctorText(view);
        QVERIFY(has(text, "no path from here"));
        QVERIFY(has(text,
                    "lan tcp:192.168.1.3:41001: failed after 3 ms, 2027-01-15 08:00 UTC: refused"));
        QVERIFY(has(text, "do: switch it on"));
        QVERIFY(!has(text, "\x1b"));
        QVERIFY(!allWell(view));
        peer.online = false;
        QVERIFY(has(doctorText(view), "not there") && allWell(view));
    }
};

QTEST_GUILESS_MAIN(TestConnectionReport)
#include "test_connection_report.moc"
