#include "client-gateway/cli/backup/backup_scan.h"

#include "client-gateway/dirs/child_name.h"
#include "core/codec/utf8.h"

#include <set>

namespace tarn::gateway::cli {

namespace {

class Scan
{
public:
    explicit Scan(const std::function<bool(const std::string&)>& isExcluded)
        : m_isExcluded(isExcluded)
    {
    }

    Result<BackupTree> run(const std::string& root)
    {
        TARN_TRY(const LocalInfo info, examineBlocking(root, Links::Follow));
        if (info.kind != LocalInfo::Kind::Directory)
            return Error(ErrorCode::InvalidInput, "it is not a directory");
        TARN_TRY(std::vector<std::string> names, namesInBlocking(root));
        BackupEntry entry;
        entry.path = root;
        entry.info = info;
        enter(std::move(entry), std::move(names));
        for (std::size_t next = 0; next < m_open.size(); ++next) {
            const std::vector<std::string> children = std::move(m_open[next]);
            m_names.clear();
            for (const std::string& name : children)
                look(next, name);
        }
        return std::move(m_tree);
    }

private:
    void enter(BackupEntry entry, std::vector<std::string> names)
    {
        m_tree.directories.push_back(std::move(entry));
        m_open.push_back(std::move(names));
    }

    void look(std::size_t parent, const std::string& name)
    {
        if (m_isExcluded(name)) return;
        BackupEntry entry;
        entry.parent = parent;
        entry.depth = m_tree.directories[parent].depth + 1;
        entry.name = name;
        entry.path = joinedPath(m_tree.directories[parent].path, name);
        const Result<LocalInfo> info = examineBlocking(entry.path, Links::Report);
        const bool isDirectory = info && info->kind == LocalInfo::Kind::Directory;
        if (!codec::isUtf8(asBytes(name))) {
            m_tree.skips.push_back(
                {isDirectory, entry.path, "could not be stored due to a filename encoding error"});
        } else if (!info) {
            m_tree.skips.push_back(unreadable(false, entry.path));
        } else {
            entry.info = *info;
            take(std::move(entry));
        }
    }

    void take(BackupEntry entry)
    {
        using Kind = LocalInfo::Kind;
        const bool isStored = entry.info.kind == Kind::File || entry.info.kind == Kind::Directory;
        if (isStored && !m_names.insert(normalizedName(entry.name).value_or(entry.name)).second) {
            m_tree.skips.push_back(
                {entry.info.kind == Kind::Directory, entry.path,
                 "could not be stored because another name there is the same in Unicode (NFC)"});
        } else if (entry.info.kind == Kind::File) {
            m_tree.files.push_back(std::move(entry));
        } else if (entry.info.kind != Kind::Directory) {
            const bool isLink = entry.info.kind == Kind::Link;
            m_tree.skips.push_back(
                {false, entry.path, isLink ? "cannot backup symlink" : "cannot backup special"});
        } else if (Result<std::vector<std::string>> names = namesInBlocking(entry.path)) {
            enter(std::move(entry), *std::move(names));
        } else {
            m_tree.skips.push_back(unreadable(true, entry.path));
        }
    }

    const std::function<bool(const std::string&)>& m_isExcluded;
    BackupTree m_tree;
    std::vector<std::vector<std::string>> m_open; ///< names in each of the directories
    std::set<std::string> m_names; ///< of the directory that is looked at, as the grid spells them
};

} // namespace

BackupSkip unreadable(bool isDirectory, const std::string& path)
{
    return {isDirectory, path,
            std::string("permission denied on ") + (isDirectory ? "directory" : "file")};
}

Result<BackupTree> scanBlocking(const std::string& root,
                                const std::function<bool(const std::string&)>& isExcluded)
{
    return Scan(isExcluded).run(root);
}

} // namespace tarn::gateway::cli
