// share_transfer: share data between a connection and a store, in pieces of one buffer.
#pragma once

#include "core/base/byte_range.h"
#include "core/net/http_server.h"
#include "core/storage_api/share_store.h"

#include <optional>

namespace tarn::storage {

/// Reads until `into` is full or the body ends. \return bytes read.
asio::awaitable<Result<std::size_t>> readFully(net::ServerExchange& exchange, MutableByteView into);

/// Reads and drops what is left of a body, up to `limit` bytes, so that a client that only then
/// looks at the answer gets it.
asio::awaitable<Result<void>> drainBody(net::ServerExchange& exchange, std::uint64_t limit,
                                        MutableByteView buffer);

struct UploadTarget
{
    StorageIndex index;
    ShareNumber share;
    ByteView uploadSecret;
};

/// Passes the body on to the store, `range` of the share.
/// \return the store's last answer, or its error.  PeerMisbehaved: the body ends before the range
///         does; what arrived is stored.
asio::awaitable<Result<storage_api::WriteAnswer>> receiveShare(net::ServerExchange& exchange,
                                                               storage_api::ShareStore& store,
                                                               UploadTarget target, ByteRange range,
                                                               MutableByteView buffer);

struct ShareSource
{
    storage_api::ShareKind kind = storage_api::ShareKind::Immutable;
    StorageIndex index;
    ShareNumber share;
};

/// Where the share ends, or `range.end` if that comes first; `range.begin` when it ends before.
/// Finds out by single bytes, as a store tells no lengths: at most 65 reads.
asio::awaitable<Result<std::uint64_t>> findEnd(storage_api::ShareStore& store, ShareSource source,
                                               ByteRange range);

/// Answers 200 with the whole share or 206 with the range, as far as the share goes; 204 when it
/// ends before the range begins. Sends nothing when it returns an error of the store before the
/// first byte (exchange.answered() tells).
/// \return the number of bytes sent.
asio::awaitable<Result<std::uint64_t>> sendShare(net::ServerExchange& exchange,
                                                 storage_api::ShareStore& store, ShareSource source,
                                                 std::optional<ByteRange> range,
                                                 MutableByteView buffer);

} // namespace tarn::storage
