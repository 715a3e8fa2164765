// file_cap: the capabilities of single files, as values.
// Source: Tahoe-LAFS docs/specifications/uri.rst, allmydata.uri.
#pragma once

#include "core/base/ids.h"
#include "core/crypto/key_derivation.h"

#include <cstdint>
#include <string>
#include <variant>

namespace tarn::cap {

/// URI:LIT: the contents themselves.
struct LiteralCap
{
    Bytes data;
    friend bool operator==(const LiteralCap&, const LiteralCap&) = default;
};

/// URI:CHK: reads an immutable file. The numbers are as written; nobody has checked them.
struct ImmutableReadCap
{
    FileKey key;
    Hash256 uriExtensionHash;
    std::uint64_t needed = 0; ///< k
    std::uint64_t total = 0;  ///< N
    std::uint64_t size = 0;   ///< bytes of plaintext
    friend bool operator==(const ImmutableReadCap&, const ImmutableReadCap&) = default;
};

/// URI:CHK-Verifier: checks and repairs an immutable file without reading it.
struct ImmutableVerifyCap
{
    StorageIndex index;
    Hash256 uriExtensionHash;
    std::uint64_t needed = 0;
    std::uint64_t total = 0;
    std::uint64_t size = 0;
    friend bool operator==(const ImmutableVerifyCap&, const ImmutableVerifyCap&) = default;
};

enum class MutableFormat {
    Sdmf, ///< one segment; URI:SSK
    Mdmf  ///< many segments; URI:MDMF
};

/// URI:SSK, URI:MDMF: reads and writes a mutable file.
struct MutableWriteCap
{
    MutableFormat format = MutableFormat::Sdmf;
    crypto::WriteKey writeKey;
    Hash256 fingerprint; ///< of the public key
    friend bool operator==(const MutableWriteCap&, const MutableWriteCap&) = default;
};

/// URI:SSK-RO, URI:MDMF-RO: reads a mutable file.
struct MutableReadCap
{
    MutableFormat format = MutableFormat::Sdmf;
    crypto::ReadKey readKey;
    Hash256 fingerprint;
    friend bool operator==(const MutableReadCap&, const MutableReadCap&) = default;
};

/// URI:SSK-Verifier, URI:MDMF-Verifier: checks a mutable file.
struct MutableVerifyCap
{
    MutableFormat format = MutableFormat::Sdmf;
    StorageIndex index;
    Hash256 fingerprint;
    friend bool operator==(const MutableVerifyCap&, const MutableVerifyCap&) = default;
};

using FileCap = std::variant<LiteralCap, ImmutableReadCap, ImmutableVerifyCap, MutableWriteCap,
                             MutableReadCap, MutableVerifyCap>;

/// Weakening, one step at a time: a weaker capability follows from a stronger one, never back.
ImmutableVerifyCap verifyCapOf(const ImmutableReadCap& cap);
MutableReadCap readCapOf(const MutableWriteCap& cap);
MutableVerifyCap verifyCapOf(const MutableReadCap& cap);

} // namespace tarn::cap
