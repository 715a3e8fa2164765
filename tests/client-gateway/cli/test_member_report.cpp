// What a person reads of members, invites, links and clients.
#include "client-gateway/cli/node/link_report.h"
#include "client-gateway/cli/node/member_report.h"
#include "client-gateway/cli/node/node_report.h"
#include "client-gateway/cli/node/transfer_report.h"

#include <QtTest/QTest>

#include <algorithm>

using namespace tarn;
using namespace tarn::control;
using namespace tarn::gateway::cli;

namespace {

bool has(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

MemberView bob()
{
    MemberView out;
    out.name = "bob";
    out.key = "v0-bob";
    out.standing = "live";
    out.role = "friend";
    out.invitedBy = "v0-alice";
    out.usesOfMine = 1'500'000;
    return out;
}

} // namespace

class TestMemberReport final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void membersAreALineEach()
    {
        MemberView here = bob();
        here.online = true;
        here.iUse = 2'000'000;
        here.limit = 50'000'000;
        MemberView away = bob();
        away.lastSeen = 1'800'000'000;
        away.mayWrite = false;
        MemberView gone = bob();
        gone.standing = "revoked";
        gone.keepShares = false;
        const std::string text = membersText({here, away, gone});
        QCOMPARE(std::count(text.begin(), text.end(), '\n'), std::ptrdiff_t{3});
        QVERIFY(has(text, "online"));
        QVERIFY(has(text, "uses 1.5 MB of 50.0 MB here, gives 2.0 MB"));
        QVERIFY(has(text, "last seen 2027-01-15 08:00 UTC"));
        QVERIFY(has(text, "; may not store\n"));
        QVERIFY(has(text, "revoked"));
        QVERIFY(!has(text, "let go"));
    }
    void disagreementIsSaid()
    {
        MemberView other = bob();
        other.saysItUses = 700;
        QVERIFY(!has(membersText({other}), "it says"));
        other.agrees = true;
        QVERIFY(!has(memberText(other), "it says"));
        other.agrees = false;
        QVERIFY(has(membersText({other}), "; it says it uses 700 B\n"));
        QVERIFY(has(memberText(other), "it says it uses 700 B"));
    }
    void linksAndClients()
    {
        LinkView came;
        came.id = "abc";
        came.member = "b\x1b[2Job";
        came.name = "pho\x1btos";
        came.kind = "directory";
        LinkView waits = came;
        waits.member = "carol";
        waits.sent = true;
        waits.delivered = false;
        waits.kind = "file";
        waits.size = 1'500'000;
        const std::string text = linksText({came, waits});
        QCOMPARE(std::count(text.begin(), text.end(), '\n'), std::ptrdiff_t{2});
        QVERIFY(!has(text, "\x1b") && !has(linkText(came), "\x1b"));
        QVERIFY(has(text, "waits for carol") && has(text, "(file, 1.5 MB)"));
        waits.cap = "URI:LIT:";
        QVERIFY(has(linkText(waits), "URI:LIT:") && !has(linksText({waits}), "URI:LIT:"));
        ClientView client;
        client.name = "mac";
        client.used = 1000;
        client.limit = 5000;
        client.revoked = true;
        QVERIFY(has(clientsText({client}), "uses 1.0 kB of 5.0 kB, revoked\n"));
    }
    void whatStrangersWroteIsHarmless()
    {
        MemberView evil = bob();
        evil.name = "b\x1b[2Job";
        QVERIFY(!has(membersText({evil}), "\x1b"));
        QVERIFY(!has(memberText(evil), "\x1b"));
        QVERIFY(!has(placementText({evil}), "\x1b"));
        InviteView invite;
        invite.state = "claimed";
        invite.claim = ClaimView{"v0-x", "\x1b]0;x\x07", 3};
        QVERIFY(!has(invitesText({invite}), "\x1b"));
        QVERIFY(!has(inviteText(invite), "\x1b"));
    }
    void aLinkIsShownWhereThereIsOne()
    {
        InviteView invite;
        invite.id = "abc";
        invite.state = "live";
        invite.note = "Bob";
        invite.role = "friend";
        invite.depth = 2;
        invite.expires = 1'800'000'000;
        QVERIFY(!has(inviteText(invite), "link"));
        QVERIFY(has(inviteText(invite), "needed when somebody uses it"));
        QVERIFY(has(inviteText(invite), "friend, who may invite others"));
        invite.link = "tarn://join/1#x";
        QVERIFY(has(inviteText(invite), "tarn://join/1#x"));
        QVERIFY(!has(invitesText({invite}), "tarn://"));
    }
    void placementNamesThoseWhoCount()
    {
        MemberView avoided = bob();
        avoided.use = false;
        avoided.household = "farm";
        MemberView gone = bob();
        gone.name = "gone";
        gone.standing = "departed";
        const std::string text = placementText({avoided, gone});
        QVERIFY(has(text, "avoided, household farm"));
        QVERIFY(!has(text, "gone"));
    }
    void transfersAreALineEach()
    {
        QCOMPARE(transfersText({}), std::string("nothing moves, and nothing moved lately\n"));
        TransferView move;
        move.kind = "move";
        move.index = "abc";
        move.share = 3;
        move.peer = "v0-bob";
        move.bytes = 500;
        move.of = 1000;
        move.started = 1'800'000'000;
        TransferView upload;
        upload.kind = "upload";
        upload.state = "failed";
        upload.reason = "no\x1b room";
        const std::string text = transfersText({move, upload});
        QVERIFY(has(text, "abc share 3 to v0-bob\n") && has(text, "running"));
        QVERIFY(has(text, "500 B of 1.0 kB") && !has(text, "\x1b"));
        QCOMPARE(std::count(text.begin(), text.end(), '\n'), std::ptrdiff_t{2});
    }
    void theEncodingSaysWhy()
    {
        control::EncodingStatus encoding;
        encoding.needed = 2;
        encoding.happy = 3;
        encoding.total = encoding.members = 5;
        QCOMPARE(encodingText(encoding),
                 std::string("any 2 of 5 shares give a file back, 3 members should have one "
                             "(follows the number of members: 5)"));
        encoding.automatic = false;
        encoding.source = "owner";
        encoding.problem = "too many\x1b";
        const std::string text = encodingText(encoding);
        QVERIFY(has(text, "(as you chose); \"too many") && !has(text, "\x1b"));
        encoding.source = "node.toml";
        QVERIFY(has(encodingText(encoding), "as node.toml says"));
    }
};

QTEST_GUILESS_MAIN(TestMemberReport)
#include "test_member_report.moc"
