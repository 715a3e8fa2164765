// transfer_watch: who wants to know of the transfers of mutable files: each map update, publish and
// retrieve, as Tahoe-LAFS counts them. Source: spec 08 section 8; allmydata.history.
#pragma once

#include "client-gateway/download/download.h"
#include "client-gateway/transfer_log.h"

#include <memory>
#include <string>

namespace tarn::gateway {

enum class TransferKind { Upload, Download, MapUpdate, Publish, Retrieve };

struct TransferStart
{
    TransferKind kind = TransferKind::Upload;
    std::string storageIndex;          ///< base32; empty while unknown, and of literal files
    std::optional<std::uint64_t> size; ///< bytes of plaintext, where known
    std::string mode;                  ///< of a map update: "MODE_READ", "MODE_CHECK"
    std::shared_ptr<const TransferLog> log;
};

/// One transfer while it runs; destroyed without an end it was cancelled. Engine thread.
class TransferRecord
{
public:
    virtual ~TransferRecord() = default;
    virtual void moved(std::uint64_t plaintextBytes) = 0;
    virtual void encoded(std::uint32_t needed, std::uint32_t total) = 0;
    /// A part of the work, in the order in which they are over.
    virtual void took(std::string what, Duration time) = 0;
    /// What a server did. \param serverId  empty where the text names it.
    virtual void tell(std::string serverId, std::string text) = 0;
    virtual void take(const DownloadStatus& status) = 0;
    virtual void succeed() = 0;
    virtual void fail(const Error& why) = 0;

    /// succeed() or fail().
    template <class T>
    void end(const Result<T>& outcome)
    {
        if (outcome)
            succeed();
        else
            fail(outcome.error());
    }
};

class TransferWatcher
{
public:
    virtual ~TransferWatcher() = default;
    virtual std::unique_ptr<TransferRecord> begin(TransferStart start) = 0;
};

/// \param watcher  null: nobody wants to know.  \return never null.
std::unique_ptr<TransferRecord> beginTransfer(TransferWatcher* watcher, TransferStart start);

} // namespace tarn::gateway
