#include "client-gateway/cli/copy/copy_target.h"

#include <sys/stat.h>

#include <cerrno>

namespace tarn::gateway::cli {

namespace {

Result<bool> makeDirectory(const std::string& path)
{
    if (::mkdir(path.c_str(), 0777) == 0) return true;
    const int failed = errno;
    const Result<LocalInfo> found = examineBlocking(path, Links::Follow);
    if (found && found->kind == LocalInfo::Kind::Directory) return false;
    if (found) return Error(ErrorCode::Exists, "a file has this name");
    return errnoError(failed, "cannot make the directory");
}

class LocalTarget final : public CopyTarget
{
public:
    explicit LocalTarget(CopyRun& run) : m_run(run) {}

    void prepare(CopyTree& tree) override
    {
        for (CopyDirectory& directory : tree.directories) {
            if (directory.parent == CopyDirectory::kNone) continue;
            const CopyDirectory& parent = tree.directories[directory.parent];
            directory.failed = parent.failed;
            if (directory.failed) continue;
            directory.path = joinedPath(parent.path, directory.name);
            const Result<bool> made = makeDirectory(directory.path);
            directory.failed = !made;
            if (!made) m_run.report.fail(directory.path, made.error());
            directory.isNew = made.value_or(false);
            if (directory.isNew) ++m_run.report.directories;
        }
    }

    asio::awaitable<Result<std::string>> store(const CopyDirectory& directory,
                                               CopyFile& file) override
    {
        const CopySource& source = file.source;
        const std::string path = joinedPath(directory.path, file.name);
        if (source.isLocal()) {
            TARN_CO_TRY_VOID(copyLocally(source, path, m_run.progress));
        } else if (m_run.capsOnly) {
            TARN_CO_TRY_VOID(writeTextTo(path, source.node.readCap));
        } else {
            TARN_CO_TRY(const bool same, isThere(source, path));
            if (same) {
                m_run.progress.skip(source.size);
                co_return keep(source, path);
            }
            const std::optional<ContentMark> present = presentOf(source, path);
            const std::unique_ptr<GatewayClient> client = m_run.web->newClient();
            TARN_CO_TRY(const bool written,
                        co_await downloadTo(*client, source, path, m_run.progress, Durability::Soon,
                                            present));
            if (!written) co_return keep(source, path);
            TARN_CO_TRY_VOID(remember(source, path));
        }
        ++m_run.report.files;
        co_return std::string("copied");
    }

    void finish(CopyTree& tree) override
    {
        for (auto it = tree.directories.rbegin(); it != tree.directories.rend(); ++it) {
            if (it->failed || !it->modified || it->parent == CopyDirectory::kNone) continue;
            const Result<void> set = setModifiedBlocking(it->path, *it->modified);
            if (!set) m_run.report.fail(it->path, set.error());
        }
    }

private:
    bool canRemember(const CopySource& source) const
    {
        return m_run.database && !source.node.isMutable && !source.node.readCap.empty();
    }

    /// What an earlier run wrote and nobody has changed.
    Result<bool> isThere(const CopySource& source, const std::string& path)
    {
        if (!canRemember(source)) return false;
        const Result<LocalInfo> info = examineBlocking(path, Links::Follow);
        if (!info || info->kind != LocalInfo::Kind::File) return false;
        TARN_TRY(const std::optional<BackupDatabase::Known> known,
                 m_run.database->findFile(path, info->stamp));
        return known && known->cap == source.node.readCap;
    }

    /// What a mutable file, of which no earlier run can know, is compared with.
    static std::optional<ContentMark> presentOf(const CopySource& source, const std::string& path)
    {
        if (!source.node.isMutable) return std::nullopt;
        const Result<LocalInfo> info = examineBlocking(path, Links::Follow);
        if (!info || info->kind != LocalInfo::Kind::File) return std::nullopt;
        const Result<ContentMark> mark = contentMarkBlocking(path);
        return mark ? std::optional<ContentMark>(*mark) : std::nullopt;
    }

    /// The contents are right, the time may not be.
    Result<std::string> keep(const CopySource& source, const std::string& path)
    {
        TARN_TRY(const LocalInfo info, examineBlocking(path, Links::Follow));
        if (!source.modified || info.modified == *source.modified) {
            ++m_run.report.unchanged;
            return std::string("unchanged");
        }
        TARN_TRY_VOID(setModifiedBlocking(path, *source.modified));
        TARN_TRY_VOID(remember(source, path));
        ++m_run.report.files;
        ++m_run.report.reused;
        return std::string("new time");
    }

    Result<void> remember(const CopySource& source, const std::string& path)
    {
        if (!canRemember(source)) return ok();
        const Result<LocalInfo> info = examineBlocking(path, Links::Follow);
        if (!info || info->kind != LocalInfo::Kind::File) return ok();
        return m_run.database->fileUploaded(path, info->stamp, source.node.readCap);
    }

    CopyRun& m_run;
};

} // namespace

std::unique_ptr<CopyTarget> makeLocalTarget(CopyRun& run)
{
    return std::make_unique<LocalTarget>(run);
}

} // namespace tarn::gateway::cli
