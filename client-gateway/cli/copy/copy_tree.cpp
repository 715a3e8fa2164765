#include "client-gateway/cli/copy/copy_tree.h"

#include <algorithm>

namespace tarn::gateway::cli {

CopyTree::CopyTree(std::string label)
{
    CopyDirectory target;
    target.label = std::move(label);
    directories.push_back(std::move(target));
}

std::size_t CopyTree::directoryIn(std::size_t parent, const std::string& name,
                                  std::optional<double> modified)
{
    const auto [found, isNew] = m_directories.try_emplace({parent, name}, directories.size());
    if (isNew) {
        CopyDirectory directory;
        directory.parent = parent;
        directory.depth = directories[parent].depth + 1;
        directory.name = name;
        directory.label = labelBelow(directories[parent].label, name);
        directory.modified = modified;
        directories.push_back(std::move(directory));
    }
    return found->second;
}

bool CopyTree::addFile(std::size_t directory, const std::string& name, CopySource source)
{
    if (!m_files.emplace(directory, name).second) {
        m_collided = true;
        return false;
    }
    CopyFile file;
    file.directory = directory;
    file.name = name;
    file.source = std::move(source);
    files.push_back(std::move(file));
    return true;
}

bool CopyTree::hasCollisions() const
{
    return m_collided ||
           std::any_of(m_directories.begin(), m_directories.end(),
                       [&](const auto& entry) { return m_files.contains(entry.first); });
}

std::vector<std::vector<std::size_t>> CopyTree::levels() const
{
    std::vector<std::vector<std::size_t>> levels;
    for (std::size_t i = 0; i < directories.size(); ++i) {
        const std::size_t depth = directories[i].depth;
        if (levels.size() <= depth) levels.resize(depth + 1);
        levels[depth].push_back(i);
    }
    return levels;
}

std::uint64_t CopyTree::totalBytes() const
{
    std::uint64_t total = 0;
    for (const CopyFile& file : files)
        total += file.source.size;
    return total;
}

std::string labelBelow(const std::string& label, std::string_view name)
{
    return label.ends_with(':') ? label + std::string(name) : joinedPath(label, name);
}

std::optional<std::string> dangerOf(std::string_view name)
{
    if (name.empty()) return "its name is empty";
    if (name == "." || name == "..") return "its name means another directory";
    if (name.find('/') != std::string_view::npos) return "its name contains a slash";
    if (name.find('\0') != std::string_view::npos) return "its name contains a NUL";
    return std::nullopt;
}

} // namespace tarn::gateway::cli
