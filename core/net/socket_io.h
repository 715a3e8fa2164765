// socket_io: the socket under a channel. Tries first and waits after, so a waiting connection
// holds no buffer; a deadline; and turns with the other connections of the engine.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/net/deadline.h"
#include "core/net/stream.h"

#include <span>

namespace tarn::net {

/// How an attempt that does not wait went.
struct SocketAttempt
{
    enum class State { Moved, WouldBlock, End, Failed } state = State::Failed;
    std::size_t bytes = 0; ///< with Moved
    int error = 0;         ///< errno with Failed
};

class SocketIo
{
public:
    SocketIo(Stream stream, Clock& clock);

    /// WouldBlock, without looking, after one that did not fill its room, until waitReadable().
    SocketAttempt tryReceive(MutableByteView into);
    SocketAttempt trySend(std::span<const ByteView> pieces);
    /// What tryReceive would say if it looked, and the first byte, without taking anything.
    SocketAttempt peek(std::byte& first);
    /// The next tryReceive() looks.
    void lookAgain() { m_drained = false; }

    /// \return Timeout, Cancelled, PeerUnreachable.
    asio::awaitable<Result<void>> waitReadable();
    asio::awaitable<Result<void>> waitWritable();
    /// Counts bytes moved; when turnOver(), breathe() before moving more: others get their turn.
    void spend(std::size_t bytes) { m_turnBytes += bytes; }
    bool turnOver() const;
    asio::awaitable<void> breathe();

    /// For short dialogues before anything better speaks on the socket; nothing is read beyond.
    /// \return as the waits; PeerUnreachable also when the peer ends.
    asio::awaitable<Result<void>> sendAll(ByteView bytes);
    asio::awaitable<Result<void>> receiveExactly(MutableByteView into);
    /// The socket for the next layer; this object may only be destroyed then.
    Stream release() &&;

    void acknowledgeAtOnce(bool on) { m_quickAck = m_tcp && on; }
    void expireAt(TimePoint when) { m_deadline.expireAt(when); }
    /// The error that a dead socket answers with, or ok.
    Result<void> alive() const;
    /// PeerUnreachable with errno's text, or the reason of our own (Timeout, Cancelled).
    Error failure(int errnoValue) const;

    void endWriting();
    void close();
    /// Resets the connection.
    void abort();
    bool isOpen() const { return m_socket.is_open(); }
    const std::string& peer() const { return m_peer; }
    PathKind path() const { return m_path; }

private:
    asio::awaitable<Result<void>> wait(Stream::Socket::wait_type type);

    Stream::Socket m_socket;
    std::string m_peer;
    PathKind m_path;
    bool m_tcp = false;
    bool m_quickAck = false;
    bool m_drained = false; ///< the last receive took all there was
    std::size_t m_turnBytes = 0;
    DeadlineWatch m_deadline;
};

} // namespace tarn::net
