#include "profiles/friendnet/peer_service.h"

#include "core/net/peer_proof.h"

#include <array>

namespace tarn::profiles {

namespace {

constexpr double kRedeemsPerSecond = 2;
constexpr double kRedeemBurst = 20;

asio::awaitable<Result<void>> say(net::ServerExchange& exchange, unsigned status, std::string why)
{
    net::HttpHeaders headers;
    headers.add("Content-Type", "text/plain; charset=utf-8");
    why += '\n';
    co_return co_await exchange.respondText(status, std::move(headers), std::move(why));
}

asio::awaitable<Result<void>> sayBytes(net::ServerExchange& exchange, Bytes body)
{
    const std::array<ByteView, 1> pieces{body};
    net::HttpHeaders headers;
    headers.add("Content-Type", "application/x-protobuf");
    headers.add("Cache-Control", "no-store");
    co_return co_await exchange.respond(200, std::move(headers), pieces);
}

unsigned statusOf(const Error& error)
{
    switch (error.code()) {
    case ErrorCode::Unauthorized:
    case ErrorCode::Unsupported:
        return 403;
    case ErrorCode::InvalidInput:
    case ErrorCode::PeerMisbehaved:
        return 400;
    default:
        return 503;
    }
}

std::string_view methodOf(std::string_view path)
{
    if (path == membership::kRedeemPath || path == kGossipPath || path == node::kSharePath ||
        path == kDialBackPath)
        return "POST";
    if (path == node::kAccountPath || path == net::kLinkPath) return "GET";
    return relay::RelayApi::methodOf(path);
}

} // namespace

PeerService::PeerService(const Parts& parts)
    : m_parts(parts), m_limits(kRedeemsPerSecond, kRedeemBurst)
{
}

asio::awaitable<Result<void>> PeerService::serve(net::ServerExchange& exchange)
{
    const std::string_view path = net::pathOf(exchange.head().target);
    const std::string_view method = methodOf(path);
    if (method.empty()) co_return co_await m_parts.storage.serve(exchange);
    if (exchange.head().method != method) {
        co_return co_await say(exchange, 405, "use " + std::string(method));
    }
    if (m_parts.member.circle == nullptr) {
        co_return co_await say(exchange, 503, "this node is no member of a grid yet");
    }
    if (path == membership::kRedeemPath) co_return co_await redeem(exchange);
    if (path == kGossipPath) co_return co_await gossip(exchange);
    if (path == node::kSharePath) co_return co_await share(exchange);
    if (path == net::kLinkPath) co_return co_await link(exchange);
    if (path == kDialBackPath) co_return co_await dialBack(exchange);
    if (path == net::kRelayPath || path == net::kSignalPath) co_return co_await meet(exchange);
    co_return co_await account(exchange);
}

asio::awaitable<Result<void>> PeerService::redeem(net::ServerExchange& exchange)
{
    if (!m_limits.take(introducer::addressOf(exchange.peer()), m_parts.clock.now())) {
        co_return co_await say(exchange, 429, "too many requests from this address");
    }
    const Result<Bytes> body = co_await exchange.readAll(membership::kMaxRedeemBytes);
    if (!body) co_return co_await say(exchange, 400, body.error().message());
    Result<membership::RedeemRequest> request = membership::decodeRedeem(*body);
    if (!request) co_return co_await say(exchange, 400, request.error().message());
    Result<Secret> exporter =
        exchange.exporter(membership::kRedeemExporter, {}, membership::kExporterBytes);
    if (!exporter) co_return co_await say(exchange, 403, exporter.error().message());
    Circle* const circle = m_parts.member.circle;
    if (circle == nullptr) co_return co_await say(exchange, 503, "this node is stopping");
    const Result<membership::RedeemAnswer> answer =
        co_await circle->redeem(*std::move(request), *std::move(exporter));
    if (!answer) co_return co_await say(exchange, statusOf(answer.error()), "try again later");
    Bytes bytes = membership::encodeAnswer(*answer);
    co_return co_await sayBytes(exchange, std::move(bytes));
}

Result<Ed25519PublicKey> memberOf(net::ServerExchange& exchange, const MemberParts& member)
{
    TARN_TRY(const Ed25519PublicKey key, net::provenPeer(exchange));
    if (member.circle == nullptr) return Error(ErrorCode::Unauthorized, "this node is stopping");
    if (member.circle->records().belongs(key)) {
        if (member.calls != nullptr) member.calls->heard(key);
        return key;
    }
    return Error(ErrorCode::Unauthorized, "not a member of this grid, as far as is known here");
}

asio::awaitable<Result<void>> PeerService::gossip(net::ServerExchange& exchange)
{
    const Result<Ed25519PublicKey> proven = net::provenPeer(exchange);
    if (!proven) co_return co_await say(exchange, 403, proven.error().message());
    const Result<Bytes> body = co_await exchange.readAll(gossip::kMaxMessageBytes);
    if (!body) co_return co_await say(exchange, 400, body.error().message());
    const Result<Ed25519PublicKey> member = memberOf(exchange, m_parts.member);
    gossip::GossipMessage answer;
    if (!member) {
        // Who was revoked is told so, and nothing else.
        if (m_parts.member.circle != nullptr)
            answer.records = m_parts.member.circle->records().endingsOf(*proven);
        if (answer.records.empty()) {
            co_return co_await say(exchange, 403, member.error().message());
        }
    } else {
        auto job = [&body] { return gossip::decodeMessage(*body); };
        const Result<gossip::GossipMessage> message = co_await runOn(m_parts.cpuPool, job);
        if (!message) co_return co_await say(exchange, 400, message.error().message());
        Circle* const circle = m_parts.member.circle;
        if (circle == nullptr) co_return co_await say(exchange, 503, "this node is stopping");
        answer = circle->records().answer(*member, *message);
    }
    Bytes bytes = gossip::encodeMessage(answer);
    co_return co_await sayBytes(exchange, std::move(bytes));
}

asio::awaitable<Result<void>> PeerService::account(net::ServerExchange& exchange)
{
    const Result<Ed25519PublicKey> member = memberOf(exchange, m_parts.member);
    if (!member) co_return co_await say(exchange, 403, member.error().message());
    const storage::Account* const found = m_parts.accounts.find(*member);
    if (found == nullptr) co_return co_await say(exchange, 404, "no account yet");
    const storage::AccountUsage::Figures figures = m_parts.usage.figures(found->id);
    node::AccountReport report;
    report.used = figures.used;
    report.shares = figures.shares;
    report.limit = found->quota;
    report.mayRead = found->mayRead;
    report.mayWrite = found->mayWrite;
    report.keepShares = found->keepShares;
    if (PeerCalls* const calls = m_parts.member.calls) {
        calls->told(*member, figures.used);
        const Presence presence = calls->of(*member);
        if (presence.account) report.yours = presence.account->used;
        report.reached = presence.reached;
    }
    std::string text = node::encodeReport(report);
    net::HttpHeaders headers;
    headers.add("Content-Type", "application/json");
    headers.add("Cache-Control", "no-store");
    co_return co_await exchange.respondText(200, std::move(headers), std::move(text));
}

asio::awaitable<Result<void>> PeerService::meet(net::ServerExchange& exchange)
{
    relay::RelayApi* const relay = m_parts.member.relay;
    if (relay == nullptr) co_return co_await say(exchange, 503, "not now");
    co_return co_await relay->serve(exchange);
}

asio::awaitable<Result<void>> PeerService::link(net::ServerExchange& exchange)
{
    const Result<Ed25519PublicKey> member = memberOf(exchange, m_parts.member);
    if (!member) co_return co_await say(exchange, 403, member.error().message());
    const std::string* const protocol = exchange.head().headers.find("upgrade");
    if (protocol == nullptr || *protocol != net::kLinkProtocol) {
        co_return co_await say(exchange, 426,
                               "expected Upgrade: " + std::string(net::kLinkProtocol));
    }
    LinksIn* links = m_parts.member.linksIn;
    if (links == nullptr) co_return co_await say(exchange, 503, "not now");
    if (const Result<void> may = links->mayLink(*member); !may)
        co_return co_await say(exchange, 429, may.error().message());
    net::HttpHeaders headers;
    headers.add("Upgrade", std::string(net::kLinkProtocol));
    TARN_CO_TRY(net::UpgradedChannel taken, co_await exchange.upgrade(std::move(headers)));
    links = m_parts.member.linksIn;
    if (links == nullptr) co_return Error(ErrorCode::Cancelled, "this node is stopping");
    links->accept(*member, std::move(taken));
    co_return ok();
}

asio::awaitable<Result<void>> PeerService::dialBack(net::ServerExchange& exchange)
{
    const Result<Ed25519PublicKey> member = memberOf(exchange, m_parts.member);
    if (!member) co_return co_await say(exchange, 403, member.error().message());
    Result<Bytes> body = co_await exchange.readAll(kDialBackRequestBytes);
    if (!body) co_return co_await say(exchange, 400, body.error().message());
    DialBackDesk* const desk = m_parts.member.dialBack;
    if (desk == nullptr) co_return co_await say(exchange, 503, "not now");
    std::string seen = exchange.peer();
    const Result<Bytes> statement =
        co_await desk->answer(*member, std::move(seen), *std::move(body));
    if (!statement && statement.error().code() == ErrorCode::Conflict) {
        co_return co_await say(exchange, 429, statement.error().message());
    }
    if (!statement) {
        co_return co_await say(exchange, statusOf(statement.error()), statement.error().message());
    }
    const std::array<ByteView, 1> pieces{*statement};
    net::HttpHeaders headers;
    headers.add("Content-Type", "application/octet-stream");
    headers.add("Cache-Control", "no-store");
    co_return co_await exchange.respond(200, std::move(headers), pieces);
}

/// Known again is as good as new: who gives may not have heard the answer.
asio::awaitable<Result<void>> PeerService::share(net::ServerExchange& exchange)
{
    const Result<Ed25519PublicKey> member = memberOf(exchange, m_parts.member);
    if (!member) co_return co_await say(exchange, 403, member.error().message());
    const Result<Bytes> body = co_await exchange.readAll(node::kMaxShareBytes);
    if (!body) co_return co_await say(exchange, 400, body.error().message());
    Result<node::SharedLink> link = node::decodeShare(asText(*body));
    if (!link) co_return co_await say(exchange, 400, link.error().message());
    LinkExchange* const links = m_parts.member.links;
    if (links == nullptr) co_return co_await say(exchange, 503, "not now");
    const Result<void> taken = co_await links->take(*member, *std::move(link));
    if (!taken) {
        const bool refused = taken.error().code() == ErrorCode::InvalidInput;
        co_return co_await say(exchange, refused ? 400U : 503U, "not taken");
    }
    co_return co_await say(exchange, 200, "taken");
}

} // namespace tarn::profiles
