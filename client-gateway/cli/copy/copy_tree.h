// copy_tree: what `tarn cp` is going to copy into one directory: a tree of target directories and
// the files that shall be in them. Pure.
#pragma once

#include "client-gateway/cli/local_files.h"
#include "client-gateway/cli/node_info.h"

#include <set>
#include <utility>

namespace tarn::gateway::cli {

/// A file to be read: local, or on the grid.
struct CopySource
{
    std::string label;              ///< for messages
    std::string path;               ///< of a local file, absolute; empty: on the grid
    FileStamp stamp;                ///< of a local file
    NodeInfo node;                  ///< on the grid
    std::uint64_t size = 0;         ///< bytes; 0 where the grid does not tell
    std::optional<double> modified; ///< seconds since 1970

    bool isLocal() const { return !path.empty(); }
};

/// A capability for a link, as the gateway takes it.
struct LinkCaps
{
    std::string write; ///< empty: none
    std::string read;  ///< empty: none
    bool any() const { return !write.empty() || !read.empty(); }
};

struct CopyDirectory
{
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

    std::size_t parent = kNone; ///< in CopyTree::directories
    std::size_t depth = 0;      ///< of the target itself
    std::string name;
    std::string label;              ///< for messages
    std::optional<double> modified; ///< of its source: seconds since 1970

    // What the target says and becomes:
    bool isNew = false;
    bool failed = false;  ///< nothing can be put into it
    bool newTime = false; ///< on the grid: is there, but its link has another time
    std::string path;     ///< local
    LinkCaps caps;        ///< on the grid
    Children children;    ///< on the grid: those from before
};

struct CopyFile
{
    std::size_t directory = 0; ///< in CopyTree::directories
    std::string name;
    CopySource source;
    LinkCaps link; ///< on the grid: what is still to be linked under the name
};

class CopyTree
{
public:
    /// \param label  of the target, for messages.
    explicit CopyTree(std::string label);

    std::vector<CopyDirectory> directories; ///< the first is the target; parents before children
    std::vector<CopyFile> files;

    /// Two sources of one name become one directory.
    std::size_t directoryIn(std::size_t parent, const std::string& name,
                            std::optional<double> modified);
    /// \return false: the directory gets another file of this name.
    bool addFile(std::size_t directory, const std::string& name, CopySource source);
    /// A file and a directory, or two files, would have the same place.
    bool hasCollisions() const;

    /// Indices of the directories, by depth.
    std::vector<std::vector<std::size_t>> levels() const;
    std::uint64_t totalBytes() const;

private:
    using Place = std::pair<std::size_t, std::string>;
    std::map<Place, std::size_t> m_directories;
    std::set<Place> m_files;
    bool m_collided = false;
};

/// For messages: a path on the grid or on the disk, or "ALIAS:", and a name below it.
std::string labelBelow(const std::string& label, std::string_view name);

/// What a target can never hold under this name: "", ".", "..", or with "/" or NUL.
/// \return nothing: harmless; else the reason.
std::optional<std::string> dangerOf(std::string_view name);

/// Of all that was done; problems are told at the end.
struct CopyReport
{
    struct Problem
    {
        std::string what;
        std::string reason;
    };
    std::uint64_t files = 0;       ///< copied or linked
    std::uint64_t reused = 0;      ///< of these: known to be on the grid, so not sent
    std::uint64_t unchanged = 0;   ///< left as they were
    std::uint64_t directories = 0; ///< made
    std::vector<Problem> problems;

    void fail(std::string what, const Error& error)
    {
        problems.push_back({std::move(what), error.message()});
    }
};

} // namespace tarn::gateway::cli
