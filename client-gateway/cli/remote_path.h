// remote_path: what an argument of `tarn` names on the grid: a capability and a path below it.
// Source: allmydata.scripts.common.get_alias. Pure.
#pragma once

#include "client-gateway/cli/aliases.h"

#include <optional>

namespace tarn::gateway::cli {

struct RemotePath
{
    std::string cap;
    std::string path; ///< UTF-8, parts separated by "/"; empty: the object of `cap` itself

    /// "/uri/CAP/path" percent-encoded, then the query.
    std::string target(std::string_view query = {}) const;
    /// The last part; empty without a path.
    std::string name() const;
    friend bool operator==(const RemotePath&, const RemotePath&) = default;
};

/// CAP, CAP/path, CAP:./path, ALIAS:path; without an alias a path below `tahoe:`.
/// \return NotFound: no such alias; says how to make it.  InvalidInput: the alias is of no
///         directory, or the path is not UTF-8.
Result<RemotePath> resolveRemote(const Aliases& aliases, std::string_view argument);

/// The same for cp: what has neither a capability nor an alias is local and comes as nothing.
Result<std::optional<RemotePath>> resolveUnlessLocal(const Aliases& aliases,
                                                     std::string_view argument);

} // namespace tarn::gateway::cli
