// share_images: the blocks of all shares of a version between encoding and sending. A share is
// sent in one atomic request, which takes it as one view; so images above a limit are written to an
// unlinked file that is then mapped: the kernel writes them out and drops them when memory is
// needed. They are not made in the mapping: it would be filled with zeros first, page by page.
#pragma once

#include "client-gateway/upload/spool.h"
#include "core/base/bytes.h"
#include "core/base/clock.h"
#include "core/base/executor.h"
#include "core/base/mapped_file.h"
#include "core/base/result.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <cstdint>
#include <memory>

namespace tarn::gateway {

/// Holds ciphertext only, so it is not encrypted. Engine thread, but for what blocks.
class ShareImages
{
public:
    /// \return NoSpace: the budget is full.  IoFailure.
    static asio::awaitable<Result<std::unique_ptr<ShareImages>>>
    make(SpoolBudget& budget, WorkPool& disk, std::uint64_t bytesPerShare, unsigned shares);
    ~ShareImages();
    ShareImages(const ShareImages&) = delete;
    ShareImages& operator=(const ShareImages&) = delete;

    /// Bytes of one share from `offset` on, inside. Any thread; two may write different parts.
    /// \return NoSpace: the disk is full.  IoFailure.
    Result<void> writeBlocking(unsigned share, std::uint64_t offset, ByteView bytes);
    /// \pre every byte was written.  \return IoFailure.
    asio::awaitable<Result<void>> finish();
    /// After finish(). Good for as long as this lives.
    ByteView of(unsigned share) const;
    bool mapped() const { return m_map != nullptr; }
    /// Pages that were looked at stop counting as this process's memory.
    void dropPages() const;

private:
    ShareImages(SpoolBudget& budget, WorkPool& disk, std::uint64_t bytesPerShare, unsigned shares)
        : m_budget(budget), m_disk(disk), m_bytesPerShare(bytesPerShare), m_shares(shares)
    {
    }
    std::uint64_t size() const { return m_bytesPerShare * m_shares; }

    SpoolBudget& m_budget;
    WorkPool& m_disk;
    std::uint64_t m_bytesPerShare;
    unsigned m_shares;
    std::uint64_t m_memoryTaken = 0;
    std::uint64_t m_diskTaken = 0;
    Bytes m_memory;
    std::shared_ptr<UnlinkedFile> m_file; ///< in place of m_memory
    std::shared_ptr<MappedFile> m_map;
};

namespace detail {
asio::awaitable<void> dropPagesForEver(const ShareImages& images, Clock& clock);
}

/// Drops the images' pages again and again while `work` reads them; ends with it.
template <class T>
asio::awaitable<Result<T>> withFewPages(const ShareImages& images, Clock& clock,
                                        asio::awaitable<Result<T>> work)
{
    using namespace asio::experimental::awaitable_operators;
    if (!images.mapped()) co_return co_await std::move(work);
    asio::awaitable<void> dropper = detail::dropPagesForEver(images, clock);
    auto ended = co_await (std::move(work) || std::move(dropper));
    if (ended.index() == 1) co_return Error(ErrorCode::Cancelled, "cancelled");
    co_return std::get<0>(std::move(ended));
}

} // namespace tarn::gateway
