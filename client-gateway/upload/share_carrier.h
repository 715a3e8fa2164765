// share_carrier: takes one complete immutable share, as it is, from a store to a server. What was
// left half done there, by a carrier that died, is begun again.
#pragma once

#include "client-gateway/server_set.h"
#include "core/base/clock.h"
#include "core/crypto/key_derivation.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace tarn::gateway {

namespace asio = boost::asio;

struct CarrierParts
{
    asio::any_io_executor engine;
    Clock& clock;
    const crypto::LeaseSecrets& clientLeases;
    Duration queryDeadline = std::chrono::seconds(15);
    Duration pieceDeadline = std::chrono::seconds(60); ///< for 256 KiB
};

struct CarriedShare
{
    StorageIndex index;
    ShareNumber share;
    std::uint64_t size = 0; ///< bytes
};

/// \return when the server has said that it is complete, or that it had it.  NoSpace: the server
///         does not take it.  Corrupt: `from` has fewer bytes.  The errors of both stores.
asio::awaitable<Result<void>> carryShare(CarrierParts parts, storage_api::ShareStore& from,
                                         CarriedShare what, ServerPtr to);

} // namespace tarn::gateway
