// Members and invites as JSON, both ways.
#include "core/control/control_json.h"
#include "core/control/member_json.h"

#include <nlohmann/json.hpp>

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::control;
using nlohmann::json;

namespace {

InviteView fullInvite()
{
    InviteView out;
    out.id = "abcdefghijklmnopqrstuvwxyz";
    out.state = "claimed";
    out.inviter = "v0-alice";
    out.mine = false;
    out.note = "for \"Bob\"";
    out.role = "guest";
    out.depth = 3;
    out.quota = std::uint64_t{1} << 40U;
    out.preApproved = true;
    out.delegate = "v0-carol";
    out.created = 1'800'000'000;
    out.expires = 1'800'000'001;
    out.claim = ClaimView{"v0-bob", "b\nob", 1'800'000'002};
    out.link = "tarn://join/1#x";
    return out;
}

MemberView fullMember()
{
    MemberView out;
    out.name = "bob (k5x2)";
    out.key = "v0-bob";
    out.self = true;
    out.founder = true;
    out.standing = "expired";
    out.role = "friend";
    out.depth = 2;
    out.invitedBy = "v0-alice";
    out.admitted = 5;
    out.until = 6;
    out.online = true;
    out.path = "tcp:192.0.2.1:1";
    out.reason = "it cannot be connected to";
    out.lastSeen = 7;
    out.usesOfMine = 8;
    out.iUse = 9;
    out.saysItUses = 12;
    out.agrees = false;
    out.limit = 10;
    out.myLimit = 11;
    out.mayRead = false;
    out.mayWrite = false;
    out.keepShares = false;
    out.use = false;
    out.household = "home";
    return out;
}

template <class T>
bool needsEveryKey(const json& whole, Result<T> (*read)(const json&), const std::string& optional)
{
    for (const auto& [key, value] : whole.items()) {
        if (key == optional) continue;
        json less = whole;
        less.erase(key);
        json other = whole;
        other[key] = json::array({json::object()});
        const Result<T> missing = read(less);
        if (missing || missing.error().code() != ErrorCode::PeerMisbehaved || read(other))
            return false;
    }
    return true;
}

} // namespace

class TestMemberJson final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void invitesComeBack()
    {
        const Result<InviteView> back = readInviteView(jsonOf(fullInvite()));
        QVERIFY(back && *back == fullInvite());
        InviteView bare = fullInvite();
        bare.delegate.reset();
        bare.claim.reset();
        bare.link.clear();
        QVERIFY(!jsonOf(bare).contains("link"));
        const auto all = readInviteViews(jsonOf(std::vector<InviteView>{fullInvite(), bare}));
        QVERIFY(all && all->size() == 2 && all->back() == bare);
        QVERIFY(needsEveryKey(jsonOf(fullInvite()), &readInviteView, "link"));
    }
    void membersComeBack()
    {
        const Result<MemberView> back = readMemberView(jsonOf(fullMember()));
        QVERIFY(back && *back == fullMember());
        MemberView bare = fullMember();
        bare.lastSeen.reset();
        bare.iUse.reset();
        bare.saysItUses.reset();
        bare.agrees.reset();
        bare.limit.reset();
        bare.myLimit.reset();
        const auto all = readMemberViews(jsonOf(std::vector<MemberView>{bare, fullMember()}));
        QVERIFY(all && all->size() == 2 && all->front() == bare);
        QVERIFY(needsEveryKey(jsonOf(fullMember()), &readMemberView, ""));
        QVERIFY(!readMemberViews(json{{"members", 3}}));
    }
    void wishesComeBack()
    {
        InviteRequest request;
        QVERIFY(*readInviteRequest(json::object()) == request);
        request.note = "n";
        request.lifeSeconds = 3600;
        request.quota = std::uint64_t{1} << 63U;
        request.preApproved = true;
        request.role = "guest";
        request.depth = 0;
        request.delegate = "bob";
        QVERIFY(*readInviteRequest(jsonOf(request)) == request);
        for (const json& bad :
             {json{{"quota", -1}}, json{{"quota", 1.5}}, json{{"depth", "deep"}},
              json{{"life", "x"}}, json{{"note", 3}}, json{{"pre_approved", 1}}}) {
            const Result<InviteRequest> read = readInviteRequest(bad);
            QVERIFY2(!read && read.error().code() == ErrorCode::InvalidInput, bad.dump().c_str());
        }
    }
    void changesSayOnlyWhatChanges()
    {
        QVERIFY(*readMemberChange(json::object()) == MemberChange());
        MemberChange change;
        change.setsLimit = true;
        QVERIFY(*readMemberChange(jsonOf(change)) == change);
        change.limit = 7;
        change.write = false;
        change.use = true;
        change.household = "";
        QVERIFY(*readMemberChange(jsonOf(change)) == change);
        for (const json& bad : {json{{"limit", -7}}, json{{"limit", "much"}}, json{{"keep", 1}}}) {
            const Result<MemberChange> read = readMemberChange(bad);
            QVERIFY2(!read && read.error().code() == ErrorCode::InvalidInput, bad.dump().c_str());
        }
    }
};

QTEST_GUILESS_MAIN(TestMemberJson)
#include "test_member_json.moc"
