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
                     name + " is a directory; this version stores single files");
    }
    InputFile file(std::move(fd), name);
    if (S_ISREG(info.st_mode) && !standard) file.m_size = static_cast<std::uint64_t>(info.st_size);
    return file;
}

Result<std::size_t> InputFile::read(MutableByteView into)
{
    for (;;) {
        const ssize_t count = ::read(m_fd.get(), into.data(), into.size());
        if (count >= 0) return static_cast<std::size_t>(count);
        if (errno != EINTR) return errnoError(errno, "cannot read " + m_name);
    }
}

Result<void> InputFile::rewind()
{
    if (::lseek(m_fd.get(), 0, SEEK_SET) != 0) return errnoError(errno, "cannot rewind " + m_name);
    return ok();
}

OutputFile::OutputFile(FileDescriptor fd, std::string target, std::string temporary)
    : m_fd(std::move(fd)), m_target(std::move(target)), m_temporary(std::move(temporary))
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
        return OutputFile(std::move(out), "standard output", {});
    }
    if (!isRegularOrAbsent(path)) {
        FileDescriptor out(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
        if (!out) return errnoError(errno, "cannot write to " + path);
        return OutputFile(std::move(out), path, {});
    }
    const std::string target = resolved(path);
    std::string temporary = target + ".part-XXXXXX";
    FileDescriptor out(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!out) return errnoError(errno, "cannot create a file beside " + path);
    return OutputFile(std::move(out), target, std::move(temporary));
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

Result<void> OutputFile::commit()
{
    if (m_temporary.empty()) return ok();
    if (::fchmod(m_fd.get(), usualMode()) != 0 || ::fsync(m_fd.get()) != 0)
        return errnoError(errno, "cannot complete " + m_target);
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
