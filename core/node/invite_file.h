// invite_file: the invite book of a node in one file of its state directory, replaced as a whole.
// Blocking. It holds tokens: mode 0600, and a looser one is refused.
#pragma once

#include "core/membership/invite_archive.h"

namespace tarn::node {

/// A missing file is an empty book.
/// \return InvalidInput: not a book of this grid and node, or others may read it.  IoFailure.
Result<membership::InviteBook> readInvitesBlocking(const std::string& path,
                                                   const membership::GridId& grid,
                                                   const crypto::Ed25519PublicKey& self);

/// On disk when it returns: the old file or the new one survives a crash.
/// \param archive  of membership::encodeInvites().
Result<void> writeInvitesBlocking(const std::string& path, const Secret& archive);

} // namespace tarn::node
