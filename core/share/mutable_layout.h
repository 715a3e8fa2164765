// mutable_layout: header and sections of a mutable share, SDMF and MDMF. Pure, any thread.
// Offsets count from the start of the share data, after any container header. Big-endian.
// Source: allmydata.mutable.layout. Held to tests/vectors/samples.json. Nothing here checks a
// signature or a hash.
#pragma once

#include "core/base/byte_range.h"
#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/cap/file_cap.h"
#include "core/crypto/key_derivation.h"

#include <cstdint>

namespace tarn::share {

/// One version of a mutable file; the signature covers exactly this.
struct MutableHeader
{
    cap::MutableFormat format = cap::MutableFormat::Sdmf;
    std::uint64_t sequence = 0;
    Hash256 rootHash;  ///< of the share hash tree
    crypto::Salt salt; ///< SDMF; in MDMF every segment has its own
    std::uint8_t needed = 0;
    std::uint8_t total = 0;
    std::uint64_t segmentSize = 0; ///< bytes, a multiple of `needed`
    std::uint64_t dataLength = 0;  ///< bytes of plaintext

    friend bool operator==(const MutableHeader&, const MutableHeader&) = default;
};

/// Where everything else lies. All shares of one version carry the same table.
struct MutableSections
{
    ByteRange publicKey;
    ByteRange signature;
    ByteRange shareHashChain; ///< share::parseShareHashes
    ByteRange blockHashTree;  ///< share::parseTreeNodes
    ByteRange shareData;      ///< MDMF: each block behind its 16-byte salt
    ByteRange encryptedPrivateKey;
    std::uint64_t end = 0; ///< of the share; a container may hold older bytes behind it

    friend bool operator==(const MutableSections&, const MutableSections&) = default;
};

struct MutableLayout
{
    MutableHeader header;
    MutableSections sections;
    friend bool operator==(const MutableLayout&, const MutableLayout&) = default;
};

/// Bytes of header and offset table: 107 (SDMF) or 123 (MDMF).
std::size_t mutableHeadSize(cap::MutableFormat format);
constexpr std::size_t kMaxMutableHeadSize = 123;

/// \param start  the first bytes of a share; more than the head is ignored.
/// \return Unsupported: another version than 0 and 1.  Corrupt: too short, k and N impossible,
///         or sections out of order.
Result<MutableLayout> parseMutableLayout(ByteView start);

/// Header and offset table.
Bytes encodeMutableHead(const MutableLayout& layout);
/// What the signature covers: the first 75 (SDMF) or 59 (MDMF) bytes.
Bytes signedPrefixOf(const MutableHeader& header);
/// What a writer compares to see whose version is there: the first 57 or 41 bytes.
Bytes checkStringOf(const MutableHeader& header);

/// Bytes of each section of a share to be written.
struct MutableSectionSizes
{
    std::uint64_t publicKey = 0;
    std::uint64_t signature = 0;
    std::uint64_t shareHashChain = 0;
    std::uint64_t blockHashTree = 0;
    std::uint64_t shareData = 0;
    std::uint64_t encryptedPrivateKey = 0;
};

/// The order and the gaps that Tahoe-LAFS writes.
/// \return InvalidInput: MDMF keys, signature and chain do not fit before the share data, or an
///         SDMF share is too large for its 32-bit offsets.
Result<MutableSections> layOutMutable(cap::MutableFormat format, const MutableSectionSizes& sizes);

} // namespace tarn::share
