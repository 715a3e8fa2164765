#include "core/net/tls_context.h"

#include "core/crypto/fast_gcm.h"
#include "core/crypto/sha256.h"
#include "core/net/tls_pin.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace tarn::net {

namespace {

/// Read-ahead of the record layer: one system call for four records.
constexpr std::size_t kReadAhead = 64 * 1024 + 1024;
/// AES-128 first: the fastest wherever the processor knows AES; the others for those who insist.
constexpr const char* kSuites =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

struct Free
{
    void operator()(BIO* p) const { BIO_free(p); }
    void operator()(X509* p) const { X509_free(p); }
    void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

Error opensslError(std::string_view what)
{
    const unsigned long code = ERR_get_error();
    const char* reason = ERR_reason_error_string(code);
    ERR_clear_error();
    std::string text(what);
    if (reason) text.append(": ").append(reason);
    return Error(ErrorCode::InvalidInput, std::move(text));
}

Owned<BIO> memoryOf(ByteView bytes)
{
    return Owned<BIO>(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

Result<Owned<X509>> readCertificate(std::string_view pem)
{
    const Owned<BIO> source = memoryOf(asBytes(pem));
    Owned<X509> certificate(PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr));
    if (!certificate) return opensslError("not a PEM certificate");
    return certificate;
}

/// Never asks for a passphrase on the terminal.
int noPassphrase(char* /*into*/, int /*size*/, int /*writing*/, void* /*user*/)
{
    return -1;
}

std::shared_ptr<void> makeContext(const SSL_METHOD* method)
{
    SSL_CTX* context = SSL_CTX_new_ex(nullptr, crypto::fastGcmQuery(), method);
    TARN_ASSERT(context != nullptr);
    std::shared_ptr<void> owned(context, [](void* p) { SSL_CTX_free(static_cast<SSL_CTX*>(p)); });
    TARN_ASSERT(SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1);
    TARN_ASSERT(SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1);
    TARN_ASSERT(SSL_CTX_set_ciphersuites(context, kSuites) == 1);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_default_read_buffer_len(context, kReadAhead);
    return owned;
}

/// The whole of our certificate check: the leaf carries the pinned key. That the peer holds it is
/// proven by the handshake's signature.
int checkPin(X509_STORE_CTX* store, void* /*unused*/)
{
    const void* ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    const PeerKey* pin = tlsPinOf(static_cast<const SSL*>(ssl));
    X509* leaf = X509_STORE_CTX_get0_cert(store);
    const std::optional<PeerKey> key = leaf ? spkiHashOf(*leaf) : std::nullopt;
    if (pin && key && constantTimeEqual(*key, *pin)) {
        X509_STORE_CTX_set_error(store, X509_V_OK);
        return 1;
    }
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
    return 0;
}

} // namespace

std::optional<PeerKey> spkiHashOf(const X509& certificate)
{
    unsigned char* der = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(&certificate), &der);
    if (size <= 0) return std::nullopt;
    const auto* begin = reinterpret_cast<const std::byte*>(der);
    const Hash256 hash = crypto::sha256(ByteView(begin, static_cast<std::size_t>(size)));
    OPENSSL_free(der);
    return PeerKey::prefixOf(hash.view());
}

Result<PeerKey> peerKeyOfCertificate(std::string_view certificatePem)
{
    TARN_TRY(const Owned<X509> certificate, readCertificate(certificatePem));
    const std::optional<PeerKey> key = spkiHashOf(*certificate);
    if (!key) return opensslError("certificate without a readable key");
    return *key;
}

Result<TlsServerIdentity> TlsServerIdentity::fromPem(const Secret& privateKeyPem,
                                                     std::string_view certificatePem)
{
    TARN_TRY(const Owned<X509> certificate, readCertificate(certificatePem));
    const Owned<BIO> source = memoryOf(privateKeyPem.view());
    const Owned<EVP_PKEY> key(
        PEM_read_bio_PrivateKey(source.get(), nullptr, noPassphrase, nullptr));
    if (!key) return opensslError("not a PEM private key");
    std::shared_ptr<void> owned = makeContext(TLS_server_method());
    auto* context = static_cast<SSL_CTX*>(owned.get());
    SSL_CTX_set_num_tickets(context, 0);
    if (SSL_CTX_use_certificate(context, certificate.get()) != 1)
        return opensslError("certificate refused");
    if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1)
        return opensslError("private key and certificate do not belong together");
    const std::optional<PeerKey> pin = spkiHashOf(*certificate);
    if (!pin) return opensslError("certificate without a readable key");
    return TlsServerIdentity(std::move(owned), *pin);
}

TlsClientContext::TlsClientContext() : m_context(makeContext(TLS_client_method()))
{
    auto* context = static_cast<SSL_CTX*>(m_context.get());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(context, checkPin, nullptr);
}

TlsAuthorities TlsAuthorities::ofMachineBlocking()
{
    std::shared_ptr<void> owned = makeContext(TLS_client_method());
    auto* context = static_cast<SSL_CTX*>(owned.get());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    // What cannot be read is left out; the handshake then says what it lacks.
    (void)SSL_CTX_set_default_verify_paths(context);
    ERR_clear_error();
    return TlsAuthorities(std::move(owned));
}

} // namespace tarn::net
