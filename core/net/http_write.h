// http_write: sends one HTTP/1.1 message: the head with the first piece of the body in one write,
// chunks where the length is not known, and progress within a time limit.
#pragma once

#include "core/net/channel.h"

#include <cstdint>
#include <string>

namespace tarn::net {

class MessageWriter
{
public:
    enum class Framing {
        Length,     ///< exactly the announced bytes
        Chunked,    ///
        UntilClose, ///< HTTP/1.0 clients
        Counted,    ///< answers to HEAD: taken and not sent
    };

    /// \param progress  a write that moves nothing for that long ends with Timeout.
    MessageWriter(Channel& channel, Clock& clock, Duration progress);

    /// \param head  complete, with its empty line. Nothing is sent yet.
    void begin(std::string head, Framing framing, std::uint64_t length);
    /// Sends the head too, if it has not left yet. No bytes at all: just the head.
    /// \return InvalidInput: more than the announced length; nothing of it is sent.
    asio::awaitable<Result<void>> write(std::span<const ByteView> pieces);
    /// \return InvalidInput: less than the announced length.
    asio::awaitable<Result<void>> finish();

    bool headSent() const { return m_head.empty(); }
    /// True when the message went out whole.
    bool finished() const { return m_finished; }

private:
    asio::awaitable<Result<void>> send(std::span<const ByteView> pieces);

    Channel& m_channel;
    Clock& m_clock;
    Duration m_progress;
    std::string m_head;
    Framing m_framing = Framing::Length;
    std::uint64_t m_left = 0;
    bool m_finished = true;
};

} // namespace tarn::net
