// aes_ctr: AES-128 in counter mode as Tahoe-LAFS uses it: one key is one keystream from 0. The
// 16-byte counter block is one big-endian number and starts at 0.
#pragma once

#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/crypto/aes_wide.h"

#include <cstdint>
#include <memory>
#include <optional>

struct evp_cipher_ctx_st;

namespace tarn::crypto {

/// Encrypts and decrypts. Movable; not for two threads at once.
class AesCtr
{
public:
    /// \param offset  byte of the file at which the first applied byte lies.
    explicit AesCtr(const FileKey& key, std::uint64_t offset = 0);

    /// Continues the stream.
    /// \param out  as long as `in`; the same memory or memory that does not overlap.
    void apply(ByteView in, MutableByteView out);
    void apply(MutableByteView inPlace) { apply(inPlace, inPlace); }

private:
    void applyNarrow(ByteView in, MutableByteView out);
    void moveContext();

    struct Free
    {
        void operator()(evp_cipher_ctx_st* context) const;
    };
    std::uint64_t m_offset;        ///< of the next byte
    std::optional<AesWide> m_wide; ///< for long pieces, where the CPU runs it
    std::unique_ptr<evp_cipher_ctx_st, Free> m_context;
    std::uint64_t m_contextAt; ///< where in the stream the context stands
};

} // namespace tarn::crypto
