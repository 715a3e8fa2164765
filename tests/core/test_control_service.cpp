// The control API with a node that a test makes: who gets in, what is answered, how events come.
#include "core/control/control_json.h"
#include "core/control/control_service.h"
#include "tests/support/engine.h"
#include "tests/support/transport_pairs.h"

#include <nlohmann/json.hpp>

#include <QtCore/QString>
#include <QtTest/QTest>

#include <array>

using namespace tarn;
using namespace tarn::control;
using namespace tarn::test;

namespace {

class FakeNode final : public NodeControl
{
public:
    asio::awaitable<Result<NodeStatus>> status() override
    {
        if (problem) co_return *problem;
        co_return answer;
    }
    asio::awaitable<Result<ConnectionView>> connection() override { co_return ConnectionView(); }
    asio::awaitable<Result<ConnectionView>> checkConnection() override
    {
        asked = "check connection";
        co_return ConnectionView();
    }
    asio::awaitable<Result<std::vector<TransferView>>> transfers() override
    {
        co_return std::vector<TransferView>(6);
    }
    asio::awaitable<Result<EncodingStatus>> encoding() override
    {
        asked = "encoding";
        co_return EncodingStatus();
    }
    asio::awaitable<Result<EncodingStatus>>
    chooseEncoding(std::optional<EncodingChoice> choice) override
    {
        asked = choice ? "encode " + std::to_string(choice->total) : "encode by itself";
        co_return EncodingStatus();
    }
    asio::awaitable<Result<std::vector<InviteView>>> invites() override
    {
        co_return std::vector<InviteView>(2);
    }
    asio::awaitable<Result<InviteView>> invite(std::string id) override
    {
        asked = "show " + id;
        co_return InviteView();
    }
    asio::awaitable<Result<InviteView>> createInvite(InviteRequest request) override
    {
        asked = "create " + request.note;
        co_return InviteView();
    }
    asio::awaitable<Result<InviteView>> decideInvite(std::string id,
                                                     InviteDecision decision) override
    {
        asked = "decide " + id + " " + std::to_string(static_cast<int>(decision));
        co_return InviteView();
    }
    asio::awaitable<Result<std::vector<MemberView>>> members() override
    {
        co_return std::vector<MemberView>(3);
    }
    asio::awaitable<Result<MemberView>> member(std::string name) override
    {
        asked = "member " + name;
        if (name == "nobody") co_return Error(ErrorCode::NotFound, "nobody");
        co_return MemberView();
    }
    asio::awaitable<Result<MemberView>> changeMember(std::string name, MemberChange change) override
    {
        asked = "change " + name + (change.setsLimit ? " limit" : "");
        co_return MemberView();
    }
    asio::awaitable<Result<MemberView>> revokeMember(std::string name) override
    {
        asked = "revoke " + name;
        co_return MemberView();
    }
    asio::awaitable<Result<LinkView>> shareLink(std::string name, LinkRequest request) override
    {
        asked = "share " + request.name + " with " + name;
        co_return LinkView();
    }
    asio::awaitable<Result<std::vector<LinkView>>> links() override
    {
        co_return std::vector<LinkView>(4);
    }
    asio::awaitable<Result<LinkView>> link(std::string id) override
    {
        asked = "link " + id;
        co_return LinkView();
    }
    asio::awaitable<Result<LinkView>> dropLink(std::string id) override
    {
        asked = "drop " + id;
        co_return LinkView();
    }
    asio::awaitable<Result<RelayStatus>> relay() override { co_return RelayStatus(); }
    asio::awaitable<Result<RelayStatus>> chooseRelay(RelayChoice choice) override
    {
        RelayStatus out;
        out.offer = choice.offer;
        out.budget = choice.budget;
        co_return out;
    }
    asio::awaitable<Result<std::vector<ClientView>>> clients() override
    {
        co_return std::vector<ClientView>(5);
    }
    asio::awaitable<Result<ClientView>> client(std::string name) override
    {
        asked = "client " + name;
        co_return ClientView();
    }
    asio::awaitable<Result<ClientView>> addClient(ClientRequest request) override
    {
        asked = "add " + request.name;
        co_return ClientView();
    }
    asio::awaitable<Result<ClientView>> limitClient(ClientRequest request) override
    {
        asked = "limit " + request.name + " " + std::to_string(request.limit.value_or(0));
        co_return ClientView();
    }
    asio::awaitable<Result<ClientView>> revokeClient(std::string name) override
    {
        asked = "shut " + name;
        co_return ClientView();
    }
    asio::awaitable<Result<NodeStatus>> leave() override
    {
        asked = "leave";
        co_return answer;
    }
    Subscription watch(OnChange onChange) override { return watchers.add(std::move(onChange)); }

    std::string asked;

    NodeStatus answer;
    std::optional<Error> problem;
    Watchers watchers;
};

/// What is not for the control API.
class WebDouble final : public net::HttpHandler
{
public:
    asio::awaitable<Result<void>> serve(net::ServerExchange& exchange) override
    {
        return exchange.respondText(200, net::HttpHeaders(), "the web");
    }
};

struct Answer
{
    unsigned status = 0;
    net::HttpHeaders headers;
    std::string body;
};

net::RequestHead get(const std::string& path)
{
    net::RequestHead head;
    head.method = "GET";
    head.target = path;
    head.headers.add("Host", "localhost:1");
    head.headers.add("Authorization", "Bearer sesame");
    return head;
}

asio::awaitable<Result<Answer>> ask(net::HttpClientConnection& client, net::RequestHead head,
                                    std::string body)
{
    const std::array<ByteView, 1> pieces{asBytes(body)};
    TARN_CO_TRY(net::ResponseHead got, co_await client.request(head, pieces));
    Answer out;
    TARN_CO_TRY(const Bytes text, co_await client.readAll(1U << 20U));
    out.status = got.status;
    out.headers = std::move(got.headers);
    out.body = textOf(text);
    co_return out;
}

asio::awaitable<Result<net::ResponseHead>> begin(net::HttpClientConnection& client,
                                                 net::RequestHead head)
{
    const std::span<const ByteView> noBody;
    co_return co_await client.request(head, noBody);
}

asio::awaitable<Result<std::string>> readPiece(net::HttpClientConnection& client)
{
    Bytes buffer(4096);
    TARN_CO_TRY(const std::size_t count, co_await client.readBody(buffer));
    co_return std::string(asText(ByteView(buffer).first(count)));
}

} // namespace

class TestControlService final : public QObject
{
    Q_OBJECT

    struct Rig
    {
        Engine engine;
        FakeNode node;
        WebDouble web;
        ControlService service{node, web, Secret(std::string_view("sesame")), engine.executor(),
                               engine.clock()};
        net::HttpServer server{engine.executor(), service, engine.clock(), {}};

        std::unique_ptr<net::HttpClientConnection> connect()
        {
            Result<ChannelPair> pair = makePlainPair(engine.executor(), engine.clock());
            server.serve(std::move(pair->server));
            return std::make_unique<net::HttpClientConnection>(std::move(pair->client),
                                                               engine.clock());
        }
        Answer send(net::RequestHead head, std::string body = "")
        {
            const auto client = connect();
            const auto answer = engine.run(ask(*client, std::move(head), std::move(body)));
            return answer && *answer ? **answer : Answer();
        }
        std::string piece(net::HttpClientConnection& client)
        {
            const auto text = engine.run(readPiece(client));
            return text && *text ? **text : "nothing";
        }
        /// A stream that has said hello.
        std::unique_ptr<net::HttpClientConnection> listen()
        {
            auto client = connect();
            const auto head = engine.run(begin(*client, get("/control/v1/events")));
            if (!head || !*head || (*head)->status != 200) return nullptr;
            return piece(*client).starts_with("event: hello\ndata: {\"version\":")
                       ? std::move(client)
                       : nullptr;
        }
        void finish()
        {
            service.endStreams();
            engine.run(stop(server));
        }
        static asio::awaitable<bool> stop(net::HttpServer& server)
        {
            const Duration limit = std::chrono::seconds(5);
            co_await server.stop(limit);
            co_return true;
        }
    };

private Q_SLOTS:
    void tellsTheStatus()
    {
        Rig rig;
        rig.node.answer.nickname = "alice";
        const Answer answer = rig.send(get("/control/v1/status"));
        QCOMPARE(answer.status, 200U);
        QCOMPARE(*answer.headers.find("Content-Type"), std::string("application/json"));
        QCOMPARE(*answer.headers.find("Cache-Control"), std::string("no-store"));
        const Result<nlohmann::json> value = parseObject(answer.body);
        QVERIFY(value);
        const Result<NodeStatus> status = readNodeStatus(*value);
        QVERIFY(status && *status == rig.node.answer);
    }
    void handsOtherPathsOn()
    {
        Rig rig;
        net::RequestHead head = get("/uri");
        head.headers = {{"Host", "localhost"}};
        QCOMPARE(rig.send(std::move(head)).body, std::string("the web"));
        QCOMPARE(rig.send(get("/control")).body, std::string("the web"));
    }
    void letsNobodyInWithoutTheToken()
    {
        Rig rig;
        for (const char* path : {"/control/v1/status", "/control/v1/events", "/control/x"}) {
            net::RequestHead head = get(path);
            head.headers.set("Authorization", "Bearer other");
            const Answer answer = rig.send(std::move(head));
            QCOMPARE(answer.status, 401U);
            QCOMPARE(*answer.headers.find("WWW-Authenticate"), std::string("Bearer"));
            QVERIFY(parseObject(answer.body));
        }
        net::RequestHead rebound = get("/control/v1/status");
        rebound.headers.set("Host", "evil.example");
        QCOMPARE(rig.send(std::move(rebound)).status, 403U);
    }
    void grantsNoPageAnything()
    {
        Rig rig;
        net::RequestHead preflight = get("/control/v1/status");
        preflight.method = "OPTIONS";
        preflight.headers.add("Origin", "http://evil.example");
        preflight.headers.add("Access-Control-Request-Method", "GET");
        const Answer answer = rig.send(std::move(preflight));
        QCOMPARE(answer.status, 403U);
        for (const net::HttpHeader& header : answer.headers)
            QVERIFY(!QString::fromStdString(header.name)
                         .startsWith("Access-Control", Qt::CaseInsensitive));
    }
    void refusesOtherPathsAndMethods()
    {
        Rig rig;
        for (const char* path : {"/control/", "/control/v1", "/control/v2/status",
                                 "/control/v1/status/", "/control/v1/../v1/status"})
            QCOMPARE(rig.send(get(path)).status, 404U);
        for (const char* method : {"POST", "PUT", "DELETE", "HEAD", "OPTIONS"}) {
            net::RequestHead head = get("/control/v1/status");
            head.method = method;
            const Answer answer = rig.send(std::move(head));
            QCOMPARE(answer.status, 405U);
            QCOMPARE(*answer.headers.find("Allow"), std::string("GET"));
        }
    }
    void invitesAndMembersHavePaths()
    {
        Rig rig;
        const auto count = [&](const char* path, const char* key) {
            return (*parseObject(rig.send(get(path)).body))[key].size();
        };
        QCOMPARE(count("/control/v1/invites", "invites"), std::size_t{2});
        QCOMPARE(count("/control/v1/members", "members"), std::size_t{3});
        const auto asks = [&](const char* method, const char* path, const std::string& body) {
            net::RequestHead head = get(path);
            head.method = method;
            const Answer answer = rig.send(std::move(head), body);
            return answer.status == 200 ? rig.node.asked : std::to_string(answer.status);
        };
        QCOMPARE(asks("GET", "/control/v1/invites/abc", ""), std::string("show abc"));
        QCOMPARE(asks("POST", "/control/v1/invites", "{\"note\": \"n\"}"), std::string("create n"));
        QCOMPARE(asks("POST", "/control/v1/invites/abc/approve", ""), std::string("decide abc 0"));
        QCOMPARE(asks("POST", "/control/v1/invites/abc/deny", ""), std::string("decide abc 1"));
        QCOMPARE(asks("POST", "/control/v1/invites/abc/cancel", ""), std::string("decide abc 2"));
        QCOMPARE(asks("GET", "/control/v1/members/b%20%28k%29", ""), std::string("member b (k)"));
        QCOMPARE(asks("POST", "/control/v1/members/bob", "{\"limit\": null}"),
                 std::string("change bob limit"));
        QCOMPARE(asks("POST", "/control/v1/members/bob/revoke", ""), std::string("revoke bob"));
        QCOMPARE(asks("POST", "/control/v1/leave", ""), std::string("leave"));
        QCOMPARE(asks("GET", "/control/v1/leave", ""), std::string("405"));
        QCOMPARE(asks("GET", "/control/v1/members/nobody", ""), std::string("404"));
        QCOMPARE(asks("GET", "/control/v1/members/%zz", ""), std::string("400"));
        QCOMPARE(asks("GET", "/control/v1/invites/abc/approve", ""), std::string("405"));
        QCOMPARE(asks("DELETE", "/control/v1/members/bob", ""), std::string("405"));
        QCOMPARE(asks("POST", "/control/v1/invites/abc/else", ""), std::string("404"));
        QCOMPARE(asks("POST", "/control/v1/members//revoke", ""), std::string("404"));
        QCOMPARE(asks("POST", "/control/v1/members/bob", "[]"), std::string("400"));
        QCOMPARE(asks("POST", "/control/v1/invites", "{\"quota\": -1}"), std::string("400"));
        QCOMPARE(asks("POST", "/control/v1/invites", std::string(70'000, ' ')), std::string("413"));
    }
    void linksAndClientsHavePaths()
    {
        Rig rig;
        const auto count = [&](const char* path, const char* key) {
            return (*parseObject(rig.send(get(path)).body))[key].size();
        };
        QCOMPARE(count("/control/v1/inbox", "links"), std::size_t{4});
        QCOMPARE(count("/control/v1/clients", "clients"), std::size_t{5});
        QCOMPARE(count("/control/v1/transfers", "transfers"), std::size_t{6});
        const auto asks = [&](const char* method, const char* path, const std::string& body) {
            net::RequestHead head = get(path);
            head.method = method;
            const Answer answer = rig.send(std::move(head), body);
            return answer.status == 200 ? rig.node.asked : std::to_string(answer.status);
        };
        QCOMPARE(
            asks("POST", "/control/v1/members/bob/share", "{\"cap\": \"URI:x\", \"name\": \"n\"}"),
            std::string("share n with bob"));
        QCOMPARE(asks("POST", "/control/v1/members/bob/share", "{\"cap\": \"URI:x\"}"),
                 std::string("400"));
        QCOMPARE(asks("GET", "/control/v1/members/bob/share", ""), std::string("405"));
        QCOMPARE(asks("GET", "/control/v1/inbox/abc", ""), std::string("link abc"));
        QCOMPARE(asks("POST", "/control/v1/inbox/abc/drop", ""), std::string("drop abc"));
        QCOMPARE(asks("POST", "/control/v1/inbox/abc/take", ""), std::string("404"));
        QCOMPARE(asks("POST", "/control/v1/inbox", ""), std::string("405"));
        QCOMPARE(asks("POST", "/control/v1/transfers", ""), std::string("405"));
        QCOMPARE(asks("GET", "/control/v1/clients/t", ""), std::string("client t"));
        QCOMPARE(asks("POST", "/control/v1/clients", "{\"name\": \"t\"}"), std::string("add t"));
        QCOMPARE(asks("POST", "/control/v1/clients", "{}"), std::string("400"));
        QCOMPARE(asks("POST", "/control/v1/clients/t", "{\"limit\": 7}"), std::string("limit t 7"));
        QCOMPARE(asks("POST", "/control/v1/clients/t", "{\"limit\": null, \"name\": \"u\"}"),
                 std::string("limit t 0"));
        QCOMPARE(asks("POST", "/control/v1/clients/t", "{}"), std::string("400"));
        QCOMPARE(asks("POST", "/control/v1/clients/t/revoke", ""), std::string("shut t"));
    }
    void theEncodingHasAPath()
    {
        Rig rig;
        const auto asks = [&](const char* method, const std::string& body) {
            net::RequestHead head = get("/control/v1/encoding");
            head.method = method;
            const Answer answer = rig.send(std::move(head), body);
            return answer.status == 200 ? rig.node.asked : std::to_string(answer.status);
        };
        QCOMPARE(asks("GET", ""), std::string("encoding"));
        QCOMPARE(asks("POST", "{\"needed\": 2, \"happy\": 3, \"total\": 5}"),
                 std::string("encode 5"));
        QCOMPARE(asks("POST", "{\"automatic\": true}"), std::string("encode by itself"));
        QCOMPARE(asks("POST", "{\"needed\": 2}"), std::string("400"));
        QCOMPARE(asks("POST", ""), std::string("400"));
        QCOMPARE(asks("DELETE", ""), std::string("405"));
    }
    void errorsAreJson()
    {
        Rig rig;
        rig.node.problem = Error(ErrorCode::NoSpace, "the disk is full");
        const Answer answer = rig.send(get("/control/v1/status"));
        QCOMPARE(answer.status, 503U);
        QCOMPARE(readError(answer.status, answer.body).message(), std::string("the disk is full"));
    }
    void changesBecomeEvents()
    {
        Rig rig;
        const auto client = rig.listen();
        QVERIFY(client);
        QCOMPARE(rig.node.watchers.size(), std::size_t{1});
        rig.engine.onEngine([&] {
            for (int i = 0; i < 1000; ++i) // told once
                rig.node.watchers.tell(Topic::Status);
        });
        QCOMPARE(rig.piece(*client), std::string("event: status\ndata: {}\n\n"));
        const TimePoint before = rig.engine.clock().now();
        QCOMPARE(rig.piece(*client), std::string(": nothing new\n\n"));
        QCOMPARE(rig.engine.clock().now() - before, kStreamPause + kStreamPulse);
        rig.finish();
    }
    void whatChangesDuringARestIsToldAfterIt()
    {
        Rig rig;
        const auto client = rig.listen();
        QVERIFY(client);
        rig.engine.onEngine([&] { rig.node.watchers.tell(Topic::Status); });
        QCOMPARE(rig.piece(*client), std::string("event: status\ndata: {}\n\n"));
        const TimePoint before = rig.engine.clock().now();
        rig.engine.onEngine([&] { rig.node.watchers.tell(Topic::Status); });
        QCOMPARE(rig.piece(*client), std::string("event: status\ndata: {}\n\n"));
        QCOMPARE(rig.engine.clock().now() - before, kStreamPause);
        rig.finish();
    }
    void streamsAreFewAndLeaveNothing()
    {
        Rig rig;
        std::vector<std::unique_ptr<net::HttpClientConnection>> clients;
        for (std::size_t i = 0; i < kMostStreams; ++i) {
            clients.push_back(rig.listen());
            QVERIFY(clients.back());
        }
        QCOMPARE(rig.send(get("/control/v1/events")).status, 503U);
        rig.engine.onEngine([&] { clients.clear(); });
        QVERIFY(rig.listen());
        QCOMPARE(rig.node.watchers.size(), std::size_t{1});
        rig.finish();
        QCOMPARE(rig.node.watchers.size(), std::size_t{0});
    }
    void streamsEndWithTheService()
    {
        Rig rig;
        const auto client = rig.listen();
        QVERIFY(client);
        const TimePoint before = rig.engine.clock().now();
        rig.engine.onEngine([&] { rig.service.endStreams(); });
        QCOMPARE(rig.piece(*client), std::string()); // an orderly end
        rig.finish();
        QVERIFY(rig.engine.clock().now() - before < std::chrono::seconds(1));
        QCOMPARE(rig.node.watchers.size(), std::size_t{0});
    }
};

QTEST_GUILESS_MAIN(TestControlService)
#include "test_control_service.moc"
