// immutable_layout: where the sections of an immutable share lie, layouts v1 and v2. Pure.
// Offsets count from the start of the share data, after any container header. Big-endian.
// Source: allmydata.immutable.layout. Held to tests/vectors/samples.json.
#pragma once

#include "core/base/byte_range.h"
#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/share/hash_sections.h"
#include "core/share/segmentation.h"

#include <cstdint>

namespace tarn::share {

/// Long enough for the header of either version.
constexpr std::size_t kMaxImmutableHeaderSize = 0x44;
/// A longer extension block is refused.
constexpr std::uint64_t kMaxUriExtensionSize = 2000;

enum class ImmutableVersion : std::uint32_t {
    V1 = 1, ///< 32-bit sizes, header of 0x24 bytes
    V2 = 2  ///< 64-bit sizes, header of 0x44 bytes
};

/// The header of a share. A section ends where the next one begins; the extension block is a
/// length (u32 in v1, u64 in v2) and that many bytes.
struct ImmutableLayout
{
    ImmutableVersion version = ImmutableVersion::V1;
    std::uint64_t blockSize = 0;     ///< written, not believed by readers
    std::uint64_t shareDataSize = 0; ///< written, not believed by readers
    std::uint64_t data = 0;
    std::uint64_t plaintextHashTree = 0; ///< zero bytes; nobody reads them
    std::uint64_t crypttextHashTree = 0;
    std::uint64_t blockHashes = 0;
    std::uint64_t shareHashes = 0;
    std::uint64_t uriExtension = 0;

    std::size_t headerSize() const { return version == ImmutableVersion::V1 ? 0x24 : 0x44; }
    std::size_t lengthFieldSize() const { return version == ImmutableVersion::V1 ? 4 : 8; }
    ByteRange blockHashesRange() const { return {blockHashes, shareHashes}; }
    ByteRange crypttextTreeRange() const { return {crypttextHashTree, blockHashes}; }
    ByteRange shareHashesRange() const { return {shareHashes, uriExtension}; }
    /// The length field of the extension block.
    ByteRange uriExtensionLengthRange() const
    {
        return {uriExtension, uriExtension + lengthFieldSize()};
    }

    friend bool operator==(const ImmutableLayout&, const ImmutableLayout&) = default;
};

/// The layout of every share of a new file, and its size.
struct PlannedLayout
{
    ImmutableLayout layout;
    std::uint64_t allocatedSize = 0; ///< bytes of the whole share
};

/// \param uriExtensionSize  bytes, known before encoding because hashes have fixed sizes.
/// v2 only when a 32-bit field would overflow.
PlannedLayout layOut(const Segmentation& file, std::uint64_t uriExtensionSize);

/// The same in the given version.  \pre v1: its fields fit 32 bits.
PlannedLayout layOutAs(ImmutableVersion version, const Segmentation& file,
                       std::uint64_t uriExtensionSize);

/// headerSize() bytes. \pre the values fit the version, as those of layOut() do.
Bytes encodeHeader(const ImmutableLayout& layout);

/// \param start  the first bytes of a share; more than the header is ignored.
/// \return Unsupported: another version than 1 and 2.  Corrupt: too short, sections not in
///         order, or a hash section that is no multiple of its entries.
Result<ImmutableLayout> parseImmutableLayout(ByteView start);

/// Size of the extension block from its length field.  \param field  lengthFieldSize() bytes.
/// \return Corrupt: kMaxUriExtensionSize or more, or a field of the wrong size.
Result<std::uint64_t> parseUriExtensionLength(const ImmutableLayout& layout, ByteView field);
/// The length field for a block of `size` bytes.
Bytes encodeUriExtensionLength(const ImmutableLayout& layout, std::uint64_t size);

} // namespace tarn::share
