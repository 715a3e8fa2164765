// tls_bio: OpenSSL's view of one connection: it receives straight from the socket into its record
// buffer, and what it sends is gathered here. Internal to tls_stream.
#pragma once

#include "core/base/bytes.h"
#include "core/net/socket_io.h"

#include <openssl/types.h>

namespace tarn::net {

/// Records ready to be sent. The buffer is borrowed while there is something in it.
class RecordBuffer
{
public:
    ~RecordBuffer() { clear(); }
    RecordBuffer() = default;
    RecordBuffer(const RecordBuffer&) = delete;
    RecordBuffer& operator=(const RecordBuffer&) = delete;

    void append(ByteView records);
    ByteView pending() const { return ByteView(m_bytes).subspan(m_begin); }
    void consume(std::size_t count);
    void clear();

private:
    Bytes m_bytes;
    std::size_t m_begin = 0;
};

/// What the BIO works on; outlives it.
struct TlsWire
{
    /// More than any handshake takes. OpenSSL goes on reading while records without content come
    /// (key updates), so that their sender would have the engine for itself.
    static constexpr std::size_t kMostWithoutContent = 128 * 1024;

    SocketIo& io;
    RecordBuffer out;
    SocketAttempt lastReceive;      ///< why the last receive brought nothing
    std::size_t withoutContent = 0; ///< bytes received since the last content

    /// Nothing more is received then.
    bool flooded() const { return withoutContent > kMostWithoutContent; }
};

/// A BIO on `wire`, owned by the caller (SSL_set_bio takes it). Null when memory is short.
BIO* makeTlsBio(TlsWire& wire);

} // namespace tarn::net
