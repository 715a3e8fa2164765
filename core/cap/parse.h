// parse: capability strings into values. Pure, any thread; never fails on bytes from outside.
// Source: allmydata.uri.from_string. Held to tests/vectors and fuzz_caps.
#pragma once

#include "core/base/result.h"
#include "core/cap/cap.h"

#include <string_view>

namespace tarn::cap {

/// Where the capability was found decides what it may be.
enum class ParseContext {
    Anywhere,
    DeepImmutable ///< inside an immutable directory: nothing mutable
};

inline constexpr std::string_view kAllegedReadOnly = "ro.";
inline constexpr std::string_view kAllegedImmutable = "imm.";

/// Any string: what is not a well-formed capability of a known type, or is more than its prefix
/// ("ro.", "imm.") or context lets it be, comes back as UnknownCap with the whole string. A known
/// one forgets its prefix. Historical text after MDMF and CHK-Verifier capabilities is dropped.
Cap parseCap(std::string_view text, ParseContext context = ParseContext::Anywhere);

/// For places that need a capability they know.
/// \return InvalidInput: a known type, but malformed or not allowed by its prefix; the message
///         says which field and why.  Unsupported: another type of capability.
Result<Cap> parseKnownCap(std::string_view text);

/// Starts as a capability would ("URI:", "ro.URI:", "imm.URI:").
bool looksLikeCap(std::string_view text);

} // namespace tarn::cap
