#include "client-gateway/cli/local_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <filesystem>
#include <memory>

namespace tarn::gateway::cli {

namespace {

double secondsOf(const timespec& time)
{
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

LocalInfo::Kind kindOf(mode_t mode)
{
    if (S_ISREG(mode)) return LocalInfo::Kind::File;
    if (S_ISDIR(mode)) return LocalInfo::Kind::Directory;
    return S_ISLNK(mode) ? LocalInfo::Kind::Link : LocalInfo::Kind::Other;
}

struct DirectoryCloser
{
    void operator()(DIR* directory) const { ::closedir(directory); }
};

} // namespace

Result<LocalInfo> examineBlocking(const std::string& path, Links links)
{
    struct stat found = {};
    const int failed =
        links == Links::Follow ? ::stat(path.c_str(), &found) : ::lstat(path.c_str(), &found);
    if (failed != 0) return errnoError(errno, "cannot examine it");
    LocalInfo info;
    info.kind = kindOf(found.st_mode);
    info.stamp = {static_cast<std::uint64_t>(found.st_size), found.st_mtim.tv_sec,
                  found.st_ctim.tv_sec};
    info.modified = secondsOf(found.st_mtim);
    info.changed = secondsOf(found.st_ctim);
    info.device = found.st_dev;
    info.inode = found.st_ino;
    info.mode = found.st_mode;
    info.user = found.st_uid;
    info.group = found.st_gid;
    return info;
}

Result<std::vector<std::string>> namesInBlocking(const std::string& path)
{
    const std::unique_ptr<DIR, DirectoryCloser> directory(::opendir(path.c_str()));
    if (!directory) return errnoError(errno, "cannot read the directory");
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(directory.get())) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") names.emplace_back(name);
        errno = 0;
    }
    if (errno != 0) return errnoError(errno, "cannot read the directory");
    std::sort(names.begin(), names.end());
    return names;
}

Result<void> setModifiedBlocking(const std::string& path, double seconds)
{
    const double whole = std::floor(std::clamp(seconds, -6e10, 2.5e11));
    timespec modified = {};
    modified.tv_sec = static_cast<std::time_t>(whole);
    modified.tv_nsec = std::clamp(static_cast<long>((seconds - whole) * 1e9), 0L, 999'999'999L);
    const timespec times[2] = {{0, UTIME_OMIT}, modified};
    if (::utimensat(AT_FDCWD, path.c_str(), times, 0) != 0)
        return errnoError(errno, "cannot set its time");
    return ok();
}

std::string absolutePath(std::string_view path)
{
    std::error_code failed;
    const std::filesystem::path given(path);
    std::filesystem::path whole = std::filesystem::absolute(given, failed).lexically_normal();
    std::string text = failed ? std::string(path) : whole.string();
    while (text.size() > 1 && text.ends_with('/'))
        text.pop_back();
    return text;
}

std::string joinedPath(const std::string& folder, std::string_view name)
{
    return (folder.ends_with('/') ? folder : folder + "/") + std::string(name);
}

} // namespace tarn::gateway::cli
