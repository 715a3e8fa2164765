#include "client-gateway/cli/spooled_input.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

namespace tarn::gateway::cli {

namespace {

constexpr std::size_t kPieceBytes = 256 * 1024;

Result<FileDescriptor> openUnlinked()
{
    std::error_code failed;
    const std::filesystem::path folder = std::filesystem::temp_directory_path(failed);
    if (failed) return Error(ErrorCode::IoFailure, "no temporary folder (see TMPDIR)");
    FileDescriptor file(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (file) return file;
    std::string path = (folder / "tarn-XXXXXX").string(); // a filesystem without O_TMPFILE
    file.reset(::mkostemp(path.data(), O_CLOEXEC));
    if (!file) return errnoError(errno, "cannot create a temporary file");
    ::unlink(path.c_str());
    return file;
}

} // namespace

Result<SpooledInput> SpooledInput::readBlocking(InputFile& input, Random& random,
                                                std::size_t memoryBytes)
{
    SpooledInput spooled(FileKey::prefixOf(random.bytes(FileKey::kSize)));
    Bytes buffer(kPieceBytes);
    for (;;) {
        TARN_TRY(const std::size_t count, input.read(buffer));
        if (count == 0) return spooled;
        const MutableByteView piece = MutableByteView(buffer).first(count);
        if (!spooled.m_file && spooled.m_memory.size() + count <= memoryBytes) {
            tarn::append(spooled.m_memory, piece);
        } else {
            TARN_TRY_VOID(spooled.append(piece));
        }
    }
}

Result<void> SpooledInput::append(MutableByteView piece)
{
    if (!m_file) {
        TARN_TRY(m_file, openUnlinked());
        m_cipher.emplace(m_key);
    }
    m_cipher->apply(piece);
    return write(piece);
}

Result<void> SpooledInput::write(ByteView bytes)
{
    while (!bytes.empty()) {
        const ssize_t count = ::write(m_file.get(), bytes.data(), bytes.size());
        if (count >= 0) {
            bytes = bytes.subspan(static_cast<std::size_t>(count));
        } else if (errno != EINTR) {
            return errnoError(errno, "cannot write a temporary file");
        }
    }
    return ok();
}

Result<void> SpooledInput::rewind()
{
    m_at = 0;
    m_cipher.emplace(m_key);
    if (m_file && ::lseek(m_file.get(), 0, SEEK_SET) != 0)
        return errnoError(errno, "cannot rewind a temporary file");
    return ok();
}

Result<std::size_t> SpooledInput::readBlocking(MutableByteView into)
{
    const std::size_t kept = std::min(into.size(), m_memory.size() - m_at);
    if (kept > 0 || !m_file) {
        std::copy_n(m_memory.begin() + static_cast<std::ptrdiff_t>(m_at), kept, into.begin());
        m_at += kept;
        return kept;
    }
    for (;;) {
        const ssize_t count = ::read(m_file.get(), into.data(), into.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errnoError(errno, "cannot read a temporary file");
        const auto bytes = static_cast<std::size_t>(count);
        m_cipher->apply(into.first(bytes));
        return bytes;
    }
}

} // namespace tarn::gateway::cli
