// invite_archive: an invite book as one piece of bytes: the file in which a node keeps it. It holds
// tokens: a secret. Pure, any thread.
#pragma once

#include "core/membership/invite_book.h"

namespace tarn::membership {

Secret encodeInvites(const InviteBook& book);

/// \return InvalidInput: not such an archive, or one of another grid or node.
Result<InviteBook> decodeInvites(const GridId& grid, const Ed25519PublicKey& self, ByteView bytes);

} // namespace tarn::membership
