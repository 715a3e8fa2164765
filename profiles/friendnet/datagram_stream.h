// datagram_stream: one stream of bytes in both directions over datagrams that get lost, change
// places or come from a forger: QUIC with one stream, keyed by a secret that both sides know. No
// sockets, no clock: datagrams, bytes and `now` in, the same out. One thread at a time.
// Source: RFC 9000, 9001 (by ngtcp2); core/doc/protocol/punching.md.
#pragma once

#include "core/base/bytes.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/base/result.h"
#include "core/base/secret.h"

#include <memory>

namespace tarn::profiles {

/// Room for one datagram, whatever send() makes.
inline constexpr std::size_t kLargestDatagram = 1500;
/// Bytes that were given and have not arrived; bytes that came and were not taken.
inline constexpr std::size_t kStreamBuffer = 4 * 1024 * 1024;

enum class StreamSide { Asks, Answers };

class DatagramStream
{
public:
    /// \param secret  what both sides know; who does not know it cannot have anything taken.
    ///                `random` outlives the stream.
    static Result<std::unique_ptr<DatagramStream>> make(StreamSide side, const Secret& secret,
                                                        Random& random, TimePoint now);
    ~DatagramStream();
    DatagramStream(const DatagramStream&) = delete;
    DatagramStream& operator=(const DatagramStream&) = delete;

    /// One datagram, of whatever origin. What is not of this stream is passed over.
    /// \return PeerMisbehaved, PeerUnreachable: the stream is over; see close().
    Result<void> receive(ByteView datagram, TimePoint now);
    /// The next datagram that has to leave. \return its size, 0: none now.
    Result<std::size_t> send(MutableByteView into, TimePoint now);
    /// To be called after each run of send().
    void sent(TimePoint now);
    /// How many bytes of datagrams one run of send() may make.
    std::size_t burst() const;
    /// When expire() has to be called, then send().
    TimePoint expires() const;
    Result<void> expire(TimePoint now);

    /// Both sides have shown that they know the secret.
    bool up() const;

    /// How many bytes give() takes now.
    std::size_t room() const;
    void give(ByteView bytes);
    /// Nothing more will be given. Once.
    void endGiving();
    bool givingEnded() const;
    /// All that was given has arrived.
    bool arrived() const;

    /// What came, in order.
    ByteView held() const;
    /// So many bytes of held() are done with: the other side may send more.
    void taken(std::size_t count);
    /// All that will ever come was taken.
    bool exhausted() const;
    /// Both directions have ended, and both sides know it.
    bool finished() const;

    /// The other side has closed the connection.
    bool closedByPeer() const;
    /// The last datagram: tells the other side that all is over. \return its size, 0: no need.
    std::size_t close(MutableByteView into, TimePoint now);

private:
    struct Impl;
    explicit DatagramStream(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> m_impl;
};

} // namespace tarn::profiles
