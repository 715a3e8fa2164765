// tls_pin: the key that a TLS client expects, kept at its SSL object. Internal to TLS.
#pragma once

#include "core/net/peer_key.h"

#include <openssl/types.h>

#include <optional>

namespace tarn::net {

/// The client's pin, null on a server's SSL. `pin` outlives the SSL object.
const PeerKey* tlsPinOf(const SSL* ssl);
void setTlsPin(SSL* ssl, const PeerKey* pin);

/// SHA-256 of a certificate's SubjectPublicKeyInfo.
std::optional<PeerKey> spkiHashOf(const X509& certificate);

} // namespace tarn::net
