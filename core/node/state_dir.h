// state_dir: the folder in which one daemon keeps its keys and its state (design.md section 9).
//
//   role            "storage\n": which daemon it belongs to
//   lock            flock(2)ed while that daemon runs; holds its process id
//   private/        mode 0700; every file in it 0600, looser ones are refused
#pragma once

#include "core/base/clock.h"
#include "core/base/file_descriptor.h"
#include "core/base/random.h"
#include "core/node/files.h"

#include <string>
#include <string_view>

namespace tarn::node {

/// Blocking: for start-up and shutdown, not for the engine thread while it serves.
class StateDir
{
public:
    /// Makes the folder (0700) and `private/` where missing, locks it and marks it for `role`.
    /// \return Conflict: belongs to another role, to a Tahoe-LAFS node, or is in use by another
    ///         process (named by its id) for longer than `patience`.
    static Result<StateDir> openBlocking(const std::string& path, std::string_view role,
                                         Duration patience = Duration(0));
    /// Without making or locking anything, also while the daemon runs.
    /// \return NotFound: no such folder, or not used by any role yet.  Conflict: another role.
    static Result<StateDir> inspectBlocking(const std::string& path, std::string_view role);

    const std::string& path() const { return m_path; }
    /// Of a file in it; an absolute `name` stays as it is.
    std::string pathOf(std::string_view name) const;

    bool hasPrivate(std::string_view name) const;
    /// The text of private/NAME without surrounding white space.
    Result<Secret> readPrivateText(std::string_view name) const;
    Result<void> writePrivateText(std::string_view name, std::string_view text) const;
    /// base32 of `byteCount` random bytes, made and kept at the first call.
    Result<Secret> readOrMakePrivateBase32(std::string_view name, std::size_t byteCount,
                                           Random& random) const;

    /// What is published while running (addresses): mode 0600, as it may hold credentials.
    Result<void> writeFile(std::string_view name, std::string_view text) const;
    Result<std::string> readFile(std::string_view name) const;

private:
    explicit StateDir(std::string path) : m_path(std::move(path)) {}
    /// \return whether it is marked for `role`; false: not for anybody. Conflict as above.
    Result<bool> checkUse(std::string_view role) const;
    Result<void> claimRole(std::string_view role) const;
    Result<void> checkRole(std::string_view role) const;
    Result<void> lock(Duration patience);

    std::string m_path;
    FileDescriptor m_lock;
};

} // namespace tarn::node
