// proxy_proof: that the key of the operator's TLS proxy belongs to this server, for its
// announcement (decision 44). The proxy's private key is read once, by who has it, and not kept.
// Blocking.
//
//   a line of text: SPKI SIGNATURE    base64url, of core/crypto/key_proof.h
#pragma once

#include "core/crypto/ed25519.h"
#include "core/crypto/key_proof.h"
#include "storage-server/service_config.h"

namespace tarn::storage {

/// \param keyFile  PEM.  \return the line.  InvalidInput: no such key.
Result<std::string> makeProxyProofBlocking(const std::string& keyFile,
                                           const crypto::Ed25519PublicKey& node);

/// What [listen] proxy_proof names, absolute or below the state directory; absent: it names none.
/// \return InvalidInput: it does not prove proxy_key for this node; says how to make one that does.
Result<std::optional<crypto::KeyProof>>
readProxyProofBlocking(const ServiceConfig& config, const std::string& stateFolder,
                       const crypto::Ed25519PublicKey& node);

} // namespace tarn::storage
