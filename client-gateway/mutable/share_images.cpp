#include "client-gateway/mutable/share_images.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace tarn::gateway {

namespace {

/// Up to here images lie in memory, where the budget has room.
constexpr std::uint64_t kInMemory = std::uint64_t{4} << 20U;

int openUnlinked(const std::filesystem::path& folder)
{
    const int descriptor = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (descriptor >= 0 || errno == ENOSPC || errno == EDQUOT || errno == EROFS) return descriptor;
    std::string path = (folder / "shares-XXXXXX").string();
    const int named = ::mkostemp(path.data(), O_CLOEXEC);
    if (named >= 0) ::unlink(path.c_str());
    return named;
}

} // namespace

Result<void> ShareImages::mapBlocking(std::uint64_t size)
{
    const int descriptor = openUnlinked(m_budget.limits().directory);
    if (descriptor < 0) return errnoError(errno, "spool file of shares");
    Result<void> outcome = ok();
    // Reserved, not only sized: a hole that finds no room when it is written would be a signal.
    const int reserved = ::posix_fallocate(descriptor, 0, static_cast<off_t>(size));
    if (reserved != 0) {
        outcome = errnoError(reserved, "spool file of shares");
    } else {
        void* at = ::mmap(nullptr, static_cast<std::size_t>(size), PROT_READ | PROT_WRITE,
                          MAP_SHARED, descriptor, 0);
        if (at == MAP_FAILED) {
            outcome = errnoError(errno, "spool file of shares");
        } else {
            m_mapped = static_cast<std::byte*>(at);
            m_mappedSize = static_cast<std::size_t>(size);
        }
    }
    ::close(descriptor);
    return outcome;
}

asio::awaitable<Result<std::unique_ptr<ShareImages>>>
ShareImages::make(SpoolBudget& budget, WorkPool& disk, std::uint64_t bytesPerShare, unsigned shares)
{
    std::unique_ptr<ShareImages> images(new ShareImages(budget, disk, bytesPerShare));
    const std::uint64_t size = bytesPerShare * shares;
    if (size <= kInMemory && budget.takeMemory(size)) {
        images->m_memoryTaken = size;
        images->m_memory = Bytes(static_cast<std::size_t>(size));
        co_return images;
    }
    if (!budget.takeDisk(size))
        co_return Error(ErrorCode::NoSpace, "the spool for uploads is full");
    images->m_diskTaken = size;
    ShareImages* made = images.get();
    auto job = [made, size] { return made->mapBlocking(size); };
    TARN_CO_TRY_VOID(co_await runOn(disk, job));
    co_return images;
}

ShareImages::~ShareImages()
{
    // To give a large one back takes longer than the engine may wait.
    if (m_mapped != nullptr)
        m_disk.post([at = m_mapped, size = m_mappedSize] { ::munmap(at, size); });
    m_budget.giveBack(m_memoryTaken, m_diskTaken);
}

MutableByteView ShareImages::of(unsigned share) const
{
    std::byte* const begin =
        m_mapped != nullptr ? m_mapped : const_cast<std::byte*>(m_memory.data());
    if (m_bytesPerShare == 0) return {};
    return MutableByteView(begin + share * m_bytesPerShare, m_bytesPerShare);
}

} // namespace tarn::gateway
