#include "client-gateway/upload/spool.h"

#include "core/base/check.h"
#include "core/crypto/aes_ctr.h"

#include <algorithm>

namespace tarn::gateway {

namespace {

constexpr std::size_t kMostKeptFiles = 8;
/// What is encrypted and written, or read and decrypted, before the next: the cache still has it.
constexpr std::size_t kStepBytes = 128 * 1024;

/// Calls work(offset, part) for one part of `bytes` after the other, until one fails.
template <class Work>
Result<void> inSteps(std::uint64_t offset, MutableByteView bytes, Work work)
{
    while (!bytes.empty()) {
        const MutableByteView part = bytes.first(std::min(bytes.size(), kStepBytes));
        TARN_TRY_VOID(work(offset, part));
        offset += part.size();
        bytes = bytes.subspan(part.size());
    }
    return ok();
}

} // namespace

void SpoolBudget::giveBack(std::uint64_t memory, std::uint64_t disk)
{
    TARN_ASSERT(memory <= m_memory && disk <= m_disk);
    m_memory -= memory;
    m_disk -= disk;
}

bool SpoolBudget::take(std::uint64_t& used, std::uint64_t limit, std::uint64_t bytes)
{
    if (bytes > limit || used > limit - bytes) return false;
    used += bytes;
    return true;
}

std::shared_ptr<UnlinkedFile> SpoolBudget::takeFile()
{
    if (m_files.empty()) return nullptr;
    std::shared_ptr<UnlinkedFile> file = std::move(m_files.back());
    m_files.pop_back();
    m_kept -= file->size();
    return file;
}

bool SpoolBudget::keepFile(const std::shared_ptr<UnlinkedFile>& file)
{
    if (m_files.size() >= kMostKeptFiles || file->size() > kMostKeptBytes - m_kept) return false;
    m_kept += file->size();
    m_files.push_back(file);
    return true;
}

Spool::Spool(SpoolBudget& budget, WorkPool& disk, Random& random) : m_budget(budget), m_disk(disk)
{
    random.fill(m_key.mutableView());
}

Spool::~Spool()
{
    m_budget.giveBack(m_memorySize, m_diskTaken);
    // To close a large one takes longer than the engine may wait.
    if (m_file && !m_budget.keepFile(m_file)) m_disk.post([file = std::move(m_file)] {});
}

asio::awaitable<Result<void>> Spool::append(Bytes piece)
{
    const std::uint64_t length = piece.size();
    if (length == 0) co_return ok();
    if (!m_file && m_budget.takeMemory(length)) {
        m_size += length;
        m_memorySize = m_size;
        m_pieceEnds.push_back(m_size);
        m_pieces.push_back(std::move(piece));
        co_return ok();
    }
    if (!m_budget.takeDisk(length)) {
        co_return Error(ErrorCode::NoSpace, "the spool for uploads is full (" +
                                                std::to_string(m_budget.limits().diskBytes) +
                                                " bytes)");
    }
    m_diskTaken += length;
    TARN_CO_TRY_VOID(co_await appendToFile(std::move(piece)));
    m_size += length;
    co_return ok();
}

asio::awaitable<Result<void>> Spool::appendToFile(Bytes piece)
{
    const std::uint64_t offset = m_size - m_memorySize;
    if (!m_file) m_file = m_budget.takeFile();
    auto write = [this, &piece, offset]() -> Result<void> {
        if (!m_file) {
            TARN_TRY(m_file, UnlinkedFile::makeBlocking(m_budget.limits().directory));
        }
        crypto::AesCtr stream(m_key, offset);
        return inSteps(offset, piece, [&](std::uint64_t at, MutableByteView part) {
            stream.apply(part);
            return m_file->writeBlocking(at, part);
        });
    };
    co_return co_await runOn(m_disk, write);
}

std::size_t Spool::readMemory(std::uint64_t offset, MutableByteView into) const
{
    std::size_t done = 0;
    auto end = std::upper_bound(m_pieceEnds.begin(), m_pieceEnds.end(), offset);
    for (; end != m_pieceEnds.end() && done < into.size(); ++end) {
        const Bytes& piece = m_pieces[static_cast<std::size_t>(end - m_pieceEnds.begin())];
        const auto from = static_cast<std::size_t>(offset + done - (*end - piece.size()));
        const std::size_t count = std::min(piece.size() - from, into.size() - done);
        std::memcpy(into.data() + done, piece.data() + from, count);
        done += count;
    }
    return done;
}

asio::awaitable<Result<void>> Spool::read(std::uint64_t offset, MutableByteView into)
{
    TARN_ASSERT(offset <= m_size && into.size() <= m_size - offset);
    const std::size_t done = readMemory(offset, into);
    const MutableByteView rest = into.subspan(done);
    if (rest.empty()) co_return ok();
    const std::uint64_t fileOffset = offset + done - m_memorySize;
    auto read = [this, rest, fileOffset]() -> Result<void> {
        crypto::AesCtr stream(m_key, fileOffset);
        return inSteps(fileOffset, rest,
                       [&](std::uint64_t at, MutableByteView part) -> Result<void> {
                           TARN_TRY_VOID(m_file->readBlocking(at, part));
                           stream.apply(part);
                           return ok();
                       });
    };
    co_return co_await runOn(m_disk, read);
}

} // namespace tarn::gateway
