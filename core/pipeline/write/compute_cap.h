// compute_cap: the capability that an upload would give, without any upload. For `put --dry-run`.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/cap/cap.h"

#include <cstdint>

namespace tarn::pipeline {

/// Plaintext that can be read from its start as often as needed.
class RewindableSource
{
public:
    virtual ~RewindableSource() = default;
    virtual Result<void> rewind() = 0;
    /// \return bytes read, 0 at the end.
    virtual Result<std::size_t> readBlocking(MutableByteView into) = 0;
};

/// Bytes that outlive it.
class MemorySource final : public RewindableSource
{
public:
    explicit MemorySource(ByteView bytes) : m_bytes(bytes) {}
    Result<void> rewind() override;
    Result<std::size_t> readBlocking(MutableByteView into) override;

private:
    ByteView m_bytes;
    std::size_t m_at = 0;
};

struct CapParameters
{
    std::uint32_t needed = 3;
    std::uint32_t total = 10;
    std::uint64_t maxSegmentSize = std::uint64_t{1} << 20U; ///< bytes
    ByteView convergence;                                   ///< any bytes
};

/// Reads the source twice, in memory of a few segments.
/// \return the LIT or CHK capability.  InvalidInput: parameters.  Conflict: the source changed
///         between the passes.  What the source returns.
Result<cap::Cap> computeReadCapBlocking(RewindableSource& source, const CapParameters& parameters);

} // namespace tarn::pipeline
