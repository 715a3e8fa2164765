// share_images: the blocks of all shares of a version between encoding and sending. A share is
// sent in one atomic request, which takes it as one view; so images above a limit lie in an
// unlinked file that is mapped: the kernel writes them out and drops them when memory is needed.
// Nobody can shorten the file under the mapping: it has no name, its room is reserved, and its
// descriptor is closed.
#pragma once

#include "client-gateway/upload/spool.h"
#include "core/base/bytes.h"
#include "core/base/executor.h"
#include "core/base/result.h"

#include <cstdint>
#include <memory>

namespace tarn::gateway {

/// Holds ciphertext only, so it is not encrypted. Views are valid for as long as it lives; two
/// threads may fill different parts.
class ShareImages
{
public:
    /// All disk space is reserved here, so that filling a view cannot fail.
    /// \return NoSpace: the budget or the disk is full.  IoFailure.
    static asio::awaitable<Result<std::unique_ptr<ShareImages>>>
    make(SpoolBudget& budget, WorkPool& disk, std::uint64_t bytesPerShare, unsigned shares);
    ~ShareImages();
    ShareImages(const ShareImages&) = delete;
    ShareImages& operator=(const ShareImages&) = delete;

    MutableByteView of(unsigned share) const;

private:
    ShareImages(SpoolBudget& budget, WorkPool& disk, std::uint64_t bytesPerShare)
        : m_budget(budget), m_disk(disk), m_bytesPerShare(static_cast<std::size_t>(bytesPerShare))
    {
    }
    Result<void> mapBlocking(std::uint64_t size);

    SpoolBudget& m_budget;
    WorkPool& m_disk;
    std::size_t m_bytesPerShare;
    std::uint64_t m_memoryTaken = 0;
    std::uint64_t m_diskTaken = 0;
    Bytes m_memory;
    std::byte* m_mapped = nullptr;
    std::size_t m_mappedSize = 0;
};

} // namespace tarn::gateway
