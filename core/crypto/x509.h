// x509: certificates as carriers of a key: names, dates and authorities mean nothing here, peers
// are known by the hash of their public key. Any thread.
#pragma once

#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/crypto/ed25519.h"

#include <string>
#include <string_view>

namespace tarn::crypto {

/// SHA-256 of a certificate's DER SubjectPublicKeyInfo, as NURLs pin it.
using SpkiHash = FixedBytes<struct SpkiHashTag, 32>;

/// PEM. The same key gives the same bytes: serial number from the key, valid from 2020 without an
/// end (9999-12-31), name "tarn".
std::string selfSignedCertificate(const Ed25519Key& key);

/// The first certificate of the text. InvalidInput: there is none.
Result<Bytes> certificateDer(std::string_view pem);

/// InvalidInput: not a certificate, or more bytes behind it.
Result<SpkiHash> spkiHashOf(ByteView certificateDer);
/// What spkiHashOf() gives for the certificates of this key.
SpkiHash spkiHashOf(const Ed25519Key& key);
SpkiHash spkiHashOf(const Ed25519PublicKey& key);

/// SHA-1 of the certificate: how Tahoe-LAFS names a server.
TubId tubIdOf(ByteView certificateDer);

/// A TLS server's key and certificate, of any kind that OpenSSL serves.
struct TlsIdentity
{
    Secret keyPem; ///< PKCS#8
    std::string certificatePem;
    SpkiHash spkiHash;
    TubId tubId;
};

/// \param pem  Tahoe-LAFS's `private/node.pem`: a private key and its certificate in any order.
/// \return InvalidInput: one is missing, encrypted or malformed, or they do not belong together.
Result<TlsIdentity> readNodePem(std::string_view pem);

/// The identity of a node whose TLS key is its node key.
TlsIdentity identityOf(const Ed25519Key& key);

} // namespace tarn::crypto
