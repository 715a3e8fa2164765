#include "storage-server/redo_journal.h"

#include "storage-server/redo_record.h"
#include "storage-server/store_paths.h"

#include <algorithm>

namespace tarn::storage {

namespace {

constexpr std::string_view kSuffix = ".redo";

std::string slotPath(std::size_t slot)
{
    std::string name = std::to_string(slot);
    name += kSuffix;
    return below(kJournalDirectory, name);
}

bool takes(const std::vector<FileChange>& changes)
{
    if (changes.size() > RedoJournal::kMostFiles) return false;
    std::uint64_t bytes = 0;
    for (const FileChange& change : changes) {
        if (change.kind != FileChange::Kind::Edit) return false;
        for (const FileWrite& write : change.writes)
            bytes += lengthOf(write);
    }
    // Many small writes make a long journal, which recovery would take for none.
    return bytes <= RedoJournal::kMostBytes && lengthOfRedo(changes) <= kLongestRedo;
}

/// Opens it, there or not.
Result<File> openSlot(FileLayer& layer, const std::string& path)
{
    Result<File> file = File::open(layer, path, OpenMode::ReadWrite);
    if (!file && file.error().code() == ErrorCode::NotFound)
        return File::open(layer, path, OpenMode::Create);
    return file;
}

} // namespace

struct RedoJournal::Old
{
    File file;
    FileChange change; ///< makes it what it was
    std::vector<Bytes> owned;
};

Result<std::optional<RedoJournal::Old>> RedoJournal::openOld(const FileChange& change)
{
    Old old;
    TARN_TRY(old.file, File::open(m_layer, change.place, OpenMode::ReadWrite));
    TARN_TRY(const std::uint64_t size, old.file.size());
    if (change.size < size) return std::optional<Old>();
    old.change.size = size;
    for (const FileWrite& write : change.writes) {
        const std::uint64_t end = std::min(size, write.offset + lengthOf(write));
        if (end <= write.offset) continue;
        Bytes& bytes = old.owned.emplace_back(static_cast<std::size_t>(end - write.offset));
        TARN_TRY_VOID(old.file.readExactlyAt(write.offset, bytes));
        old.change.writes.push_back({write.offset, bytes, 0});
    }
    return std::optional<Old>(std::move(old));
}

std::optional<std::size_t> RedoJournal::take(bool& named)
{
    const std::scoped_lock lock(m_mutex);
    for (const Slot wanted : {Slot::Free, Slot::Nameless}) {
        const auto found = std::find(m_slots.begin(), m_slots.end(), wanted);
        if (found == m_slots.end()) continue;
        named = wanted == Slot::Free;
        *found = Slot::Taken;
        return static_cast<std::size_t>(found - m_slots.begin());
    }
    return std::nullopt;
}

void RedoJournal::leave(std::size_t slot, Slot as)
{
    const std::scoped_lock lock(m_mutex);
    m_slots[slot] = as;
}

Result<void> RedoJournal::write(std::size_t slot, bool named, ByteView journal, bool& syncFailed)
{
    TARN_TRY(const File file, openSlot(m_layer, slotPath(slot)));
    TARN_TRY_VOID(file.writeAt(0, journal));
    syncFailed = true;
    TARN_TRY_VOID(file.sync());
    if (!named) TARN_TRY_VOID(m_layer.syncDirectory(kJournalDirectory));
    syncFailed = false;
    return ok();
}

/// The journal durably stands for nothing: an empty file.
Result<void> RedoJournal::retire(std::size_t slot)
{
    TARN_TRY(const File file, File::open(m_layer, slotPath(slot), OpenMode::ReadWrite));
    TARN_TRY_VOID(file.truncate(0));
    return file.sync();
}

/// The journal may be on disk, the changes in part in the files.
TransactionOutcome RedoJournal::takeBack(std::size_t slot, std::vector<Old>& olds, const Error& why)
{
    TransactionOutcome outcome;
    outcome.result = why;
    const auto restore = [&]() -> Result<void> {
        for (const Old& old : olds) {
            TARN_TRY_VOID(applyWrites(old.file, old.change));
            TARN_TRY_VOID(old.file.sync());
        }
        return retire(slot);
    };
    const Result<void> restored = restore();
    outcome.undone = restored.has_value();
    outcome.syncFailed = !restored;
    leave(slot, restored ? Slot::Free : Slot::Spoiled);
    return outcome;
}

std::optional<RedoJournal::Outcome> RedoJournal::run(ByteView id,
                                                     const std::vector<FileChange>& changes)
{
    if (!takes(changes)) return std::nullopt;
    Outcome outcome;
    std::vector<Old> olds;
    for (const FileChange& change : changes) {
        Result<std::optional<Old>> old = openOld(change);
        if (!old) {
            outcome.ended.result = old.error();
            return outcome;
        }
        if (!*old) return std::nullopt;
        olds.push_back(**std::move(old));
    }
    bool named = false;
    const std::optional<std::size_t> slot = take(named);
    if (!slot) return std::nullopt;
    const Bytes journal = encodeRedo(id, changes);
    outcome.ended.result = write(*slot, named, journal, outcome.ended.syncFailed);
    if (!outcome.ended.result) {
        // Nothing else was touched. On disk it may stand all the same, until it is gone there.
        const Result<void> gone = m_layer.unlink(slotPath(*slot));
        const bool none = gone || gone.error().code() == ErrorCode::NotFound;
        outcome.ended.undone = none && !outcome.ended.syncFailed;
        leave(*slot, outcome.ended.undone ? Slot::Nameless : Slot::Spoiled);
        return outcome;
    }
    Promise promise;
    promise.slot = *slot;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        const Result<void> written = applyWrites(olds[i].file, changes[i]);
        if (written) continue;
        outcome.ended = takeBack(*slot, olds, written.error());
        return outcome;
    }
    for (Old& old : olds)
        promise.files.push_back(std::move(old.file));
    outcome.promise = std::move(promise);
    return outcome;
}

TransactionOutcome RedoJournal::settle(Promise promise)
{
    TransactionOutcome outcome;
    const auto finish = [&]() -> Result<void> {
        for (const File& file : promise.files)
            TARN_TRY_VOID(file.sync());
        return retire(promise.slot);
    };
    outcome.result = finish();
    outcome.undone = outcome.result.has_value();
    outcome.syncFailed = !outcome.undone;
    leave(promise.slot, outcome.undone ? Slot::Free : Slot::Spoiled);
    return outcome;
}

Result<void> RedoJournal::redo(const std::string& path)
{
    TARN_TRY(const File journal, File::open(m_layer, path, OpenMode::Read));
    TARN_TRY(const std::uint64_t size, journal.size());
    if (size == 0 || size > kLongestRedo) return ok();
    Bytes bytes(static_cast<std::size_t>(size));
    TARN_TRY_VOID(journal.readExactlyAt(0, bytes));
    const Result<std::vector<FileChange>> changes = decodeRedo(bytes);
    if (!changes) return ok(); // it was cut short before anything was changed
    for (const FileChange& change : *changes) {
        const Result<File> file = File::open(m_layer, change.place, OpenMode::ReadWrite);
        if (!file && file.error().code() == ErrorCode::NotFound) continue; // removed by hand
        if (!file) return file.error();
        TARN_TRY_VOID(applyWrites(*file, change));
        TARN_TRY_VOID(file->sync());
    }
    return ok();
}

Result<void> RedoJournal::recover()
{
    TARN_TRY(const std::vector<std::string> names, m_layer.list(kJournalDirectory));
    bool removed = false;
    for (const std::string& name : names) {
        if (!name.ends_with(kSuffix)) continue;
        const std::string path = below(kJournalDirectory, name);
        TARN_TRY_VOID(redo(path));
        TARN_TRY_VOID(m_layer.unlink(path));
        removed = true;
    }
    if (removed) TARN_TRY_VOID(m_layer.syncDirectory(kJournalDirectory));
    const std::scoped_lock lock(m_mutex);
    m_slots.fill(Slot::Nameless);
    return ok();
}

void RedoJournal::tidy()
{
    const std::scoped_lock lock(m_mutex);
    for (std::size_t slot = 0; slot < m_slots.size(); ++slot) {
        if (m_slots[slot] != Slot::Free) continue;
        static_cast<void>(m_layer.unlink(slotPath(slot)));
        m_slots[slot] = Slot::Nameless;
    }
}

} // namespace tarn::storage
