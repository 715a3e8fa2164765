#include "core/net/peer_proof.h"
#include "core/net/tls_stream.h"
#include "tests/support/seeded_random.h"

#include <QtTest/QTest>

using namespace tarn;
using namespace tarn::net;

namespace {

/// One end of a TLS connection that says nothing but its keying material.
class Keyed final : public TlsStream
{
public:
    explicit Keyed(std::uint8_t connection) : m_connection(connection) {}
    Result<Secret> exporter(std::string_view label, ByteView, std::size_t size) const override
    {
        Bytes out(size, std::byte{m_connection});
        out[0] = static_cast<std::byte>(label.size());
        return Secret(out);
    }
    PathKind path() const override { return PathKind::Direct; }
    asio::awaitable<Result<std::size_t>> readSome(MutableByteView) override
    {
        co_return Result<std::size_t>();
    }
    asio::awaitable<Result<void>> write(std::span<const ByteView>) override { co_return ok(); }
    void expireAt(TimePoint) override {}
    void releaseBuffers() override {}
    bool quiet() override { return true; }
    asio::awaitable<Result<void>> endWriting() override { co_return ok(); }
    void close() override {}
    void abort() override {}
    void acknowledgeAtOnce(bool) override {}
    const std::string& peer() const override { return m_peer; }

private:
    std::uint8_t m_connection;
    std::string m_peer = "peer";
};

/// A request with one header, on such a connection.
class Request final : public ServerExchange
{
public:
    Request(const TlsStream* below, std::string header) : m_below(below)
    {
        if (!header.empty()) m_head.headers.add("tarn-peer", std::move(header));
    }
    const RequestHead& head() const override { return m_head; }
    std::optional<std::uint64_t> bodyLength() const override { return 0; }
    asio::awaitable<Result<std::size_t>> readBody(MutableByteView) override
    {
        co_return Result<std::size_t>();
    }
    asio::awaitable<Result<Bytes>> readAll(std::size_t) override { co_return Result<Bytes>(); }
    asio::awaitable<Result<void>> respond(unsigned, HttpHeaders, std::span<const ByteView>) override
    {
        co_return ok();
    }
    asio::awaitable<Result<void>> beginResponse(unsigned, HttpHeaders,
                                                std::optional<std::uint64_t>) override
    {
        co_return ok();
    }
    asio::awaitable<Result<void>> writeBody(ByteView) override { co_return ok(); }
    asio::awaitable<Result<void>> finishResponse() override { co_return ok(); }
    asio::awaitable<Result<UpgradedChannel>> upgrade(HttpHeaders) override
    {
        co_return Result<UpgradedChannel>();
    }
    Result<Secret> exporter(std::string_view label, ByteView context,
                            std::size_t size) const override
    {
        return m_below != nullptr ? m_below->exporter(label, context, size)
                                  : ServerExchange::exporter(label, context, size);
    }
    bool answered() const override { return false; }
    const std::string& peer() const override { return m_peer; }

private:
    const TlsStream* m_below;
    RequestHead m_head;
    std::string m_peer = "peer";
};

crypto::Ed25519Key someKey(std::uint64_t seed)
{
    test::SeededRandom random(seed);
    return crypto::Ed25519Key::generate(random);
}

} // namespace

class TestPeerProof final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void holdsOnItsConnection()
    {
        const Keyed below(1);
        const crypto::Ed25519Key key = someKey(1);
        const Result<std::string> proof = provePeer(key, below);
        QVERIFY(proof);
        const Result<crypto::Ed25519PublicKey> peer = provenPeer(Request(&below, *proof));
        QVERIFY(peer && *peer == key.publicKey());
    }
    void doesNotHoldOnAnother()
    {
        const Keyed one(1);
        const Keyed other(2);
        const Result<std::string> proof = provePeer(someKey(1), one);
        const Result<crypto::Ed25519PublicKey> peer = provenPeer(Request(&other, *proof));
        QVERIFY(!peer);
        QCOMPARE(peer.error().code(), ErrorCode::Unauthorized);
    }
    void anyOtherTextIsNone()
    {
        const Keyed below(1);
        const std::string good = *provePeer(someKey(1), below);
        QVERIFY(!provenPeer(Request(&below, "")));
        for (std::size_t at = 0; at < good.size(); ++at) {
            std::string changed = good;
            changed[at] = changed[at] == 'a' ? 'b' : 'a';
            QVERIFY2(!provenPeer(Request(&below, changed)), changed.c_str());
            QVERIFY(!provenPeer(Request(&below, good.substr(0, at))));
        }
    }
    void withoutTlsThereIsNone()
    {
        const Keyed below(1);
        const Result<crypto::Ed25519PublicKey> peer =
            provenPeer(Request(nullptr, *provePeer(someKey(1), below)));
        QVERIFY(!peer);
        QCOMPARE(peer.error().code(), ErrorCode::Unsupported);
    }
    void aKeyIsNamedAsItsCertificateIs()
    {
        const crypto::Ed25519Key key = someKey(3);
        QVERIFY(peerKeyOf(key.publicKey()) == crypto::spkiHashOf(key));
    }
};

QTEST_GUILESS_MAIN(TestPeerProof)
#include "test_peer_proof.moc"
