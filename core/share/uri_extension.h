// uri_extension: the block that ties an immutable file's hashes to its capability (UEB). Pure.
// `key ":" netstring(value)` repeated, sorted by key; a capability holds the hash of the block.
// Source: allmydata.uri.pack_extension, allmydata.immutable.encode.
#pragma once

#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/share/segmentation.h"

#include <cstdint>
#include <optional>
#include <string>

namespace tarn::share {

/// "segment size-k-N", as codec_params has it.
struct CodecParameters
{
    std::uint64_t segmentSize = 0;
    std::uint64_t needed = 0;
    std::uint64_t total = 0;
    friend bool operator==(const CodecParameters&, const CodecParameters&) = default;
};

/// Readers need the first three; writers write all.
struct UriExtension
{
    std::uint64_t segmentSize = 0;
    Hash256 crypttextRootHash;
    Hash256 shareRootHash;
    std::optional<Hash256> crypttextHash; ///< of the whole ciphertext
    std::optional<std::string> codecName; ///< "crs"
    std::optional<CodecParameters> codecParameters;
    std::optional<CodecParameters> tailCodecParameters; ///< of the padded last segment
    std::optional<std::uint64_t> needed;
    std::optional<std::uint64_t> total;
    std::optional<std::uint64_t> segmentCount;
    std::optional<std::uint64_t> size;

    friend bool operator==(const UriExtension&, const UriExtension&) = default;
};

/// Hashes of an encoded file that its extension block records.
struct FileHashes
{
    Hash256 crypttextHash;
    Hash256 crypttextRootHash;
    Hash256 shareRootHash;
};

UriExtension makeUriExtension(const Segmentation& file, const FileHashes& hashes);
/// The fields that are there, in canonical order.
Bytes encodeUriExtension(const UriExtension& extension);
/// Bytes of the block that makeUriExtension() gives for this file, whatever its hashes.
std::uint64_t uriExtensionSize(const Segmentation& file);
/// What a capability holds.
Hash256 uriExtensionHash(ByteView block);

/// Unknown and legacy keys (plaintext hashes) are skipped.
/// \return Corrupt: not of this form, a key twice, a number or hash malformed, one of the three
///         required fields missing.
Result<UriExtension> parseUriExtension(ByteView block);

/// The file that this block describes, of the size, k and N of a capability.
/// \return Corrupt: a segment size that cannot be.
Result<Segmentation> segmentationOf(const UriExtension& extension, std::uint64_t size,
                                    std::uint64_t needed, std::uint64_t total);

/// For verifiers: every optional field that is there agrees with the file.
/// \return Corrupt, naming the field.
Result<void> checkConsistent(const UriExtension& extension, const Segmentation& file);

} // namespace tarn::share
