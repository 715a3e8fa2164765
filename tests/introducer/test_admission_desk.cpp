// Who a relay of no grid lets in, and whom they may meet there.
#include "core/membership/certificate.h"
#include "core/net/peer_proof.h"
#include "introducer/relay/admission_desk.h"
#include "introducer/relay/relay_config.h"
#include "tests/support/friend_grid.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::relay;
using test::FriendGrid;

namespace {

std::string passOf(const gossip::RecordPtr& certificate)
{
    net::RelayPass pass;
    pass.kind = net::RelayPass::Kind::Member;
    pass.certificate = gossip::encodeRecord(*certificate);
    return net::passText(pass);
}

/// At the time at which the records of FriendGrid are signed.
class GridClock final : public Clock
{
public:
    TimePoint now() const override { return {}; }
    WallTime wallNow() const override { return time; }
    asio::awaitable<void> sleep(Duration) override { co_return; }
    WallTime time = test::kTestTime;
};

struct Rig
{
    Rig()
    {
        grid.admit(0, 1, 1);
        grid.admit(1, 2, 0);
        std::vector<Secret> tokens;
        tokens.emplace_back(std::string_view("0123456789abcdef"));
        desk.configure(std::move(tokens), {FriendGrid::grid()});
    }
    bool admits(std::uint32_t who, std::string_view pass)
    {
        return desk.check(FriendGrid::id(who), pass).has_value();
    }

    FriendGrid grid;
    GridClock clock;
    AdmissionDesk desk{clock};
};

Result<RelayConfig> read(const std::string& text)
{
    Result<ConfigReader> reader = ConfigReader::parse(text, "relay.toml");
    if (!reader) return reader.error();
    return readRelayConfig(*std::move(reader));
}

} // namespace

class TestAdmissionDesk final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aTokenOpens()
    {
        Rig rig;
        QVERIFY(rig.admits(5, "token 0123456789abcdef"));
        QVERIFY(!rig.admits(5, "token 0123456789abcdeg"));
        QVERIFY(!rig.admits(5, "token 0123456789abcde"));
        QVERIFY(!rig.admits(5, "token "));
        QVERIFY(!rig.admits(5, ""));
        QVERIFY(!rig.admits(5, "grid x"));
    }
    void aMembershipOpensForItsOwnerWhileItLasts()
    {
        Rig rig;
        const std::string pass = passOf(rig.grid.certify(1, 2));
        QVERIFY(rig.admits(2, pass));
        QVERIFY(rig.admits(2, pass)); // known by now
        QVERIFY(!rig.admits(1, pass));
        QVERIFY(!rig.admits(3, pass));
        rig.clock.time += membership::kCertificateLife;
        QVERIFY(!rig.admits(2, pass));
        rig.clock.time = test::kTestTime;
        rig.desk.configure({}, {}); // another configuration
        QVERIFY(!rig.admits(2, pass));
    }
    void membersOfOtherGridsStayOutside()
    {
        Rig rig;
        const crypto::Ed25519Key stranger = FriendGrid::key(9);
        const auto own = membership::foundGrid(stranger, "mallory", "Family", 1, test::kTestTime);
        QVERIFY(own);
        QVERIFY(!rig.admits(9, passOf(*own)));
        std::string changed = passOf(rig.grid.certify(1, 2));
        changed[changed.size() / 2] = changed[changed.size() / 2] == 'A' ? 'B' : 'A';
        QVERIFY(!rig.admits(2, changed));
    }
    void onlyThoseOfOneKindMeet()
    {
        Rig rig;
        const auto member = rig.desk.check(FriendGrid::id(2), passOf(rig.grid.certify(1, 2)));
        const auto other = rig.desk.check(FriendGrid::id(1), passOf(rig.grid.certify(0, 1)));
        const auto holder = rig.desk.check(FriendGrid::id(7), "token 0123456789abcdef");
        QVERIFY(member && other && holder);
        const net::PeerKey target = net::peerKeyOf(FriendGrid::id(2));
        QCOMPARE(rig.desk.mayMeet(*other, target).error().code(), ErrorCode::PeerUnreachable);
        rig.desk.note(*member);
        QVERIFY(rig.desk.mayMeet(*other, target));
        QVERIFY(!rig.desk.mayMeet(*holder, target));
        QVERIFY(rig.desk.holds(FriendGrid::id(2)));
        rig.clock.time += membership::kCertificateLife;
        QVERIFY(!rig.desk.holds(FriendGrid::id(2)));
        rig.desk.forget(FriendGrid::id(2));
        QVERIFY(!rig.desk.mayMeet(*other, target));
    }
    void tokensOfAFile()
    {
        const auto tokens = parseTokens("# ours\n\n  0123456789abcdef \r\nabcdefghijklmnopqrst");
        QVERIFY(tokens);
        QCOMPARE(tokens->size(), std::size_t(2));
        QVERIFY((*tokens)[0].matches(asBytes("0123456789abcdef")));
        QVERIFY(!parseTokens("short"));
        std::string many;
        for (unsigned i = 0; i < 65; ++i)
            many += "0123456789abcdef\n";
        QVERIFY(!parseTokens(many));
    }
    void configurations()
    {
        const std::string least = "[listen]\nrelay = \"127.0.0.1:41004\"\n[admit]\ngrids = [\"" +
                                  membership::gridIdText(FriendGrid::grid()) + "\"]\n";
        const auto config = read(least);
        QVERIFY2(config, config ? "" : config.error().message().c_str());
        const auto again = read(printedConfig(*config));
        QVERIFY2(again, printedConfig(*config).c_str());
        QCOMPARE(printedConfig(*again), printedConfig(*config));
        QVERIFY(explained(*config).find("Outbound connections\n  none") != std::string::npos);
        for (const char* bad :
             {"[listen]\nrelay = \"127.0.0.1:41004\"\n",
              "[admit]\ngrids = [\"x\"]\n[listen]\nrelay = \"127.0.0.1:41004\"\n",
              "[admit]\ntoken_file = \"t\"\n[listen]\nrelay = \"127.0.0.1:41004\"\n"})
            QVERIFY(!read(bad));
        QVERIFY(!read(least + "[limits]\nstreams = 0\n"));
        QVERIFY(!read(least + "[limits]\nidle = \"1 s\"\n"));
        QVERIFY(!read(least + "[gossip]\npeers = []\n"));
    }
};

QTEST_GUILESS_MAIN(TestAdmissionDesk)
#include "test_admission_desk.moc"
