// One set of requests through the pool, over every path to a peer.
#include "tests/support/http_suite.h"
#include "tests/support/peer_paths.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <QtTest/QTest>

using namespace tarn;

namespace {

asio::awaitable<std::string> askOnce(net::ConnectionPool& pool, net::PeerKey key,
                                     std::string method, std::string target, Bytes body,
                                     Bytes expected)
{
    net::RequestHead head;
    head.method = std::move(method);
    head.target = std::move(target);
    head.headers.add("Host", "peer");
    const std::array<ByteView, 1> pieces{ByteView(body)};
    net::RequestOptions options;
    Result<net::PooledResponse> response = co_await pool.request(key, head, pieces, options);
    if (!response) co_return response.error().text();
    const Result<Bytes> got = co_await response->connection->readAll(64 << 20U);
    if (!got) co_return got.error().text();
    co_return *got == expected ? "" : "wrong bytes";
}

/// Transfers of several sizes, two at a time.
asio::awaitable<std::string> everything(net::ConnectionPool& pool, net::PeerKey key)
{
    using namespace asio::experimental::awaitable_operators;
    for (const std::size_t size : {1U, 70'000U, 2'000'000U}) {
        const Bytes bytes = test::patternBytes(size);
        auto down = askOnce(pool, key, "GET", "/size/" + std::to_string(size), Bytes(), bytes);
        auto up = askOnce(pool, key, "PUT", "/count", bytes, toBytes(std::to_string(size)));
        auto [one, two] = co_await (std::move(down) && std::move(up));
        if (!one.empty()) co_return one;
        if (!two.empty()) co_return two;
    }
    co_return std::string();
}

} // namespace

class TestPeerPaths final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void carriesRequests_data()
    {
        QTest::addColumn<int>("index");
        const auto paths = test::allPeerPaths();
        for (std::size_t i = 0; i < paths.size(); ++i)
            QTest::newRow(paths[i].name.c_str()) << static_cast<int>(i);
    }
    void carriesRequests()
    {
        QFETCH(int, index);
        const test::PeerPath path = test::allPeerPaths().at(static_cast<std::size_t>(index));
        test::Engine engine;
        test::SuiteHandler handler(engine.clock());
        const auto peer = path.make(engine, handler);
        const auto wrong = test::runOver(path, engine, everything(peer->pool(), peer->key()));
        QVERIFY(wrong.has_value());
        QCOMPARE(QString::fromStdString(*wrong), QString());
        const bool restless = path.name.find("replaced") != std::string::npos;
        QCOMPARE(peer->pathChanges() > 2, restless);
    }
};

QTEST_GUILESS_MAIN(TestPeerPaths)
#include "test_peer_paths.moc"
