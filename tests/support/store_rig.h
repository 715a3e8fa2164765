// store_rig: a DiskStore on a directory of its own, with everything it needs, for tests.
#pragma once

#include "storage-server/disk_store.h"
#include "storage-server/ledger.h"
#include "tests/support/crash_recorder.h"
#include "tests/support/fail_at.h"
#include "tests/support/fake_clock.h"
#include "tests/support/seeded_random.h"
#include "tests/support/share_store_suite.h"
#include "tests/support/store_run.h"

#include <QtCore/QTemporaryDir>

#include <filesystem>

namespace tarn::test {

class StoreRig
{
public:
    enum class Place {
        Memory, ///< where the system has a file system in memory
        Disk,   ///< beside the build
    };

    /// \param threads  of the disk pool; 0 runs every job inline.
    explicit StoreRig(unsigned threads = 0, Place place = Place::Memory);
    ~StoreRig();

    storage::StoreConfig& config() { return m_config; }
    /// Opens the store (again), on a fresh layer, after dropping the old one as a crash would.
    Result<void> open();
    /// As open(), with nothing between store and disk: what is in memory is read at once.
    Result<void> openOnDisk();
    /// As open(), on the layers as they are.
    Result<void> openSameLayer();
    /// From the next open() on accounts are kept, beside the store.
    void keepAccounts() { m_keepsAccounts = true; }
    storage::Ledger& ledger() { return *m_ledger; }
    /// From the next open() on everything that the store does to the disk is recorded.
    void record() { m_recording = true; }
    CrashRecorder& recorder() { return *m_recorder; }
    void close()
    {
        m_store.reset();
        m_ledger.reset();
    }
    storage::DiskStore& store() { return *m_store; }
    FailAt& layer() { return *m_failAt; }
    FakeClock& clock() { return m_clock; }
    asio::io_context& engine() { return m_engine; }
    WorkPool& pool() { return *m_pool; }
    storage::FileLayer& disk() { return *m_disk; }
    /// Whether the file system tells what is in memory: ext2 to ext4, XFS and Btrfs are known to.
    bool tellsWhatIsInMemory() const;

    template <class T>
    T run(asio::awaitable<T> work)
    {
        return runToEnd(m_engine, std::move(work));
    }

    std::filesystem::path root() const { return m_root; }
    std::filesystem::path sharePath(std::uint8_t seed, std::uint32_t share) const;
    /// Of a file below the root; empty if it is absent.
    Bytes contents(const std::filesystem::path& path) const;
    void write(const std::filesystem::path& path, ByteView bytes) const;
    /// Every file and directory with its contents, but for locks, advisories, empty journals and
    /// empty folders.
    Files snapshot() const;

    // The operations, short.
    bool put(std::uint8_t index, std::uint32_t share, ByteView data);
    Result<storage_api::AllocateAnswer> allocate(std::uint8_t index, std::set<ShareNumber> shares,
                                                 std::uint64_t size, std::uint8_t leases = 1);
    Result<storage_api::WriteAnswer> writePiece(std::uint8_t index, std::uint32_t share,
                                                std::uint64_t offset, ByteView data);
    Result<storage_api::ReadTestWriteAnswer> change(std::uint8_t index,
                                                    const storage_api::ReadTestWrite& request);
    /// Without what the store does after the answer: that is left to finish().
    Result<storage_api::ReadTestWriteAnswer> changeOnly(std::uint8_t index,
                                                        const storage_api::ReadTestWrite& request);
    void finish();
    /// A new share of `data` at `offset` and a few bytes before, as they come in through the stage.
    Result<storage_api::ReadTestWriteAnswer> changeStaged(std::uint8_t index, std::uint32_t share,
                                                          std::uint64_t offset, ByteView data);
    Result<void> addLease(std::uint8_t index, std::uint8_t leases);
    Result<Bytes> read(storage_api::ShareKind kind, std::uint8_t index, std::uint32_t share);
    std::optional<Bytes> readAtOnce(storage_api::ShareKind kind, std::uint8_t index,
                                    std::uint32_t share, storage_api::ByteRange range);
    storage::StoreStatus status() { return run(m_store->status()); }

private:
    QTemporaryDir m_directory;
    std::filesystem::path m_root;
    storage::StoreConfig m_config;
    asio::io_context m_engine;
    FakeClock m_clock;
    SeededRandom m_random{7};
    std::unique_ptr<WorkPool> m_pool;
    std::unique_ptr<storage::FileLayer> m_disk;
    std::unique_ptr<FailAt> m_failAt;
    bool m_recording = false;
    std::unique_ptr<CrashRecorder> m_recorder; ///< around m_failAt: sees what fails
    bool m_keepsAccounts = false;
    std::unique_ptr<storage::Ledger> m_ledger;
    std::unique_ptr<storage::DiskStore> m_store;
};

/// One write to one share.
storage_api::ReadTestWrite slotWrite(std::uint32_t share, std::uint64_t offset, ByteView data);

} // namespace tarn::test
