// aes_wide: whole blocks of AES-128 in counter mode with 512-bit vectors, through libipsec-mb: more
// than twice as fast as OpenSSL 3.0, which takes 128 bits at a time. For aes_ctr.cpp only.
#pragma once

#include "core/base/bytes.h"
#include "core/base/ids.h"

#include <array>
#include <cstdint>

namespace tarn::crypto {

/// One key, expanded. Any thread.
class AesWide
{
public:
    static constexpr std::size_t kBlock = 16; ///< bytes

    /// Whether this CPU has what it takes.
    static bool runs();

    /// \pre runs()
    explicit AesWide(const FileKey& key);
    ~AesWide();
    AesWide(const AesWide&) = default;
    AesWide& operator=(const AesWide&) = default;

    /// How many of `size` bytes from block `first` on apply() takes at a time: whole blocks.
    static std::size_t fitting(std::uint64_t first, std::size_t size);
    /// \param first  number of the first block.  \param in  as fitting() says.
    /// \param out  as long as `in`; the same memory or memory that does not overlap.
    void apply(std::uint64_t first, ByteView in, MutableByteView out) const;

private:
    static constexpr std::size_t kRoundKeys = 11;
    alignas(16) std::array<std::byte, kRoundKeys * kBlock> m_encryption;
};

} // namespace tarn::crypto
