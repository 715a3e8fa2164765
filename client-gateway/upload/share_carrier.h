// share_carrier: takes one complete immutable share, as it is, from a store to a server. What was
// left half done there, by a carrier that died, is begun again.
#pragma once

#include "client-gateway/server_set.h"
#include "core/base/clock.h"
#include "core/base/random.h"
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
    Random& random;
    Duration queryDeadline = std::chrono::seconds(15);
    Duration pieceDeadline = std::chrono::seconds(60); ///< for 256 KiB
    /// Bytes a second on average, once the first pieceDeadline is over; 0: as slow as it likes.
    std::uint64_t leastSpeed = 0;
    /// How many shares travel now, this one included: each may be so much slower. Absent: one.
    std::function<std::uint64_t()> sharing = {};
};

struct CarriedShare
{
    StorageIndex index;
    ShareNumber share;
    std::uint64_t size = 0;        ///< bytes
    std::uint64_t* sent = nullptr; ///< where bytes that the server has are counted; null: nowhere
};

enum class Carried {
    Written,   ///< all of it, now
    Found,     ///< the server had it; what it has is as long, and equal wherever that was looked at
    Different, ///< the server says it has it, and has other bytes or none
};

/// In each case but the last our lease is on it.
/// \return NoSpace: the server does not take it.  Corrupt: `from` has fewer bytes.
///         Timeout: it takes it too slowly.  The errors of both stores.
asio::awaitable<Result<Carried>> carryShare(CarrierParts parts, storage_api::ShareStore& from,
                                            CarriedShare what, ServerPtr to);

} // namespace tarn::gateway
