// unknown_node: what a directory entry may keep of capabilities that nobody here understands.
// Source: allmydata.unknown, allmydata.nodemaker. Pure, any thread.
#pragma once

#include "core/cap/parse.h"

#include <optional>
#include <string>
#include <variant>

namespace tarn::cap {

/// A pair of capability strings. With a problem both are empty ("opaque").
struct UnknownNode
{
    std::optional<std::string> rw;
    std::optional<std::string> ro; ///< begins with "ro." or "imm."
    std::optional<CapProblem> problem;

    bool allowedInImmutableDirectory() const { return !problem && !rw; }
    bool allegedImmutable() const;
    friend bool operator==(const UnknownNode&, const UnknownNode&) = default;
};

/// Empty strings count as none.
UnknownNode makeUnknownNode(std::optional<std::string> rw, std::optional<std::string> ro,
                            ParseContext context);

/// A capability that an object can be opened with, or the unknown pair. The stronger string
/// decides; mutable verifiers and verifiers of directories open nothing.
using Node = std::variant<Cap, UnknownNode>;
Node nodeFromCaps(std::optional<std::string> write, std::optional<std::string> read,
                  ParseContext context);

/// How a directory stores a string in its read-only slot: the prefix that the place implies goes.
std::string withoutImpliedPrefix(std::string_view ro, ParseContext context);

} // namespace tarn::cap
