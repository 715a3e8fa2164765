// node_key: the one key of a node, its certificate, and the names that follow from them
// (design.md section 3; spec 10 sections 1 and 2). Blocking, at start-up.
//
//   private/node.key   Ed25519, PKCS#8 PEM: signs records and is the TLS server key
//   private/node.crt   its self-signed certificate
//   private/tls.pem    only in an adopted node: another TLS key and certificate, used instead
//   private/tubid      base32 of 20 bytes: what clients derive lease secrets from
#pragma once

#include "core/crypto/x509.h"
#include "core/node/state_dir.h"

#include <string>

namespace tarn::node {

struct NodeIdentity
{
    crypto::Ed25519Key key;
    crypto::TlsIdentity tls;
    TubId tubId; ///< made once; of an adopted node the one it had

    /// "v0-...", as wire::nodeIdOf().
    std::string serverId() const;
};

/// The key alone, of nodes that nobody connects to; made when it is first needed.
/// \return InvalidInput: a file that others may read, or that is no key.
Result<crypto::Ed25519Key> readOrMakeNodeKey(const StateDir& dir, Random& random);
/// \return NotFound: there is none yet.
Result<crypto::Ed25519Key> readNodeKey(const StateDir& dir);

/// Makes at the first start what is missing.
/// \return InvalidInput: a file that others may read, or that is not what it should be.
Result<NodeIdentity> readOrMakeIdentity(const StateDir& dir, Random& random);
/// \return NotFound: the node was never started.
Result<NodeIdentity> readIdentity(const StateDir& dir);

/// Of a node that takes another one's place.
struct AdoptedIdentity
{
    crypto::Ed25519Seed nodeKey;
    Secret tlsPem; ///< key and certificate
};
/// \return Conflict: this node has a key already.
Result<void> adoptIdentity(const StateDir& dir, const AdoptedIdentity& identity);

} // namespace tarn::node
