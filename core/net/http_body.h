// http_body: the body of one HTTP/1.1 message, read straight to where the caller wants it.
#pragma once

#include "core/net/http_input.h"
#include "core/net/http_parse.h"

namespace tarn::net {

/// Reads one body; `input` outlives it.
class BodyReader
{
public:
    BodyReader(HttpInput& input, BodyFraming framing);

    /// \param into  not empty.
    /// \return bytes read, 0 at the end of the body.  PeerMisbehaved: bad chunks, now and ever
    ///         after: what follows them on the channel means nothing.
    ///         PeerUnreachable: the peer ended within the body.
    asio::awaitable<Result<std::size_t>> readSome(MutableByteView into);

    /// True when nothing of the body is left on the channel.
    bool finished() const { return m_state == State::Finished; }
    /// True after a chunk that is none: what follows on the connection means nothing.
    bool broken() const { return m_state == State::Broken; }
    /// What is still to come, where the message said so.
    std::optional<std::uint64_t> left() const;

private:
    enum class State { Data, ChunkSize, ChunkEnd, Trailer, Finished, Broken };

    asio::awaitable<Result<void>> nextChunk();
    asio::awaitable<Result<void>> readChunkEnd();
    asio::awaitable<Result<void>> readChunkSize();
    asio::awaitable<Result<void>> readTrailer();
    void took(std::size_t count);
    bool bufferedChunkEnd();

    HttpInput& m_input;
    BodyFraming::Kind m_kind;
    State m_state;
    std::uint64_t m_left; ///< of the body, or of the chunk
};

/// How much room to make at once for a body that is read whole. \param left  BodyReader::left().
std::size_t readAllStep(std::optional<std::uint64_t> left);

} // namespace tarn::net
