// grid: everything that the gateway does with a grid of storage servers. The web API and the
// friendnet node call this and nothing below it.
#pragma once

#include "client-gateway/check/check_result.h"
#include "client-gateway/check/holders.h"
#include "client-gateway/download/download.h"
#include "client-gateway/mutable/mutable_service.h"
#include "client-gateway/server_set.h"
#include "client-gateway/transfer_watch.h"
#include "client-gateway/upload/spool.h"
#include "client-gateway/upload/upload.h"
#include "core/base/executor.h"
#include "core/base/random.h"
#include "core/base/secret.h"

#include <filesystem>
#include <memory>

namespace tarn::gateway {

class FirstHome;
class PlacementPolicy;

/// What identifies this node to storage servers and makes its files convergent; from
/// private/secret and private/convergence.
struct NodeSecrets
{
    Secret leaseSecret; ///< 32 bytes
    Secret convergence; ///< any bytes, normally 32
};

struct GridSettings
{
    EncodingParameters encoding;
    std::filesystem::path spoolDirectory;               ///< where unlinked spool files are made
    std::uint64_t spoolMemory = 8ULL << 20;             ///< bytes of all uploads kept in memory
    std::uint64_t spoolDisk = 16ULL << 30;              ///< bytes of all uploads on disk
    Duration queryDeadline = std::chrono::seconds(15);  ///< for one small request to a server
    Duration writeDeadline = std::chrono::seconds(300); ///< for one piece of a share (<= 1 MB)
    Duration readDeadline = std::chrono::seconds(60);   ///< for one range of a share
    std::size_t keysAhead = 0; ///< RSA keys of mutable files made in the background, at most 64
    Duration overdueAfter = std::chrono::seconds(10); ///< a share query that blocks no other
};

/// Everything the engine stands on; all must outlive it.
struct GridParts
{
    Clock& clock;
    Random& random;
    WorkPool& cpu;
    WorkPool& disk;
    ServerSet& servers;
    asio::any_io_executor engine;
    const PlacementPolicy* placement = nullptr; ///< null: the permuted order, as Tahoe-LAFS
    /// Of uploads; null: they go to servers as `placement` has it, and fail below `happy`.
    FirstHome* firstHome = nullptr;
};

/// Engine thread. Operations may run side by side; each is cancelled by cancelling its coroutine
/// and then leaves nothing behind.
class Grid
{
public:
    Grid(GridParts parts, NodeSecrets secrets, GridSettings settings);
    ~Grid();
    Grid(const Grid&) = delete;
    Grid& operator=(const Grid&) = delete;

    /// Reads the source to its end, places and sends the shares. Files of at most 55 bytes become
    /// LIT capabilities and meet no server.
    /// \param status  filled while the upload runs; on Unhappy it says which servers and why.
    /// \return Unhappy: too few servers.  NoSpace: the spool is full.  InvalidInput: encoding.
    ///         The source's own error. On any error no share of this upload is left behind.
    asio::awaitable<Result<UploadResult>> upload(UploadSource& source, UploadOptions options,
                                                 UploadStatus& status);

    /// No request is sent before the first read.
    /// \param readCap  text of a CHK or LIT capability.
    /// \return InvalidInput: malformed.  Unsupported: another kind of capability.
    Result<std::shared_ptr<Download>> open(std::string_view readCap);

    /// \param cap  text of a CHK or LIT read capability, or of a CHK verify capability.
    /// \return InvalidInput, Unsupported as open(). A file in any state of health is a result.
    asio::awaitable<Result<CheckResult>> check(std::string cap, CheckOptions options);

    /// Checks, and where the file is not healthy but recoverable makes the missing shares anew.
    asio::awaitable<Result<RepairResult>> checkAndRepair(std::string cap, CheckOptions options);

    /// Which servers have shares of an index. A server that does not answer is no error.
    asio::awaitable<Result<Holders>> holders(storage_api::ShareKind kind, StorageIndex index);

    /// Room for a body before its upload; shares the limits of all uploads. The grid outlives it.
    std::unique_ptr<Spool> makeSpool();

    /// Lives as long as the grid.
    MutableService& mutableFiles();

    /// Told of map updates, publishes and retrieves that begin from now on; null: nobody is.
    void setWatcher(TransferWatcher* watcher);

    /// For mutable files that are made from now on, and as settings().encoding.
    void setEncoding(const EncodingParameters& encoding);
    const GridSettings& settings() const;
    const ServerSet& servers() const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace tarn::gateway
