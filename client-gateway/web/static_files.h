// static_files: /static, the files of a directory that the owner of this gateway chose, as Tahoe's
// web.static. Engine thread.
#pragma once

#include "client-gateway/web/call.h"
#include "core/base/executor.h"

namespace tarn::gateway::web {

class StaticFiles
{
public:
    /// Larger ones are refused: they belong into the grid.
    static constexpr std::size_t kLargest = std::size_t{16} << 20U;

    /// \param directory  may be missing.
    StaticFiles(std::string directory, WorkPool& disk)
        : m_directory(std::move(directory)), m_disk(disk)
    {
    }

    struct Found
    {
        bool folder = false; ///< it is one; without `asFolder` nothing was read
        std::string name;    ///< of the file that was read: of a folder its index.html
        Bytes bytes;
    };
    /// \param names     the way to it.
    /// \param asFolder  it is asked for with a slash behind it: a file has none.
    /// \return NotFound, also of what a symbolic link leads to outside of the directory.
    ///         InvalidInput: a name that leads elsewhere.  TooLarge.
    asio::awaitable<Result<Found>> read(std::vector<std::string> names, bool asFolder) const;

private:
    std::string m_directory;
    WorkPool& m_disk;
};

/// GET and HEAD of /static[/NAME...]. A folder without its slash is sent there, so that the links
/// of its page lead where they should.
asio::awaitable<Result<void>> serveStatic(Call& call);

} // namespace tarn::gateway::web
