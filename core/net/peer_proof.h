// peer_proof: how the client of a TLS connection shows which node it is, where that matters: it
// signs what only the two ends of this connection know (design.md section 3).
//
//   Tarn-Peer: v0-PUBLICKEY SIGNATURE      base32, base64url; over "tarn peer proof v1" 0x00 and
//                                          32 bytes of the TLS exporter "EXPORTER-tarn-peer"
#pragma once

#include "core/crypto/ed25519.h"
#include "core/net/http_server.h"
#include "core/net/peer_key.h"

#include <string>

namespace tarn::net {

inline constexpr std::string_view kPeerHeader = "Tarn-Peer";

/// What the header says, before it is held against a connection.
struct PeerClaim
{
    crypto::Ed25519PublicKey key;
    crypto::Ed25519Signature signature;
};
/// \return Unauthorized: another form.
Result<PeerClaim> parsePeerClaim(std::string_view text);
std::string headerText(const PeerClaim& claim);

/// The header's value for requests on this connection. \return Unsupported: not TLS.
Result<std::string> provePeer(const crypto::Ed25519Key& key, const Channel& channel);

/// Who sent this request. Its key and no more: what it may do is the caller's matter.
/// \return Unauthorized: no proof, or not for this connection.  Unsupported: not TLS.
Result<crypto::Ed25519PublicKey> provenPeer(const ServerExchange& exchange);

/// As NURLs and introducer URLs name the node of this key.
PeerKey peerKeyOf(const crypto::Ed25519PublicKey& key);

} // namespace tarn::net
