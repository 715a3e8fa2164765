#include "core/codec/base32.h"
#include "tests/client-gateway/web/web_fixture.h"

#include <QtTest/QTest>

using namespace tarn;
using test::WebAnswer;
using test::WebFixture;

class TestWebApi final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void foreignHostsAreRefused()
    {
        WebFixture web;
        QCOMPARE(web.get("/", {{"Host", "evil.example"}}).status, 403U);
        QCOMPARE(web.get("/", {{"Host", "localhost:1"}}).status, 200U);
        QCOMPARE(web.send("PUT", "/uri", "x", {{"Sec-Fetch-Site", "cross-site"}}).status, 403U);
        QVERIFY(web.files.files.empty());
    }
    void thePageTellsTheServers()
    {
        WebFixture web;
        gateway::web::ServerView server;
        server.id = "v0-abc";
        server.nickname = "<b>evil</b>";
        server.status.text = "not connected: refused";
        web.files.views.push_back(server);
        const WebAnswer page = web.get("/");
        QCOMPARE(page.status, 200U);
        QVERIFY(page.body.find("&lt;b&gt;evil") != std::string::npos);
        QVERIFY(page.body.find("<b>evil") == std::string::npos);
        QVERIFY(page.header("Content-Security-Policy").find("default-src 'none'") == 0);
        const WebAnswer json = web.get("/?t=json");
        QVERIFY(json.header("Content-Type").starts_with("application/json"));
        QVERIFY(json.body.find("\"connection_status\": \"not connected: refused\"") !=
                std::string::npos);
        QCOMPARE(web.get("/?t=xml").status, 400U);
        QVERIFY(web.send("HEAD", "/").body.empty());
    }
    void countsWhatItDid()
    {
        WebFixture web;
        web.send("PUT", "/uri", "hello");
        web.get("/uri/URI:LIT:nbswy3dp");
        const WebAnswer json = web.get("/statistics?t=json");
        QCOMPARE(json.header("Content-Type"), std::string("text/plain"));
        for (const char* line : {"\"uploader.files_uploaded\": 1", "\"uploader.bytes_uploaded\": 5",
                                 "\"downloader.files_downloaded\": 1",
                                 "\"downloader.bytes_downloaded\": 5", "\"node.uptime\": "})
            QVERIFY2(json.body.find(line) != std::string::npos, line);
        const WebAnswer metrics = web.get("/statistics?t=openmetrics");
        QCOMPARE(metrics.header("Content-Type"),
                 std::string("application/openmetrics-text; version=1.0.0; charset=utf-8"));
        QVERIFY(metrics.body.find("tahoe_counters_uploader_bytes_uploaded 5\n") !=
                std::string::npos);
        QVERIFY(metrics.body.ends_with("# EOF\n"));
        QCOMPARE(web.get("/statistics?t=xml").status, 400U);
        const WebAnswer page = web.get("/statistics");
        QVERIFY(page.header("Content-Type").starts_with("text/html"));
        QVERIFY(page.body.find("uploader.files_uploaded") != std::string::npos);
    }
    void tellsItsProcessorTime()
    {
        WebFixture web;
        web.cpuTime = std::chrono::milliseconds(1500);
        QVERIFY(web.get("/statistics?t=json").body.find("\"cpu_monitor.total\": 1.5") !=
                std::string::npos);
        QVERIFY(web.get("/statistics?t=openmetrics")
                    .body.find("tahoe_stats_cpu_monitor_total 1.500000\n") != std::string::npos);
        QVERIFY(web.get("/statistics").body.find("cpu_monitor.total") != std::string::npos);
    }
    void tellsAWatcherWhetherItCanServe()
    {
        WebFixture web;
        web.files.views.assign(7, gateway::web::ServerView());
        web.files.views[1].status.reachability = gateway::Reachability::Reached;
        web.files.views[2].status.corruptShares = 3;
        web.files.views[3].status.oldVersions = 2;
        const WebAnswer well = web.get("/healthz");
        QCOMPARE(well.status, 200U);
        QCOMPARE(well.body, std::string("{\"healthy\":true,\"problem\":null,\"servers\":7,"
                                        "\"servers_reachable\":7,\"servers_taking_shares\":7,"
                                        "\"servers_needed\":7,\"corrupt_shares\":3,"
                                        "\"bad_answers\":0,\"old_versions\":2}\n"));
        web.files.views[4].status.reachability = gateway::Reachability::Unreached;
        web.files.views[5].uploadRefusal = "no grid manager certificate";
        const WebAnswer ill = web.get("/healthz");
        QCOMPARE(ill.status, 503U);
        QVERIFY(ill.body.find("new files need 7 servers that take shares; of 7 known ones 6 can be "
                              "reached and 5 of these take shares") != std::string::npos);
        web.files.views[3].status.version = storage_api::ServerVersion(); // drained: no room
        QVERIFY(web.get("/healthz").body.find("and 4 of these take shares") != std::string::npos);
        const WebAnswer metrics = web.get("/metrics");
        QCOMPARE(metrics.status, 200U);
        QCOMPARE(metrics.header("Content-Type"),
                 std::string("application/openmetrics-text; version=1.0.0; charset=utf-8"));
        for (const char* line :
             {"tarn_gateway_healthy 0\n", "tarn_gateway_servers_reachable 6\n",
              "tarn_gateway_corrupt_shares_total 3\n", "tarn_gateway_old_versions_total 2\n",
              "tarn_gateway_requests_total{endpoint=\"healthz\",code=\"200\"} 1\n",
              "tarn_gateway_requests_total{endpoint=\"healthz\",code=\"503\"} 2\n",
              "tarn_gateway_request_seconds_count{endpoint=\"healthz\"} 3\n",
              "tarn_gateway_uploaded_bytes_total 0\n"})
            QVERIFY2(metrics.body.find(line) != std::string::npos, line);
        QVERIFY(metrics.body.ends_with("# EOF\n"));
        QCOMPARE(web.get("/healthz?t=json").status, 400U);
        QCOMPARE(web.get("/metrics?t=json").status, 400U);
    }
    /// As what it became, once; how long somebody looked is no time that an answer took.
    void aLogStreamIsCounted()
    {
        WebFixture web;
        net::HttpHeaders headers;
        headers.set("Authorization", "tahoe-lafs token");
        headers.set("Connection", "Upgrade");
        headers.set("Upgrade", "websocket");
        headers.set("Sec-WebSocket-Version", "13");
        headers.set("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        QCOMPARE(web.beginAndLeave("/private/logs/v1", headers), 101U);
        headers.set("Authorization", "tahoe-lafs another");
        QCOMPARE(web.beginAndLeave("/private/logs/v1", headers), 401U);
        const std::string metrics = web.get("/metrics").body;
        for (const char* line : {"tarn_gateway_requests_total{endpoint=\"other\",code=\"101\"} 1\n",
                                 "tarn_gateway_requests_total{endpoint=\"other\",code=\"401\"} 1\n",
                                 "tarn_gateway_request_seconds_count{endpoint=\"other\"} 1\n"})
            QVERIFY2(metrics.find(line) != std::string::npos, line);
    }
    /// Friends sleep: a put succeeds all the same, on the node's own disk.
    void aNodeThatKeepsNewFilesIsWellWhileItsDiskIs()
    {
        WebFixture web;
        web.files.own = gateway::web::OwnDisk{"v0-me", ""};
        web.files.views.assign(7, gateway::web::ServerView());
        web.files.views[0].id = "v0-me";
        QVERIFY(web.get("/healthz").body.find("\"waiting\":null") != std::string::npos);
        for (std::size_t i = 1; i < 7; ++i)
            web.files.views[i].status.reachability = gateway::Reachability::Unreached;
        const WebAnswer alone = web.get("/healthz");
        QCOMPARE(alone.status, 200U);
        QVERIFY(alone.body.starts_with("{\"healthy\":true,\"problem\":null,\"waiting\":\"new files "
                                       "wait on this node's own disk: new files need 7 servers"));
        QVERIFY(web.get("/metrics").body.find("tarn_gateway_healthy 1\n") != std::string::npos);
        web.files.own->problem = "the outbox is full";
        const WebAnswer full = web.get("/healthz");
        QCOMPARE(full.status, 503U);
        QVERIFY(full.body.find("\"problem\":\"the outbox is full\"") != std::string::npos);
        web.files.own->problem.clear();
        web.files.views[0].status.version = storage_api::ServerVersion(); // no room
        const WebAnswer stuck = web.get("/healthz");
        QCOMPARE(stuck.status, 503U);
        QVERIFY(stuck.body.find("folders can not be changed") != std::string::npos);
    }
    void saysWhatANodeWithoutStorageSays()
    {
        WebFixture web;
        const WebAnswer storage = web.get("/storage");
        QCOMPARE(storage.status, 200U);
        QVERIFY(storage.body.find("No storage server runs here") != std::string::npos);
        QCOMPARE(web.get("/storage?t=json").status, 404U);
        QCOMPARE(web.get("/storage?t=xml").status, 400U);
        QCOMPARE(web.get("/static/x").status, 404U);
        QCOMPARE(web.get("/report_incident").status, 400U);
        QCOMPARE(web.send("POST", "/report_incident", "details=URI%3ASSK%3Ax").status, 200U);
    }
    void saysWhoHoldsShares()
    {
        WebFixture web;
        const StorageIndex index = *StorageIndex::from(Bytes(16, std::byte{7}));
        const std::string name = codec::encodeBase32(index);
        web.files.holdersOf[index].shares["v0-a"] = {ShareNumber{0}, ShareNumber{4}};
        web.files.holdersOf[index].silent["v0-b"] = "refused \xff";
        const std::string other = codec::encodeBase32(Bytes(16, std::byte{8}));
        const WebAnswer answer =
            web.send("POST", "/holders",
                     "{\"storage_index\": \"" + name + "\", \"kind\": \"immutable\"}\n" +
                         "{\"storage_index\": \"" + other + "\"}\n");
        QCOMPARE(answer.status, 200U);
        QCOMPARE(answer.body,
                 "{\"holders\":{\"v0-a\":[0,4]},\"silent\":{\"v0-b\":\"refused \\ufffd\"},"
                 "\"storage_index\":\"" +
                     name + "\"}\n{\"holders\":{},\"silent\":{},\"storage_index\":\"" + other +
                     "\"}\n");
        QCOMPARE(web.files.holdersAsked.size(), std::size_t(2));
        QVERIFY(web.files.holdersAsked[0] == storage_api::ShareKind::Immutable);
        QVERIFY(web.files.holdersAsked[1] == storage_api::ShareKind::Mutable);
        QCOMPARE(web.send("POST", "/holders", "").body, std::string());
    }
    void badQuestionsForHoldersAreRefused()
    {
        WebFixture web;
        for (const char* body :
             {"x", "[]", "{}", "{\"storage_index\": 1}", "{\"storage_index\": \"aaaa\"}",
              "{\"storage_index\": \"URI:CHK:\"}"})
            QCOMPARE(web.send("POST", "/holders", body).status, 400U);
        std::string many;
        for (int i = 0; i < 1001; ++i)
            many += "{\"storage_index\": \"" + codec::encodeBase32(zeroBytes(16)) + "\"}\n";
        QCOMPARE(web.send("POST", "/holders", many).status, 400U);
        QCOMPARE(web.send("POST", "/holders", std::string(300'000, '\n')).status, 400U);
        QCOMPARE(web.get("/holders").status, 405U);
        QCOMPARE(web.send("POST", "/holders", "", {{"Sec-Fetch-Site", "cross-site"}}).status, 403U);
        QVERIFY(web.files.holdersAsked.empty());
    }
    void whatIsPrivateNeedsTheToken()
    {
        WebFixture web;
        for (const char* path : {"/private", "/private/", "/private/logs/v1", "/private/x"}) {
            const WebAnswer refused = web.get(path);
            QCOMPARE(refused.status, 401U);
            QVERIFY(refused.header("WWW-Authenticate").starts_with("tahoe-lafs"));
            for (const char* wrong : {"", "tahoe-lafs", "tahoe-lafs ", "tahoe-lafs tokem",
                                      "Bearer token", "tahoe-lafs token2"})
                QCOMPARE(web.get(path, {{"Authorization", wrong}}).status, 401U);
        }
        const net::HttpHeaders right{{"Authorization", "tahoe-lafs token"}};
        QCOMPARE(web.get("/private/logs/v1", right).status, 400U); // no WebSocket
        QCOMPARE(web.get("/private/other", right).status, 404U);
    }
    void tellsItsTransfers()
    {
        WebFixture web;
        web.send("PUT", "/uri", "hello");
        web.get("/uri/URI:LIT:nbswy3dp");
        web.files.uploadError = Error(ErrorCode::Unhappy, "no servers");
        web.send("PUT", "/uri", "again");
        const WebAnswer json = web.get("/status?t=json");
        QVERIFY(json.header("Content-Type").starts_with("application/json"));
        for (const char* part :
             {"\"active\": []", "\"type\": \"upload\"", "\"type\": \"download\"",
              "\"total-size\": 5", "\"progress-encode-push\": 1.0", "\"Failed: Unhappy\""})
            QVERIFY2(json.body.find(part) != std::string::npos, part);
        QVERIFY(web.get("/status/").body.find("/status/up-2") != std::string::npos);
        QVERIFY(web.get("/status/up-1").body.find("Finished") != std::string::npos);
        const WebAnswer one = web.get("/status/up-1?t=json");
        for (const char* part : {"\"type\": \"upload\"", "\"started\": ", "\"seconds\": 0.0",
                                 "\"first byte\": 0.0", "\"push shares\": 0.0", "\"servers\": []"})
            QVERIFY2(one.body.find(part) != std::string::npos, part);
        QCOMPARE(web.get("/status/up-1?t=xml").status, 400U);
        const WebAnswer events = web.get("/status/down-1/event_json");
        QVERIFY(events.body.find("\"bytes_returned\": 5") != std::string::npos);
        QCOMPARE(web.get("/status/x").status, 400U);
        for (const char* path : {"/status/up-9", "/status/x-1", "/status/up-1/event_json",
                                 "/status/down-1/other", "/status/down-1/event_json/x"})
            QCOMPARE(web.get(path).status, 404U);
        QCOMPARE(web.get("/status?t=xml").status, 400U);
        QCOMPARE(web.get("/helper_status?t=json").body, std::string("{}\n"));
        for (int i = 0; i < 20; ++i)
            web.get("/uri/URI:LIT:nbswy3dp");
        QCOMPARE(web.get("/status/down-1").status, 404U);
        QCOMPARE(web.get("/status/down-21").status, 200U);
    }
    void capsInTheQueryAreRedirected()
    {
        WebFixture web;
        const WebAnswer answer = web.get("/uri?uri=URI%3ALIT%3Anbswy3dp&t=json&x=a%26b");
        QCOMPARE(answer.status, 302U);
        QCOMPARE(answer.header("Location"),
                 std::string("/uri/URI%3ALIT%3Anbswy3dp?t=json&x=a%26b"));
        QCOMPARE(web.get("/uri").status, 400U);
        QCOMPARE(web.get("/uri?uri=nonsense").status, 400U);
        QCOMPARE(web.get("/uri?uri=URI:CHK:x").status, 400U);
        QCOMPARE(web.get("/uri?uri=a%2F..%2Fb").status, 400U);
    }
};

QTEST_GUILESS_MAIN(TestWebApi)
#include "test_web_api.moc"
