// uploads: the immutable shares being received: which bytes have come, who may send more, when it
// is too late. Engine thread; the file work of one upload is done by one job at a time.
#pragma once

#include "core/base/clock.h"
#include "core/base/secret.h"
#include "storage-server/async_lock.h"
#include "storage-server/committer.h"
#include "storage-server/file_layer.h"
#include "storage-server/interval_set.h"
#include "storage-server/space_account.h"

#include <map>
#include <memory>
#include <set>
#include <vector>

namespace tarn::storage {

/// One share on its way in. Its file appears with the first write.
struct Upload
{
    StorageIndex index;
    ShareNumber share;
    std::uint64_t allocatedSize = 0;
    Secret secret;
    LeaseSecret renewal; ///< of the lease that the share will carry
    Bytes header;        ///< container header as it stands before the data
    Bytes lease;         ///< container lease as it stands behind the data
    Reservation space;
    AccountId account; ///< that is charged
    Pledge pledge;     ///< of its quota

    AsyncLock turn;             ///< held (exclusively) around every use of the rest
    std::shared_ptr<File> file; ///< none: not open just now, or not made yet
    bool fileMade = false;
    bool ended = false; ///< aborted, failed or complete: not in the table
    IntervalSet received;
    std::uint64_t unhinted = 0; ///< bytes written since the kernel was last told
    TimePoint lastWrite;

    std::uint64_t fileSize() const { return header.size() + allocatedSize + lease.size(); }
    bool complete() const { return received.missingIn({0, allocatedSize}).empty(); }
};

/// The uploads by place.
class UploadTable
{
public:
    UploadTable(Clock& clock, Duration timeout) : m_clock(clock), m_timeout(timeout) {}

    void setTimeout(Duration timeout) { m_timeout = timeout; }
    void add(std::shared_ptr<Upload> upload);
    /// None when it is not there.
    std::shared_ptr<Upload> find(const StorageIndex& index, ShareNumber share) const;
    bool contains(const StorageIndex& index, ShareNumber share) const;
    /// Takes it out and marks it ended.
    void end(Upload& upload);
    /// Takes `shares` of `index` that are on their way in out of the set.
    void removeFrom(const StorageIndex& index, std::set<ShareNumber>& shares) const;
    std::size_t size() const { return m_count; }
    std::vector<std::shared_ptr<Upload>> all() const;

    bool expired(const Upload& upload) const
    {
        return m_clock.now() - upload.lastWrite >= m_timeout;
    }
    /// Whether its client has most likely forgotten it: that holds `renewal`, asks for the share
    /// again, and has not written to this upload for a minute.
    bool forgotten(const Upload& upload, const LeaseSecret& renewal) const;
    /// Those without a write for the timeout that nobody is writing just now.
    std::vector<std::shared_ptr<Upload>> idle();
    /// No upload can be idle too long before this.
    TimePoint nextExpiry() const { return m_nextExpiry; }

private:
    Clock& m_clock;
    Duration m_timeout;
    std::map<StorageIndex, std::map<ShareNumber, std::shared_ptr<Upload>>> m_uploads;
    std::size_t m_count = 0;
    TimePoint m_nextExpiry = TimePoint::max();
};

// The file work: blocking, on the disk pool, by whoever holds the upload's turn.

/// Writes the bytes of `data` (at `offset`, inside the allocated size) that are not there yet.
/// \param present  the parts of that range received before.
/// \return Conflict: they differ from `data`.
Result<void> writePieceBlocking(FileLayer& layer, Upload& upload, std::uint64_t offset,
                                ByteView data, const std::vector<storage_api::ByteRange>& present);
/// Syncs the file and closes it, so that it does not stay open between writes.
Result<void> closeBetweenWritesBlocking(Upload& upload);
/// Removes the file.
void dropUploadBlocking(FileLayer& layer, Upload& upload);
/// What the committer needs of a complete upload, which gives its file away.
/// \return an open file even if it was closed between writes.
Result<CommitItem> commitItemBlocking(FileLayer& layer, Upload& upload);

} // namespace tarn::storage
