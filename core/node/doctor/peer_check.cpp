#include "core/node/doctor/peer_check.h"

#include "core/base/executor.h"
#include "core/net/connection_pool.h"
#include "core/net/http_date.h"
#include "core/wire/gbs_headers.h"

#include <boost/asio/this_coro.hpp>

namespace tarn::node::doctor {

namespace {

constexpr std::size_t kMaxAnswer = 64 * 1024;
constexpr unsigned kMethodNotAllowed = 405;

net::RequestHead getOf(std::string target, std::string host)
{
    net::RequestHead out;
    out.method = "GET";
    out.target = std::move(target);
    out.headers.add("Host", std::move(host));
    return out;
}

std::optional<Duration> aheadOf(const net::ResponseHead& head, WallTime before, WallTime after)
{
    const std::string* const date = head.headers.find("Date");
    if (date == nullptr) return std::nullopt;
    const Result<WallTime> theirs = net::parseHttpDate(*date);
    if (!theirs) return std::nullopt;
    return *theirs - (before + (after - before) / 2);
}

asio::awaitable<Result<PeerAnswer>> exchange(net::Dialer& dialer, Clock& clock, Peer peer)
{
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    net::ConnectionPool pool(executor, dialer, net::TlsClientContext(), clock);
    std::vector<net::Location> locations{peer.location};
    pool.setLocations(peer.key, std::move(locations));
    net::RequestOptions options;
    options.repeat = net::Repeat::Never;
    // Reached first: the way there is no part of the time that an answer takes.
    TARN_CO_TRY(net::PooledConnection connection, co_await pool.acquire(peer.key, options));
    const WallTime before = clock.wallNow();
    const std::span<const ByteView> nothing;
    TARN_CO_TRY(const net::ResponseHead head, co_await connection->request(peer.request, nothing));
    PeerAnswer out;
    out.status = head.status;
    out.ahead = aheadOf(head, before, clock.wallNow());
    TARN_CO_TRY(const Bytes body, co_await connection->readAll(kMaxAnswer));
    static_cast<void>(body);
    co_return out;
}

std::string stepFor(const Error& error)
{
    switch (error.code()) {
    case ErrorCode::PeerMisbehaved:
        return "compare the key in its address with what its operator says now; if they differ and "
               "nobody changed it, somebody is in between";
    case ErrorCode::Unauthorized:
        return "mend the login that [connections] credentials names";
    case ErrorCode::InvalidInput:
        return "change its address, or [connections] and [dns]";
    default:
        return "ask its operator whether it runs there, and see that no firewall or [connections] "
               "is in the way";
    }
}

} // namespace

Peer peerOf(const wire::IntroducerUrl& url)
{
    Peer out;
    out.check = "introducer " + wire::placeOf(url);
    out.key = url.spkiHash;
    out.location = wire::locationOf(url);
    out.request = getOf("/gossip/v1/announce", wire::placeOf(url));
    out.expected = kMethodNotAllowed;
    out.ifRefused = "ask its operator";
    out.ifUnexpected = "ask its operator whether an introducer runs there";
    return out;
}

Peer peerOf(const wire::Nurl& nurl, const std::string& name)
{
    Peer out;
    out.check = "server " + (name.empty() ? "" : name + " at ") + wire::placeOf(nurl);
    out.key = nurl.spkiHash;
    out.location = wire::locationOf(nurl);
    out.request = getOf("/storage/v1/version", wire::placeOf(nurl));
    const Secret authorization = wire::authorizationFor(asBytes(nurl.swissnum));
    out.request.headers.add(std::string(wire::kAuthorizationHeader),
                            std::string(asText(authorization.view())));
    out.ifRefused = "its NURL is no longer good: ask its operator for another one";
    out.ifUnexpected = "ask its operator how the server is";
    return out;
}

asio::awaitable<Result<PeerAnswer>> askPeer(net::Dialer& dialer, Clock& clock, Peer peer,
                                            Duration limit)
{
    std::string what = "no answer";
    asio::awaitable<Result<PeerAnswer>> work = exchange(dialer, clock, std::move(peer));
    co_return co_await withDeadline<PeerAnswer>(clock, limit, std::move(what), std::move(work));
}

Finding judgePeer(const Peer& peer, const Result<PeerAnswer>& answer)
{
    if (!answer) return problem(peer.check, answer.error().message(), stepFor(answer.error()));
    if (answer->status == peer.expected) return fine(peer.check, "answers, and has the right key");
    std::string what = "has the right key, and answers " + std::to_string(answer->status);
    const bool refused = answer->status == 401 || answer->status == 403;
    return problem(peer.check, std::move(what), refused ? peer.ifRefused : peer.ifUnexpected);
}

} // namespace tarn::node::doctor
