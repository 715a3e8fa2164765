// grant_request: asks a storage server for the credential of one's own account there. Engine
// thread.
#pragma once

#include "core/crypto/ed25519.h"
#include "core/net/connection_pool.h"

namespace tarn::net {

/// Dials also a peer that did not answer just now: the caller has pauses of its own.
/// \param server  a peer that the pool knows; its key is pinned, as for every request.
/// \param key     the node's own; it lives until the answer is here.
/// \return the swissnum of the account that has this key.  Unauthorized: there is none, with the
///         server's words.  Unsupported: the server knows no accounts.  Others as
///         ConnectionPool::request.
asio::awaitable<Result<Secret>> requestGrant(ConnectionPool& pool, PeerKey server,
                                             const crypto::Ed25519Key& key);

} // namespace tarn::net
