// aliases: names of directories, as `private/aliases` of a state directory keeps them, shared with
// Tahoe-LAFS. Source: allmydata.scripts.common.get_aliases, tahoe_add_alias.
#pragma once

#include "core/base/result.h"

#include <map>
#include <string>
#include <string_view>

namespace tarn::gateway::cli {

/// Where paths without a name of a directory begin.
inline constexpr std::string_view kDefaultAlias = "tahoe";

/// Name to capability, as written.
using Aliases = std::map<std::string, std::string, std::less<>>;

/// One "NAME: CAP" per line; blank lines and those that begin with # are skipped, the last of a
/// name counts.  \return InvalidInput: a line without a colon; says which.
Result<Aliases> parseAliases(std::string_view text);
/// The text with one more line at its end.
std::string withAlias(std::string text, std::string_view name, std::string_view cap);
/// The text without the lines of this name; everything else stays as it is.
std::string withoutAlias(std::string_view text, std::string_view name);

/// A name as given on a command line; one colon at its end is dropped.
/// \return InvalidInput: empty, or with a colon, a space, a slash or a line break.
Result<std::string> aliasName(std::string_view argument);

/// The aliases of a state directory; a legacy private/root_dir.cap names `tahoe`. None are no
/// error. Blocking.  \return IoFailure, InvalidInput.
Result<Aliases> loadAliases(const std::string& stateDirectory);
/// Exists: the name is taken. The file is replaced whole or not at all, and by one program after
/// the other. Blocking.
Result<void> addAlias(const std::string& stateDirectory, std::string_view name,
                      std::string_view cap);
/// NotFound: no such name in private/aliases. Blocking.
Result<void> removeAlias(const std::string& stateDirectory, std::string_view name);

} // namespace tarn::gateway::cli
