// map_update: asks the servers of a grid what they hold of one mutable file.
// Source: spec of mutable files, section 6; allmydata.mutable.servermap.ServermapUpdater.
#pragma once

#include "client-gateway/mutable/mutable_parts.h"
#include "client-gateway/mutable/server_map.h"
#include "core/crypto/rsa.h"

namespace tarn::gateway {

/// Only shares whose key has the capability's fingerprint and whose signature is good are in
/// `shares`; the others are in `bad` and their servers were told.
/// \param addLease  on every server that has shares.
asio::awaitable<Result<ServerMap>> makeServerMap(MutableParts parts, MutableFile file, MapMode mode,
                                                 bool addLease = false);

/// Tells the server in the background.
void adviseMutable(const MutableParts& parts, const MutableFile& file, const ServerPtr& server,
                   ShareNumber share, std::string reason);

/// Bytes of a share; from its front where they lie there.
/// \return Corrupt: the share ends before. The errors of the server.
asio::awaitable<Result<Bytes>> readMapped(MutableParts parts, StorageIndex index, ServerPtr server,
                                          ShareNumber share, ByteView front, ByteRange range);

/// The file's private key, from the first share whose copy belongs to the write key.
/// \return NotEnoughShares: no share has it.
asio::awaitable<Result<crypto::RsaKey>> fetchPrivateKey(MutableParts parts, MutableFile file,
                                                        const ServerMap& map);

} // namespace tarn::gateway
