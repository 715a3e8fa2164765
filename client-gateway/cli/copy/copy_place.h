// copy_place: what an argument of `tarn cp` names, and what is there now.
#pragma once

#include "client-gateway/cli/copy/copy_tree.h"
#include "client-gateway/cli/session.h"

namespace tarn::gateway::cli {

struct Place
{
    enum class Kind { Missing, File, Directory };
    Kind kind = Kind::Missing;
    std::string argument;
    std::string path;  ///< local, absolute; empty: on the grid
    RemotePath remote; ///< on the grid; without a slash at its end
    std::string name;  ///< the last part of its path; empty: none
    bool endsWithSlash = false;
    LocalInfo local;
    Description description; ///< on the grid

    bool isLocal() const { return !path.empty(); }
    /// For messages; of a bare capability not the whole.
    std::string label() const;
    /// Of a file.
    CopySource source() const;
};

/// \return NotFound: no such alias.  IoFailure and others: the gateway cannot tell.
Result<Place> findPlace(Session& session, const std::string& argument);

} // namespace tarn::gateway::cli
