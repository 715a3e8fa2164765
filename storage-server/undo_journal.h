// undo_journal: changes several files, or a large one in place, as a whole or not at all, crash or
// no crash. What is about to be overwritten is put on disk first; the change is done when that
// journal is durably gone. Format: storage-server/README.md. Blocking; any thread of the pool,
// but one transaction at a time may name a file.
#pragma once

#include "storage-server/bucket_directories.h"
#include "storage-server/file_layer.h"

#include <deque>
#include <string>
#include <vector>

namespace tarn::storage {

/// `bytes` at `offset`, or `zeros` zero bytes there.
struct FileWrite
{
    std::uint64_t offset = 0;
    ByteView bytes;
    std::uint64_t zeros = 0;
};

struct FileChange
{
    enum class Kind {
        Edit,   ///< the file exists
        Create, ///< it does not; its bucket directory may be missing
        Remove, ///< it exists
    };
    Kind kind = Kind::Edit;
    std::string place;             ///< in a bucket directory
    std::vector<FileWrite> writes; ///< in order, later ones win; those to a hole need no zeros
    std::uint64_t size = 0;        ///< of the file afterwards
};

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
