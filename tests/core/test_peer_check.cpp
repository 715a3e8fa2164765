#include "core/net/http_server.h"
#include "core/net/tls_stream.h"
#include "core/node/doctor/peer_check.h"
#include "tests/support/engine.h"
#include "tests/support/sim_network.h"
#include "tests/support/test_identity.h"

#include <boost/asio/detached.hpp>

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::node::doctor;
using namespace std::chrono_literals;

namespace {

/// Answers everything with one status, and with one Date.
class Answering final : public net::HttpHandler
{
public:
    asio::awaitable<Result<void>> serve(net::ServerExchange& exchange) override
    {
        target = exchange.head().target;
        const std::string* const found = exchange.head().headers.find("Authorization");
        authorization = found != nullptr ? *found : std::string();
        co_return co_await exchange.respondText(status, net::HttpHeaders(), "text\n");
    }

    unsigned status = 200;
    std::string target;
    std::string authorization;
};

/// Says that it is later, or earlier.
class WrongClock final : public Clock
{
public:
    explicit WrongClock(Clock& right) : m_right(right) {}
    TimePoint now() const override { return m_right.now(); }
    WallTime wallNow() const override { return m_right.wallNow() + ahead; }
    asio::awaitable<void> sleep(Duration duration) override { return m_right.sleep(duration); }

    Duration ahead{};

private:
    Clock& m_right;
};

struct Net
{
    Net()
        : network(engine.executor(), engine.clock(), 1), dialer(network.dialerFor("client")),
          theirClock(engine.clock()),
          server(std::make_unique<net::HttpServer>(engine.executor(), handler, theirClock,
                                                   net::HttpServerLimits()))
    {
        network.listen("server", 1, [this](net::Stream stream) {
            asio::co_spawn(engine.context(), welcome(*this, std::move(stream)), asio::detached);
        });
        network.listen("silent", 1,
                       [this](net::Stream stream) { kept.push_back(std::move(stream)); });
    }
    ~Net()
    {
        server.reset();
        engine.settle();
    }
    Net(const Net&) = delete;
    Net& operator=(const Net&) = delete;

    static asio::awaitable<Result<void>> welcome(Net& self, net::Stream stream)
    {
        TARN_CO_TRY(std::unique_ptr<net::TlsStream> tls,
                    co_await net::acceptTls(std::move(stream), test::sharedIdentity(),
                                            self.engine.clock(), 20s));
        self.server->serve(std::move(tls));
        co_return ok();
    }
    Result<PeerAnswer> ask(const Peer& peer)
    {
        return engine.run(askPeer(*dialer, engine.clock(), peer, 40s))
            .value_or(Error(ErrorCode::Internal, "never ended"));
    }

    test::Engine engine;
    test::SimNetwork network;
    std::unique_ptr<net::Dialer> dialer;
    Answering handler;
    WrongClock theirClock;
    std::unique_ptr<net::HttpServer> server;
    std::vector<net::Stream> kept;
};

wire::Nurl nurlAt(const std::string& host)
{
    wire::Nurl out;
    out.spkiHash = test::sharedIdentity().key();
    out.host = host;
    out.port = 1;
    out.swissnum = "abcd";
    return out;
}

wire::IntroducerUrl introducerAt(const std::string& host)
{
    wire::IntroducerUrl out;
    out.spkiHash = test::sharedIdentity().key();
    out.host = host;
    out.port = 1;
    return out;
}

} // namespace

class TestPeerCheck final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aServerIsAskedForItsVersion()
    {
        Net net;
        const Peer peer = peerOf(nurlAt("server"), "alpha");
        QCOMPARE(peer.check, std::string("server alpha at server:1"));
        net.theirClock.ahead = 1h;
        const Result<PeerAnswer> answer = net.ask(peer);
        QVERIFY2(answer, answer ? "" : answer.error().message().c_str());
        QCOMPARE(net.handler.target, std::string("/storage/v1/version"));
        QVERIFY(net.handler.authorization.starts_with("Tahoe-LAFS "));
        QVERIFY(answer->ahead);
        QVERIFY(std::chrono::abs(*answer->ahead - 1h) < 2s);
        const Finding found = judgePeer(peer, answer);
        QVERIFY(found.outcome == Outcome::Fine);
        QVERIFY(found.step.empty());
    }
    void anIntroducerIsToldNothing()
    {
        Net net;
        const Peer peer = peerOf(introducerAt("server"));
        net.handler.status = 405;
        const Result<PeerAnswer> answer = net.ask(peer);
        QVERIFY(answer);
        QCOMPARE(net.handler.target, std::string("/gossip/v1/announce"));
        QVERIFY(net.handler.authorization.empty());
        QVERIFY(judgePeer(peer, answer).outcome == Outcome::Fine);
        net.handler.status = 404;
        const Finding other = judgePeer(peer, net.ask(peer));
        QVERIFY(other.outcome == Outcome::Problem);
        QVERIFY(other.what.find("404") != std::string::npos);
    }
    void aRefusedCredentialIsNamed()
    {
        Net net;
        net.handler.status = 401;
        const Peer peer = peerOf(nurlAt("server"), "");
        QCOMPARE(peer.check, std::string("server server:1"));
        const Finding found = judgePeer(peer, net.ask(peer));
        QVERIFY(found.outcome == Outcome::Problem);
        QVERIFY(found.step.find("NURL") != std::string::npos);
        net.handler.status = 500;
        QVERIFY(judgePeer(peer, net.ask(peer)).step.find("operator") != std::string::npos);
    }
    void anotherKeyIsAWarning()
    {
        Net net;
        Peer peer = peerOf(introducerAt("server"));
        peer.key = test::makeSeededIdentity(2).key();
        const Result<PeerAnswer> answer = net.ask(peer);
        QVERIFY(!answer);
        const Finding found = judgePeer(peer, answer);
        QVERIFY(found.outcome == Outcome::Problem);
        QVERIFY2(found.what.find("another key") != std::string::npos, found.what.c_str());
        QVERIFY(found.step.find("in between") != std::string::npos);
        QVERIFY(net.handler.target.empty());
    }
    void nobodyThere()
    {
        Net net;
        const Peer peer = peerOf(introducerAt("nowhere"));
        const Result<PeerAnswer> answer = net.ask(peer);
        QVERIFY(!answer);
        const Finding found = judgePeer(peer, answer);
        QVERIFY(found.outcome == Outcome::Problem);
        QVERIFY(found.step.find("operator") != std::string::npos);
    }
    void oneThatSaysNothing()
    {
        Net net;
        const Peer peer = peerOf(introducerAt("silent"));
        const Result<PeerAnswer> answer = net.ask(peer);
        QVERIFY(!answer);
        QVERIFY(judgePeer(peer, answer).outcome == Outcome::Problem);
    }
};

QTEST_GUILESS_MAIN(TestPeerCheck)
#include "test_peer_check.moc"
