#include "storage-server/undo_journal.h"

#include "storage-server/store_paths.h"
#include "storage-server/undo_record.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace tarn::storage {

namespace {

constexpr std::string_view kLiveSuffix = ".undo";
constexpr std::string_view kSpentSuffix = ".done";

std::string journalPath(std::string_view id, std::string_view suffix)
{
    std::string path = kJournalDirectory;
    path += '/';
    path += id;
    path += suffix;
    return path;
}

std::string keptPath(const std::string& id, std::size_t number)
{
    return journalPath(id, "." + std::to_string(number));
}

// --- writing the journal ---

class JournalWriter
{
public:
    explicit JournalWriter(const File& file) : m_file(file) {}
    Result<void> add(const UndoRecord& record)
    {
        const Bytes bytes = encodeUndoRecord(m_number++, record);
        TARN_TRY_VOID(m_file.writeAt(m_at, bytes));
        m_at += bytes.size();
        return ok();
    }

private:
    const File& m_file;
    std::uint64_t m_number = 0;
    std::uint64_t m_at = 0;
};

Result<void> saveOldBytes(JournalWriter& journal, const File& file, std::uint64_t size,
                          const FileWrite& write)
{
    const std::uint64_t end = std::min(size, write.offset + lengthOf(write));
    for (std::uint64_t at = write.offset; at < end; at += kLongestOldBytes) {
        const std::uint64_t count = std::min<std::uint64_t>(kLongestOldBytes, end - at);
        OldBytes old{at, Bytes(static_cast<std::size_t>(count))};
        TARN_TRY_VOID(file.readExactlyAt(at, old.bytes));
        TARN_TRY_VOID(journal.add(std::move(old)));
    }
    return ok();
}

Result<void> saveChange(FileLayer& layer, JournalWriter& journal, const FileChange& change,
                        const std::string& keptAt)
{
    if (change.kind == FileChange::Kind::Create) return journal.add(NoFile{change.place});
    if (change.kind == FileChange::Kind::Remove)
        return journal.add(MovedFile{change.place, keptAt});
    TARN_TRY(const File file, File::open(layer, change.place, OpenMode::Read));
    TARN_TRY(const std::uint64_t size, file.size());
    TARN_TRY_VOID(journal.add(OldFile{change.place, size}));
    for (const FileWrite& write : change.writes)
        TARN_TRY_VOID(saveOldBytes(journal, file, size, write));
    if (change.size < size) {
        const FileWrite cutOff{change.size, {}, size - change.size};
        TARN_TRY_VOID(saveOldBytes(journal, file, size, cutOff));
    }
    return ok();
}

Result<void> writeJournal(FileLayer& layer, const std::string& id,
                          const std::vector<FileChange>& changes, bool& syncFailed)
{
    TARN_TRY(const File file, File::open(layer, journalPath(id, kLiveSuffix), OpenMode::Create));
    JournalWriter journal(file);
    for (std::size_t i = 0; i < changes.size(); ++i)
        TARN_TRY_VOID(saveChange(layer, journal, changes[i], keptPath(id, i)));
    TARN_TRY_VOID(journal.add(EndOfJournal{}));
    syncFailed = true;
    TARN_TRY_VOID(file.sync());
    TARN_TRY_VOID(layer.syncDirectory(kJournalDirectory));
    syncFailed = false;
    return ok();
}

// --- applying ---

Result<void> applyChange(FileLayer& layer, BucketDirectories& directories, const FileChange& change,
                         const std::string& keptAt, std::set<std::string>& toSync, bool& syncFailed)
{
    const std::string bucket = parentOf(change.place);
    if (change.kind == FileChange::Kind::Remove) {
        toSync.insert(bucket);
        toSync.insert(kJournalDirectory);
        return layer.rename(change.place, keptAt, RenameMode::NoReplace);
    }
    OpenMode mode = OpenMode::ReadWrite;
    if (change.kind == FileChange::Kind::Create) {
        TARN_TRY_VOID(directories.ensure(bucket, toSync));
        mode = OpenMode::Create;
    }
    TARN_TRY(const File file, File::open(layer, change.place, mode));
    TARN_TRY_VOID(applyWrites(file, change));
    const Result<void> synced = file.sync();
    if (!synced) syncFailed = true;
    return synced;
}

Result<void> applyAll(FileLayer& layer, BucketDirectories& directories, const std::string& id,
                      const std::vector<FileChange>& changes, bool& syncFailed)
{
    std::set<std::string> toSync;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        TARN_TRY_VOID(
            applyChange(layer, directories, changes[i], keptPath(id, i), toSync, syncFailed));
    }
    const Result<void> synced = syncDirectories(layer, toSync);
    if (!synced) {
        syncFailed = true;
        return synced;
    }
    directories.synced(toSync);
    return ok();
}

/// The journal durably stops being one: the transaction has happened.
Result<void> retire(FileLayer& layer, const std::string& id, bool& syncFailed)
{
    const std::string live = journalPath(id, kLiveSuffix);
    const std::string spent = journalPath(id, kSpentSuffix);
    TARN_TRY_VOID(layer.rename(live, spent, RenameMode::NoReplace));
    Result<void> synced = layer.syncDirectory(kJournalDirectory);
    if (synced) return ok();
    syncFailed = true;
    const Result<void> back = layer.rename(spent, live, RenameMode::NoReplace);
    if (!back) return back.error().within("after a failed sync");
    return synced;
}

void removeLeftovers(FileLayer& layer, const std::string& id,
                     const std::vector<FileChange>& changes)
{
    for (std::size_t i = 0; i < changes.size(); ++i)
        if (changes[i].kind == FileChange::Kind::Remove)
            static_cast<void>(layer.unlink(keptPath(id, i)));
    static_cast<void>(layer.unlink(journalPath(id, kSpentSuffix)));
}

// --- undoing ---

class JournalReader
{
public:
    explicit JournalReader(const File& file) : m_file(file) {}
    Result<UndoRecord> next()
    {
        Bytes bytes(kRecordHeaderSize);
        TARN_TRY_VOID(m_file.readExactlyAt(m_at, bytes));
        TARN_TRY(const std::size_t rest, undoRecordRest(bytes));
        bytes.resize(kRecordHeaderSize + rest);
        TARN_TRY_VOID(m_file.readExactlyAt(m_at, bytes));
        m_at += bytes.size();
        return decodeUndoRecord(m_number++, bytes);
    }

private:
    const File& m_file;
    std::uint64_t m_number = 0;
    std::uint64_t m_at = 0;
};

/// A journal that does not reach its end record was cut short before anything was changed.
Result<bool> isWhole(const File& file)
{
    JournalReader reader(file);
    for (;;) {
        const Result<UndoRecord> record = reader.next();
        if (!record && record.error().code() == ErrorCode::Corrupt) return false;
        if (!record) return record.error();
        if (std::holds_alternative<EndOfJournal>(*record)) return true;
    }
}

/// Restores records one by one; every step may have been done already.
class Restorer
{
public:
    Restorer(FileLayer& layer, BucketDirectories& directories)
        : m_layer(layer), m_directories(directories)
    {
    }

    Result<void> operator()(const OldFile& record)
    {
        TARN_TRY_VOID(finishFile());
        TARN_TRY(m_file, File::open(m_layer, record.place, OpenMode::ReadWrite));
        return m_file.truncate(record.size);
    }
    Result<void> operator()(const OldBytes& record)
    {
        if (!m_file) return Error(ErrorCode::Corrupt, "old bytes without a file");
        return m_file.writeAt(record.offset, record.bytes);
    }
    Result<void> operator()(const NoFile& record)
    {
        TARN_TRY_VOID(finishFile());
        const Result<void> gone = m_layer.unlink(record.place);
        if (!gone && gone.error().code() != ErrorCode::NotFound) return gone;
        if (gone) m_toSync.insert(parentOf(record.place));
        return ok();
    }
    Result<void> operator()(const MovedFile& record)
    {
        TARN_TRY_VOID(finishFile());
        const Result<void> back =
            m_layer.rename(record.keptAt, record.place, RenameMode::NoReplace);
        const bool inPlace = !back && (back.error().code() == ErrorCode::NotFound ||
                                       back.error().code() == ErrorCode::Conflict);
        if (!back && !inPlace) return back;
        if (back) m_toSync.insert(parentOf(record.place));
        return ok();
    }
    Result<void> operator()(const EndOfJournal& /*record*/)
    {
        TARN_TRY_VOID(finishFile());
        TARN_TRY_VOID(syncDirectories(m_layer, m_toSync));
        for (const std::string& bucket : m_toSync)
            m_directories.removeIfEmpty(bucket);
        return ok();
    }

private:
    Result<void> finishFile()
    {
        if (!m_file) return ok();
        TARN_TRY_VOID(m_file.sync());
        m_file.close();
        return ok();
    }

    FileLayer& m_layer;
    BucketDirectories& m_directories;
    File m_file;
    std::set<std::string> m_toSync;
};

Result<void> undo(FileLayer& layer, BucketDirectories& directories, const std::string& path)
{
    {
        // After a retirement that failed its old name may not be on disk.
        TARN_TRY_VOID(layer.syncDirectory(kJournalDirectory));
        TARN_TRY(const File file, File::open(layer, path, OpenMode::Read));
        TARN_TRY(const bool whole, isWhole(file));
        if (whole) {
            JournalReader reader(file);
            Restorer restore(layer, directories);
            for (bool more = true; more;) {
                TARN_TRY(const UndoRecord record, reader.next());
                more = !std::holds_alternative<EndOfJournal>(record);
                TARN_TRY_VOID(std::visit(restore, record));
            }
        }
    }
    TARN_TRY_VOID(layer.unlink(path));
    return layer.syncDirectory(kJournalDirectory);
}

} // namespace

TransactionOutcome runTransaction(FileLayer& layer, BucketDirectories& directories,
                                  const std::string& id, const std::vector<FileChange>& changes)
{
    TransactionOutcome outcome;
    outcome.result = writeJournal(layer, id, changes, outcome.syncFailed);
    if (outcome.result)
        outcome.result = applyAll(layer, directories, id, changes, outcome.syncFailed);
    if (outcome.result) outcome.result = retire(layer, id, outcome.syncFailed);
    if (outcome.result) {
        removeLeftovers(layer, id, changes);
        return outcome;
    }
    if (outcome.syncFailed) directories.forget();
    const Result<void> undone = undo(layer, directories, journalPath(id, kLiveSuffix));
    // Without a journal nothing had begun.
    outcome.undone = undone.has_value() || undone.error().code() == ErrorCode::NotFound;
    return outcome;
}

Result<void> recoverTransactions(FileLayer& layer, BucketDirectories& directories)
{
    TARN_TRY_VOID(ensureDirectory(layer, kJournalDirectory));
    TARN_TRY(const std::vector<std::string> names, layer.list(kJournalDirectory));
    for (const std::string& name : names)
        if (name.ends_with(kLiveSuffix))
            TARN_TRY_VOID(undo(layer, directories, below(kJournalDirectory, name)));
    TARN_TRY(const std::vector<std::string> leftovers, layer.list(kJournalDirectory));
    for (const std::string& name : leftovers)
        TARN_TRY_VOID(layer.unlink(below(kJournalDirectory, name)));
    return ok();
}

} // namespace tarn::storage
