// spool: the body of an upload between its arrival and its encoding: in memory while that lasts,
// then in an unlinked file, encrypted under a key that dies with the upload.
#pragma once

#include "client-gateway/upload/unlinked_file.h"
#include "core/base/bytes.h"
#include "core/base/executor.h"
#include "core/base/ids.h"
#include "core/base/random.h"
#include "core/base/result.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

namespace tarn::gateway {

struct SpoolLimits
{
    std::filesystem::path directory; ///< for the unlinked files; must exist
    std::uint64_t memoryBytes = 0;   ///< of all bodies together
    std::uint64_t diskBytes = 0;     ///< of all bodies together
};

/// What all uploads share. Engine thread.
class SpoolBudget
{
public:
    explicit SpoolBudget(SpoolLimits limits) : m_limits(std::move(limits)) {}

    const SpoolLimits& limits() const { return m_limits; }
    bool takeMemory(std::uint64_t bytes) { return take(m_memory, m_limits.memoryBytes, bytes); }
    bool takeDisk(std::uint64_t bytes) { return take(m_disk, m_limits.diskBytes, bytes); }
    void giveBack(std::uint64_t memory, std::uint64_t disk);
    std::uint64_t memoryUsed() const { return m_memory; }
    std::uint64_t diskUsed() const { return m_disk; }

    /// Files of earlier bodies, beyond diskBytes: to write over pages that the system still has
    /// in memory costs a third of having new ones made, or less. They hold noise, whose key is
    /// gone, or ciphertext of shares.
    static constexpr std::uint64_t kMostKeptBytes = std::uint64_t{128} << 20U;
    /// The last one kept, null if there is none.
    std::shared_ptr<UnlinkedFile> takeFile();
    /// \return false: there are enough.
    bool keepFile(const std::shared_ptr<UnlinkedFile>& file);

private:
    static bool take(std::uint64_t& used, std::uint64_t limit, std::uint64_t bytes);

    SpoolLimits m_limits;
    std::uint64_t m_memory = 0;
    std::uint64_t m_disk = 0;
    std::uint64_t m_kept = 0; ///< bytes of m_files
    std::vector<std::shared_ptr<UnlinkedFile>> m_files;
};

/// One body. Engine thread; one append or any number of reads at a time. Destruction gives all of
/// it back; nothing of it has a name on disk.
class Spool
{
public:
    Spool(SpoolBudget& budget, WorkPool& disk, Random& random);
    ~Spool();
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;

    std::uint64_t size() const { return m_size; }

    /// \return NoSpace: the budget or the disk is full.  IoFailure.  The body is then useless.
    asio::awaitable<Result<void>> append(Bytes piece);

    /// Fills `into` from `offset` on; the range must lie inside.  \return IoFailure.
    asio::awaitable<Result<void>> read(std::uint64_t offset, MutableByteView into);

private:
    asio::awaitable<Result<void>> appendToFile(Bytes piece);
    std::size_t readMemory(std::uint64_t offset, MutableByteView into) const;

    SpoolBudget& m_budget;
    WorkPool& m_disk;
    FileKey m_key;
    std::uint64_t m_size = 0;
    std::uint64_t m_memorySize = 0; ///< the first bytes of the body are in m_pieces
    std::uint64_t m_diskTaken = 0;
    std::vector<Bytes> m_pieces;
    std::vector<std::uint64_t> m_pieceEnds;
    std::shared_ptr<UnlinkedFile> m_file;
};

} // namespace tarn::gateway
