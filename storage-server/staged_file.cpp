#include "storage-server/staged_file.h"

#include "core/share/mutable_container.h"
#include "storage-server/interval_set.h"
#include "storage-server/store_parts.h"

#include <algorithm>
#include <map>

namespace tarn::storage {

namespace {

/// The kernel is told to begin writing after so many bytes: then the sync at the end is short.
constexpr std::uint64_t kHintEvery = 4 * 1024 * 1024;
/// Bytes copied at a time.
constexpr std::uint64_t kCopyStep = 256 * 1024;
/// A piece begins at most so far behind the one before it.
constexpr std::uint64_t kWidestGap = 1024 * 1024;

Result<void> writePart(const File& file, const FileWrite& write, const ByteRange& part)
{
    static const Bytes zeros = zeroBytes(64 * 1024);
    for (std::uint64_t at = part.begin; at < part.end;) {
        const std::uint64_t left = part.end - at;
        ByteView step;
        if (write.zeros > 0) {
            step = ByteView(zeros).first(std::min<std::uint64_t>(zeros.size(), left));
        } else {
            step = write.bytes.subspan(static_cast<std::size_t>(at - write.offset),
                                       std::min<std::uint64_t>(kHintEvery, left));
        }
        TARN_TRY_VOID(file.writeAt(at, step));
        if (step.size() == kHintEvery) file.startWriteback(0, 0);
        at += step.size();
    }
    return ok();
}

/// All writes but those for which `inPlace` says that their bytes are there.
template <class InPlace>
Result<void> writeFresh(const File& file, const FileChange& change, InPlace inPlace)
{
    // Later ones win, so what they cover is left out of the earlier ones.
    IntervalSet covered;
    for (auto write = change.writes.rbegin(); write != change.writes.rend(); ++write) {
        const ByteRange range{write->offset, write->offset + lengthOf(*write)};
        if (range.empty()) continue;
        if (!inPlace(*write))
            for (const ByteRange& part : covered.missingIn(range))
                TARN_TRY_VOID(writePart(file, *write, part));
        covered.add(range);
    }
    TARN_TRY(const std::uint64_t size, file.size());
    if (size != change.size) TARN_TRY_VOID(file.truncate(change.size));
    return ok();
}

/// What an Edit leaves as it is.
Result<void> copyKept(FileLayer& layer, const File& file, const FileChange& change)
{
    IntervalSet written;
    for (const FileWrite& write : change.writes)
        if (lengthOf(write) > 0) written.add({write.offset, write.offset + lengthOf(write)});
    TARN_TRY(const File old, File::open(layer, change.place, OpenMode::Read));
    TARN_TRY(const std::uint64_t size, old.size());
    const ByteRange kept{0, std::min(size, change.size)};
    if (kept.empty()) return ok();
    for (const ByteRange& part : written.missingIn(kept)) {
        for (std::uint64_t at = part.begin; at < part.end; at += kCopyStep) {
            Bytes bytes(static_cast<std::size_t>(std::min(kCopyStep, part.end - at)));
            TARN_TRY_VOID(old.readExactlyAt(at, bytes));
            TARN_TRY_VOID(file.writeAt(at, bytes));
        }
    }
    return ok();
}

CommitItem itemOf(const FileChange& change, std::string path, std::shared_ptr<File> file)
{
    CommitItem item;
    item.change.kind = change.kind == FileChange::Kind::Create ? NameChange::Kind::Create
                                                               : NameChange::Kind::Replace;
    item.change.staged = std::move(path);
    item.change.place = change.place;
    item.size = change.size;
    item.file = std::move(file);
    return item;
}

} // namespace

Result<CommitItem> stageFreshBlocking(FileLayer& layer, const FileChange& change,
                                      const std::string& path)
{
    TARN_TRY(File opened, File::open(layer, path, OpenMode::Create));
    auto file = std::make_shared<File>(std::move(opened));
    const Result<void> written =
        writeFresh(*file, change, [](const FileWrite& /*write*/) { return false; });
    CommitItem item = itemOf(change, path, std::move(file));
    if (written) return item;
    item.file.reset();
    dropStaged(layer, item.change);
    return written.error();
}

StagedFile::StagedFile(StoreParts& parts, std::string path, File file, StagedRoom promised)
    : m_parts(parts), m_path(std::move(path)), m_file(std::make_shared<File>(std::move(file))),
      m_promised(std::move(promised))
{
    m_parts.staged.add(*this);
}

StagedFile::~StagedFile()
{
    m_parts.staged.remove(*this);
    if (!m_file) return;
    m_file.reset();
    static_cast<void>(m_parts.layer.unlink(m_path));
}

void StagedFile::begin(std::uint64_t size, std::optional<std::uint64_t> offset)
{
    const std::uint64_t end = m_pieces.empty() ? 0 : m_pieces.back().end;
    m_at = end;
    if (offset && *offset <= share::kMaxMutableShareSize) {
        const std::uint64_t wanted = share::kMutableContainerHeaderSize + *offset;
        if (wanted >= end && wanted - end <= kWidestGap) m_at = wanted;
    }
    m_pieces.push_back(ByteRange{m_at, m_at + size});
}

asio::awaitable<Result<void>> StagedFile::write(ByteView bytes)
{
    auto job = [this, bytes]() -> Result<void> {
        TARN_TRY_VOID(m_file->writeAt(m_at, bytes));
        m_unhinted += bytes.size();
        if (m_unhinted < kHintEvery) return ok();
        m_file->startWriteback(0, 0);
        m_unhinted = 0;
        return ok();
    };
    const Result<void> written = co_await runOn(m_parts.pool, std::move(job));
    m_at += bytes.size();
    if (!written) m_parts.conclude(JobReport(), written.error());
    co_return written;
}

asio::awaitable<Result<std::vector<ByteView>>> StagedFile::finish()
{
    std::vector<ByteView> views;
    if (m_pieces.empty()) co_return views;
    auto job = [this] { return m_file->map(m_pieces.back().end); };
    Result<MappedFile> map = co_await runOn(m_parts.pool, std::move(job));
    if (!map) co_return std::move(map).error();
    m_map = *std::move(map);
    for (const ByteRange& piece : m_pieces)
        views.push_back(viewOf(piece));
    co_return views;
}

ByteView StagedFile::viewOf(const ByteRange& piece) const
{
    return m_map.view().subspan(static_cast<std::size_t>(piece.begin),
                                static_cast<std::size_t>(piece.size()));
}

bool StagedFile::holds(ByteView bytes) const
{
    const ByteView all = m_map.view();
    const std::less_equal<> atOrBefore;
    return !all.empty() && atOrBefore(all.data(), bytes.data()) &&
           atOrBefore(bytes.data() + bytes.size(), all.data() + all.size());
}

bool StagedFile::fits(const FileChange& change) const
{
    if (!m_file || m_distrusted || change.kind == FileChange::Kind::Remove) return false;
    std::uint64_t staged = 0;
    for (const ByteRange& piece : m_pieces)
        staged += piece.size();
    if (change.kind == FileChange::Kind::Edit && staged < change.size / 2) return false;
    std::set<std::uint64_t> inPlace; ///< begins of pieces
    for (const FileWrite& write : change.writes) {
        if (!holds(write.bytes)) continue;
        const auto at = static_cast<std::uint64_t>(write.bytes.data() - m_map.view().data());
        if (at == write.offset) inPlace.insert(at);
    }
    return std::all_of(m_pieces.begin(), m_pieces.end(), [&](const ByteRange& piece) {
        return inPlace.contains(piece.begin) && piece.end <= change.size;
    });
}

Result<CommitItem> StagedFile::completeBlocking(const FileChange& change)
{
    const auto inPlace = [this](const FileWrite& write) {
        return holds(write.bytes) && m_map.view().data() + write.offset == write.bytes.data();
    };
    TARN_TRY_VOID(writeFresh(*m_file, change, inPlace));
    if (change.kind == FileChange::Kind::Edit)
        TARN_TRY_VOID(copyKept(m_parts.layer, *m_file, change));
    return itemOf(change, m_path, std::move(m_file));
}

StagedFile* StagedFiles::holding(const storage_api::ReadTestWrite& request) const
{
    for (StagedFile* const file : m_files)
        for (const auto& [share, change] : request.shares) {
            const auto held = [file](const auto& write) { return file->holds(write.data); };
            if (std::any_of(change.writes.begin(), change.writes.end(), held)) return file;
        }
    return nullptr;
}

void StagedFiles::distrustAll()
{
    for (StagedFile* const file : m_files)
        file->distrust();
}

} // namespace tarn::storage
