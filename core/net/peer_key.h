// peer_key: who a peer is: the hash of its TLS key, as its NURL names it. The pool is keyed by it.
#pragma once

#include "core/wire/nurl.h"

namespace tarn::net {

/// SHA-256 of the DER SubjectPublicKeyInfo.
using PeerKey = wire::SpkiHash;

} // namespace tarn::net
