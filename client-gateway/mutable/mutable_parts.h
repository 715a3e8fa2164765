// mutable_parts: what every operation on mutable files stands on, and what a capability opens.
#pragma once

#include "client-gateway/async/gate.h"
#include "client-gateway/mutable/late_queries.h"
#include "client-gateway/mutable/mutable_service.h"
#include "client-gateway/mutable/seen_versions.h"
#include "client-gateway/server_set.h"
#include "client-gateway/transfer_watch.h"
#include "client-gateway/upload/spool.h"
#include "core/base/executor.h"
#include "core/base/random.h"

#include <boost/asio/any_io_executor.hpp>

namespace tarn::gateway {

class PlacementPolicy;

/// How an owner wants its mutable files kept who has a disk of its own among the servers.
struct MutableHome
{
    const PlacementPolicy* placement = nullptr; ///< of shares that have no home yet; not null
    std::string server; ///< its own: gets so many shares that it alone has the newest version, and
                        ///< gets them first
};

/// All referred to must outlive the operations.
struct MutableParts
{
    asio::any_io_executor engine;
    Clock& clock;
    Random& random;
    WorkPool& cpu;
    WorkPool& disk;
    ServerSet& servers;
    SpoolBudget& spool;
    Gate& publishes; ///< weighs bytes in memory, as retrieves does: see roomFor()
    Gate& retrieves;
    const crypto::LeaseSecrets& clientLeases;
    EncodingParameters encoding; ///< of new files; `happy` is not used
    Duration queryDeadline;
    Duration readDeadline;
    Duration writeDeadline; ///< for each MiB of one request
    SeenVersions& seenVersions;
    TransferWatcher* watcher = nullptr; ///< of map updates, publishes and retrieves; may be null
    /// Null: as Tahoe-LAFS. Else versions that are written whole are made with `encoding`; a change
    /// of a part keeps k and N of the file.
    const MutableHome* home = nullptr;
    /// Of all operations on the same parts.
    std::shared_ptr<LateQueries> late = std::make_shared<LateQueries>();
};

/// One file, as far as its capability opens it.
struct MutableFile
{
    cap::MutableFormat format = cap::MutableFormat::Sdmf;
    StorageIndex index;
    Hash256 fingerprint;
    std::optional<crypto::ReadKey> readKey;
    std::optional<crypto::WriteKey> writeKey;

    static MutableFile of(const MutableCap& cap);
    static MutableFile of(const MutableReadable& cap);
};

/// The record of a part of an operation on the file. \param size  of the plaintext, where known.
std::unique_ptr<TransferRecord> beginTransfer(const MutableParts& parts, const MutableFile& file,
                                              TransferKind kind, TransferLogPtr log,
                                              std::optional<std::uint64_t> size = std::nullopt,
                                              std::string mode = {});

/// Waits until that many bytes may be in memory. Few are never waited for: a segment of an SDMF
/// file is all of it, of others it is small.
asio::awaitable<Gate::Permit> roomFor(Gate& gate, std::uint64_t bytes);

/// The order in which servers are asked: permuted, one's own first.
std::vector<ServerPtr> askingOrder(const MutableParts& parts, StorageIndex index);

storage_api::LeaseSecrets mutableLeases(const MutableParts& parts, const MutableFile& file,
                                        const Server& server);

} // namespace tarn::gateway
