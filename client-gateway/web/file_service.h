// file_service: what the web API asks of the engine; tests stand in for a grid here.
#pragma once

#include "client-gateway/check/check_result.h"
#include "client-gateway/check/holders.h"
#include "client-gateway/dirs/directory_service.h"
#include "client-gateway/dirs/immutable_files.h"
#include "client-gateway/download/download.h"
#include "client-gateway/server_set.h"
#include "client-gateway/upload/spool.h"
#include "client-gateway/upload/upload.h"
#include "client-gateway/web/history.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::gateway::web {

/// One configured storage server and how it is doing.
struct ServerView
{
    std::string id;
    std::string nickname; ///< hostile
    ServerStatus status;
    std::string uploadRefusal; ///< why it is given no new shares; empty: it may be
};

/// This node's own disk, where new files wait until servers take them.
struct OwnDisk
{
    std::string server;  ///< its id
    std::string problem; ///< why it takes no new files; empty: it does
};

/// Engine thread. The errors are those of gateway::Grid.
class FileService
{
public:
    virtual ~FileService() = default;
    virtual asio::awaitable<Result<UploadResult>> upload(UploadSource& source,
                                                         UploadStatus& status) = 0;
    virtual Result<std::shared_ptr<Download>> open(std::string_view readCap) = 0;
    virtual asio::awaitable<Result<CheckResult>> check(std::string cap, CheckOptions options) = 0;
    virtual asio::awaitable<Result<RepairResult>> checkAndRepair(std::string cap,
                                                                 CheckOptions options) = 0;
    virtual asio::awaitable<Result<Holders>> holders(storage_api::ShareKind kind,
                                                     StorageIndex index) = 0;
    virtual MutableService& mutableFiles() = 0;
    virtual DirectoryService& directories() = 0;
    /// What deep operations check.
    virtual ImmutableFiles& immutableFiles() = 0;
    /// Whether access.blacklist names the object. \param storageIndex  in base32.
    virtual bool prohibits(const std::string& /*storageIndex*/) const { return false; }
    /// In the order of their ids.
    virtual std::vector<ServerView> servers() const = 0;
    virtual EncodingParameters encoding() const = 0;
    /// Absent: new files go to the servers at once.
    virtual asio::awaitable<std::optional<OwnDisk>> ownDisk() { co_return std::nullopt; }
    virtual History& history() = 0;
    /// A name for an operation that nobody guesses.
    virtual std::string freshHandle() = 0;
    /// Room for the file of a form.
    virtual std::unique_ptr<Spool> spool() = 0;
    /// Before each request: what must be looked at anew is.
    virtual asio::awaitable<void> refresh() { co_return; }
};

} // namespace tarn::gateway::web
