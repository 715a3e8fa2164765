// yaml_tree: YAML text from outside as a small tree, within limits. No aliases, no tags, no types:
// scalars stay text.
#pragma once

#include "core/base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace tarn::gateway {

struct YamlLimits
{
    std::size_t textBytes = 4U << 20U;
    std::size_t depth = 32;
    std::size_t nodes = 200'000;
};

struct YamlEntry;

struct YamlNode
{
    enum class Kind { Null, Scalar, Sequence, Map };

    Kind kind = Kind::Null;
    std::string scalar;
    std::vector<YamlNode> items;    ///< of a sequence
    std::vector<YamlEntry> entries; ///< of a map, as written
    int line = 0;                   ///< from 1

    /// The last entry of that name (as PyYAML does), or null.
    const YamlNode* find(std::string_view key) const;
};

struct YamlEntry
{
    std::string key;
    YamlNode value;
};

std::string_view nameOf(YamlNode::Kind kind);

/// The first document; empty text gives Null.
/// \return InvalidInput with line and column: bad syntax, an alias, a key that is not a scalar,
///         a limit exceeded.
Result<YamlNode> parseYaml(std::string_view text, const YamlLimits& limits = {});

} // namespace tarn::gateway
