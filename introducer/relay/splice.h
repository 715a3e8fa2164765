// splice: carries bytes between two connected sockets, in both directions, without bringing them
// into this process where the kernel allows (splice(2) through a pipe). Nothing is read that the
// other side has no room for; an end of one direction is passed on and the other one goes on.
// Engine thread.
#pragma once

#include "core/base/clock.h"
#include "core/net/stream.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>

namespace tarn::relay {

namespace asio = boost::asio;

struct SpliceReport
{
    std::uint64_t forth = 0; ///< bytes from the first to the second
    std::uint64_t back = 0;
    Result<void> outcome =
        ok(); ///< ok: both sides have ended.  Timeout: nothing moved for too long
};

/// Told of bytes that have moved. \return an error: it ends with that.
using Carried = std::function<Result<void>(std::uint64_t bytes)>;

/// Ends both when it ends, or is cancelled. `clock` outlives it.
/// \param idle  without a byte in either direction.
asio::awaitable<SpliceReport> spliceStreams(net::Stream first, net::Stream second, Clock& clock,
                                            Duration idle, Carried carried);

} // namespace tarn::relay
