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

    /// \param names  the way to it; of a folder its index.html is meant.
    /// \return NotFound.  InvalidInput: a name that leads elsewhere.  TooLarge.
    asio::awaitable<Result<Bytes>> read(std::vector<std::string> names) const;

private:
    std::string m_directory;
    WorkPool& m_disk;
};

/// GET and HEAD of /static[/NAME...].
asio::awaitable<Result<void>> serveStatic(Call& call);

} // namespace tarn::gateway::web
