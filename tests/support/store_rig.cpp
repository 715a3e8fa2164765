#include "tests/support/store_rig.h"

#include "storage-server/store_paths.h"

#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <QtCore/QDir>

#include <fstream>
#include <sstream>

namespace tarn::test {

using namespace storage_api;
namespace fs = std::filesystem;

namespace {
const ByteView kUploadSecret = asBytes("an upload secret 001");
const ByteView kWriteEnabler = asBytes("write enabler of thirty-two byte");

/// In memory where the system offers it: most tests count syncs, they do not need them.
QString directoryTemplate(StoreRig::Place place)
{
    if (place == StoreRig::Place::Disk) return TARN_BINARY_DIR "/tests/store-XXXXXX";
    const bool memory = ::access("/dev/shm", W_OK) == 0;
    return memory ? QString("/dev/shm/tarn-XXXXXX") : QDir::tempPath() + "/tarn-XXXXXX";
}

} // namespace

StoreRig::StoreRig(unsigned threads, Place place)
    : m_directory(directoryTemplate(place)),
      m_root(fs::path(m_directory.path().toStdString()) / "storage"),
      m_pool(threads == 0 ? makeInlinePool() : makeThreadPool(threads, "disk"))
{
    m_config.directory = m_root.string();
    m_config.applicationVersion = "tarn/test";
    m_config.tubId = TubId::prefixOf(suiteBytes(20, 4711));
}

StoreRig::~StoreRig()
{
    m_store.reset();
}

Result<void> StoreRig::open()
{
    m_store.reset();
    m_disk = storage::makePosixFileLayer(m_root.string());
    m_failAt = std::make_unique<FailAt>(*m_disk);
    m_recorder = m_recording ? std::make_unique<CrashRecorder>(*m_failAt) : nullptr;
    return openSameLayer();
}

Result<void> StoreRig::openOnDisk()
{
    m_store.reset();
    m_disk = storage::makePosixFileLayer(m_root.string());
    TARN_TRY(m_store,
             storage::DiskStore::openBlocking(m_config, *m_disk, *m_pool, m_clock, m_random));
    return ok();
}

bool StoreRig::tellsWhatIsInMemory() const
{
    struct statfs status = {};
    if (::statfs(m_root.c_str(), &status) != 0) return false;
    return status.f_type == EXT4_SUPER_MAGIC || status.f_type == XFS_SUPER_MAGIC ||
           status.f_type == BTRFS_SUPER_MAGIC;
}

Result<void> StoreRig::openSameLayer()
{
    close();
    storage::FileLayer& layer =
        m_recorder ? static_cast<storage::FileLayer&>(*m_recorder) : *m_failAt;
    if (m_keepsAccounts) {
        const std::string path = (m_root.parent_path() / "accounts.sqlite").string();
        TARN_TRY(m_ledger, storage::Ledger::openBlocking(path));
    }
    TARN_TRY(m_store, storage::DiskStore::openBlocking(m_config, layer, *m_pool, m_clock, m_random,
                                                       m_ledger.get()));
    return ok();
}

fs::path StoreRig::sharePath(std::uint8_t seed, std::uint32_t share) const
{
    return m_root / storage::sharePath(suiteIndex(seed), ShareNumber{share});
}

Bytes StoreRig::contents(const fs::path& path) const
{
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return toBytes(out.str());
}

void StoreRig::write(const fs::path& path, ByteView bytes) const
{
    fs::create_directories(path.parent_path());
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(bytes.data()),
              static_cast<std::streamsize>(bytes.size()));
}

Files StoreRig::snapshot() const
{
    Files out;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(m_root)) {
        const std::string name = fs::relative(entry.path(), m_root).string();
        if (!entry.is_regular_file() || name == storage::kLockFile ||
            name.starts_with(storage::kAdvisoriesDirectory) ||
            (name.ends_with(".redo") && entry.file_size() == 0))
            continue;
        out[name] = contents(entry.path());
    }
    return out;
}

bool StoreRig::put(std::uint8_t index, std::uint32_t share, ByteView data)
{
    const auto allocated = allocate(index, {ShareNumber{share}}, data.size());
    if (!allocated || allocated->allocated.empty()) return false;
    const auto left = writePiece(index, share, 0, data);
    return left && left->required.empty();
}

Result<AllocateAnswer> StoreRig::allocate(std::uint8_t index, std::set<ShareNumber> shares,
                                          std::uint64_t size, std::uint8_t leases)
{
    return run(m_store->allocate(suiteIndex(index), std::move(shares), size, suiteLeases(leases),
                                 kUploadSecret));
}

Result<WriteAnswer> StoreRig::writePiece(std::uint8_t index, std::uint32_t share,
                                         std::uint64_t offset, ByteView data)
{
    return run(
        m_store->writeShare(suiteIndex(index), ShareNumber{share}, kUploadSecret, offset, data));
}

Result<ReadTestWriteAnswer> StoreRig::change(std::uint8_t index, const ReadTestWrite& request)
{
    Result<ReadTestWriteAnswer> answer = changeOnly(index, request);
    finish();
    return answer;
}

Result<ReadTestWriteAnswer> StoreRig::changeOnly(std::uint8_t index, const ReadTestWrite& request)
{
    return run(m_store->readTestWrite(suiteIndex(index), suiteLeases(1), kWriteEnabler, request));
}

void StoreRig::finish()
{
    m_engine.restart();
    if (m_pool->concurrency() == 1) {
        m_engine.poll();
    } else {
        m_engine.run();
    }
}

Result<ReadTestWriteAnswer> StoreRig::changeStaged(std::uint8_t index, std::uint32_t share,
                                                   std::uint64_t offset, ByteView data)
{
    TARN_TRY(const std::unique_ptr<storage::StagedData> staged,
             run(m_store->stage(suiteIndex(index), data.size())));
    staged->begin(data.size(), offset);
    for (ByteView rest = data; !rest.empty();) {
        const ByteView piece = rest.first(std::min<std::size_t>(rest.size(), 512 * 1024));
        TARN_TRY_VOID(run(staged->write(piece)));
        rest = rest.subspan(piece.size());
    }
    TARN_TRY(const std::vector<ByteView> views, run(staged->finish()));
    ReadTestWrite request = slotWrite(share, offset, views.at(0));
    request.shares[ShareNumber{share}].writes.push_back({0, asBytes("head")});
    return change(index, request);
}

Result<void> StoreRig::addLease(std::uint8_t index, std::uint8_t leases)
{
    return run(m_store->addLease(suiteIndex(index), suiteLeases(leases)));
}

std::optional<Bytes> StoreRig::readAtOnce(ShareKind kind, std::uint8_t index, std::uint32_t share,
                                          ByteRange range)
{
    Bytes into(range.size());
    const std::optional<std::size_t> got =
        m_store->readShareAtOnce(kind, suiteIndex(index), ShareNumber{share}, range, into);
    if (!got) return std::nullopt;
    into.resize(*got);
    return into;
}

Result<Bytes> StoreRig::read(ShareKind kind, std::uint8_t index, std::uint32_t share)
{
    Bytes out(8 << 20);
    TARN_TRY(
        const std::size_t got,
        run(m_store->readShare(kind, suiteIndex(index), ShareNumber{share}, {0, out.size()}, out)));
    out.resize(got);
    return out;
}

ReadTestWrite slotWrite(std::uint32_t share, std::uint64_t offset, ByteView data)
{
    ReadTestWrite request;
    request.shares[ShareNumber{share}].writes.push_back({offset, data});
    return request;
}

} // namespace tarn::test
