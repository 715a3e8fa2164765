// staged_file: a file in incoming/ that takes the large data of a slot write as they arrive, laid
// out as the container of a new share has them; that share then is this file, completed.
#pragma once

#include "core/base/mapped_file.h"
#include "core/storage_api/share_store.h"
#include "storage-server/account_usage.h"
#include "storage-server/committer.h"
#include "storage-server/data_stage.h"
#include "storage-server/space_account.h"
#include "storage-server/undo_journal.h"

#include <set>

namespace tarn::storage {

struct StoreParts;

/// What is promised to data on their way in.
struct StagedRoom
{
    Reservation space;
    Pledge quota;
};

/// Engine thread, but for what is marked as blocking.
class StagedFile final : public StagedData
{
public:
    /// `parts` outlives it.
    StagedFile(StoreParts& parts, std::string path, File file, StagedRoom promised);
    /// Removes the file, if nobody took it. Blocks a little.
    ~StagedFile() override;
    StagedFile(const StagedFile&) = delete;
    StagedFile& operator=(const StagedFile&) = delete;

    void begin(std::uint64_t size, std::optional<std::uint64_t> offset) override;
    asio::awaitable<Result<void>> write(ByteView bytes) override;
    asio::awaitable<Result<std::vector<ByteView>>> finish() override;
    void dropPages() const override { m_map.dropPages(); }

    /// Whether `bytes` is a view of it.
    bool holds(ByteView bytes) const;
    /// What it holds may be lost, its name is: the disk was checked meanwhile.
    void distrust() { m_distrusted = true; }
    bool distrusted() const { return m_distrusted; }

    // Blocking, while the engine waits for it.

    /// Whether all pieces are writes of `change` and lie where they belong. Of an Edit they must
    /// be half of the file or more: the rest is copied.
    bool fits(const FileChange& change) const;
    /// Writes what is missing and gives the file away, to be created or to replace the one that is
    /// there. \pre it fits
    Result<CommitItem> completeBlocking(const FileChange& change);
    /// What follows is promised its room anew.
    void releaseSpace() { m_promised = StagedRoom(); }

private:
    ByteView viewOf(const ByteRange& piece) const;

    StoreParts& m_parts;
    std::string m_path;
    std::shared_ptr<File> m_file; ///< none: taken
    StagedRoom m_promised;
    std::vector<ByteRange> m_pieces; ///< in the file, ascending
    std::uint64_t m_at = 0;          ///< where the next byte goes
    std::uint64_t m_unhinted = 0;    ///< bytes written since the kernel was last told
    MappedFile m_map;
    bool m_distrusted = false;
};

/// Those that there are. Engine thread.
class StagedFiles
{
public:
    void add(StagedFile& file) { m_files.insert(&file); }
    void remove(StagedFile& file) { m_files.erase(&file); }
    /// The one of which the request's data are views; null: they lie elsewhere.
    StagedFile* holding(const storage_api::ReadTestWrite& request) const;
    void distrustAll();

private:
    std::set<StagedFile*> m_files;
};

/// Makes the file of a new share at `path`. \return the file, written but not synced.
Result<CommitItem> stageFreshBlocking(FileLayer& layer, const FileChange& change,
                                      const std::string& path);

} // namespace tarn::storage
