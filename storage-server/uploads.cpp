#include "storage-server/uploads.h"

#include "storage-server/store_paths.h"

#include <algorithm>
#include <array>

namespace tarn::storage {

using storage_api::ByteRange;

void UploadTable::add(std::shared_ptr<Upload> upload)
{
    upload->lastWrite = m_clock.now();
    m_nextExpiry = std::min(m_nextExpiry, upload->lastWrite + m_timeout);
    ++m_count;
    m_uploads[upload->index][upload->share] = std::move(upload);
}

std::shared_ptr<Upload> UploadTable::find(const StorageIndex& index, ShareNumber share) const
{
    const auto bucket = m_uploads.find(index);
    if (bucket == m_uploads.end()) return nullptr;
    const auto found = bucket->second.find(share);
    return found == bucket->second.end() ? nullptr : found->second;
}

bool UploadTable::contains(const StorageIndex& index, ShareNumber share) const
{
    return find(index, share) != nullptr;
}

void UploadTable::end(Upload& upload)
{
    if (upload.ended) return;
    upload.ended = true;
    const auto bucket = m_uploads.find(upload.index);
    bucket->second.erase(upload.share);
    if (bucket->second.empty()) m_uploads.erase(bucket);
    --m_count;
}

void UploadTable::removeFrom(const StorageIndex& index, std::set<ShareNumber>& shares) const
{
    const auto bucket = m_uploads.find(index);
    if (bucket == m_uploads.end()) return;
    for (const auto& [share, upload] : bucket->second)
        shares.erase(share);
}

std::vector<std::shared_ptr<Upload>> UploadTable::all() const
{
    std::vector<std::shared_ptr<Upload>> out;
    for (const auto& [index, bucket] : m_uploads)
        for (const auto& [share, upload] : bucket)
            out.push_back(upload);
    return out;
}

bool UploadTable::forgotten(const Upload& upload, const LeaseSecret& renewal) const
{
    constexpr Duration kSilence = std::chrono::minutes(1);
    return upload.turn.idle() && upload.renewal == renewal &&
           m_clock.now() - upload.lastWrite >= kSilence;
}

std::vector<std::shared_ptr<Upload>> UploadTable::idle()
{
    std::vector<std::shared_ptr<Upload>> out;
    const TimePoint now = m_clock.now();
    if (now < m_nextExpiry) return out;
    m_nextExpiry = TimePoint::max();
    for (const std::shared_ptr<Upload>& upload : all()) {
        const TimePoint expiry = upload->lastWrite + m_timeout;
        if (expiry <= now && upload->turn.idle()) {
            out.push_back(upload);
        } else {
            // One that is being written now will have a later last write.
            m_nextExpiry = std::min(m_nextExpiry, std::max(expiry, now + std::chrono::seconds(1)));
        }
    }
    return out;
}

namespace {

constexpr std::uint64_t kHintEvery = 4 * 1024 * 1024;

Result<void> openIncoming(FileLayer& layer, Upload& upload)
{
    if (upload.file) return ok();
    const std::string path = incomingPath(upload.index, upload.share);
    const OpenMode mode = upload.fileMade ? OpenMode::ReadWrite : OpenMode::Create;
    Result<File> file = File::open(layer, path, mode);
    // Left by an upload whose removal failed: this one owns the place now.
    if (!file && file.error().code() == ErrorCode::Conflict) {
        TARN_TRY_VOID(layer.unlink(path));
        file = File::open(layer, path, mode);
    }
    // The volume itself is gone: that is no missing share.
    if (!file && file.error().code() == ErrorCode::NotFound)
        return Error(ErrorCode::IoFailure, file.error().message());
    if (!file) return file.error();
    upload.file = std::make_shared<File>(std::move(*file));
    return ok();
}

/// The first write of all: the whole share at once, when it is all there.
Result<void> writeFirst(Upload& upload, std::uint64_t offset, ByteView data)
{
    if (data.size() == upload.allocatedSize) {
        const std::array<ByteView, 3> pieces{upload.header, data, upload.lease};
        return upload.file->writePiecesAt(0, pieces);
    }
    TARN_TRY_VOID(upload.file->writeAt(0, upload.header));
    TARN_TRY_VOID(upload.file->writeAt(upload.header.size() + upload.allocatedSize, upload.lease));
    return upload.file->writeAt(upload.header.size() + offset, data);
}

Result<void> compare(const Upload& upload, std::uint64_t offset, ByteView data,
                     const ByteRange& part)
{
    Bytes there(64 * 1024);
    for (std::uint64_t at = part.begin; at < part.end; at += there.size()) {
        const auto count =
            static_cast<std::size_t>(std::min<std::uint64_t>(there.size(), part.end - at));
        const MutableByteView old = MutableByteView(there).first(count);
        TARN_TRY_VOID(upload.file->readExactlyAt(upload.header.size() + at, old));
        if (!equal(old, data.subspan(static_cast<std::size_t>(at - offset), count)))
            return Error(ErrorCode::Conflict, "other bytes were received for this range");
    }
    return ok();
}

} // namespace

Result<void> writePieceBlocking(FileLayer& layer, Upload& upload, std::uint64_t offset,
                                ByteView data, const std::vector<ByteRange>& present)
{
    TARN_TRY_VOID(openIncoming(layer, upload));
    if (!upload.fileMade) {
        const Result<void> written = writeFirst(upload, offset, data);
        if (!written) {
            dropUploadBlocking(layer, upload);
            return written;
        }
        upload.fileMade = true;
    } else {
        for (const ByteRange& part : present)
            TARN_TRY_VOID(compare(upload, offset, data, part));
        IntervalSet there;
        for (const ByteRange& part : present)
            there.add(part);
        for (const ByteRange& part : there.missingIn({offset, offset + data.size()})) {
            const ByteView piece = data.subspan(static_cast<std::size_t>(part.begin - offset),
                                                static_cast<std::size_t>(part.size()));
            TARN_TRY_VOID(upload.file->writeAt(upload.header.size() + part.begin, piece));
        }
    }
    upload.unhinted += data.size();
    if (upload.unhinted >= kHintEvery) {
        upload.file->startWriteback(0, 0);
        upload.unhinted = 0;
    }
    return ok();
}

Result<void> closeBetweenWritesBlocking(Upload& upload)
{
    if (!upload.file) return ok();
    TARN_TRY_VOID(upload.file->sync());
    upload.file.reset();
    return ok();
}

void dropUploadBlocking(FileLayer& layer, Upload& upload)
{
    const bool made = upload.fileMade || upload.file;
    upload.file.reset();
    upload.fileMade = false;
    if (!made) return;
    static_cast<void>(layer.unlink(incomingPath(upload.index, upload.share)));
}

Result<CommitItem> commitItemBlocking(FileLayer& layer, Upload& upload)
{
    TARN_TRY_VOID(openIncoming(layer, upload));
    CommitItem item;
    item.file = std::move(upload.file);
    item.size = upload.fileSize();
    item.change.kind = NameChange::Kind::Create;
    item.change.staged = incomingPath(upload.index, upload.share);
    item.change.place = sharePath(upload.index, upload.share);
    return item;
}

} // namespace tarn::storage
