#include "core/net/tls_stream.h"
#include "tests/support/engine.h"
#include "tests/support/seeded_random.h"
#include "tests/support/test_identity.h"
#include "tests/support/transport_pairs.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <openssl/ssl.h>

#include <QtCore/QTemporaryFile>
#include <QtTest/QTest>

using namespace tarn;
using namespace std::chrono_literals;
using test::ChannelPair;

namespace {

struct Handshakes
{
    Result<std::unique_ptr<net::TlsStream>> client;
    Result<std::unique_ptr<net::TlsStream>> server;
};

asio::awaitable<Handshakes> shake(net::PeerKey pin, net::TlsServerIdentity identity, Clock& clock)
{
    using namespace asio::experimental::awaitable_operators;
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    auto streams = net::makeStreamPair(executor, "pair");
    const net::TlsClientContext context;
    auto connecting = net::connectTls(std::move(streams->first), context, pin, clock, 10s);
    auto accepting = net::acceptTls(std::move(streams->second), identity, clock, 10s);
    auto both = co_await (std::move(connecting) && std::move(accepting));
    Handshakes out{std::get<0>(std::move(both)), std::get<1>(std::move(both))};
    co_return out;
}

/// A client that asks the authorities of this machine about a server at localhost.
asio::awaitable<Handshakes> shakeByName(net::TlsServerIdentity identity, Clock& clock)
{
    using namespace asio::experimental::awaitable_operators;
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    auto streams = net::makeStreamPair(executor, "pair");
    const net::TlsAuthorities authorities = net::TlsAuthorities::ofMachineBlocking();
    std::string host = "localhost";
    auto connecting =
        net::connectTlsTo(std::move(host), std::move(streams->first), authorities, clock, 10s);
    auto accepting = net::acceptTls(std::move(streams->second), identity, clock, 10s);
    auto both = co_await (std::move(connecting) && std::move(accepting));
    Handshakes out{std::get<0>(std::move(both)), std::get<1>(std::move(both))};
    co_return out;
}

Handshakes shakeWithAuthorities(const net::TlsServerIdentity& identity)
{
    test::Engine engine;
    auto out = engine.run(shakeByName(identity, engine.clock()));
    return *std::move(out);
}

/// Runs a client of plain OpenSSL settings against acceptTls by hand, in memory of the socket.
asio::awaitable<Result<std::unique_ptr<net::TlsStream>>> acceptRaw(net::Stream stream, Clock& clock)
{
    co_return co_await net::acceptTls(std::move(stream), test::sharedIdentity(), clock, 10s);
}

/// A client of OpenSSL alone on one end of a socket pair, moved by hand.
class RawClient
{
public:
    RawClient(test::Engine& engine, net::Stream stream)
        : m_engine(engine), m_stream(std::move(stream)),
          m_context(SSL_CTX_new(TLS_client_method())), m_ssl(SSL_new(m_context)),
          m_in(BIO_new(BIO_s_mem())), m_out(BIO_new(BIO_s_mem()))
    {
        SSL_set_bio(m_ssl, m_in, m_out);
        SSL_set_connect_state(m_ssl);
    }
    ~RawClient()
    {
        SSL_free(m_ssl);
        SSL_CTX_free(m_context);
    }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    SSL* ssl() { return m_ssl; }

    /// Lets the other side run; what it says goes to OpenSSL, what OpenSSL says to it.
    void exchange()
    {
        char* said = nullptr;
        const long size = BIO_get_mem_data(m_out, &said);
        long sent = 0;
        while (sent < size) {
            const ssize_t count =
                ::send(m_stream.socket.native_handle(), said + sent,
                       static_cast<std::size_t>(size - sent), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (count > 0) sent += count;
            m_engine.settle();
            if (count < 0 && errno != EAGAIN) break;
        }
        (void)BIO_reset(m_out);
        m_engine.settle();
        std::array<char, 16384> heard{};
        const ssize_t count =
            ::recv(m_stream.socket.native_handle(), heard.data(), heard.size(), MSG_DONTWAIT);
        if (count > 0) BIO_write(m_in, heard.data(), static_cast<int>(count));
    }

    bool shakeHands()
    {
        for (int i = 0; i < 5 && SSL_do_handshake(m_ssl) != 1; ++i)
            exchange();
        exchange();
        return SSL_is_init_finished(m_ssl) == 1;
    }

private:
    test::Engine& m_engine;
    net::Stream m_stream;
    SSL_CTX* m_context;
    SSL* m_ssl;
    BIO* m_in;
    BIO* m_out;
};

/// Accepts a client and reads once.
asio::awaitable<Result<std::size_t>> acceptAndRead(net::Stream stream, Clock& clock)
{
    TARN_CO_TRY(const std::unique_ptr<net::TlsStream> accepted,
                co_await acceptRaw(std::move(stream), clock));
    Bytes buffer(100);
    co_return co_await accepted->readSome(buffer);
}

asio::awaitable<Result<void>> sendAll(net::Channel& channel, ByteView bytes)
{
    const std::array<ByteView, 1> pieces{bytes};
    co_return co_await channel.write(pieces);
}

asio::awaitable<Result<Bytes>> receiveExactly(net::Channel& channel, std::size_t size)
{
    Bytes all(size);
    std::size_t have = 0;
    while (have < size) {
        const MutableByteView room = MutableByteView(all).subspan(have);
        TARN_CO_TRY(const std::size_t count, co_await channel.readSome(room));
        if (count == 0) break;
        have += count;
    }
    all.resize(have);
    co_return all;
}

asio::awaitable<Result<Bytes>> across(ChannelPair& pair, Bytes bytes)
{
    using namespace asio::experimental::awaitable_operators;
    auto sending = sendAll(*pair.client, bytes);
    auto receiving = receiveExactly(*pair.server, bytes.size());
    auto [sent, received] = co_await (std::move(sending) && std::move(receiving));
    TARN_CO_TRY_VOID(std::move(sent));
    co_return received;
}

} // namespace

class TestTlsStream final : public QObject
{
    Q_OBJECT
private:
    static ChannelPair tlsPair(test::Engine& engine)
    {
        auto streams = net::makeStreamPair(engine.executor(), "pair");
        auto pair = engine.run(
            test::secure(std::move(streams->first), std::move(streams->second), engine.clock()));
        TARN_ASSERT(pair && *pair);
        return **std::move(pair);
    }

private Q_SLOTS:
    void everyKindOfKeyWorks_data()
    {
        QTest::addColumn<int>("kind");
        QTest::newRow("Ed25519") << static_cast<int>(test::KeyKind::Ed25519);
        QTest::newRow("ECDSA") << static_cast<int>(test::KeyKind::EcdsaP256);
        QTest::newRow("RSA") << static_cast<int>(test::KeyKind::Rsa2048);
    }
    void everyKindOfKeyWorks()
    {
        QFETCH(int, kind);
        test::Engine engine;
        const auto identity = test::makeIdentity(static_cast<test::KeyKind>(kind));
        const auto out = engine.run(shake(identity.key(), identity, engine.clock()));
        QVERIFY(out && out->client && out->server);
        const auto one = (*out->client)->exporter("EXPORTER-tarn", asBytes("context"), 32);
        const auto two = (*out->server)->exporter("EXPORTER-tarn", asBytes("context"), 32);
        const auto other = (*out->server)->exporter("EXPORTER-tarn", asBytes("other"), 32);
        QVERIFY(one && two && other);
        QVERIFY(one->matches(two->view()));
        QVERIFY(!one->matches(other->view()));
    }
    void anotherKeyIsRefused()
    {
        test::Engine engine;
        const auto expected = test::makeIdentity();
        const auto real = test::makeIdentity();
        const auto out = engine.run(shake(expected.key(), real, engine.clock()));
        QVERIFY(out);
        QCOMPARE(out->client.error().code(), ErrorCode::PeerMisbehaved);
        QVERIFY(out->client.error().message().find("another key") != std::string::npos);
        QVERIFY(!out->server);
    }
    void pinIsTheHashOfTheCertificateKey()
    {
        const test::IdentityPem pem = test::makeIdentityPem(test::KeyKind::EcdsaP256);
        const auto identity = net::TlsServerIdentity::fromPem(Secret(pem.key), pem.certificate);
        QVERIFY(identity);
        QCOMPARE(*net::peerKeyOfCertificate(pem.certificate), identity->key());
        QVERIFY(!net::peerKeyOfCertificate("nonsense"));
    }
    void badIdentitiesAreRefused()
    {
        const auto one = test::makeIdentityPem(test::KeyKind::Ed25519);
        const auto two = test::makeIdentityPem(test::KeyKind::Ed25519);
        const auto refused = [](const std::string& key, const std::string& certificate) {
            const auto identity = net::TlsServerIdentity::fromPem(Secret(key), certificate);
            return !identity && identity.error().code() == ErrorCode::InvalidInput;
        };
        QVERIFY(refused(one.key, two.certificate));
        QVERIFY(refused("nonsense", one.certificate));
        QVERIFY(refused(one.key, "nonsense"));
        QVERIFY(refused(one.certificate, one.certificate));
    }
    void olderTlsIsRefused()
    {
        // What an OpenSSL client that offers TLS 1.2 at most says first.
        SSL_CTX* context = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
        SSL* ssl = SSL_new(context);
        BIO* in = BIO_new(BIO_s_mem());
        BIO* out = BIO_new(BIO_s_mem());
        SSL_set_bio(ssl, in, out);
        SSL_set_connect_state(ssl);
        SSL_do_handshake(ssl);
        char* hello = nullptr;
        const long size = BIO_get_mem_data(out, &hello);
        test::Engine engine;
        auto streams = net::makeStreamPair(engine.executor(), "old");
        const ssize_t sent = ::send(streams->second.socket.native_handle(), hello,
                                    static_cast<std::size_t>(size), 0);
        QCOMPARE(sent, static_cast<ssize_t>(size));
        const auto accepted = engine.run(acceptRaw(std::move(streams->first), engine.clock()));
        SSL_free(ssl);
        SSL_CTX_free(context);
        QVERIFY(accepted && !*accepted);
        QCOMPARE(accepted->error().code(), ErrorCode::PeerMisbehaved);
    }
    void silentPeersTimeOut()
    {
        test::Engine engine;
        auto streams = net::makeStreamPair(engine.executor(), "silent");
        const auto accepted = engine.run(acceptRaw(std::move(streams->first), engine.clock()));
        QCOMPARE(accepted->error().code(), ErrorCode::Timeout);
    }
    void garbageIsRefused()
    {
        test::Engine engine;
        auto streams = net::makeStreamPair(engine.executor(), "garbage");
        QVERIFY(::send(streams->second.socket.native_handle(), "\x16GARBAGEGARBAGE", 15, 0) == 15);
        const auto accepted = engine.run(acceptRaw(std::move(streams->first), engine.clock()));
        QCOMPARE(accepted->error().code(), ErrorCode::PeerMisbehaved);
    }
    void keyUpdatesAreBounded_data()
    {
        QTest::addColumn<int>("updates");
        QTest::addColumn<bool>("taken");
        QTest::newRow("some") << 1'000 << true;
        QTest::newRow("a flood") << 10'000 << false;
    }
    void keyUpdatesAreBounded()
    {
        QFETCH(int, updates);
        QFETCH(bool, taken);
        test::Engine engine;
        auto streams = net::makeStreamPair(engine.executor(), "updating");
        std::optional<Result<std::size_t>> read;
        asio::co_spawn(engine.context(), acceptAndRead(std::move(streams->first), engine.clock()),
                       [&](std::exception_ptr /*thrown*/, Result<std::size_t> result) {
                           read = std::move(result);
                       });
        RawClient client(engine, std::move(streams->second));
        QVERIFY(client.shakeHands());
        for (int i = 0; i < updates; ++i) {
            QCOMPARE(SSL_key_update(client.ssl(), SSL_KEY_UPDATE_REQUESTED), 1);
            QCOMPARE(SSL_do_handshake(client.ssl()), 1);
        }
        QCOMPARE(SSL_write(client.ssl(), "x", 1), 1);
        client.exchange();
        QVERIFY(read.has_value());
        QCOMPARE(read->has_value(), taken);
        if (taken) {
            QCOMPARE(**read, std::size_t{1});
        } else {
            QCOMPARE(read->error().code(), ErrorCode::PeerMisbehaved);
            QVERIFY(read->error().message().find("without content") != std::string::npos);
        }
    }
    void manySizesCross()
    {
        test::Engine engine;
        ChannelPair pair = tlsPair(engine);
        for (const std::size_t size : {1U, 16383U, 16384U, 16385U, 131072U, 3000000U}) {
            const Bytes bytes = test::SeededRandom(size).bytesBetween(size, size);
            const auto got = engine.run(across(pair, bytes));
            QVERIFY(got && *got);
            QVERIFY(**got == bytes);
        }
    }
    void manyPiecesAreOneMessage()
    {
        test::Engine engine;
        ChannelPair pair = tlsPair(engine);
        const std::array<ByteView, 4> pieces{asBytes("a"), ByteView(), asBytes("bc"), asBytes("d")};
        QVERIFY(engine.run(pair.client->write(pieces)).value());
        Bytes buffer(100);
        const auto count = engine.run(pair.server->readSome(buffer)).value();
        QCOMPARE(*count, std::size_t{4}); // one record
    }
    void endIsToldFromTruncation()
    {
        test::Engine engine;
        ChannelPair orderly = tlsPair(engine);
        orderly.client->close();
        Bytes buffer(100);
        const auto end = engine.run(orderly.server->readSome(buffer)).value();
        QVERIFY(end);
        QCOMPARE(*end, std::size_t{0});
        ChannelPair cut = tlsPair(engine);
        cut.client->abort();
        const auto error = engine.run(cut.server->readSome(buffer)).value();
        QVERIFY(!error);
        QCOMPARE(error.error().code(), ErrorCode::PeerUnreachable);
    }
    void readingGoesOnAfterEndWriting()
    {
        test::Engine engine;
        ChannelPair pair = tlsPair(engine);
        QVERIFY(engine.run(pair.client->endWriting()).value());
        QVERIFY(!engine.run(sendAll(*pair.client, asBytes("more"))).value());
        QVERIFY(engine.run(sendAll(*pair.server, asBytes("answer"))).value());
        const auto got = engine.run(receiveExactly(*pair.client, 6)).value();
        QCOMPARE(asText(*got), std::string_view("answer"));
    }
    void deadlineEndsAWaitingRead()
    {
        test::Engine engine;
        ChannelPair pair = tlsPair(engine);
        pair.client->expireAt(engine.clock().now() + 5s);
        Bytes buffer(10);
        QCOMPARE(engine.run(pair.client->readSome(buffer)).value().error().code(),
                 ErrorCode::Timeout);
        QCOMPARE(engine.run(sendAll(*pair.client, asBytes("x"))).value().error().code(),
                 ErrorCode::Timeout);
    }
    void deadlineEndsAWaitingWrite()
    {
        test::Engine engine;
        ChannelPair pair = tlsPair(engine);
        pair.client->expireAt(engine.clock().now() + 5s);
        const Bytes large = zeroBytes(8 << 20U);
        QCOMPARE(engine.run(sendAll(*pair.client, large)).value().error().code(),
                 ErrorCode::Timeout);
    }
    void closingEndsAWaitingRead()
    {
        test::Engine engine;
        ChannelPair pair = tlsPair(engine);
        std::optional<Result<std::size_t>> out;
        Bytes buffer(10);
        asio::co_spawn(engine.context(), pair.client->readSome(buffer),
                       [&](std::exception_ptr /*thrown*/, Result<std::size_t> result) {
                           out = std::move(result);
                       });
        engine.settle();
        QVERIFY(!out);
        pair.client->close();
        engine.settle();
        QVERIFY(out && !*out);
        QCOMPARE(out->error().code(), ErrorCode::Cancelled);
    }
    void quietTellsWhatWaits()
    {
        test::Engine engine;
        ChannelPair pair = tlsPair(engine);
        QVERIFY(pair.client->quiet());
        QVERIFY(engine.run(sendAll(*pair.server, asBytes("x"))).value());
        QVERIFY(!pair.client->quiet());
        Bytes buffer(10);
        QCOMPARE(*engine.run(pair.client->readSome(buffer)).value(), std::size_t{1});
        QVERIFY(pair.client->quiet());
        pair.server->close();
        QVERIFY(!pair.client->quiet());
        ChannelPair cut = tlsPair(engine);
        cut.server->abort();
        QVERIFY(!cut.client->quiet());
    }
    void authoritiesAreAsked()
    {
        const test::IdentityPem pem = test::makeIdentityPem(test::KeyKind::Ed25519);
        const auto identity = net::TlsServerIdentity::fromPem(Secret(pem.key), pem.certificate);
        QVERIFY(identity.has_value());
        const Handshakes unknown = shakeWithAuthorities(*identity);
        QCOMPARE(unknown.client.error().code(), ErrorCode::PeerMisbehaved);
        const std::string why = unknown.client.error().message();
        QVERIFY2(why.find("its certificate is refused: self-signed") != std::string::npos,
                 why.c_str());
        QTemporaryFile file;
        QVERIFY(file.open() && file.write(QByteArray::fromStdString(pem.certificate)) > 0);
        file.close();
        qputenv("SSL_CERT_FILE", file.fileName().toLocal8Bit());
        const Handshakes other = shakeWithAuthorities(*identity);
        qunsetenv("SSL_CERT_FILE");
        const std::string name = other.client.error().message();
        QVERIFY2(name.find("mismatch: it is not for localhost") != std::string::npos, name.c_str());
    }
    void silentServersAreGivenUp()
    {
        test::Engine engine;
        auto streams = net::makeStreamPair(engine.executor(), "pair");
        const auto authorities = net::TlsAuthorities::ofMachineBlocking();
        const auto outcome = engine.run(net::connectTlsTo("127.0.0.1", std::move(streams->first),
                                                          authorities, engine.clock(), 10s));
        QCOMPARE(outcome->error().code(), ErrorCode::Timeout);
    }
};

QTEST_GUILESS_MAIN(TestTlsStream)
#include "test_tls_stream.moc"
