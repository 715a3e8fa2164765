// names: what members and grids may be called, and how members of one name are told apart. Names
// come from strangers; they never become paths. Pure, any thread.
#pragma once

#include "core/membership/grid_id.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::membership {

inline constexpr std::size_t kMaxNameBytes = 64;

/// UTF-8 of 1 to 64 bytes without '/', spaces at its ends and characters that nobody sees or that
/// turn the line around; not "v0-...", which names a key.
/// \param what  "nickname", for the message.
/// \return InvalidInput.
Result<void> checkName(std::string_view what, std::string_view name);

struct NamedKey
{
    Ed25519PublicKey key;
    std::string name;
};

/// A name of its own for each: the first of a name keeps it, the others get the beginning of their
/// key behind it: "bob (k5x2)". Upper and lower case of ASCII count as the same.
/// \param keys  distinct, those who come first have the older right.
std::map<Ed25519PublicKey, std::string> uniqueNames(const std::vector<NamedKey>& keys);

} // namespace tarn::membership
