// friendnet_settings: the configuration file for a new friendnet node, with comments. Pure.
#pragma once

#include "core/base/quantity.h"
#include "core/base/result.h"

#include <optional>
#include <string>

namespace tarn::gateway::cli {

struct FriendnetSettings
{
    std::string gridName;
    std::string nickname;
    HostPort listen{"0.0.0.0", 0};
    std::optional<std::uint64_t> offer; ///< bytes; none: as much as the disk has
};

/// node.toml. \return InvalidInput: a name that is empty, longer than 64 bytes or has control
///         characters.
Result<std::string> nodeConfigText(const FriendnetSettings& settings);

} // namespace tarn::gateway::cli
