// channel: an ordered byte channel with deadlines; plain or TLS. HTTP runs on it.
#pragma once

#include "core/base/bytes.h"
#include "core/base/clock.h"
#include "core/base/result.h"

#include <boost/asio/awaitable.hpp>

#include <span>
#include <string>

namespace tarn::net {

/// Owned by one connection, used on the engine thread. One reader and one writer at a time.
class Channel
{
public:
    virtual ~Channel() = default;

    /// \return bytes read, 0 at an orderly end.  Timeout: the deadline passed.
    ///         PeerUnreachable: reset, or cut without TLS close_notify.
    virtual asio::awaitable<Result<std::size_t>> readSome(MutableByteView into) = 0;

    /// Writes all pieces, gathered into as few records and system calls as possible.
    virtual asio::awaitable<Result<void>> write(std::span<const ByteView> pieces) = 0;

    /// Reads and writes still waiting at `when` fail with Timeout and the channel is dead.
    virtual void expireAt(TimePoint when) = 0;

    /// An idle connection gives its buffers back until the next byte.
    virtual void releaseBuffers() = 0;

    /// Orderly end where possible, without waiting. Pending operations end with Cancelled.
    virtual void close() = 0;

    virtual const std::string& peer() const = 0;
};

} // namespace tarn::net
