#include "client-gateway/cli/byte_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

namespace tarn::gateway::cli {

namespace {

constexpr std::size_t kMaxLineBytes = 64 * 1024;

bool isRegularOrAbsent(const std::string& path)
{
    struct stat info = {};
    return ::stat(path.c_str(), &info) != 0 || S_ISREG(info.st_mode);
}

/// A symbolic link stays one: what it points to is replaced.
std::string resolved(const std::string& path)
{
    std::error_code failed;
    const std::filesystem::path target = std::filesystem::canonical(path, failed);
    return failed ? path : target.string();
}

std::string folderOf(const std::string& path)
{
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

mode_t usualMode()
{
    const mode_t mask = ::umask(0);
    ::umask(mask);
    return 0666U & ~mask;
}

} // namespace

Result<InputFile> InputFile::open(const std::string& path)
{
    const bool standard = path == "-";
    FileDescriptor fd(standard ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    const std::string name = standard ? "standard input" : path;
    if (!fd) return errnoError(errno, "cannot open " + name);
    struct stat info = {};
    if (::fstat(fd.get(), &info) != 0) return errnoError(errno, "cannot examine " + name);
    if (S_ISDIR(info.st_mode)) {
        return Error(ErrorCode::InvalidInput,
                     name + " is a directory: tarn cp -r stores it with all below it");
    }
    InputFile file(std::move(fd), name);
    if (S_ISREG(info.st_mode) && !standard && info.st_size > 0)
        file.m_size = static_cast<std::uint64_t>(info.st_size);
    file.m_left = file.m_size.value_or(0U);
    return file;
}

Result<std::size_t> InputFile::read(MutableByteView into)
{
    if (m_size) into = into.first(std::min<std::uint64_t>(into.size(), m_left));
    if (into.empty()) return std::size_t{0};
    for (;;) {
        const ssize_t count = ::read(m_fd.get(), into.data(), into.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errnoError(errno, "cannot read " + m_name);
        if (!m_size) return static_cast<std::size_t>(count);
        if (count == 0)
            return Error(ErrorCode::IoFailure, m_name + " was cut short while it was read");
        m_left -= static_cast<std::uint64_t>(count);
        return static_cast<std::size_t>(count);
    }
}

Result<void> InputFile::rewind()
{
    if (::lseek(m_fd.get(), 0, SEEK_SET) != 0) return errnoError(errno, "cannot rewind " + m_name);
    m_left = m_size.value_or(0U);
    return ok();
}

OutputFile::OutputFile(FileDescriptor fd, std::string target, Kind kind, std::string temporary)
    : m_fd(std::move(fd)), m_target(std::move(target)), m_kind(kind),
      m_temporary(std::move(temporary))
{
}

OutputFile::~OutputFile()
{
    if (m_fd && !m_temporary.empty()) ::unlink(m_temporary.c_str());
}

Result<OutputFile> OutputFile::create(const std::string& path)
{
    if (path == "-") {
        FileDescriptor out(::dup(STDOUT_FILENO));
        if (!out) return errnoError(errno, "cannot write to standard output");
        return OutputFile(std::move(out), "standard output", Kind::InPlace);
    }
    if (!isRegularOrAbsent(path)) {
        FileDescriptor out(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
        if (!out) return errnoError(errno, "cannot write to " + path);
        return OutputFile(std::move(out), path, Kind::InPlace);
    }
    const std::string target = resolved(path);
    FileDescriptor out(
        ::open(folderOf(target).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (out) return OutputFile(std::move(out), target, Kind::Nameless);
    std::string temporary = target + ".part-XXXXXX"; // a file system without O_TMPFILE
    out.reset(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!out) return errnoError(errno, "cannot create a file beside " + path);
    return OutputFile(std::move(out), target, Kind::Temporary, std::move(temporary));
}

Result<void> OutputFile::write(ByteView bytes)
{
    while (!bytes.empty()) {
        const ssize_t count = ::write(m_fd.get(), bytes.data(), bytes.size());
        if (count >= 0) {
            bytes = bytes.subspan(static_cast<std::size_t>(count));
        } else if (errno != EINTR) {
            return errnoError(errno, "cannot write to " + m_target);
        }
    }
    return ok();
}

/// link() replaces nothing, so the name is another one at first.
Result<void> OutputFile::giveName()
{
    constexpr unsigned kTries = 1000;
    const std::string nameless = "/proc/self/fd/" + std::to_string(m_fd.get());
    const std::string stem = m_target + ".part-" + std::to_string(::getpid()) + "-";
    for (unsigned number = 0; number < kTries; ++number) {
        std::string name = stem + std::to_string(number);
        if (::linkat(AT_FDCWD, nameless.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0) {
            m_temporary = std::move(name);
            return ok();
        }
        if (errno != EEXIST) break;
    }
    return errnoError(errno, "cannot create a file beside " + m_target);
}

Result<void> OutputFile::commit(Durability durability)
{
    if (m_kind == Kind::InPlace) return ok();
    const bool sync = durability == Durability::Synced;
    if (::fchmod(m_fd.get(), usualMode()) != 0 || (sync && ::fsync(m_fd.get()) != 0))
        return errnoError(errno, "cannot complete " + m_target);
    if (m_kind == Kind::Nameless) TARN_TRY_VOID(giveName());
    if (::rename(m_temporary.c_str(), m_target.c_str()) != 0)
        return errnoError(errno, "cannot rename to " + m_target);
    m_temporary.clear();
    return ok();
}

Result<std::string> readFirstLine(const std::string& path)
{
    TARN_TRY(InputFile file, InputFile::open(path));
    std::string text;
    Bytes buffer(4096);
    while (text.find('\n') == std::string::npos && text.size() <= kMaxLineBytes) {
        TARN_TRY(const std::size_t count, file.read(buffer));
        if (count == 0) break;
        text += asText(ByteView(buffer).first(count));
    }
    text.resize(std::min(text.find('\n'), text.size()));
    constexpr const char* kSpace = " \t\r";
    text.erase(0, std::min(text.find_first_not_of(kSpace), text.size()));
    text.resize(text.find_last_not_of(kSpace) + 1);
    if (text.empty()) return Error(ErrorCode::InvalidInput, file.name() + " holds no capability");
    if (text.size() > kMaxLineBytes)
        return Error(ErrorCode::InvalidInput, file.name() + " holds a line of more than 64 KiB");
    return text;
}

} // namespace tarn::gateway::cli
