// hostile_service: a storage service that answers some of its requests with anything but what the
// protocol allows; below HTTP too.
#pragma once

#include "core/net/http_server.h"
#include "core/wire/http_routes.h"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace tarn::test {

enum class Attack {
    None,
    // Answers in good HTTP.
    Silence,     ///< none at all
    Redirect,    ///< 302
    ServerError, ///< 500 with a text without end
    OtherStatus, ///< a good one, of another operation
    OtherType,   ///< HTML
    Empty,       ///< the right status and no body
    Garbage,     ///< random bytes in place of CBOR, or of another length than the range
    DeepCbor,    ///< arrays in arrays in arrays
    WideCbor,    ///< an array that claims 2^62 items
    LongCbor,    ///< a string that claims 2^62 bytes
    EndlessCbor, ///< an array without an end
    ManyShares,  ///< 65,536 share numbers, or ranges of bytes that are missing
    Endless,     ///< a body without an end, chunked
    HugeLength,  ///< a body of 2^62 bytes
    Drip,        ///< a byte of the body each second
    Half,        ///< half of the announced body, then the end
    OtherRange,  ///< bytes of another range than asked for
    ManyHeaders, ///< more than anybody wants
    // Below HTTP.
    NotHttp,      ///< random bytes
    EndlessHead,  ///< header after header
    EndlessHints, ///< 100 Continue for ever
    DripHead,     ///< a byte of the head each second
    TwoLengths,   ///< a body of 5 bytes and of 50
    LongerBody,   ///< more bytes than announced
    BadChunks,    ///< a chunk of -1 bytes
    Hangup,       ///< the connection breaks when the request has come
};
inline constexpr std::size_t kAttacks = 27;

const char* nameOf(Attack attack);
/// True when any answer of this kind breaks the protocol, whatever was asked.
bool breaksProtocol(Attack attack);

/// What a server does to whom. Default: nothing.
struct Hostility
{
    Attack attack = Attack::None;
    std::set<wire::Operation> on; ///< empty: every operation
};

/// Passes honest requests on to `inner`. Everything passed in outlives it and its requests.
class HostileService final : public net::HttpHandler
{
public:
    HostileService(net::HttpHandler& inner, Clock& clock, std::uint64_t seed)
        : m_inner(inner), m_clock(clock), m_seed(seed)
    {
    }
    void set(Hostility hostility) { m_hostility = std::move(hostility); }
    /// Attacks below HTTP work on wrapped channels only. The service outlives the channel.
    std::unique_ptr<net::Channel> wrap(std::unique_ptr<net::Channel> channel);
    /// Requests that met an attack.
    std::uint64_t attacked() const { return m_attacked; }

    asio::awaitable<Result<void>> serve(net::ServerExchange& exchange) override;

private:
    class HostileChannel;

    asio::awaitable<Result<void>> attack(Attack attack, net::ServerExchange& exchange,
                                         wire::Operation operation);
    asio::awaitable<Result<void>> below(Attack attack, HostileChannel& channel);

    net::HttpHandler& m_inner;
    Clock& m_clock;
    std::uint64_t m_seed;
    Hostility m_hostility;
    std::uint64_t m_attacked = 0;
    std::uint64_t m_connections = 0;
    std::map<std::string, HostileChannel*> m_channels; ///< by the name of their peer
};

} // namespace tarn::test
