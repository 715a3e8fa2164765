// convergence: the key of a file from its contents, while they stream by. Not for two threads.
// Source: Tahoe-LAFS convergence_hasher; the key depends on the effective segment size, and so on
// the length of the file.
#pragma once

#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/crypto/key_derivation.h"

#include <cstdint>
#include <optional>

namespace tarn::pipeline {

/// Of a file whose length is not known yet. Until it exceeds the largest segment size, what came
/// is held back: at most that many bytes.
class ConvergentKeyMaker
{
public:
    /// \pre 1 <= needed <= total <= 256, maxSegmentSize >= 1.
    ConvergentKeyMaker(ByteView secret, std::uint32_t needed, std::uint32_t total,
                       std::uint64_t maxSegmentSize);

    void update(ByteView plaintext);
    std::uint64_t size() const { return m_size; } ///< bytes so far
    /// Once.
    FileKey finish();

private:
    void start(std::uint64_t largestSegment);

    Secret m_secret;
    std::uint32_t m_needed;
    std::uint32_t m_total;
    std::uint64_t m_maxSegmentSize;
    std::uint64_t m_size = 0;
    Bytes m_held;
    std::optional<crypto::ConvergenceHasher> m_hasher;
};

} // namespace tarn::pipeline
