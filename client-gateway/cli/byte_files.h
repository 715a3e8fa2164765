// byte_files: what `tarn put` reads and `tarn get` writes: files, or the standard streams.
// Blocking.
#pragma once

#include "core/base/bytes.h"
#include "core/base/file_descriptor.h"
#include "core/base/result.h"

#include <cstdint>
#include <optional>
#include <string>

namespace tarn::gateway::cli {

class InputFile
{
public:
    /// \param path  "-": standard input.  \return NotFound, IoFailure: with the reason.
    static Result<InputFile> open(const std::string& path);

    /// Of a file with a size as many bytes as it had when it was opened, also when it grows.
    /// \return bytes read, 0 at the end.  IoFailure: also a file that was cut short meanwhile.
    Result<std::size_t> read(MutableByteView into);
    /// Of a regular file; absent for pipes, and for empty files: those of /proc only seem so.
    std::optional<std::uint64_t> size() const { return m_size; }
    /// Back to the beginning; regular files only.
    Result<void> rewind();
    const std::string& name() const { return m_name; }

private:
    InputFile(FileDescriptor fd, std::string name) : m_fd(std::move(fd)), m_name(std::move(name)) {}

    FileDescriptor m_fd;
    std::string m_name;
    std::optional<std::uint64_t> m_size;
    std::uint64_t m_left = 0; ///< of m_size
};

/// How well a file is kept when the machine stops suddenly.
enum class Durability {
    Synced, ///< commit() returns when it is on disk
    Soon    ///< the system writes it some time later
};

/// A regular file appears under its name complete or not at all: it is written beside it and
/// renamed by commit(); where the file system allows it, nothing is left of one that is given up,
/// however the program ends. Pipes and devices are written as they are.
class OutputFile
{
public:
    /// \param path  "-": standard output.
    static Result<OutputFile> create(const std::string& path);
    ~OutputFile();
    OutputFile(OutputFile&&) = default;
    OutputFile& operator=(OutputFile&&) = delete;

    Result<void> write(ByteView bytes);
    /// Without it nothing is left behind.
    Result<void> commit(Durability durability = Durability::Synced);

private:
    enum class Kind { InPlace, Temporary, Nameless };
    OutputFile(FileDescriptor fd, std::string target, Kind kind, std::string temporary = {});
    Result<void> giveName();

    FileDescriptor m_fd;
    std::string m_target;
    Kind m_kind;
    std::string m_temporary; ///< exists, to be renamed or removed
};

/// The first line of a file ("-": standard input), without surrounding white space.
/// \return InvalidInput: empty, or longer than 64 KiB.
Result<std::string> readFirstLine(const std::string& path);

} // namespace tarn::gateway::cli
