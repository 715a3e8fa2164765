#include "core/node/doctor/file_checks.h"

#include "core/base/file_descriptor.h"
#include "core/base/quantity.h"
#include "core/net/address.h"
#include "core/node/node_key.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <optional>

namespace tarn::node::doctor {

namespace {

constexpr mode_t kOthers = 0077;

std::string modeText(mode_t mode)
{
    std::array<char, 12> text{};
    std::snprintf(text.data(), text.size(), "%04o", static_cast<unsigned>(mode & 07777U));
    return text.data();
}

std::string reasonOf(int errnoValue)
{
    return std::generic_category().message(errnoValue);
}

std::string runAsOwner(const std::string& path)
{
    return "run this as the user that the daemon runs as, who must own " + path;
}

/// Names of a folder, sorted; none if it cannot be read.
std::vector<std::string> namesIn(const std::string& path)
{
    std::vector<std::string> out;
    std::error_code failed;
    for (std::filesystem::directory_iterator at(path, failed), end; !failed && at != end;
         at.increment(failed))
        out.push_back(at->path().filename().string());
    std::sort(out.begin(), out.end());
    return out;
}

/// What is wrong with one file or folder of private/.
std::optional<Finding> privateProblem(const std::string& path, mode_t wanted, uid_t owner)
{
    struct stat info = {};
    if (::lstat(path.c_str(), &info) != 0)
        return problem("keys", path + ": " + reasonOf(errno), runAsOwner(path));
    if (info.st_uid != owner) {
        return problem("keys", path + ": belongs to another user than the state directory",
                       "chown it to the owner of the state directory");
    }
    if ((info.st_mode & kOthers) == 0 || S_ISLNK(info.st_mode)) return std::nullopt;
    return problem("keys", path + ": mode " + modeText(info.st_mode) + " lets others at it",
                   "chmod " + modeText(wanted).substr(1) + " " + path +
                       ", and make a new one if others may have read it");
}

/// The folder itself, or the nearest one above it that exists.
std::string existingPartOf(std::string path)
{
    while (!existsBlocking(path)) {
        const std::size_t slash = path.find_last_of('/');
        if (slash == std::string::npos) return ".";
        path.resize(std::max<std::size_t>(slash, 1));
        if (path == "/") break;
    }
    return path;
}

Finding checkSpace(const DiskNeed& need, const std::string& folder)
{
    struct statvfs info = {};
    if (::statvfs(folder.c_str(), &info) != 0)
        return problem("disk space", folder + ": " + reasonOf(errno), runAsOwner(folder));
    const std::uint64_t free = std::uint64_t(info.f_bavail) * info.f_frsize;
    std::string what = folder + ": " + humanSize(free) + " free";
    if (free > need.leastFree) return fine("disk space", std::move(what));
    what += ", " + humanSize(need.leastFree) + " are to stay free";
    if (need.setting.empty())
        return problem("disk space", std::move(what), "make room on this disk");
    return problem("disk space", what + " by " + need.setting,
                   "make room on this disk, or lower " + need.setting);
}

/// \return errno, or 0.
int writeAndSync(const std::string& folder)
{
    constexpr std::size_t kSize = 64 * 1024;
    std::string name = folder + "/.doctor.XXXXXX";
    const FileDescriptor file(::mkostemp(name.data(), O_CLOEXEC));
    if (!file) return errno;
    int out = ::unlink(name.c_str()) == 0 ? 0 : errno;
    const std::string content(kSize, 'x');
    std::size_t done = 0;
    while (out == 0 && done < content.size()) {
        const ssize_t more = ::write(file.get(), content.data() + done, content.size() - done);
        if (more < 0 && errno != EINTR) out = errno;
        if (more > 0) done += static_cast<std::size_t>(more);
    }
    if (out == 0 && ::fsync(file.get()) != 0) out = errno;
    return out;
}

std::string stepForWriting(int errnoValue, const std::string& folder)
{
    if (errnoValue == ENOSPC || errnoValue == EDQUOT) return "make room on this disk";
    if (errnoValue == EROFS) return "mount it for writing, and look why it was not";
    if (errnoValue == EACCES || errnoValue == EPERM) return runAsOwner(folder);
    return "the disk does not keep what is written: look into the kernel's log (dmesg)";
}

Finding checkWriting(const std::string& folder)
{
    const int failed = writeAndSync(folder);
    if (failed == 0) return fine("disk writes", folder + ": written and synced");
    return problem("disk writes", folder + ": " + reasonOf(failed), stepForWriting(failed, folder));
}

} // namespace

Finding checkStateFolder(const std::string& path, std::string_view role)
{
    struct stat info = {};
    if (::stat(path.c_str(), &info) != 0) {
        if (errno == ENOENT)
            return unknown("state", path + ": not there yet", "the first start makes it");
        return problem("state", path + ": " + reasonOf(errno), runAsOwner(path));
    }
    if (!S_ISDIR(info.st_mode))
        return problem("state", path + ": not a folder", "name another --state");
    const Result<StateDir> dir = StateDir::inspectBlocking(path, role);
    if (!dir && dir.error().code() == ErrorCode::NotFound)
        return unknown("state", path + ": not used yet", "the first start takes it");
    if (!dir && dir.error().code() == ErrorCode::Conflict)
        return problem("state", dir.error().message(), "name another --state");
    if (!dir) return problem("state", dir.error().message(), runAsOwner(path));
    if ((info.st_mode & kOthers) != 0) {
        return problem("state", path + ": mode " + modeText(info.st_mode) + " lets others in",
                       "chmod 700 " + path);
    }
    return fine("state", path);
}

Findings checkPrivateFiles(const std::string& stateFolder)
{
    const std::string folder = stateFolder + "/private";
    struct stat state = {};
    if (::stat(stateFolder.c_str(), &state) != 0 || !existsBlocking(folder))
        return {unknown("keys", folder + ": not there yet", "the first start makes it")};
    Findings out;
    if (auto found = privateProblem(folder, kPrivateFolder, state.st_uid))
        out.push_back(*std::move(found));
    const std::vector<std::string> names = namesIn(folder);
    for (const std::string& name : names) {
        if (auto found = privateProblem(folder + "/" + name, kPrivateFile, state.st_uid))
            out.push_back(*std::move(found));
    }
    if (out.empty())
        out.push_back(fine("keys", folder + ": " + std::to_string(names.size()) +
                                       " files, for their owner alone"));
    return out;
}

Finding checkIdentity(const std::string& stateFolder, std::string_view role)
{
    const Result<StateDir> dir = StateDir::inspectBlocking(stateFolder, role);
    const Error none(ErrorCode::NotFound, stateFolder + ": no key yet");
    const Result<NodeIdentity> identity = dir ? readIdentity(*dir) : Result<NodeIdentity>(none);
    if (identity) return fine("identity", identity->serverId());
    if (identity.error().code() == ErrorCode::NotFound)
        return unknown("identity", identity.error().message(), "the first start makes one");
    return problem(
        "identity", identity.error().message(),
        "mend that, or restore private/ from a backup: without its key this is another node");
}

Finding checkHeldFile(const std::string& check, const std::string& path)
{
    struct stat info = {};
    if (::stat(path.c_str(), &info) != 0) {
        if (errno == ENOENT) return unknown(check, path + ": not there", "");
        return problem(check, path + ": " + reasonOf(errno), runAsOwner(path));
    }
    if (::access(path.c_str(), R_OK) != 0)
        return problem(check, path + ": " + reasonOf(errno), runAsOwner(path));
    if ((info.st_mode & kOthers) == 0) return fine(check, path);
    return problem(check,
                   path + ": holds credentials, and mode " + modeText(info.st_mode) +
                       " lets others at it",
                   "chmod 600 " + path);
}

Findings checkDisk(const DiskNeed& need)
{
    const std::string folder = existingPartOf(need.folder);
    if (folder != need.folder) {
        // What is made later is made with the rights that count then.
        return {checkSpace(need, folder)};
    }
    return {checkSpace(need, folder), checkWriting(folder)};
}

Finding checkListenAddress(const std::string& setting, const std::string& host, std::uint16_t port)
{
    const std::string place = textOf(HostPort{host, port});
    const Result<net::Endpoint> endpoint = net::endpointOf(host, port);
    if (!endpoint) return problem(setting, endpoint.error().message(), "name a numeric address");
    const FileDescriptor socket(
        ::socket(endpoint->protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int one = 1;
    if (!socket || ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0)
        return problem(setting, place + ": " + reasonOf(errno), "see what this machine lacks");
    if (::bind(socket.get(), endpoint->data(), static_cast<socklen_t>(endpoint->size())) == 0)
        return fine(setting, place + ": free");
    if (errno == EADDRINUSE)
        return fine(setting, place + ": in use, as it is while the daemon runs");
    if (errno == EADDRNOTAVAIL)
        return problem(setting, place + ": this machine has no such address",
                       "name an address of this machine (ip addr), or bring it up first");
    if (errno == EACCES)
        return problem(setting, place + ": ports below 1024 take a privilege",
                       "name a port from 1024 on");
    return problem(setting, place + ": " + reasonOf(errno), "name another address");
}

} // namespace tarn::node::doctor
