#include "client-gateway/cli/aliases.h"

#include "core/base/bytes.h"
#include "core/base/file_descriptor.h"
#include "core/node/files.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

namespace tarn::gateway::cli {

namespace {

constexpr std::size_t kMaxFileBytes = 16U << 20U;
constexpr std::string_view kSpace = " \t\r\n\v\f";

std::string_view trimmed(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

/// Takes one line off the front of `text`, its line break included.
std::string_view takeLine(std::string_view& text)
{
    const std::string_view line = text.substr(0, text.find('\n'));
    const std::size_t taken = std::min(text.size(), line.size() + 1);
    const std::string_view whole = text.substr(0, taken);
    text.remove_prefix(taken);
    return whole;
}

std::string aliasFile(const std::string& stateDirectory)
{
    return stateDirectory + "/private/aliases";
}

/// Empty where there is none.
Result<std::string> readText(const std::string& path)
{
    const Result<Bytes> bytes = node::readFileBlocking(path, kMaxFileBytes);
    if (bytes) return std::string(asText(*bytes));
    if (bytes.error().code() == ErrorCode::NotFound) return std::string();
    return bytes.error();
}

Result<void> writeText(const std::string& stateDirectory, std::string_view text)
{
    return node::writeFileBlocking(aliasFile(stateDirectory), asBytes(text), node::kPrivateFile);
}

/// Held from reading the file to writing it: another program may be adding an alias too.
Result<FileDescriptor> lockAliases(const std::string& stateDirectory)
{
    TARN_TRY_VOID(node::makeFolderBlocking(stateDirectory + "/private", node::kPrivateFolder));
    const std::string path = aliasFile(stateDirectory) + ".lock";
    FileDescriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, node::kPrivateFile));
    if (!lock) return errnoError(errno, "cannot open " + path);
    while (::flock(lock.get(), LOCK_EX) != 0) {
        if (errno != EINTR) return errnoError(errno, "cannot lock " + path);
    }
    return lock;
}

} // namespace

Result<Aliases> parseAliases(std::string_view text)
{
    Aliases aliases;
    std::size_t number = 0;
    while (!text.empty()) {
        const std::string_view line = trimmed(takeLine(text));
        ++number;
        if (line.empty() || line.front() == '#') continue;
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) {
            return Error(ErrorCode::InvalidInput, "private/aliases, line " +
                                                      std::to_string(number) +
                                                      ": no colon between name and capability");
        }
        aliases.insert_or_assign(std::string(line.substr(0, colon)),
                                 std::string(trimmed(line.substr(colon + 1))));
    }
    return aliases;
}

std::string withAlias(std::string text, std::string_view name, std::string_view cap)
{
    if (!text.empty() && !text.ends_with('\n')) text += '\n';
    text += name;
    text += ": ";
    text += cap;
    text += '\n';
    return text;
}

std::string withoutAlias(std::string_view text, std::string_view name)
{
    std::string rest;
    while (!text.empty()) {
        const std::string_view whole = takeLine(text);
        const std::string_view line = trimmed(whole);
        const bool isIt = line.starts_with(name) && line.substr(name.size()).starts_with(':');
        if (!isIt) rest += whole;
    }
    return rest;
}

Result<std::string> aliasName(std::string_view argument)
{
    if (argument.ends_with(':')) argument.remove_suffix(1);
    const auto refuse = [](const char* why) {
        return Error(ErrorCode::InvalidInput, std::string("Alias names cannot ") + why);
    };
    if (argument.empty()) return refuse("be empty.");
    if (argument.find(':') != std::string_view::npos) return refuse("contain colons.");
    if (argument.find_first_of(kSpace) != std::string_view::npos) return refuse("contain spaces.");
    if (argument.find('/') != std::string_view::npos) return refuse("contain slashes.");
    if (argument.front() == '#') return refuse("begin with '#'.");
    return std::string(argument);
}

Result<Aliases> loadAliases(const std::string& stateDirectory)
{
    TARN_TRY(const std::string text, readText(aliasFile(stateDirectory)));
    TARN_TRY(Aliases aliases, parseAliases(text));
    TARN_TRY(const std::string root, readText(stateDirectory + "/private/root_dir.cap"));
    if (!trimmed(root).empty()) aliases.emplace(kDefaultAlias, trimmed(root));
    return aliases;
}

Result<void> addAlias(const std::string& stateDirectory, std::string_view name,
                      std::string_view cap)
{
    TARN_TRY(const FileDescriptor lock, lockAliases(stateDirectory));
    TARN_TRY(const Aliases aliases, loadAliases(stateDirectory));
    if (aliases.contains(name))
        return Error(ErrorCode::Exists, "Alias '" + std::string(name) + "' already exists!");
    TARN_TRY(std::string text, readText(aliasFile(stateDirectory)));
    return writeText(stateDirectory, withAlias(std::move(text), name, cap));
}

Result<void> removeAlias(const std::string& stateDirectory, std::string_view name)
{
    TARN_TRY(const FileDescriptor lock, lockAliases(stateDirectory));
    TARN_TRY(const std::string text, readText(aliasFile(stateDirectory)));
    const std::string rest = withoutAlias(text, name);
    if (rest == text)
        return Error(ErrorCode::NotFound, "there is no alias '" + std::string(name) + "'");
    return writeText(stateDirectory, rest);
}

} // namespace tarn::gateway::cli
