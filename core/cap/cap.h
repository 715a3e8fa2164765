// cap: any capability as one value; print, weaken and ask. Pure, any thread.
// Source: Tahoe-LAFS docs/specifications/uri.rst, allmydata.uri.
#pragma once

#include "core/cap/file_cap.h"

#include <optional>
#include <string>
#include <variant>

namespace tarn::cap {

/// URI:DIR2...: a file capability whose file holds a directory.
struct DirectoryCap
{
    FileCap file;
    friend bool operator==(const DirectoryCap&, const DirectoryCap&) = default;
};

/// Why a string is not the capability it should be; for the web API's error answers.
struct CapProblem
{
    enum class Kind {
        Bad,                  ///< a known type with a malformed body
        MustBeDeepImmutable,  ///< mutable where only immutable ones may be
        MustBeReadOnly,       ///< writable where only read-only ones may be
        MustNotBeUnknownWrite ///< unknown and perhaps writable: cannot be weakened
    };
    Kind kind = Kind::Bad;
    std::string message; ///< names the field; holds nothing secret
    friend bool operator==(const CapProblem&, const CapProblem&) = default;
};

/// Anything else: carried as it came, so that later versions' capabilities survive us.
struct UnknownCap
{
    std::string text;                  ///< whole, any "ro." or "imm." prefix included
    std::optional<CapProblem> problem; ///< none: merely not known here
    friend bool operator==(const UnknownCap&, const UnknownCap&) = default;
};

using Cap = std::variant<LiteralCap, ImmutableReadCap, ImmutableVerifyCap, MutableWriteCap,
                         MutableReadCap, MutableVerifyCap, DirectoryCap, UnknownCap>;

/// The canonical string; two capabilities are equal if and only if these are.
std::string printCap(const Cap& cap);

bool isDirectory(const Cap& cap);
bool isLiteral(const Cap& cap);  ///< file or directory
bool isVerifier(const Cap& cap); ///< gives no plaintext
bool isUnknown(const Cap& cap);
/// Everything but write capabilities.
bool isReadOnly(const Cap& cap);
/// Write and read capabilities of mutable objects; verifiers are not.
bool isMutable(const Cap& cap);

/// None for literals and unknown ones.
std::optional<StorageIndex> storageIndexOf(const Cap& cap);
/// Plaintext bytes, where the capability says so: LIT and CHK (of a directory: its serialised
/// contents).
std::optional<std::uint64_t> sizeOf(const Cap& cap);

/// Itself unless it is a write capability.
Cap readOnlyOf(const Cap& cap);
/// Verifiers are their own; none for literals and unknown ones.
std::optional<Cap> verifyOf(const Cap& cap);
/// What it takes to repair: the verify capability of an immutable file, the write capability of
/// a mutable object; otherwise none.
std::optional<Cap> repairOf(const Cap& cap);

/// For logs and lists: the first five characters of the storage index, "<LIT>" or "<unknown>".
std::string shortId(const Cap& cap);

} // namespace tarn::cap
