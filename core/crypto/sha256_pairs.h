// sha256_pairs: SHA-256 by the CPU's SHA instructions, two hashes interleaved: nearly twice as fast
// as one, which waits for its own last round most of the time. A hash stops and goes on, so a tag
// and its value need not lie side by side. Any thread; one hash not for two at once.
// Source: FIPS 180-4. The tests hold it to OpenSSL.
#pragma once

#include "core/base/bytes.h"
#include "core/base/ids.h"

#include <array>
#include <cstdint>
#include <span>

namespace tarn::crypto {

/// Whether this CPU has the instructions. Nothing below may be called otherwise.
bool pairsRun();

/// One hash under way.
class PairedSha256
{
public:
    static constexpr std::size_t kBlock = 64; ///< bytes that go through the hash at a time
    using State = std::array<std::uint32_t, 8>;

    /// On its own, for short pieces.
    void update(ByteView bytes);
    /// Once: SHA256(SHA256(all bytes)).
    Hash256 finishDoubled();

private:
    friend class PairedUpdates;

    /// Takes what completes a begun block. \return what of `bytes` is left.
    ByteView completeBlock(ByteView bytes);
    void keep(ByteView rest);
    Hash256 finish();

    State m_state{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    std::uint64_t m_size = 0;                ///< bytes so far
    std::array<std::byte, kBlock> m_begun{}; ///< a block of which m_size % kBlock bytes are here
};

struct PairedUpdate
{
    PairedSha256* hash = nullptr;
    ByteView bytes;
};

/// All of them, two side by side as long as there are two; the longest should come first.
/// \param updates  every hash at most once.
void updateInPairs(std::span<const PairedUpdate> updates);

} // namespace tarn::crypto
