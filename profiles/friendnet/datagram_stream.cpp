#include "profiles/friendnet/datagram_stream.h"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <string>
#include <utility>

#include <gnutls/gnutls.h>
#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>
#include <ngtcp2/ngtcp2_crypto_gnutls.h>

namespace tarn::profiles {

namespace {

/// TLS 1.3 by a secret of both sides: no certificates.
constexpr const char* kPriority = "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-GCM:"
                                  "+CHACHA20-POLY1305:-GROUP-ALL:+GROUP-X25519:-KX-ALL:"
                                  "+ECDHE-PSK:%DISABLE_TLS13_COMPAT_MODE";
constexpr const char* kSecretName = "tarn";
constexpr std::string_view kAlpn = "tarn-punch/1";
constexpr std::size_t kBlock = 64 * 1024;
constexpr std::size_t kIdSize = 16;
constexpr std::size_t kPieces = 8; ///< of one packet
constexpr std::size_t kFirstWindow = 512 * 1024;
constexpr std::size_t kKeepCapacity = 256 * 1024;
constexpr std::uint64_t kDone = 0; ///< application error code: nothing is wrong
/// A router between two homes; the first retransmission is not to wait a second.
constexpr Duration kFirstRoundTrip = std::chrono::milliseconds(100);
constexpr Duration kHandshakeLimit = std::chrono::seconds(5);
/// Fits the lines of homes (PPPoE, 1492) with IP and UDP in front.
constexpr std::size_t kLargestPacket = 1452;

ngtcp2_tstamp stampOf(TimePoint now)
{
    return static_cast<ngtcp2_tstamp>(now.time_since_epoch().count());
}

} // namespace

struct DatagramStream::Impl
{
    Impl(StreamSide sideToUse, const Secret& secretToUse, Random& randomToUse)
        : side(sideToUse), secret(secretToUse.clone()), random(randomToUse)
    {
    }
    ~Impl()
    {
        if (conn != nullptr) ngtcp2_conn_del(conn);
        if (session != nullptr) gnutls_deinit(session);
        if (clientSecret != nullptr) gnutls_psk_free_client_credentials(clientSecret);
        if (serverSecret != nullptr) gnutls_psk_free_server_credentials(serverSecret);
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    Result<void> makeSession();
    Result<void> begin(const ngtcp2_pkt_hd* first, TimePoint now);
    ngtcp2_path path();
    void freshId(ngtcp2_cid& id);
    ngtcp2_callbacks callbacks() const;
    void openStream();
    Error over(int code, const std::string& what);
    bool quiet() const { return conn == nullptr || peerClosed || dead; }
    std::size_t unsent(std::array<ngtcp2_vec, kPieces>& pieces) const;

    static Impl& of(void* user) { return *static_cast<Impl*>(user); }
    static int onStreamData(ngtcp2_conn* conn, std::uint32_t flags, std::int64_t id,
                            std::uint64_t offset, const std::uint8_t* data, std::size_t size,
                            void* user, void* streamUser);
    static int onAcked(ngtcp2_conn* conn, std::int64_t id, std::uint64_t offset, std::uint64_t size,
                       void* user, void* streamUser);
    static int onStreamClose(ngtcp2_conn* conn, std::uint32_t flags, std::int64_t id,
                             std::uint64_t code, void* user, void* streamUser);
    static int onStreamReset(ngtcp2_conn* conn, std::int64_t id, std::uint64_t size,
                             std::uint64_t code, void* user, void* streamUser);
    static int onMoreRoom(ngtcp2_conn* conn, std::int64_t id, std::uint64_t most, void* user,
                          void* streamUser);
    static int onMoreStreams(ngtcp2_conn* conn, std::uint64_t most, void* user);
    static int onStreamOpen(ngtcp2_conn* conn, std::int64_t id, void* user);
    static int onNewId(ngtcp2_conn* conn, ngtcp2_cid* id, std::uint8_t* token, std::size_t size,
                       void* user);
    static void onRandom(std::uint8_t* into, std::size_t size, const ngtcp2_rand_ctx* context);

    StreamSide side;
    Secret secret;
    Random& random;
    gnutls_session_t session = nullptr;
    gnutls_psk_client_credentials_t clientSecret = nullptr;
    gnutls_psk_server_credentials_t serverSecret = nullptr;
    ngtcp2_crypto_conn_ref ref{};
    ngtcp2_conn* conn = nullptr;
    /// QUIC wants addresses; the path is not its business here.
    std::array<sockaddr_in, 2> ends{};

    std::int64_t stream = -1;
    std::deque<Bytes> out; ///< blocks of kBlock, from outBase; they stay where they are
    std::uint64_t outBase = 0;
    std::uint64_t outAcked = 0;
    std::uint64_t outSent = 0;
    std::uint64_t outGiven = 0;
    bool outEnded = false;
    bool endSent = false;
    bool outBlocked = false; ///< by the other side's window
    bool streamClosed = false;
    bool streamBroken = false;

    Bytes in;
    std::size_t inTaken = 0;
    bool inEnded = false;
    bool peerClosed = false;
    bool dead = false; ///< an error was returned: nothing more comes of it
};

Error DatagramStream::Impl::over(int code, const std::string& what)
{
    dead = true;
    return Error(ErrorCode::PeerUnreachable, what + ": " + ngtcp2_strerror(code));
}

// --- what ngtcp2 asks ---

int DatagramStream::Impl::onStreamData(ngtcp2_conn* /*conn*/, std::uint32_t flags, std::int64_t id,
                                       std::uint64_t /*offset*/, const std::uint8_t* data,
                                       std::size_t size, void* user, void* /*streamUser*/)
{
    Impl& self = of(user);
    if (id != self.stream) return NGTCP2_ERR_CALLBACK_FAILURE;
    // The window keeps this bounded: the other side is told of more room by taken() only.
    append(self.in, std::as_bytes(std::span(data, size)));
    if ((flags & NGTCP2_STREAM_DATA_FLAG_FIN) != 0) self.inEnded = true;
    return 0;
}

int DatagramStream::Impl::onAcked(ngtcp2_conn* /*conn*/, std::int64_t id, std::uint64_t offset,
                                  std::uint64_t size, void* user, void* /*streamUser*/)
{
    Impl& self = of(user);
    if (id != self.stream) return 0;
    self.outAcked = std::max(self.outAcked, offset + size);
    while (!self.out.empty() && self.out.front().size() == kBlock &&
           self.outBase + kBlock <= self.outAcked) {
        self.out.pop_front();
        self.outBase += kBlock;
    }
    if (self.outAcked == self.outGiven && !self.out.empty()) {
        self.out.clear();
        self.outBase = self.outGiven;
    }
    return 0;
}

int DatagramStream::Impl::onStreamClose(ngtcp2_conn* /*conn*/, std::uint32_t flags, std::int64_t id,
                                        std::uint64_t code, void* user, void* /*streamUser*/)
{
    Impl& self = of(user);
    if (id != self.stream) return 0;
    self.streamClosed = true;
    if ((flags & NGTCP2_STREAM_CLOSE_FLAG_APP_ERROR_CODE_SET) != 0 && code != kDone)
        self.streamBroken = true;
    return 0;
}

int DatagramStream::Impl::onStreamReset(ngtcp2_conn* /*conn*/, std::int64_t id,
                                        std::uint64_t /*size*/, std::uint64_t /*code*/, void* user,
                                        void* /*streamUser*/)
{
    Impl& self = of(user);
    if (id == self.stream) self.streamBroken = true;
    return 0;
}

int DatagramStream::Impl::onMoreRoom(ngtcp2_conn* /*conn*/, std::int64_t /*id*/,
                                     std::uint64_t /*most*/, void* user, void* /*streamUser*/)
{
    of(user).outBlocked = false;
    return 0;
}

int DatagramStream::Impl::onMoreStreams(ngtcp2_conn* /*conn*/, std::uint64_t /*most*/, void* user)
{
    of(user).openStream();
    return 0;
}

int DatagramStream::Impl::onStreamOpen(ngtcp2_conn* /*conn*/, std::int64_t id, void* user)
{
    // Its first one; there is room for no other.
    Impl& self = of(user);
    if (self.stream >= 0) return NGTCP2_ERR_CALLBACK_FAILURE;
    self.stream = id;
    return 0;
}

int DatagramStream::Impl::onNewId(ngtcp2_conn* /*conn*/, ngtcp2_cid* id, std::uint8_t* token,
                                  std::size_t size, void* user)
{
    Bytes bytes = of(user).random.bytes(size + NGTCP2_STATELESS_RESET_TOKENLEN);
    ngtcp2_cid_init(id, reinterpret_cast<const std::uint8_t*>(bytes.data()), size);
    std::memcpy(token, bytes.data() + size, NGTCP2_STATELESS_RESET_TOKENLEN);
    return 0;
}

void DatagramStream::Impl::onRandom(std::uint8_t* into, std::size_t size,
                                    const ngtcp2_rand_ctx* context)
{
    auto* const random = static_cast<Random*>(context->native_handle);
    random->fill(std::as_writable_bytes(std::span(into, size)));
}

ngtcp2_callbacks DatagramStream::Impl::callbacks() const
{
    ngtcp2_callbacks asked{};
    if (side == StreamSide::Asks) {
        asked.client_initial = ngtcp2_crypto_client_initial_cb;
        asked.recv_retry = ngtcp2_crypto_recv_retry_cb;
        asked.extend_max_local_streams_bidi = onMoreStreams;
    } else {
        asked.recv_client_initial = ngtcp2_crypto_recv_client_initial_cb;
        asked.stream_open = onStreamOpen;
    }
    asked.recv_crypto_data = ngtcp2_crypto_recv_crypto_data_cb;
    asked.encrypt = ngtcp2_crypto_encrypt_cb;
    asked.decrypt = ngtcp2_crypto_decrypt_cb;
    asked.hp_mask = ngtcp2_crypto_hp_mask_cb;
    asked.update_key = ngtcp2_crypto_update_key_cb;
    asked.delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb;
    asked.delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb;
    asked.get_path_challenge_data = ngtcp2_crypto_get_path_challenge_data_cb;
    asked.version_negotiation = ngtcp2_crypto_version_negotiation_cb;
    asked.rand = onRandom;
    asked.get_new_connection_id = onNewId;
    asked.recv_stream_data = onStreamData;
    asked.acked_stream_data_offset = onAcked;
    asked.stream_close = onStreamClose;
    asked.stream_reset = onStreamReset;
    asked.extend_max_stream_data = onMoreRoom;
    return asked;
}

// --- beginning ---

Result<void> DatagramStream::Impl::makeSession()
{
    const auto failed = [](int code, const char* what) {
        return Error(ErrorCode::Internal, std::string(what) + ": " + gnutls_strerror(code));
    };
    // GnuTLS copies the key.
    const gnutls_datum_t key{
        reinterpret_cast<unsigned char*>(const_cast<std::byte*>(secret.view().data())),
        static_cast<unsigned>(secret.size())};
    int code = 0;
    if (side == StreamSide::Asks) {
        code = gnutls_init(&session, GNUTLS_CLIENT | GNUTLS_NO_TICKETS);
        if (code == 0) code = gnutls_psk_allocate_client_credentials(&clientSecret);
        if (code == 0)
            code = gnutls_psk_set_client_credentials(clientSecret, kSecretName, &key,
                                                     GNUTLS_PSK_KEY_RAW);
        if (code == 0) code = gnutls_credentials_set(session, GNUTLS_CRD_PSK, clientSecret);
        if (code == 0 && ngtcp2_crypto_gnutls_configure_client_session(session) != 0)
            return Error(ErrorCode::Internal, "GnuTLS refuses to speak QUIC");
    } else {
        code = gnutls_init(&session, GNUTLS_SERVER | GNUTLS_NO_TICKETS);
        if (code == 0) code = gnutls_psk_allocate_server_credentials(&serverSecret);
        if (code == 0) code = gnutls_credentials_set(session, GNUTLS_CRD_PSK, serverSecret);
        if (code == 0 && ngtcp2_crypto_gnutls_configure_server_session(session) != 0)
            return Error(ErrorCode::Internal, "GnuTLS refuses to speak QUIC");
        if (code == 0) {
            gnutls_psk_set_server_credentials_function(
                serverSecret, [](gnutls_session_t asking, const char* name, gnutls_datum_t* into) {
                    const auto* from =
                        static_cast<const ngtcp2_crypto_conn_ref*>(gnutls_session_get_ptr(asking));
                    if (std::string_view(name) != kSecretName) return -1;
                    const ByteView bytes = of(from->user_data).secret.view();
                    into->data = static_cast<unsigned char*>(gnutls_malloc(bytes.size()));
                    if (into->data == nullptr) return -1;
                    std::memcpy(into->data, bytes.data(), bytes.size());
                    into->size = static_cast<unsigned>(bytes.size());
                    return 0;
                });
        }
    }
    if (code == 0) code = gnutls_priority_set_direct(session, kPriority, nullptr);
    std::string alpn(kAlpn);
    gnutls_datum_t protocol{reinterpret_cast<unsigned char*>(alpn.data()),
                            static_cast<unsigned>(alpn.size())};
    if (code == 0) code = gnutls_alpn_set_protocols(session, &protocol, 1, GNUTLS_ALPN_MANDATORY);
    if (code != 0) return failed(code, "the keys of a punched path");
    ref.get_conn = [](ngtcp2_crypto_conn_ref* from) { return of(from->user_data).conn; };
    ref.user_data = this;
    gnutls_session_set_ptr(session, &ref);
    return ok();
}

ngtcp2_path DatagramStream::Impl::path()
{
    for (std::size_t i = 0; i < ends.size(); ++i) {
        ends[i].sin_family = AF_INET;
        ends[i].sin_port = htons(static_cast<std::uint16_t>(i + 1));
    }
    ngtcp2_path way{};
    way.local.addr = reinterpret_cast<ngtcp2_sockaddr*>(&ends[0]);
    way.local.addrlen = sizeof ends[0];
    way.remote.addr = reinterpret_cast<ngtcp2_sockaddr*>(&ends[1]);
    way.remote.addrlen = sizeof ends[1];
    return way;
}

void DatagramStream::Impl::freshId(ngtcp2_cid& id)
{
    const Bytes bytes = random.bytes(kIdSize);
    ngtcp2_cid_init(&id, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

/// \param first  of who answers: the head of the first datagram.
Result<void> DatagramStream::Impl::begin(const ngtcp2_pkt_hd* first, TimePoint now)
{
    TARN_TRY_VOID(makeSession());
    ngtcp2_settings settings;
    ngtcp2_settings_default(&settings);
    settings.initial_ts = stampOf(now);
    settings.initial_rtt = static_cast<ngtcp2_duration>(kFirstRoundTrip.count());
    settings.handshake_timeout = static_cast<ngtcp2_duration>(kHandshakeLimit.count());
    settings.cc_algo = NGTCP2_CC_ALGO_BBR;
    settings.max_tx_udp_payload_size = kLargestPacket;
    settings.max_window = kStreamBuffer;
    settings.max_stream_window = kStreamBuffer;
    settings.rand_ctx.native_handle = &random;
    ngtcp2_transport_params params;
    ngtcp2_transport_params_default(&params);
    params.initial_max_stream_data_bidi_local = kFirstWindow;
    params.initial_max_stream_data_bidi_remote = kFirstWindow;
    params.initial_max_data = kFirstWindow;
    params.initial_max_streams_bidi = side == StreamSide::Answers ? 1 : 0;
    params.initial_max_streams_uni = 0;
    params.max_idle_timeout = 0; // ICE asks for consent all the time
    params.disable_active_migration = 1;
    ngtcp2_cid own;
    freshId(own);
    const ngtcp2_path way = path();
    const ngtcp2_callbacks asked = callbacks();
    int code = 0;
    if (side == StreamSide::Asks) {
        ngtcp2_cid other;
        freshId(other);
        code = ngtcp2_conn_client_new(&conn, &other, &own, &way, NGTCP2_PROTO_VER_V1, &asked,
                                      &settings, &params, nullptr, this);
    } else {
        params.original_dcid = first->dcid;
        code = ngtcp2_conn_server_new(&conn, &first->scid, &own, &way, first->version, &asked,
                                      &settings, &params, nullptr, this);
    }
    if (code != 0)
        return Error(ErrorCode::Internal, std::string("a punched path: ") + ngtcp2_strerror(code));
    ngtcp2_conn_set_tls_native_handle(conn, session);
    return ok();
}

void DatagramStream::Impl::openStream()
{
    if (stream >= 0) return;
    std::int64_t id = -1;
    if (ngtcp2_conn_open_bidi_stream(conn, &id, nullptr) == 0) stream = id;
}

DatagramStream::DatagramStream(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
DatagramStream::~DatagramStream() = default;

Result<std::unique_ptr<DatagramStream>> DatagramStream::make(StreamSide side, const Secret& secret,
                                                             Random& random, TimePoint now)
{
    auto impl = std::make_unique<Impl>(side, secret, random);
    if (side == StreamSide::Asks) TARN_TRY_VOID(impl->begin(nullptr, now));
    return std::unique_ptr<DatagramStream>(new DatagramStream(std::move(impl)));
}

// --- datagrams ---

Result<void> DatagramStream::receive(ByteView datagram, TimePoint now)
{
    Impl& self = *m_impl;
    if (datagram.empty() || datagram.size() > kLargestDatagram || self.peerClosed || self.dead)
        return ok();
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(datagram.data());
    if (self.conn == nullptr) {
        ngtcp2_pkt_hd head;
        if (ngtcp2_accept(&head, bytes, datagram.size()) != 0) return ok();
        TARN_TRY_VOID(self.begin(&head, now));
    }
    const ngtcp2_path way = self.path();
    ngtcp2_pkt_info info{};
    const int code =
        ngtcp2_conn_read_pkt(self.conn, &way, &info, bytes, datagram.size(), stampOf(now));
    self.outBlocked = false;
    if (code == NGTCP2_ERR_DRAINING || code == NGTCP2_ERR_CLOSING) {
        self.peerClosed = true;
        return ok();
    }
    if (code != 0) return self.over(code, "what came over the punched path");
    if (self.streamBroken) {
        self.dead = true;
        return Error(ErrorCode::PeerUnreachable, "the other side broke the stream off");
    }
    return ok();
}

std::size_t DatagramStream::Impl::unsent(std::array<ngtcp2_vec, kPieces>& pieces) const
{
    std::size_t count = 0;
    std::uint64_t at = outSent;
    while (at < outGiven && count < kPieces) {
        const std::uint64_t offset = at - outBase;
        const Bytes& block = out[static_cast<std::size_t>(offset / kBlock)];
        const auto inside = static_cast<std::size_t>(offset % kBlock);
        pieces[count].base =
            reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(block.data() + inside));
        pieces[count].len = block.size() - inside;
        at += pieces[count++].len;
    }
    return count;
}

Result<std::size_t> DatagramStream::send(MutableByteView into, TimePoint now)
{
    Impl& self = *m_impl;
    if (self.quiet()) return std::size_t{0};
    auto* const to = reinterpret_cast<std::uint8_t*>(into.data());
    while (true) {
        std::array<ngtcp2_vec, kPieces> pieces{};
        const bool more = self.outSent < self.outGiven || (self.outEnded && !self.endSent);
        const bool writes = self.stream >= 0 && !self.streamClosed && !self.outBlocked && more;
        const std::size_t count = writes ? self.unsent(pieces) : 0;
        std::uint64_t size = 0;
        for (std::size_t i = 0; i < count; ++i)
            size += pieces[i].len;
        const bool last = writes && self.outEnded && self.outSent + size == self.outGiven;
        ngtcp2_ssize took = -1;
        const ngtcp2_ssize wrote = ngtcp2_conn_writev_stream(
            self.conn, nullptr, nullptr, to, into.size(), &took,
            last ? NGTCP2_WRITE_STREAM_FLAG_FIN : NGTCP2_WRITE_STREAM_FLAG_NONE,
            writes ? self.stream : -1, pieces.data(), count, stampOf(now));
        if (writes && wrote == NGTCP2_ERR_STREAM_DATA_BLOCKED) {
            self.outBlocked = true;
            continue;
        }
        if (writes &&
            (wrote == NGTCP2_ERR_STREAM_SHUT_WR || wrote == NGTCP2_ERR_STREAM_NOT_FOUND)) {
            self.streamClosed = true;
            continue;
        }
        if (wrote < 0) return self.over(static_cast<int>(wrote), "sending over the punched path");
        if (took >= 0) {
            self.outSent += static_cast<std::uint64_t>(took);
            if (last && static_cast<std::uint64_t>(took) == size) self.endSent = true;
        }
        return static_cast<std::size_t>(wrote);
    }
}

void DatagramStream::sent(TimePoint now)
{
    if (!m_impl->quiet()) ngtcp2_conn_update_pkt_tx_time(m_impl->conn, stampOf(now));
}

std::size_t DatagramStream::burst() const
{
    return m_impl->conn == nullptr ? 0 : ngtcp2_conn_get_send_quantum(m_impl->conn);
}

TimePoint DatagramStream::expires() const
{
    if (m_impl->quiet()) return TimePoint::max();
    const ngtcp2_tstamp at = ngtcp2_conn_get_expiry(m_impl->conn);
    const auto most = static_cast<ngtcp2_tstamp>(TimePoint::max().time_since_epoch().count());
    return at >= most ? TimePoint::max() : TimePoint(Duration(static_cast<Duration::rep>(at)));
}

Result<void> DatagramStream::expire(TimePoint now)
{
    if (m_impl->quiet()) return ok();
    const int code = ngtcp2_conn_handle_expiry(m_impl->conn, stampOf(now));
    if (code != 0) return m_impl->over(code, "waiting on the punched path");
    return ok();
}

bool DatagramStream::up() const
{
    return m_impl->conn != nullptr && ngtcp2_conn_get_handshake_completed(m_impl->conn) != 0;
}

std::size_t DatagramStream::close(MutableByteView into, TimePoint now)
{
    Impl& self = *m_impl;
    if (self.conn == nullptr || self.peerClosed) return 0;
    ngtcp2_connection_close_error reason;
    ngtcp2_connection_close_error_default(&reason);
    ngtcp2_connection_close_error_set_application_error(&reason, kDone, nullptr, 0);
    const ngtcp2_ssize wrote = ngtcp2_conn_write_connection_close(
        self.conn, nullptr, nullptr, reinterpret_cast<std::uint8_t*>(into.data()), into.size(),
        &reason, stampOf(now));
    self.peerClosed = true;
    return wrote > 0 ? static_cast<std::size_t>(wrote) : 0;
}

// --- bytes ---

std::size_t DatagramStream::room() const
{
    if (m_impl->outEnded) return 0;
    const std::uint64_t waiting = m_impl->outGiven - m_impl->outAcked;
    return waiting >= kStreamBuffer ? 0 : kStreamBuffer - static_cast<std::size_t>(waiting);
}

void DatagramStream::give(ByteView bytes)
{
    Impl& self = *m_impl;
    TARN_ASSERT(bytes.size() <= room());
    while (!bytes.empty()) {
        if (self.out.empty() || self.out.back().size() == kBlock) {
            self.out.emplace_back();
            self.out.back().reserve(kBlock);
        }
        Bytes& block = self.out.back();
        const std::size_t count = std::min(bytes.size(), kBlock - block.size());
        append(block, bytes.first(count)); // within its capacity: it stays where it is
        self.outGiven += count;
        bytes = bytes.subspan(count);
    }
}

void DatagramStream::endGiving()
{
    m_impl->outEnded = true;
}

bool DatagramStream::givingEnded() const
{
    return m_impl->outEnded;
}

bool DatagramStream::arrived() const
{
    return m_impl->outAcked == m_impl->outGiven && (!m_impl->outEnded || m_impl->endSent);
}

ByteView DatagramStream::held() const
{
    return ByteView(m_impl->in).subspan(m_impl->inTaken);
}

void DatagramStream::taken(std::size_t count)
{
    Impl& self = *m_impl;
    TARN_ASSERT(count <= self.in.size() - self.inTaken);
    self.inTaken += count;
    if (self.inTaken == self.in.size()) {
        if (self.in.capacity() > kKeepCapacity) self.in = Bytes();
        self.in.clear();
        self.inTaken = 0;
    } else if (self.inTaken >= kStreamBuffer / 2) {
        self.in.erase(self.in.begin(), self.in.begin() + static_cast<std::ptrdiff_t>(self.inTaken));
        self.inTaken = 0;
    }
    if (count == 0 || self.conn == nullptr || self.peerClosed) return;
    ngtcp2_conn_extend_max_offset(self.conn, count);
    if (self.stream >= 0 && !self.streamClosed) {
        // Of a stream that is over, nobody wants to know.
        static_cast<void>(ngtcp2_conn_extend_max_stream_offset(self.conn, self.stream, count));
    }
}

bool DatagramStream::exhausted() const
{
    return m_impl->inEnded && held().empty();
}

bool DatagramStream::finished() const
{
    // A stream is closed when both of its ends were acknowledged.
    return m_impl->streamClosed && m_impl->outEnded && exhausted();
}

bool DatagramStream::closedByPeer() const
{
    return m_impl->peerClosed;
}

} // namespace tarn::profiles
