// channel: an ordered byte channel with deadlines; plain or TLS. HTTP runs on it.
#pragma once

#include "core/base/bytes.h"
#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/base/secret.h"

#include <boost/asio/awaitable.hpp>

#include <span>
#include <string>
#include <string_view>

namespace tarn::net {

namespace asio = boost::asio;

/// Owned by one connection, used on the engine thread. One reader and one writer at a time, and
/// the channel outlives both. Cancelling a waiting read loses no bytes; a write that was
/// cancelled or failed leaves the channel dead.
class Channel
{
public:
    virtual ~Channel() = default;

    /// \param into  not empty.
    /// \return bytes read, 0 at an orderly end.  Timeout: the deadline passed.
    ///         PeerUnreachable: reset, or cut without TLS close_notify.  Cancelled: close() here.
    virtual asio::awaitable<Result<std::size_t>> readSome(MutableByteView into) = 0;

    /// Writes all pieces, gathered into as few records and system calls as possible.
    virtual asio::awaitable<Result<void>> write(std::span<const ByteView> pieces) = 0;

    /// Reads and writes still waiting at `when` fail with Timeout and the channel is dead.
    /// TimePoint::max() lifts the deadline. Cheap enough for every read and write.
    virtual void expireAt(TimePoint when) = 0;

    /// An idle connection gives its buffers back until the next byte.
    virtual void releaseBuffers() = 0;

    /// True while the peer has neither ended the channel nor sent anything unread. Does not wait;
    /// not while a read waits.
    virtual bool quiet() = 0;

    /// Says "nothing more from here" (close_notify, FIN); reading goes on. A kind of write.
    virtual asio::awaitable<Result<void>> endWriting() = 0;

    /// Orderly end where possible, without waiting. Pending operations end with Cancelled.
    virtual void close() = 0;

    /// Ends the channel so that the peer cannot take it for an orderly end.
    virtual void abort() = 0;

    /// While true, what arrives is acknowledged before a read waits for more (TCP_QUICKACK):
    /// Tahoe's client writes head and body apart and would otherwise lose 40 ms per request.
    virtual void acknowledgeAtOnce(bool on) = 0;

    virtual const std::string& peer() const = 0;

    /// Keying material that only the two ends know (RFC 8446 7.5), to sign with a node's key.
    /// \return Unsupported: not TLS.  Internal.
    virtual Result<Secret> exporter(std::string_view /*label*/, ByteView /*context*/,
                                    std::size_t /*size*/) const
    {
        return Error(ErrorCode::Unsupported, peer() + ": not a TLS connection");
    }
};

} // namespace tarn::net
