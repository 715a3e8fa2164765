// member_choices: what the owner of a node decided about members: how much each may keep here, what
// it may do, whether it is stored with. Pure but for the file. Source:
// core/doc/protocol/control.md.
//
//   STATE/choices.json    {"members": {"v0-...": {"limit"?: bytes, "read"?, "write"?, "keep"?,
//                         "use"?: false, "household"?: text}}}
#pragma once

#include "core/crypto/ed25519.h"
#include "core/node/state_dir.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::node {

inline constexpr std::string_view kChoicesFile = "choices.json";
inline constexpr std::size_t kLongestHousehold = 64; ///< bytes

struct MemberChoice
{
    std::optional<std::uint64_t> limit; ///< bytes; absent: the usual one
    bool read = true;
    bool write = true;
    bool keep = true;
    bool use = true;       ///< new shares may be stored with it
    std::string household; ///< shares a fate with others of that name; empty: stands alone
    friend bool operator==(const MemberChoice&, const MemberChoice&) = default;
};

using MemberChoices = std::map<crypto::Ed25519PublicKey, MemberChoice>;

std::string choicesText(const MemberChoices& choices);
/// \return InvalidInput: not such JSON.
Result<MemberChoices> parseChoices(std::string_view text);

/// A missing file: none. Blocking.
Result<MemberChoices> readChoicesBlocking(const StateDir& dir);

} // namespace tarn::node
