// tls_context: what TLS ends share: a server's key and certificate, a client's settings.
// TLS 1.3 only, no tickets, no client certificates. Source: RFC 8446; spec of the HTTP storage
// protocol, section 2.
#pragma once

#include "core/base/secret.h"
#include "core/net/peer_key.h"

#include <memory>
#include <string_view>

namespace tarn::net {

/// A server's private key (PKCS#8 or traditional PEM; Ed25519, ECDSA, RSA) and certificate.
class TlsServerIdentity
{
public:
    /// \return InvalidInput: unreadable, or key and certificate do not belong together.
    static Result<TlsServerIdentity> fromPem(const Secret& privateKeyPem,
                                             std::string_view certificatePem);

    /// What a NURL says about this server.
    const PeerKey& key() const { return m_key; }
    /// The SSL_CTX, for the one file that uses it. Shared by all connections, never changed.
    void* nativeContext() const { return m_context.get(); }

private:
    TlsServerIdentity(std::shared_ptr<void> context, const PeerKey& key)
        : m_context(std::move(context)), m_key(key)
    {
    }

    std::shared_ptr<void> m_context;
    PeerKey m_key;
};

/// What all client ends share; copies are cheap, making one anew is not.
class TlsClientContext
{
public:
    TlsClientContext();
    void* nativeContext() const { return m_context.get(); }

private:
    std::shared_ptr<void> m_context;
};

/// What client ends share that speak to servers for whose name or address an authority of this
/// machine vouches: the command line does, peers of a grid are pinned. Copies are cheap.
class TlsAuthorities
{
public:
    /// Those that OpenSSL finds: the file SSL_CERT_FILE and the folder SSL_CERT_DIR where these are
    /// set, else /etc/ssl/certs. Blocking. Without any, nobody is believed.
    static TlsAuthorities ofMachineBlocking();
    void* nativeContext() const { return m_context.get(); }

private:
    explicit TlsAuthorities(std::shared_ptr<void> context) : m_context(std::move(context)) {}

    std::shared_ptr<void> m_context;
};

/// The pin of a certificate. \return InvalidInput: not a PEM certificate.
Result<PeerKey> peerKeyOfCertificate(std::string_view certificatePem);

} // namespace tarn::net
