// tls_stream: TLS 1.3 over any connected stream, as a channel. Which side speaks as TLS server
// has nothing to do with who dialled.
#pragma once

#include "core/net/channel.h"
#include "core/net/stream.h"
#include "core/net/tls_context.h"

#include <memory>

namespace tarn::net {

/// An authenticated channel.
class TlsStream : public Channel
{
public:
    virtual PathKind path() const = 0;
};

/// The handshake as client. The peer must prove that it holds the key `pin` and nothing else:
/// no authority, name or date is looked at, no name is sent, no certificate shown.
/// \return PeerMisbehaved: another key, or not TLS 1.3.  Timeout, PeerUnreachable, Cancelled.
asio::awaitable<Result<std::unique_ptr<TlsStream>>>
connectTls(Stream stream, TlsClientContext context, PeerKey pin, Clock& clock, Duration limit);

/// The handshake as client with a server whose certificate an authority vouches for.
/// \param host  name or address that the certificate must be for; a name is sent along.
/// \return PeerMisbehaved: "its certificate is refused: ...", or not TLS 1.3.  Timeout,
///         PeerUnreachable, Cancelled.
asio::awaitable<Result<std::unique_ptr<TlsStream>>> connectTlsTo(std::string host, Stream stream,
                                                                 TlsAuthorities authorities,
                                                                 Clock& clock, Duration limit);

/// The handshake as server.
asio::awaitable<Result<std::unique_ptr<TlsStream>>>
acceptTls(Stream stream, TlsServerIdentity identity, Clock& clock, Duration limit);

} // namespace tarn::net
