// Links that members give each other, and clients that are no members: as JSON, both ways.
#include "core/control/link_json.h"

#include <nlohmann/json.hpp>

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::control;
using nlohmann::json;

namespace {

LinkView fullLink()
{
    LinkView out;
    out.id = "abcdefghijklmnopqrstuvwxyz";
    out.member = "b\nob";
    out.key = "v0-bob";
    out.name = "letters";
    out.kind = "directory";
    out.size = 7;
    out.time = 1'800'000'000;
    out.sent = true;
    out.delivered = false;
    out.cap = "URI:DIR2-RO:x";
    return out;
}

ClientView fullClient()
{
    ClientView out;
    out.name = "laptop";
    out.used = std::uint64_t{1} << 40U;
    out.shares = 3;
    out.limit = 5;
    out.created = 1'800'000'000;
    out.revoked = true;
    out.entry = "storage:\n";
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

class TestLinkJson final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void linksComeBack()
    {
        const Result<LinkView> back = readLinkView(jsonOf(fullLink()));
        QVERIFY(back && *back == fullLink());
        LinkView bare = fullLink();
        bare.size.reset();
        bare.cap.clear();
        QVERIFY(!jsonOf(bare).contains("cap"));
        const auto all = readLinkViews(jsonOf(std::vector<LinkView>{fullLink(), bare}));
        QVERIFY(all && all->size() == 2 && all->back() == bare);
        QVERIFY(needsEveryKey(jsonOf(fullLink()), &readLinkView, "cap"));
        QVERIFY(!readLinkViews(json{{"links", 3}}));
    }
    void clientsComeBack()
    {
        const Result<ClientView> back = readClientView(jsonOf(fullClient()));
        QVERIFY(back && *back == fullClient());
        ClientView bare = fullClient();
        bare.limit.reset();
        bare.entry.clear();
        QVERIFY(!jsonOf(bare).contains("entry"));
        const auto all = readClientViews(jsonOf(std::vector<ClientView>{bare, fullClient()}));
        QVERIFY(all && all->size() == 2 && all->front() == bare);
        QVERIFY(needsEveryKey(jsonOf(fullClient()), &readClientView, "entry"));
        QVERIFY(!readClientViews(json::array()));
    }
    void requestsComeBack()
    {
        const LinkRequest link{"URI:x", "n"};
        QVERIFY(*readLinkRequest(jsonOf(link)) == link);
        ClientRequest client{"t", 7};
        QVERIFY(*readClientRequest(jsonOf(client)) == client);
        client.limit.reset();
        QVERIFY(*readClientRequest(jsonOf(client)) == client);
        QVERIFY(*readClientRequest(json{{"name", "t"}}) == client);
        for (const json& bad :
             {json::object(), json{{"name", 3}}, json{{"name", "t"}, {"limit", -7}},
              json{{"name", "t"}, {"limit", "much"}}}) {
            const Result<ClientRequest> read = readClientRequest(bad);
            QVERIFY2(!read && read.error().code() == ErrorCode::InvalidInput, bad.dump().c_str());
            QVERIFY(!readLinkRequest(bad));
        }
    }
};

QTEST_GUILESS_MAIN(TestLinkJson)
#include "test_link_json.moc"
