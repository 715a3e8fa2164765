// undo_journal: changes several files, or a large one in place, as a whole or not at all, crash or
// no crash. What is about to be overwritten is put on disk first; the change is done when that
// journal is durably gone. Format: storage-server/README.md. Blocking; any thread of the pool,
// but one transaction at a time may name a file.
#pragma once

#include "storage-server/bucket_directories.h"
#include "storage-server/file_change.h"

#include <string>
#include <vector>

namespace tarn::storage {

/// How a transaction ended.
struct TransactionOutcome
{
    Result<void> result;     ///< success: durable as a whole
    bool syncFailed = false; ///< the disk cannot be trusted
    bool undone = true;      ///< on failure: files are as before. false: at the next recovery
};

/// \param id  unique among all transactions ever: it names the journal.
TransactionOutcome runTransaction(FileLayer& layer, BucketDirectories& directories,
                                  const std::string& id, const std::vector<FileChange>& changes);

/// Undoes what a crash or a failure left half done and empties the journal directory, which is
/// made if missing. Before anything else reads the shares.
Result<void> recoverTransactions(FileLayer& layer, BucketDirectories& directories);

} // namespace tarn::storage
