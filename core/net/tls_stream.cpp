#include "core/net/tls_stream.h"

#include "core/net/tls_bio.h"
#include "core/net/tls_pin.h"

#include <boost/asio/ip/address.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <variant>

namespace tarn::net {

namespace {

constexpr std::size_t kRecordBytes = 16 * 1024;
/// Encrypted bytes gathered before they go to the socket.
constexpr std::size_t kBatchBytes = 64 * 1024;

struct AnyClient
{
};
struct NamedServer
{
    std::string host;
};
/// Who the other end is; a PeerKey: a server that has this key.
using OtherEnd = std::variant<AnyClient, PeerKey, NamedServer>;

/// False: out of memory, or not a name.
bool expectHost(SSL* ssl, const std::string& host)
{
    X509_VERIFY_PARAM* param = SSL_get0_param(ssl);
    boost::system::error_code notAnAddress;
    static_cast<void>(asio::ip::make_address(host, notAnAddress));
    if (!notAnAddress) return X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str()) == 1;
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return X509_VERIFY_PARAM_set1_host(param, host.data(), host.size()) == 1 &&
           SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

class OpensslTlsStream final : public TlsStream
{
public:
    OpensslTlsStream(Stream stream, void* context, OtherEnd otherEnd, Clock& clock);

    /// \return as connectTls.
    asio::awaitable<Result<void>> handshake(Duration limit);

    asio::awaitable<Result<std::size_t>> readSome(MutableByteView into) override;
    asio::awaitable<Result<void>> write(std::span<const ByteView> pieces) override;
    void expireAt(TimePoint when) override { m_io.expireAt(when); }
    void releaseBuffers() override {}
    bool quiet() override;
    asio::awaitable<Result<void>> endWriting() override;
    void close() override;
    void abort() override { m_io.abort(); }
    void acknowledgeAtOnce(bool on) override { m_io.acknowledgeAtOnce(on); }
    const std::string& peer() const override { return m_io.peer(); }
    Result<Secret> exporter(std::string_view label, ByteView context,
                            std::size_t size) const override;
    PathKind path() const override { return m_io.path(); }

private:
    void setOtherEnd();
    Error certificateRefused() const;
    std::size_t readAvailable(MutableByteView into, bool& failed);
    /// After a failed SSL call. WouldBlock state: ok() and the caller waits.
    Result<void> explain(int sslError) const;
    Result<void> seal(ByteView piece);
    Result<void> sealTogether(std::span<const ByteView> pieces);
    asio::awaitable<Result<void>> sealAndSend(std::span<const ByteView> pieces);
    asio::awaitable<Result<void>> flush();
    void flushOnce();
    void sealEnd();

    struct FreeSsl
    {
        void operator()(SSL* p) const { SSL_free(p); }
    };

    Clock& m_clock;
    SocketIo m_io;
    TlsWire m_wire;
    OtherEnd m_otherEnd;
    std::unique_ptr<SSL, FreeSsl> m_ssl;
    bool m_writeBroken = false;
    bool m_saidEnd = false;
};

OpensslTlsStream::OpensslTlsStream(Stream stream, void* context, OtherEnd otherEnd, Clock& clock)
    : m_clock(clock), m_io(std::move(stream), clock), m_wire{m_io, {}, {}, 0},
      m_otherEnd(std::move(otherEnd)), m_ssl(SSL_new(static_cast<SSL_CTX*>(context)))
{
    BIO* bio = makeTlsBio(m_wire);
    TARN_ASSERT(m_ssl && bio); // out of memory
    SSL_set_bio(m_ssl.get(), bio, bio);
    setOtherEnd();
}

void OpensslTlsStream::setOtherEnd()
{
    if (std::holds_alternative<AnyClient>(m_otherEnd)) {
        SSL_set_accept_state(m_ssl.get());
        return;
    }
    SSL_set_connect_state(m_ssl.get());
    if (const auto* pin = std::get_if<PeerKey>(&m_otherEnd)) {
        setTlsPin(m_ssl.get(), pin);
        return;
    }
    TARN_ASSERT(expectHost(m_ssl.get(), std::get<NamedServer>(m_otherEnd).host));
    const auto now = static_cast<std::time_t>(unixSeconds(m_clock.wallNow()));
    X509_VERIFY_PARAM_set_time(SSL_get0_param(m_ssl.get()), now);
}

Error OpensslTlsStream::certificateRefused() const
{
    const auto* server = std::get_if<NamedServer>(&m_otherEnd);
    if (!server)
        return Error(ErrorCode::PeerMisbehaved, peer() + ": has another key than expected");
    const long verdict = SSL_get_verify_result(m_ssl.get());
    std::string why = X509_verify_cert_error_string(verdict);
    if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH)
        why += ": it is not for " + server->host;
    return Error(ErrorCode::PeerMisbehaved, peer() + ": its certificate is refused: " + why);
}

Result<void> OpensslTlsStream::explain(int sslError) const
{
    if (sslError == SSL_ERROR_WANT_READ) return ok();
    const unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    if (Result<void> alive = m_io.alive(); !alive) return alive;
    if (m_wire.flooded()) {
        return Error(ErrorCode::PeerMisbehaved, peer() + ": sent " +
                                                    std::to_string(m_wire.withoutContent) +
                                                    " bytes of TLS records without content");
    }
    if (m_wire.lastReceive.state == SocketAttempt::State::Failed)
        return m_io.failure(m_wire.lastReceive.error);
    if (m_wire.lastReceive.state == SocketAttempt::State::End) {
        return Error(ErrorCode::PeerUnreachable,
                     peer() + ": the connection ended without TLS close_notify");
    }
    if (ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED) return certificateRefused();
    const char* reason = ERR_reason_error_string(code);
    return Error(ErrorCode::PeerMisbehaved,
                 peer() + ": TLS: " + (reason ? reason : "protocol error"));
}

asio::awaitable<Result<void>> OpensslTlsStream::handshake(Duration limit)
{
    m_io.expireAt(m_clock.now() + limit);
    for (;;) {
        ERR_clear_error();
        const int done = SSL_do_handshake(m_ssl.get());
        Result<void> cause = ok();
        if (done != 1) cause = explain(SSL_get_error(m_ssl.get(), done));
        if (!cause) {
            flushOnce(); // the alert that says why
            co_return cause;
        }
        TARN_CO_TRY_VOID(co_await flush());
        if (done == 1) break;
        TARN_CO_TRY_VOID(co_await m_io.waitReadable());
    }
    m_io.expireAt(TimePoint::max());
    m_wire.withoutContent = 0;
    co_return ok();
}

/// As much as is here, up to the room there is. \return 0 with `failed` unset: the orderly end,
/// or nothing yet, as SSL_get_error says.
std::size_t OpensslTlsStream::readAvailable(MutableByteView into, bool& failed)
{
    ERR_clear_error();
    std::size_t total = 0;
    do {
        std::size_t count = 0;
        const MutableByteView room = into.subspan(total);
        failed = SSL_read_ex(m_ssl.get(), room.data(), room.size(), &count) != 1;
        total += count;
        if (count > 0) m_wire.withoutContent = 0;
    } while (!failed && total < into.size() && SSL_has_pending(m_ssl.get()) == 1);
    return total;
}

asio::awaitable<Result<std::size_t>> OpensslTlsStream::readSome(MutableByteView into)
{
    TARN_ASSERT(!into.empty());
    for (;;) {
        if (m_io.turnOver()) co_await m_io.breathe();
        TARN_CO_TRY_VOID(m_io.alive());
        bool failed = false;
        const std::size_t count = readAvailable(into, failed);
        if (count > 0) {
            m_io.spend(count);
            co_return count;
        }
        const int error = SSL_get_error(m_ssl.get(), failed ? 0 : 1);
        if (error == SSL_ERROR_ZERO_RETURN) co_return std::size_t{0};
        TARN_CO_TRY_VOID(explain(error));
        TARN_CO_TRY_VOID(co_await m_io.waitReadable());
    }
}

Result<void> OpensslTlsStream::seal(ByteView piece)
{
    ERR_clear_error();
    std::size_t taken = 0;
    const int done = SSL_write_ex(m_ssl.get(), piece.data(), piece.size(), &taken);
    if (done == 1 && taken == piece.size()) return ok();
    m_writeBroken = true;
    TARN_TRY_VOID(explain(SSL_get_error(m_ssl.get(), done)));
    return Error(ErrorCode::Internal, "TLS write stopped half-way");
}

/// Head and small body as one record.
Result<void> OpensslTlsStream::sealTogether(std::span<const ByteView> pieces)
{
    if (pieces.size() == 1) return seal(pieces.front());
    std::array<std::byte, kRecordBytes> record;
    auto end = record.begin();
    for (const ByteView piece : pieces)
        end = std::copy(piece.begin(), piece.end(), end);
    return seal(ByteView(record.begin(), end));
}

asio::awaitable<Result<void>> OpensslTlsStream::sealAndSend(std::span<const ByteView> pieces)
{
    for (ByteView piece : pieces) {
        while (!piece.empty()) {
            const std::size_t step = std::min(piece.size(), kRecordBytes);
            TARN_CO_TRY_VOID(seal(piece.first(step)));
            piece = piece.subspan(step);
            if (m_wire.out.pending().size() < kBatchBytes) continue;
            TARN_CO_TRY_VOID(co_await flush());
        }
    }
    co_return ok();
}

asio::awaitable<Result<void>> OpensslTlsStream::write(std::span<const ByteView> pieces)
{
    if (m_writeBroken || m_saidEnd)
        co_return Error(ErrorCode::PeerUnreachable, peer() + ": the channel is closed for writing");
    TARN_CO_TRY_VOID(m_io.alive());
    std::size_t total = 0;
    for (const ByteView piece : pieces)
        total += piece.size();
    if (total == 0) co_return ok();
    m_writeBroken = true; // until all is out
    if (total <= kRecordBytes) {
        TARN_CO_TRY_VOID(sealTogether(pieces));
    } else {
        TARN_CO_TRY_VOID(co_await sealAndSend(pieces));
    }
    TARN_CO_TRY_VOID(co_await flush());
    m_writeBroken = false;
    co_return ok();
}

asio::awaitable<Result<void>> OpensslTlsStream::flush()
{
    while (!m_wire.out.pending().empty()) {
        const std::array<ByteView, 1> pieces{m_wire.out.pending()};
        const SocketAttempt attempt = m_io.trySend(pieces);
        if (attempt.state == SocketAttempt::State::WouldBlock) {
            TARN_CO_TRY_VOID(co_await m_io.waitWritable());
            continue;
        }
        if (attempt.state != SocketAttempt::State::Moved) co_return m_io.failure(attempt.error);
        m_wire.out.consume(attempt.bytes);
        m_io.spend(attempt.bytes);
        if (m_io.turnOver()) co_await m_io.breathe();
    }
    co_return ok();
}

void OpensslTlsStream::flushOnce()
{
    const std::array<ByteView, 1> pieces{m_wire.out.pending()};
    if (pieces[0].empty()) return;
    const SocketAttempt attempt = m_io.trySend(pieces);
    if (attempt.state == SocketAttempt::State::Moved) m_wire.out.consume(attempt.bytes);
}

bool OpensslTlsStream::quiet()
{
    if (!m_io.alive() || SSL_get_shutdown(m_ssl.get()) != 0) return false;
    m_io.lookAgain();
    ERR_clear_error();
    std::byte first{};
    std::size_t count = 0;
    const int done = SSL_peek_ex(m_ssl.get(), &first, 1, &count);
    const int error = SSL_get_error(m_ssl.get(), done);
    ERR_clear_error();
    return done != 1 && error == SSL_ERROR_WANT_READ;
}

/// After half a record nothing more can be said that would be understood.
void OpensslTlsStream::sealEnd()
{
    if (m_saidEnd || m_writeBroken || SSL_is_init_finished(m_ssl.get()) != 1) return;
    m_saidEnd = true;
    ERR_clear_error();
    (void)SSL_shutdown(m_ssl.get());
}

asio::awaitable<Result<void>> OpensslTlsStream::endWriting()
{
    sealEnd();
    TARN_CO_TRY_VOID(co_await flush());
    m_io.endWriting();
    co_return ok();
}

void OpensslTlsStream::close()
{
    if (!m_io.isOpen()) return;
    sealEnd();
    flushOnce();
    m_io.close();
}

Result<Secret> OpensslTlsStream::exporter(std::string_view label, ByteView context,
                                          std::size_t size) const
{
    Secret out = zeroSecret(size);
    const int done = SSL_export_keying_material(
        m_ssl.get(), reinterpret_cast<unsigned char*>(out.mutableView().data()), size, label.data(),
        label.size(), reinterpret_cast<const unsigned char*>(context.data()), context.size(), 1);
    if (done != 1) return Error(ErrorCode::Internal, "TLS exporter failed");
    return out;
}

asio::awaitable<Result<std::unique_ptr<TlsStream>>>
shakeHands(std::unique_ptr<OpensslTlsStream> stream, Duration limit)
{
    TARN_CO_TRY_VOID(co_await stream->handshake(limit));
    co_return std::unique_ptr<TlsStream>(std::move(stream));
}

} // namespace

asio::awaitable<Result<std::unique_ptr<TlsStream>>>
connectTls(Stream stream, TlsClientContext context, PeerKey pin, Clock& clock, Duration limit)
{
    OtherEnd server = pin;
    auto tls = std::make_unique<OpensslTlsStream>(std::move(stream), context.nativeContext(),
                                                  std::move(server), clock);
    co_return co_await shakeHands(std::move(tls), limit);
}

asio::awaitable<Result<std::unique_ptr<TlsStream>>> connectTlsTo(std::string host, Stream stream,
                                                                 TlsAuthorities authorities,
                                                                 Clock& clock, Duration limit)
{
    OtherEnd server = NamedServer{std::move(host)};
    auto tls = std::make_unique<OpensslTlsStream>(std::move(stream), authorities.nativeContext(),
                                                  std::move(server), clock);
    co_return co_await shakeHands(std::move(tls), limit);
}

asio::awaitable<Result<std::unique_ptr<TlsStream>>>
acceptTls(Stream stream, TlsServerIdentity identity, Clock& clock, Duration limit)
{
    OtherEnd client = AnyClient{};
    auto tls = std::make_unique<OpensslTlsStream>(std::move(stream), identity.nativeContext(),
                                                  std::move(client), clock);
    co_return co_await shakeHands(std::move(tls), limit);
}

} // namespace tarn::net
