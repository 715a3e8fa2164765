#include "core/codec/base64.h"
#include "core/membership/invite_link.h"
#include "core/membership/redeem.h"
#include "tests/support/friend_grid.h"
#include "tests/support/property.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::membership;
using test::FriendGrid;
using test::kTestTime;

namespace {

InviteLink someLink()
{
    InviteLink out;
    out.grid = FriendGrid::grid();
    out.gridName = "the test grid";
    out.inviter = FriendGrid::id(1);
    out.id.mutableView()[3] = std::byte{9};
    out.token.mutableView()[4] = std::byte{8};
    out.expires = test::kTestSeconds;
    out.hints.push_back({{"192.0.2.1", 4000, wire::Network::Tcp}, {}, {}, {}});
    out.hints.push_back({{"2001:db8::1", 4000, wire::Network::Tcp}, FriendGrid::id(2), {}, {}});
    out.hints.push_back({{"192.0.2.9", 443, wire::Network::Tcp},
                         FriendGrid::id(2),
                         FriendGrid::id(3),
                         toBytes("ticket")});
    return out;
}

std::string textOfLink(const InviteLink& link)
{
    return std::string(asText((*inviteText(link)).view()));
}

const Bytes& exporter()
{
    static const Bytes out(kExporterBytes, std::byte{5});
    return out;
}

} // namespace

class TestInviteLink final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void isReadBack()
    {
        const std::string text = textOfLink(someLink());
        QVERIFY(text.starts_with("tarn://join/1#"));
        const Result<InviteLink> read = parseInvite(text);
        QVERIFY(read);
        QVERIFY(*read == someLink());
    }
    void whatWasNotCopiedWholeIsRefused()
    {
        const std::string text = textOfLink(someLink());
        for (std::size_t size = 0; size < text.size(); ++size)
            QVERIFY(!parseInvite(text.substr(0, size)));
        QVERIFY(!parseInvite(text + "A"));
        QVERIFY(!parseInvite(text + "\n"));
        QVERIFY(!parseInvite(" " + text));
    }
    void boundsAreHeld_data()
    {
        QTest::addColumn<int>("which");
        for (int which = 0; which < 9; ++which)
            QTest::newRow(std::to_string(which).c_str()) << which;
    }
    void boundsAreHeld()
    {
        QFETCH(int, which);
        InviteLink link = someLink();
        if (which == 0) link.gridName = "../../etc";
        if (which == 1) link.gridName = std::string(65, 'a');
        if (which == 2) link.expires = 0;
        if (which == 3) link.expires = (1LL << 40U) + 1;
        if (which == 4) link.hints.resize(5, link.hints.front());
        if (which == 5) link.hints[0].location.port = 0;
        if (which == 6) link.hints[2].ticket = zeroBytes(kMaxTicketBytes + 1);
        if (which == 7) link.hints[2].relay.reset(); // a ticket for nobody
        if (which == 8) link.gridName.clear();
        const Result<Secret> out = inviteText(link);
        QVERIFY(!out);
        QCOMPARE(out.error().code(), ErrorCode::InvalidInput);
    }
    void theLargestFits()
    {
        InviteLink link = someLink();
        link.gridName = std::string(64, 'g');
        link.hints.assign(4, link.hints[2]);
        for (InviteHint& hint : link.hints) {
            hint.ticket = zeroBytes(kMaxTicketBytes);
            hint.location = {std::string(56, 'a') + ".onion", 65535, wire::Network::Tor};
        }
        QVERIFY(*parseInvite(textOfLink(link)) == link);
    }
    void anotherSpellingIsRefused()
    {
        const std::string text = textOfLink(someLink());
        Bytes body = *codec::decodeBase64Url(text.substr(kInvitePrefix.size()));
        append(body, toBytes("\x7a\x01x")); // field 15
        QVERIFY(!parseInvite(std::string(kInvitePrefix) + codec::encodeBase64Url(body)));
        QVERIFY(!parseInvite("tarn://join/2#" + text.substr(kInvitePrefix.size())));
        QVERIFY(!parseInvite("TARN://join/1#" + text.substr(kInvitePrefix.size())));
        QVERIFY(!parseInvite(text + "=="));
    }
    void errorsDoNotRepeatTheToken()
    {
        std::string text = textOfLink(someLink());
        text.back() = text.back() == '*' ? '+' : '*';
        const Result<InviteLink> read = parseInvite(text);
        QVERIFY(!read && read.error().message().find(text.substr(20, 8)) == std::string::npos);
    }
    void anyLinkIsReadBack()
    {
        QVERIFY(test::forAll(200, [](test::SeededRandom& random) {
            InviteLink link = someLink();
            random.fill(link.id.mutableView());
            random.fill(link.token.mutableView());
            random.fill(link.inviter.mutableView());
            link.expires = static_cast<std::int64_t>(random.between(1, 1ULL << 40U));
            link.hints.resize(random.between(0, 3));
            for (InviteHint& hint : link.hints)
                hint.location.port = static_cast<std::uint16_t>(random.between(1, 65535));
            return *parseInvite(textOfLink(link)) == link;
        }));
    }
    void eachInviteHasItsKey()
    {
        const InviteLink link = someLink();
        const auto key = inviteKeyOf(link.grid, link.id, link.token).publicKey();
        QVERIFY(inviteKeyOf(link.grid, link.id, link.token).publicKey() == key);
        InviteToken token = link.token;
        token.mutableView()[0] = std::byte{1};
        QVERIFY(inviteKeyOf(link.grid, link.id, token).publicKey() != key);
        QVERIFY(inviteKeyOf(link.grid, InviteId(), link.token).publicKey() != key);
        QVERIFY(inviteKeyOf(GridId(), link.id, link.token).publicKey() != key);
    }
    void aProofIsForOneConnectionAndOneNode()
    {
        const InviteLink link = someLink();
        const auto key = inviteKeyOf(link.grid, link.id, link.token).publicKey();
        const RedeemRequest request = *makeRedeem(link, FriendGrid::key(5), "eve", exporter());
        QVERIFY(checkRedeem(request, key, exporter()));
        QVERIFY(!checkRedeem(request, key, zeroBytes(kExporterBytes)));
        QVERIFY(!checkRedeem(request, FriendGrid::id(1), exporter()));
        for (int which = 0; which < 6; ++which) {
            RedeemRequest changed = request;
            if (which == 0) changed.node = FriendGrid::id(6);
            if (which == 1) changed.nickname = "bob";
            if (which == 2) changed.invite = InviteId();
            if (which == 3) changed.grid = GridId();
            if (which == 4) changed.inviteSignature = changed.nodeSignature;
            if (which == 5) changed.nodeSignature = changed.inviteSignature;
            const Result<void> proof = checkRedeem(changed, key, exporter());
            QVERIFY(!proof);
            QCOMPARE(proof.error().code(), ErrorCode::Unauthorized);
        }
        QVERIFY(!makeRedeem(link, FriendGrid::key(5), "a/b", exporter()));
    }
    void requestsAreReadBack()
    {
        const RedeemRequest request =
            *makeRedeem(someLink(), FriendGrid::key(5), "eve", exporter());
        const Bytes bytes = encodeRedeem(request);
        const Result<RedeemRequest> read = decodeRedeem(bytes);
        QVERIFY(read && encodeRedeem(*read) == bytes);
        for (std::size_t size = 0; size < bytes.size(); ++size)
            QVERIFY(!decodeRedeem(ByteView(bytes).first(size)));
        QVERIFY(!decodeRedeem(zeroBytes(kMaxRedeemBytes + 1)));
    }
    void answersAreReadBack()
    {
        const FriendGrid grid;
        RedeemAnswer answer;
        answer.reason = "no";
        Result<RedeemAnswer> read = decodeAnswer(encodeAnswer(answer));
        QVERIFY(read && read->outcome == RedeemOutcome::Refused && read->reason == "no");
        answer.reason = std::string(257, 'x');
        QVERIFY(!decodeAnswer(encodeAnswer(answer)));
        answer = {RedeemOutcome::Welcome, "", grid.certify(0, 0), {grid.certify(0, 0)}};
        read = decodeAnswer(encodeAnswer(answer));
        QVERIFY(read && read->records.size() == 1);
        QVERIFY(read->certificate->name() == answer.certificate->name());
        answer.records.assign(kMaxAnswerRecords + 1, answer.certificate);
        QVERIFY(!decodeAnswer(encodeAnswer(answer)));
        answer.certificate = nullptr;
        answer.records.clear();
        QVERIFY(!decodeAnswer(encodeAnswer(answer)));
        QVERIFY(!decodeAnswer(toBytes("\xff\xff")));
    }
    void aNewcomerLooksAtWhatItGets()
    {
        FriendGrid grid;
        grid.admit(0, 1, 2);
        const InviteLink link = someLink();
        grid.admit(1, 5, 0, kTestTime, link.id);
        RedeemAnswer answer{RedeemOutcome::Welcome, "", grid.certify(1, 5), {}};
        QVERIFY(checkWelcome(link, FriendGrid::id(5), answer));
        QVERIFY(!checkWelcome(link, FriendGrid::id(6), answer));
        InviteLink other = link;
        other.inviter = FriendGrid::id(0);
        QVERIFY(!checkWelcome(other, FriendGrid::id(5), answer));
        other = link;
        other.id = InviteId();
        QVERIFY(!checkWelcome(other, FriendGrid::id(5), answer));
        other = link;
        other.grid = GridId();
        QVERIFY(!checkWelcome(other, FriendGrid::id(5), answer));
        answer.certificate = nullptr;
        const auto none = checkWelcome(link, FriendGrid::id(5), answer);
        QVERIFY(!none && none.error().code() == ErrorCode::PeerMisbehaved);
    }
};

QTEST_GUILESS_MAIN(TestInviteLink)
#include "test_invite_link.moc"
