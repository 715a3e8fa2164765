#include "core/net/http_client.h"
#include "storage-server/admin_service.h"
#include "tests/support/fake_clock.h"
#include "tests/support/seeded_random.h"
#include "tests/support/transport_pairs.h"

#include <QtCore/QDir>
#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::storage;

namespace {

struct Answer
{
    net::ResponseHead head;
    std::string body;
};

asio::awaitable<Result<void>> get(net::HttpClientConnection& client, net::RequestHead head,
                                  Answer& answer)
{
    const std::span<const ByteView> noBody;
    TARN_CO_TRY(answer.head, co_await client.request(head, noBody));
    TARN_CO_TRY(const Bytes body, co_await client.readAll(1U << 20U));
    answer.body = textOf(body);
    co_return ok();
}

asio::awaitable<void> run(net::HttpClientConnection& client, net::RequestHead head, Answer& answer,
                          std::optional<Result<void>>& out)
{
    out = co_await get(client, std::move(head), answer);
}

} // namespace

class TestAdminService final : public QObject
{
    Q_OBJECT

    QTemporaryDir m_folder;
    test::FakeClock m_clock;
    test::SeededRandom m_random{17};
    std::unique_ptr<WorkPool> m_pool = makeInlinePool();
    std::string m_directory;
    std::unique_ptr<FileLayer> m_files;
    std::unique_ptr<DiskStore> m_store;
    ServiceCounters m_counters;

    Result<Answer> ask(const std::string& method, const std::string& target)
    {
        asio::io_context engine;
        AdminService service(*m_store, m_counters, [] { return net::ListenerCounts{5, 9, 2, 1}; });
        TARN_TRY(test::ChannelPair pair, test::makePlainPair(engine.get_executor(), m_clock));
        std::optional<Result<void>> out;
        Answer answer;
        net::RequestHead head;
        head.method = method;
        head.target = target;
        head.headers.add("Host", "localhost");
        {
            net::HttpClientConnection client(std::move(pair.client), m_clock);
            net::HttpServer server(engine.get_executor(), service, m_clock, {});
            server.serve(std::move(pair.server));
            asio::co_spawn(engine, run(client, std::move(head), answer, out), asio::detached);
            m_clock.runUntil(engine, std::chrono::minutes(5), [&] { return out.has_value(); });
        }
        engine.restart();
        engine.poll();
        TARN_TRY_VOID(*std::move(out));
        return answer;
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_directory = m_folder.filePath("storage").toStdString();
        m_files = makePosixFileLayer(m_directory);
        StoreConfig config;
        config.directory = m_directory;
        auto store = DiskStore::openBlocking(config, *m_files, *m_pool, m_clock, m_random);
        QVERIFY2(store, store ? "" : store.error().message().c_str());
        m_store = *std::move(store);
    }
    void tellsItsHealth()
    {
        const Result<Answer> answer = ask("GET", "/healthz");
        QVERIFY(answer);
        QCOMPARE(answer->head.status, 200U);
        const QJsonObject json =
            QJsonDocument::fromJson(QByteArray::fromStdString(answer->body)).object();
        QCOMPARE(json["healthy"].toBool(), true);
        QCOMPARE(json["state"].toString(), QString("healthy"));
        QCOMPARE(json["corruption_advisories"].toInt(), 0);
        QVERIFY(json["available_bytes"].toDouble() > 0);
    }
    void tellsItsNumbers()
    {
        for (int i = 0; i < 7; ++i)
            m_counters.requests.add("allocate", 200);
        m_counters.requests.add(kOtherEndpoint, 404);
        const Result<Answer> answer = ask("GET", "/metrics");
        QVERIFY(answer);
        QCOMPARE(answer->head.status, 200U);
        QVERIFY(answer->head.headers.find("Content-Type")
                    ->starts_with("application/openmetrics-text; version=1.0.0"));
        for (const char* line :
             {"# TYPE tarn_storage_requests counter\n",
              "tarn_storage_requests_total{endpoint=\"allocate\",code=\"200\"} 7\n",
              "tarn_storage_requests_total{endpoint=\"other\",code=\"404\"} 1\n",
              "tarn_storage_healthy 1\n", "tarn_storage_connections 5\n",
              "tarn_storage_connections_accepted_total 9\n",
              "tarn_storage_connections_refused_total 2\n",
              "tarn_storage_connections_failed_total 1\n", "tarn_storage_serving 1\n",
              "tarn_storage_disk_failures_total 0\n",
              "tarn_storage_request_seconds_bucket{endpoint=\"allocate\","
              "le=\"+Inf\"} 0\n"})
            QVERIFY2(answer->body.find(line) != std::string::npos, line);
        QVERIFY(answer->body.ends_with("# EOF\n"));
    }
    void hasNothingElse()
    {
        QCOMPARE(ask("GET", "/")->head.status, 404U);
        QCOMPARE(ask("GET", "/storage/v1/version")->head.status, 404U);
        const Result<Answer> post = ask("POST", "/healthz");
        QCOMPARE(post->head.status, 405U);
        QCOMPARE(*post->head.headers.find("Allow"), std::string("GET, HEAD"));
        QCOMPARE(ask("HEAD", "/healthz")->head.status, 200U);
    }
    void saysWhenTheDirectoryIsGone()
    {
        QVERIFY(QDir().rename(QString::fromStdString(m_directory), m_folder.filePath("away")));
        asio::io_context engine;
        std::optional<bool> asked;
        asio::co_spawn(
            engine,
            [&]() -> asio::awaitable<void> {
                storage_api::LeaseSecrets leases;
                const auto out = co_await m_store->addLease(StorageIndex(), leases);
                asked = out.has_value();
            },
            asio::detached);
        m_clock.runUntil(engine, std::chrono::minutes(1), [&] { return asked.has_value(); });
        const Result<Answer> answer = ask("GET", "/healthz");
        QVERIFY(answer);
        QVERIFY2(answer->head.status == 503U, answer->body.c_str());
        QVERIFY(answer->body.find("\"healthy\": false") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestAdminService)
#include "test_admin_service.moc"
