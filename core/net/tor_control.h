// tor_control: commands a Tor through its control port.
// Source: control-spec.txt of the Tor project, sections 3.1, 3.5, 3.21, 3.24, 3.27.
#pragma once

#include "core/base/executor.h"
#include "core/base/random.h"
#include "core/base/secret.h"
#include "core/net/address.h"
#include "core/net/socket_io.h"
#include "core/net/tor_reply.h"

#include <memory>
#include <string>

namespace tarn::net {

/// Where a control port is: a socket file or a loopback address, as keys travel over it.
struct ControlAddress
{
    std::string path; ///< empty: `endpoint`
    Endpoint endpoint;
    friend bool operator==(const ControlAddress&, const ControlAddress&) = default;
};

/// "unix:/run/tor/control", "tcp:127.0.0.1:9051". \return InvalidInput: another form, a relative
/// or long path, an address that is not on loopback.
Result<ControlAddress> parseControlAddress(std::string_view text);
std::string textOf(const ControlAddress& address);

/// An authenticated connection. Onion services that it made end with it. Engine thread.
class TorControl
{
public:
    /// Logs in by the password where there is one, else by the cookie file (which is never shown
    /// to the other side), else without anything where the Tor asks for nothing.
    /// \param files  reads the cookie file.
    /// \return PeerUnreachable, Timeout.  Unauthorized: wrong password or cookie, or no way to log
    ///         in that both sides have.  PeerMisbehaved: not a Tor, or one without the cookie.
    static asio::awaitable<Result<std::unique_ptr<TorControl>>>
    open(ControlAddress address, Secret password, WorkPool& files, Clock& clock, Random& random);

    /// \param keyBlob  of onionKeyBlob().
    /// \return the name without ".onion".  Conflict: the Tor serves this key already, or refuses.
    asio::awaitable<Result<std::string>> addOnion(Secret keyBlob, std::uint16_t port,
                                                  Endpoint target);

    /// \return PeerMisbehaved: it does not say.
    asio::awaitable<Result<TorBootstrap>> bootstrap();

    /// Until the other side ends the connection.
    asio::awaitable<Result<void>> waitForEnd();

private:
    TorControl(Stream stream, Clock& clock) : m_io(std::move(stream), clock), m_clock(clock) {}
    asio::awaitable<Result<TorReply>> command(Secret line);
    asio::awaitable<Result<void>> logIn(Secret password, WorkPool& files, Random& random);
    asio::awaitable<Result<void>> logInByCookie(std::string file, WorkPool& files, Random& random);
    asio::awaitable<Result<void>> authenticate(std::string proof);

    SocketIo m_io;
    Clock& m_clock;
};

} // namespace tarn::net
