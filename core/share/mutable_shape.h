// mutable_shape: how a version of a mutable file is cut into segments and blocks. Pure
// arithmetic, any thread. Source: spec of mutable files, section 2; allmydata.mutable.publish.
#pragma once

#include "core/base/byte_range.h"
#include "core/base/result.h"
#include "core/share/mutable_layout.h"

#include <cstdint>

namespace tarn::share {

/// Share numbers and their count are one byte in the header.
constexpr std::uint32_t kMaxMutableShares = 255;
/// Plaintext bytes of an MDMF segment before it is rounded up to a multiple of k.
constexpr std::uint64_t kMdmfSegmentSize = 131'072;
/// An SDMF file is one segment and is worked on as a whole.
constexpr std::uint64_t kMaxSdmfSize = std::uint64_t{64} << 20U;
/// Longer segments, made elsewhere, are not read.
constexpr std::uint64_t kMaxMutableSegment = std::uint64_t{256} << 20U;
/// 1 TiB in segments of 128 KiB; a reader keeps 32 bytes of each.
constexpr std::uint64_t kMaxMutableSegments = std::uint64_t{1} << 23U;

/// The numbers of one version, checked: nothing computed from them can overflow.
class MutableShape
{
public:
    /// \return InvalidInput: not 1 <= k <= N <= 255.  TooLarge: no room for so many bytes.
    static Result<MutableShape> forNewVersion(cap::MutableFormat format, std::uint64_t size,
                                              std::uint64_t needed, std::uint64_t total);
    /// \return Corrupt: numbers that no writer writes.  TooLarge: over the limits above.
    static Result<MutableShape> of(const MutableHeader& header);

    cap::MutableFormat format() const { return m_format; }
    std::uint64_t size() const { return m_size; } ///< bytes of plaintext
    unsigned needed() const { return m_needed; }  ///< k
    unsigned total() const { return m_total; }    ///< N
    std::uint64_t segmentSize() const { return m_segmentSize; }

    /// 0 for an empty file.
    std::uint64_t segmentCount() const;
    /// Plaintext bytes of `segment`, which must exist, as must those below.
    std::uint64_t sizeOf(std::uint64_t segment) const;
    std::uint64_t blockSizeOf(std::uint64_t segment) const;
    /// Bytes of salt before each block: 16 in MDMF, none in SDMF.
    std::uint64_t saltSize() const;

    /// Bytes of salts and blocks in one share.
    std::uint64_t shareDataSize() const;
    /// Sections have the sizes that this shape gives them; those that it does not give are no
    /// longer than any writer makes them.  \return Corrupt.
    Result<void> checkSections(const MutableSections& sections) const;

    /// Where salt and block of `count` segments from `first` on lie in the share data.
    ByteRange storedRange(std::uint64_t first, std::uint64_t count) const;
    /// Where they lie in the file.
    ByteRange plainRange(std::uint64_t first, std::uint64_t count) const;

    friend bool operator==(const MutableShape&, const MutableShape&) = default;

private:
    MutableShape(cap::MutableFormat format, std::uint64_t size, std::uint64_t needed,
                 std::uint64_t total, std::uint64_t segmentSize)
        : m_format(format), m_size(size), m_segmentSize(segmentSize),
          m_needed(static_cast<unsigned>(needed)), m_total(static_cast<unsigned>(total))
    {
    }

    cap::MutableFormat m_format;
    std::uint64_t m_size;
    std::uint64_t m_segmentSize;
    unsigned m_needed;
    unsigned m_total;
};

} // namespace tarn::share
