#include "introducer/relay/relay_api.h"

#include "core/net/peer_proof.h"
#include "core/wire/node_id.h"
#include "introducer/relay/guest_ticket.h"

#include <array>

namespace tarn::relay {

namespace {

constexpr double kGuestAsksPerSecond = 0.5;
constexpr double kGuestAskBurst = 10;
constexpr double kSignalsPerSecond = 1;
constexpr double kSignalBurst = 20;

unsigned statusOf(const Error& error)
{
    switch (error.code()) {
    case ErrorCode::Unauthorized:
        return 403;
    case ErrorCode::PeerUnreachable:
        return 404;
    case ErrorCode::NoSpace:
        return 429;
    case ErrorCode::PeerMisbehaved:
    case ErrorCode::InvalidInput:
        return 400;
    default:
        return 503;
    }
}

asio::awaitable<Result<void>> sayBytes(net::ServerExchange& exchange, Bytes body)
{
    const std::array<ByteView, 1> pieces{body};
    net::HttpHeaders headers;
    headers.add("Content-Type", "application/x-protobuf");
    headers.add("Cache-Control", "no-store");
    co_return co_await exchange.respond(200, std::move(headers), pieces);
}

} // namespace

RelayApi::RelayApi(Parts parts)
    : m_parts(std::move(parts)), m_guests(kGuestAsksPerSecond, kGuestAskBurst),
      m_signals(kSignalsPerSecond, kSignalBurst)
{
}

std::string_view RelayApi::methodOf(std::string_view path)
{
    return path == net::kRelayPath || path == net::kSignalPath ? "POST" : "";
}

asio::awaitable<Result<void>> RelayApi::serve(net::ServerExchange& exchange)
{
    if (net::pathOf(exchange.head().target) == net::kRelayPath) co_return co_await relay(exchange);
    co_return co_await signal(exchange);
}

asio::awaitable<Result<void>> RelayApi::refuse(net::ServerExchange& exchange, Error why)
{
    ++m_counts.refused;
    net::HttpHeaders headers;
    headers.add("Content-Type", "text/plain; charset=utf-8");
    std::string text = why.message() + "\n";
    co_return co_await exchange.respondText(statusOf(why), std::move(headers), std::move(text));
}

/// A stranger is counted by where it comes from.
Result<RelaySource> RelayApi::sourceOf(net::ServerExchange& exchange, const net::RelayAsk& ask)
{
    RelaySource out;
    if (ask.guest.empty()) {
        TARN_TRY(const crypto::Ed25519PublicKey who, m_parts.admit(exchange, ask.target));
        out.name = wire::nodeIdOf(who);
        return out;
    }
    out.guest = true;
    out.name = "guest " + introducer::addressOf(exchange.peer());
    if (!m_guests.take(out.name, m_parts.clock.now()))
        return Error(ErrorCode::NoSpace, "too many requests from this address");
    const std::optional<crypto::Ed25519PublicKey> target = m_parts.links.keyOf(ask.target);
    // As one whose ticket is bad: a stranger does not learn who is here.
    if (!target) return Error(ErrorCode::Unauthorized, "guest ticket: not for anybody here");
    TARN_TRY_VOID(checkGuestTicket(ask.guest, *target, m_parts.key, m_parts.clock.wallNow()));
    return out;
}

asio::awaitable<Result<void>> RelayApi::relay(net::ServerExchange& exchange)
{
    const Result<Bytes> body = co_await exchange.readAll(net::kMaxRelayBytes);
    if (!body) co_return co_await refuse(exchange, body.error());
    const Result<net::RelayAsk> ask = net::decodeRelayAsk(*body);
    if (!ask) co_return co_await refuse(exchange, ask.error());
    const Result<RelaySource> source = sourceOf(exchange, *ask);
    if (!source) co_return co_await refuse(exchange, source.error());
    MeetingRoom* const room = m_parts.room();
    if (room == nullptr) {
        Error why(ErrorCode::Unauthorized, "this node does not relay");
        co_return co_await refuse(exchange, std::move(why));
    }
    const Result<net::Ticket> ticket = room->open(ask->target, *source);
    if (!ticket) co_return co_await refuse(exchange, ticket.error());
    ++m_counts.paired;
    m_counts.strangers += source->guest ? 1 : 0;
    net::RelayAnswer answer;
    answer.ticket = *ticket;
    Bytes bytes = net::encodeRelayAnswer(answer);
    co_return co_await sayBytes(exchange, std::move(bytes));
}

asio::awaitable<Result<void>> RelayApi::signal(net::ServerExchange& exchange)
{
    const Result<Bytes> body = co_await exchange.readAll(net::kMaxSignalBytes);
    if (!body) co_return co_await refuse(exchange, body.error());
    Result<net::SignalAsk> ask = net::decodeSignalAsk(*body);
    if (!ask) co_return co_await refuse(exchange, ask.error());
    const Result<crypto::Ed25519PublicKey> who = m_parts.admit(exchange, ask->target);
    if (!who) co_return co_await refuse(exchange, who.error());
    if (!m_signals.take(wire::nodeIdOf(*who), m_parts.clock.now())) {
        Error why(ErrorCode::NoSpace, "too many questions: wait a little");
        co_return co_await refuse(exchange, std::move(why));
    }
    const net::PeerKey from = net::peerKeyOf(*who);
    Result<Bytes> answer =
        co_await m_parts.links.signal(ask->target, from, std::move(ask->question));
    if (!answer) {
        ++m_counts.silent;
        co_return co_await refuse(exchange, answer.error());
    }
    ++m_counts.signals;
    Bytes bytes = net::encodeSignalAnswer(*answer);
    co_return co_await sayBytes(exchange, std::move(bytes));
}

} // namespace tarn::relay
