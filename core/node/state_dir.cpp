#include "core/node/state_dir.h"

#include "core/codec/base32.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

namespace tarn::node {

namespace {

constexpr std::size_t kTextLimit = 64 * 1024;
constexpr std::string_view kWhiteSpace = " \t\r\n";

std::string_view trimmed(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(kWhiteSpace);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
}

std::string privateName(std::string_view name)
{
    return "private/" + std::string(name);
}

/// Takes the lock as soon as it is free, trying until `patience` is over.
bool lockWithin(int file, Duration patience)
{
    constexpr Duration kPause = std::chrono::milliseconds(50);
    for (Duration waited(0);; waited += kPause) {
        if (::flock(file, LOCK_EX | LOCK_NB) == 0) return true;
        if (errno != EWOULDBLOCK || waited >= patience) return false;
        std::this_thread::sleep_for(kPause);
    }
}

} // namespace

Result<StateDir> StateDir::openBlocking(const std::string& path, std::string_view role,
                                        Duration patience)
{
    StateDir dir(path);
    TARN_TRY_VOID(makeFolderBlocking(path, kPrivateFolder));
    // Refused before anything is left in it; what is found after locking counts.
    TARN_TRY(const bool known, dir.checkUse(role));
    TARN_TRY_VOID(dir.lock(patience));
    if (!known) TARN_TRY_VOID(dir.claimRole(role));
    TARN_TRY_VOID(makeFolderBlocking(dir.pathOf("private"), kPrivateFolder));
    return dir;
}

Result<StateDir> StateDir::inspectBlocking(const std::string& path, std::string_view role)
{
    StateDir dir(path);
    TARN_TRY_VOID(dir.checkRole(role));
    return dir;
}

std::string StateDir::pathOf(std::string_view name) const
{
    return name.starts_with('/') ? std::string(name) : m_path + "/" + std::string(name);
}

Result<void> StateDir::checkRole(std::string_view role) const
{
    TARN_TRY(const Bytes marker, readFileBlocking(pathOf("role"), kTextLimit));
    if (trimmed(asText(marker)) == role) return ok();
    return Error(ErrorCode::Conflict, m_path + ": the state directory of a tarn-" +
                                          std::string(trimmed(asText(marker))) + "; tarn-" +
                                          std::string(role) + " needs its own");
}

Result<bool> StateDir::checkUse(std::string_view role) const
{
    const Result<void> own = checkRole(role);
    if (own) return true;
    if (own.error().code() != ErrorCode::NotFound) return own.error();
    if (existsBlocking(pathOf("tahoe.cfg"))) {
        return Error(ErrorCode::Conflict,
                     m_path + ": the directory of a Tahoe-LAFS node; give a new one");
    }
    return false;
}

Result<void> StateDir::claimRole(std::string_view role) const
{
    TARN_TRY(const bool known, checkUse(role));
    if (known) return ok();
    return writeFileBlocking(pathOf("role"), asBytes(std::string(role) + "\n"), kPrivateFile);
}

Result<void> StateDir::lock(Duration patience)
{
    const std::string path = pathOf("lock");
    FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file) return errnoError(errno, path);
    if (!lockWithin(file.get(), patience)) {
        if (errno != EWOULDBLOCK) return errnoError(errno, path);
        const Result<Bytes> holder = readFileBlocking(path, kTextLimit);
        const std::string_view id = holder ? trimmed(asText(*holder)) : std::string_view();
        std::string text = m_path + ": in use by another process";
        if (!id.empty()) text += " (process id " + std::string(id) + ")";
        return Error(ErrorCode::Conflict, std::move(text));
    }
    const std::string id = std::to_string(::getpid()) + "\n";
    if (::ftruncate(file.get(), 0) != 0 ||
        ::write(file.get(), id.data(), id.size()) != static_cast<ssize_t>(id.size()))
        return errnoError(errno, path);
    m_lock = std::move(file);
    return ok();
}

bool StateDir::hasPrivate(std::string_view name) const
{
    return existsBlocking(pathOf(privateName(name)));
}

Result<Secret> StateDir::readPrivateText(std::string_view name) const
{
    TARN_TRY(const Secret whole, readPrivateFileBlocking(pathOf(privateName(name)), kTextLimit));
    return Secret(trimmed(asText(whole.view())));
}

Result<void> StateDir::writePrivateText(std::string_view name, std::string_view text) const
{
    Secret line(std::string(text) + "\n");
    return writeFileBlocking(pathOf(privateName(name)), line.view(), kPrivateFile);
}

Result<Secret> StateDir::readOrMakePrivateBase32(std::string_view name, std::size_t byteCount,
                                                 Random& random) const
{
    if (hasPrivate(name)) return readPrivateText(name);
    const Secret text(codec::encodeBase32(random.bytes(byteCount)));
    TARN_TRY_VOID(writePrivateText(name, asText(text.view())));
    return text.clone();
}

Result<void> StateDir::writeFile(std::string_view name, std::string_view text) const
{
    return writeFileBlocking(pathOf(name), asBytes(text), kPrivateFile);
}

Result<std::string> StateDir::readFile(std::string_view name) const
{
    TARN_TRY(const Bytes content, readFileBlocking(pathOf(name), kTextLimit));
    return std::string(trimmed(asText(content)));
}

} // namespace tarn::node
