#include "introducer/introducer_api.h"

#include "core/gossip/server_announcement.h"
#include "core/net/peer_proof.h"

#include <charconv>

namespace tarn::introducer {

namespace {

constexpr double kPerSecond = 20;
constexpr double kBurst = 200;
constexpr std::int64_t kLongestWait = 40; ///< seconds
constexpr std::size_t kMaxId = 32;
constexpr std::size_t kMaxSoftware = 128;
constexpr std::string_view kProtobuf = "application/x-protobuf";

/// The value of one field of the query, percent-decoded; empty where it is missing or bad.
std::string queryField(std::string_view query, std::string_view name)
{
    while (!query.empty()) {
        const std::size_t end = std::min(query.find('&'), query.size());
        const std::string_view field = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        if (field.size() > name.size() && field.starts_with(name) && field[name.size()] == '=')
            return net::percentDecode(field.substr(name.size() + 1), true).value_or(std::string());
    }
    return {};
}

std::int64_t waitOf(std::string_view query)
{
    const std::string text = queryField(query, "wait");
    std::int64_t seconds = 0;
    std::from_chars(text.data(), text.data() + text.size(), seconds);
    return std::clamp<std::int64_t>(seconds, 0, kLongestWait);
}

net::HttpHeaders typed(std::string_view type)
{
    net::HttpHeaders headers;
    headers.add("Content-Type", std::string(type));
    return headers;
}

struct Endpoint
{
    std::string_view path;
    std::string_view method;
    std::string_view name; ///< in the counts
};
constexpr Endpoint kEndpoints[] = {{"/gossip/v1/announce", "POST", "announce"},
                                   {"/gossip/v1/subscribe", "GET", "subscribe"},
                                   {"/gossip/v1/sync", "POST", "sync"},
                                   {"/servers.yaml", "GET", "servers.yaml"}};
constexpr std::string_view kOtherEndpoint = "other";

} // namespace

std::string serversYamlOf(const std::vector<gossip::RecordPtr>& records)
{
    std::vector<wire::Announcement> servers;
    for (const gossip::RecordPtr& record : records)
        if (const auto server = gossip::readAnnouncement(*record);
            server && server->standing != gossip::Standing::Withdrawn)
            servers.push_back(gossip::asServerEntry(record->signer(), *server));
    return wire::serversYaml(servers);
}

/// One request, and how it is counted.
struct IntroducerApi::Call
{
    net::ServerExchange& exchange;
    node::CountedRequest& counted;
    ApiCounts& counts;

    asio::awaitable<Result<Bytes>> readAll(std::size_t limit);
    asio::awaitable<Result<void>> respondBytes(unsigned status, Bytes body);
    asio::awaitable<Result<void>> respondText(unsigned status, net::HttpHeaders headers,
                                              std::string text);
    asio::awaitable<Result<void>> respondText(unsigned status, std::string text);
    asio::awaitable<Result<void>> refuse(const Error& error);
};

asio::awaitable<Result<Bytes>> IntroducerApi::Call::readAll(std::size_t limit)
{
    Result<Bytes> body = co_await exchange.readAll(limit);
    if (body) counts.bytesReceived += body->size();
    co_return body;
}

asio::awaitable<Result<void>> IntroducerApi::Call::respondBytes(unsigned status, Bytes body)
{
    counted.code = status;
    counts.bytesSent += body.size();
    const ByteView piece = body;
    const std::span<const ByteView> pieces(&piece, 1);
    net::HttpHeaders headers = typed(kProtobuf);
    co_return co_await exchange.respond(status, std::move(headers), pieces);
}

asio::awaitable<Result<void>>
IntroducerApi::Call::respondText(unsigned status, net::HttpHeaders headers, std::string text)
{
    counted.code = status;
    counts.bytesSent += text.size();
    return exchange.respondText(status, std::move(headers), std::move(text));
}

asio::awaitable<Result<void>> IntroducerApi::Call::respondText(unsigned status, std::string text)
{
    return respondText(status, net::HttpHeaders(), std::move(text));
}

asio::awaitable<Result<void>> IntroducerApi::Call::refuse(const Error& error)
{
    unsigned status = 400;
    if (error.code() == ErrorCode::Unauthorized || error.code() == ErrorCode::Unsupported)
        status = 403;
    if (error.code() == ErrorCode::IoFailure || error.code() == ErrorCode::NoSpace) status = 507;
    return respondText(status, typed("text/plain; charset=utf-8"), error.message() + "\n");
}

IntroducerApi::IntroducerApi(Introducer& introducer, Clock& clock)
    : m_introducer(introducer), m_clock(clock), m_limits(kPerSecond, kBurst)
{
}

asio::awaitable<Result<void>> IntroducerApi::serve(net::ServerExchange& exchange)
{
    const TimePoint begin = m_clock.now();
    node::CountedRequest counted(m_counts.requests, kOtherEndpoint);
    Call call{exchange, counted, m_counts};
    const Result<void> served = co_await answer(call);
    m_counts.latencies[counted.endpoint].add(m_clock.now() - begin);
    co_return served;
}

asio::awaitable<Result<void>> IntroducerApi::answer(Call& call)
{
    net::ServerExchange& exchange = call.exchange;
    const std::string_view path = net::pathOf(exchange.head().target);
    const auto* const end = std::end(kEndpoints);
    const auto* const endpoint = std::find_if(
        std::begin(kEndpoints), end, [&](const Endpoint& one) { return one.path == path; });
    if (endpoint == end) {
        co_return co_await call.respondText(404, "an introducer\n");
    }
    call.counted.endpoint = endpoint->name;
    if (exchange.head().method != endpoint->method) {
        net::HttpHeaders headers;
        headers.add("Allow", std::string(endpoint->method));
        co_return co_await call.respondText(405, std::move(headers), "another method\n");
    }
    if (!m_limits.take(addressOf(exchange.peer()), m_clock.now())) {
        co_return co_await call.respondText(429, "too many requests from this address\n");
    }
    if (path == kEndpoints[0].path) co_return co_await announce(call);
    if (path == kEndpoints[1].path) co_return co_await subscribe(call);
    if (path == kEndpoints[2].path) co_return co_await sync(call);
    co_return co_await servers(call);
}

asio::awaitable<Result<void>> IntroducerApi::announce(Call& call)
{
    Result<Bytes> body = co_await call.readAll(gossip::kMaxRecordBytes);
    if (!body) co_return co_await call.refuse(body.error());
    Result<Announced> done = co_await m_introducer.announce(*std::move(body));
    if (!done) co_return co_await call.refuse(done.error());
    switch (done->verdict.outcome) {
    case gossip::Acceptance::Added:
    case gossip::Acceptance::Replaced:
    case gossip::Acceptance::Known:
        co_return co_await call.respondText(200, "");
    case gossip::Acceptance::Older: {
        Bytes newer = done->newer != nullptr ? gossip::encodeRecord(*done->newer) : Bytes();
        co_return co_await call.respondBytes(409, std::move(newer));
    }
    case gossip::Acceptance::Refused:
        co_return co_await call.respondText(403, done->verdict.reason + "\n");
    case gossip::Acceptance::Full:
        co_return co_await call.respondText(507, done->verdict.reason + "\n");
    }
    co_return Error(ErrorCode::Internal, "no such outcome");
}

asio::awaitable<Result<void>> IntroducerApi::subscribe(Call& call)
{
    const std::string query(net::queryOf(call.exchange.head().target));
    const std::string id = queryField(query, "id").substr(0, kMaxId);
    const std::string* software = call.exchange.head().headers.find("User-Agent");
    if (!id.empty())
        m_introducer.noteSubscriber(id, addressOf(call.exchange.peer()),
                                    software != nullptr ? software->substr(0, kMaxSoftware)
                                                        : std::string());
    const Duration wait = std::chrono::seconds(waitOf(query));
    gossip::RecordArchive archive =
        co_await m_introducer.subscribe(queryField(query, "cursor"), wait);
    Bytes body = gossip::encodeArchive(archive);
    co_return co_await call.respondBytes(200, std::move(body));
}

asio::awaitable<Result<void>> IntroducerApi::sync(Call& call)
{
    const Result<crypto::Ed25519PublicKey> peer = net::provenPeer(call.exchange);
    if (!peer) co_return co_await call.refuse(peer.error());
    Result<Bytes> body = co_await call.readAll(gossip::kMaxMessageBytes);
    if (!body) co_return co_await call.refuse(body.error());
    Result<Bytes> answer = co_await m_introducer.sync(*peer, *std::move(body));
    if (!answer) co_return co_await call.refuse(answer.error());
    co_return co_await call.respondBytes(200, *std::move(answer));
}

asio::awaitable<Result<void>> IntroducerApi::servers(Call& call)
{
    std::string text = serversYamlOf(m_introducer.records().all());
    net::HttpHeaders headers = typed("application/yaml; charset=utf-8");
    co_return co_await call.respondText(200, std::move(headers), std::move(text));
}

} // namespace tarn::introducer
