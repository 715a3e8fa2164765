// local_files: what `tarn cp` and `tarn backup` ask of the local file system. Blocking.
#pragma once

#include "core/base/result.h"

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::gateway::cli {

/// By which an unchanged file is known again.
struct FileStamp
{
    std::uint64_t size = 0;    ///< bytes
    std::int64_t modified = 0; ///< seconds since 1970
    std::int64_t changed = 0;  ///< the inode: seconds since 1970
    friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

struct LocalInfo
{
    enum class Kind { File, Directory, Link, Other };
    Kind kind = Kind::Other;
    FileStamp stamp;
    double modified = 0; ///< seconds since 1970
    double changed = 0;  ///< the inode: seconds since 1970
    dev_t device = 0;
    ino_t inode = 0;
    mode_t mode = 0;
    uid_t user = 0;
    gid_t group = 0;
};

enum class Links { Follow, Report };

/// \return NotFound: also a link to nothing.  IoFailure: with the reason.
Result<LocalInfo> examineBlocking(const std::string& path, Links links);
/// Names in a directory without . and .., sorted by their bytes.
Result<std::vector<std::string>> namesInBlocking(const std::string& path);
/// \param seconds  since 1970.
Result<void> setModifiedBlocking(const std::string& path, double seconds);

/// Without ".", ".." and double slashes; links are not looked at.
std::string absolutePath(std::string_view path);
std::string joinedPath(const std::string& folder, std::string_view name);

} // namespace tarn::gateway::cli
