// version_verify: whether every byte of a copy is what the signed root says.
#pragma once

#include "client-gateway/mutable/share_copy.h"

namespace tarn::gateway {

/// Blocks, the whole block hash tree, the share hash chain, and with the write key the private key.
/// \return Corrupt: with what is wrong.  The errors of the server.
asio::awaitable<Result<void>> verifyCopy(std::shared_ptr<const VersionFacts> version, CopyPtr copy);

} // namespace tarn::gateway
