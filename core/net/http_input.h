// http_input: what has been read from a channel and not been used yet. Heads are found in it;
// bodies pass it by once it is empty.
#pragma once

#include "core/net/channel.h"

namespace tarn::net {

class HttpInput
{
public:
    explicit HttpInput(Channel& channel) : m_channel(&channel) {}

    ByteView buffered() const { return ByteView(m_buffer).subspan(m_begin, m_end - m_begin); }
    bool empty() const { return m_begin == m_end; }
    void consume(std::size_t count);
    /// Everything buffered; the input is empty afterwards.
    Bytes takeAll();

    /// Reads once more into the buffer. \param limit  most bytes to hold.
    /// \return false at an orderly end.  NoSpace: `limit` bytes are held already.
    asio::awaitable<Result<bool>> fill(std::size_t limit);

    /// Buffered bytes first, else straight from the channel. 0 at an orderly end.
    asio::awaitable<Result<std::size_t>> readSome(MutableByteView into);

    /// Waits for a whole head: lines up to and with the empty one.
    /// \return its length in buffered(), 0 at an orderly end before its first byte.
    ///         NoSpace: longer than `limit`.  InvalidInput: a bare LF.
    ///         PeerUnreachable: ended within the head.
    asio::awaitable<Result<std::size_t>> readHead(std::size_t limit);

    /// Waits for a line. \return it with its CRLF; the caller consumes it. Errors as readHead.
    asio::awaitable<Result<std::string_view>> readLine(std::size_t limit);

    /// Gives the buffer back if nothing is in it.
    void release();

private:
    void makeRoom(std::size_t limit);

    Channel* m_channel;
    Bytes m_buffer;
    std::size_t m_begin = 0;
    std::size_t m_end = 0;
};

} // namespace tarn::net
