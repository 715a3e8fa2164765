// spooled_input: what can be read once (a pipe), made readable twice: in memory up to a bound,
// above it in an unlinked temporary file, encrypted under a key that is nowhere else. Blocking.
#pragma once

#include "client-gateway/cli/byte_files.h"
#include "core/base/ids.h"
#include "core/base/random.h"
#include "core/crypto/aes_ctr.h"
#include "core/pipeline/write/compute_cap.h"

#include <optional>

namespace tarn::gateway::cli {

class SpooledInput final : public pipeline::RewindableSource
{
public:
    static constexpr std::size_t kMemoryBytes = 64ULL << 20U;

    /// Reads `input` to its end.
    /// \return what reading returns.  NoSpace, IoFailure: the temporary folder.
    static Result<SpooledInput> readBlocking(InputFile& input, Random& random,
                                             std::size_t memoryBytes = kMemoryBytes);

    Result<void> rewind() override;
    Result<std::size_t> readBlocking(MutableByteView into) override;

private:
    explicit SpooledInput(const FileKey& key) : m_key(key) {}
    Result<void> append(MutableByteView piece);
    Result<void> write(ByteView bytes);

    FileKey m_key;
    Bytes m_memory;        ///< the beginning
    FileDescriptor m_file; ///< the rest
    std::size_t m_at = 0;  ///< next byte of m_memory
    std::optional<crypto::AesCtr> m_cipher;
};

} // namespace tarn::gateway::cli
