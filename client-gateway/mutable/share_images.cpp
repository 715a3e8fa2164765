#include "client-gateway/mutable/share_images.h"

#include <cstring>

namespace tarn::gateway {

namespace {

/// Up to here images lie in memory, where the budget has room.
constexpr std::uint64_t kInMemory = std::uint64_t{4} << 20U;

} // namespace

asio::awaitable<Result<std::unique_ptr<ShareImages>>>
ShareImages::make(SpoolBudget& budget, WorkPool& disk, std::uint64_t bytesPerShare, unsigned shares)
{
    std::unique_ptr<ShareImages> images(new ShareImages(budget, disk, bytesPerShare, shares));
    const std::uint64_t size = images->size();
    if (size <= kInMemory && budget.takeMemory(size)) {
        images->m_memoryTaken = size;
        images->m_memory = Bytes(static_cast<std::size_t>(size));
        co_return images;
    }
    if (!budget.takeDisk(size))
        co_return Error(ErrorCode::NoSpace, "the spool for uploads is full");
    images->m_diskTaken = size;
    images->m_file = budget.takeFile();
    if (images->m_file) co_return images;
    auto job = [&budget] { return UnlinkedFile::makeBlocking(budget.limits().directory); };
    TARN_CO_TRY(images->m_file, co_await runOn(disk, job));
    co_return images;
}

ShareImages::~ShareImages()
{
    m_budget.giveBack(m_memoryTaken, m_diskTaken);
    // To give a large one back takes longer than the engine may wait.
    if (m_map) m_disk.post([map = std::move(m_map)] {});
    if (m_file && !m_budget.keepFile(m_file)) m_disk.post([file = std::move(m_file)] {});
}

Result<void> ShareImages::writeBlocking(unsigned share, std::uint64_t offset, ByteView bytes)
{
    const std::uint64_t at = share * m_bytesPerShare + offset;
    if (m_file) return m_file->writeBlocking(at, bytes);
    if (!bytes.empty()) std::memcpy(m_memory.data() + at, bytes.data(), bytes.size());
    return ok();
}

asio::awaitable<Result<void>> ShareImages::finish()
{
    if (!m_file) co_return ok();
    auto job = [this] { return m_file->mapBlocking(size()); };
    TARN_CO_TRY(MappedFile map, co_await runOn(m_disk, job));
    m_map = std::make_shared<MappedFile>(std::move(map));
    co_return ok();
}

void ShareImages::dropPages() const
{
    if (m_map) m_map->dropPages();
}

asio::awaitable<void> detail::dropPagesForEver(const ShareImages& images, Clock& clock)
{
    constexpr Duration kPause = std::chrono::milliseconds(10);
    while ((co_await asio::this_coro::cancellation_state).cancelled() ==
           asio::cancellation_type::none) {
        images.dropPages();
        co_await clock.sleep(kPause);
    }
}

ByteView ShareImages::of(unsigned share) const
{
    const ByteView all = m_map ? m_map->view() : ByteView(m_memory);
    return all.subspan(static_cast<std::size_t>(share * m_bytesPerShare),
                       static_cast<std::size_t>(m_bytesPerShare));
}

} // namespace tarn::gateway
