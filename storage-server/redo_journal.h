// redo_journal: changes files in place, as a whole or not at all, crash or no crash, with one sync
// before the change counts: what is to be written is put on disk first, then it is written, and
// the files themselves are synced afterwards, while nobody waits. Until then nobody else may change
// them. Format: storage-server/README.md. Blocking; any thread of the pool.
#pragma once

#include "storage-server/undo_journal.h"

#include <array>
#include <mutex>
#include <optional>

namespace tarn::storage {

class RedoJournal
{
public:
    /// Of what is written in one change; of more each byte goes to disk twice for too little.
    static constexpr std::uint64_t kMostBytes = 1024 * 1024;
    /// Of files in one change, which stay open until it is settled.
    static constexpr std::size_t kMostFiles = 32;
    static constexpr std::size_t kMostAtOnce = 8;

    explicit RedoJournal(FileLayer& layer) : m_layer(layer) {}

    /// A change that has happened: durable, while its journal stands for it.
    struct Promise
    {
        std::size_t slot = 0;
        std::vector<File> files;
    };
    struct Outcome
    {
        TransactionOutcome ended;
        std::optional<Promise> promise; ///< on success: must be settled
    };

    /// Makes the changes.
    /// \param id  kRedoIdSize bytes, unique among all journals ever.
    /// \return nothing: this journal does not take them, and nothing was done.
    std::optional<Outcome> run(ByteView id, const std::vector<FileChange>& changes);
    /// Syncs the files; then the journal goes. On failure the next recovery does both.
    TransactionOutcome settle(Promise promise);

    /// Makes once more what a crash or a failure left without a sync, and removes all journals.
    /// \pre the journal directory is there. Before anything else looks at the shares.
    Result<void> recover();
    /// Removes the files of journals that stand for nothing; a hint.
    void tidy();

private:
    enum class Slot {
        Nameless, ///< its file's name is not known to be on disk
        Free,
        Taken,
        Spoiled, ///< until the next recovery
    };
    /// What a file was, as far as it is about to change.
    struct Old;

    /// \return nothing: the file gets shorter.
    Result<std::optional<Old>> openOld(const FileChange& change);
    std::optional<std::size_t> take(bool& named);
    void leave(std::size_t slot, Slot as);
    Result<void> write(std::size_t slot, bool named, ByteView journal, bool& syncFailed);
    TransactionOutcome takeBack(std::size_t slot, std::vector<Old>& olds, const Error& why);
    Result<void> retire(std::size_t slot);
    Result<void> redo(const std::string& path);

    FileLayer& m_layer;
    std::mutex m_mutex; ///< over m_slots
    std::array<Slot, kMostAtOnce> m_slots{};
};

} // namespace tarn::storage
