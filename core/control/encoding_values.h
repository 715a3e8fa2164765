// encoding_values: into how many shares new files go, and why. Values of node_control.h.
// Source: core/doc/protocol/control.md.
#pragma once

#include <cstdint>
#include <string>

namespace tarn::control {

/// What an owner chooses: any `needed` of `total` shares give a file back; it is made anew where
/// fewer than `happy` members are known to have one.
struct EncodingChoice
{
    std::uint32_t needed = 1;
    std::uint32_t happy = 1;
    std::uint32_t total = 1;
    friend bool operator==(const EncodingChoice&, const EncodingChoice&) = default;
};

/// What is so now, for new files and for what is written anew.
struct EncodingStatus
{
    std::uint32_t needed = 1;
    std::uint32_t happy = 1;
    std::uint32_t total = 1;
    bool automatic = true;          ///< follows the number of members
    std::string source = "members"; ///< who says so: "members", "owner", "node.toml"
    std::uint32_t members = 1;      ///< who offer storage, this node included
    std::string problem;            ///< why that is unwise with so many; empty: it is not
    friend bool operator==(const EncodingStatus&, const EncodingStatus&) = default;
};

} // namespace tarn::control
