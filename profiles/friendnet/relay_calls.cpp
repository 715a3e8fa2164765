#include "profiles/friendnet/relay_calls.h"

#include "core/base/executor.h"
#include "core/net/peer_proof.h"
#include "core/net/socket_io.h"

#include <algorithm>
#include <map>
#include <optional>

namespace tarn::profiles {

namespace {

constexpr Duration kAcquireLimit = std::chrono::seconds(4);
constexpr Duration kDialLimit = std::chrono::seconds(5);
constexpr Duration kRest = std::chrono::seconds(20);
/// One that was started again is, and so are the links to it.
constexpr Duration kBackBy = std::chrono::seconds(25);
constexpr std::size_t kMostRemembered = 256;

net::PoolLimits poolLimits()
{
    net::PoolLimits out;
    out.connectionsPerPeer = 4;
    out.handshake = std::chrono::seconds(5);
    out.http.headTimeout = std::chrono::seconds(7); // an answer may come from afar
    out.http.bodyTimeout = std::chrono::seconds(5);
    return out;
}

net::RequestHead headOf(const std::string& path)
{
    net::RequestHead head;
    head.method = "POST";
    head.target = path;
    head.headers.add("Host", "localhost");
    head.headers.add("Content-Type", "application/x-protobuf");
    return head;
}

Error refusalOf(unsigned status, const Bytes& text)
{
    constexpr std::size_t kMostWords = 200;
    std::string words;
    for (const char c : asText(text).substr(0, kMostWords))
        if (c >= ' ' && c < 0x7f) words += c;
    if (words.empty()) words = "it answered " + std::to_string(status);
    if (status == 403) return Error(ErrorCode::Unauthorized, words);
    if (status == 404) return Error(ErrorCode::NotFound, words);
    if (status == 429) return Error(ErrorCode::NoSpace, words);
    return Error(ErrorCode::PeerUnreachable, words);
}

} // namespace

struct RelayCalls::Core
{
    explicit Core(Parts partsToUse) : parts(std::move(partsToUse)) {}

    net::ConnectionPool& opened()
    {
        if (!pool)
            pool = std::make_unique<net::ConnectionPool>(
                parts.engine, parts.plain(), net::TlsClientContext(), parts.clock, poolLimits());
        return *pool;
    }

    Parts parts;
    bool stopped = false;
    std::unique_ptr<net::ConnectionPool> pool; ///< from the first use to the end
    struct Failed
    {
        TimePoint last{};
        std::optional<TimePoint> lost; ///< since when it is not reached
    };
    std::map<Ed25519PublicKey, Failed> failed;
};

RelayCalls::RelayCalls(Parts parts) : m_core(std::make_shared<Core>(std::move(parts))) {}

RelayCalls::~RelayCalls()
{
    stop();
}

void RelayCalls::stop()
{
    m_core->stopped = true;
    m_core->pool.reset();
}

Clock& RelayCalls::clock() const
{
    return m_core->parts.clock;
}

std::vector<RelayPoint> RelayCalls::pointsOf(const net::PeerKey& peer) const
{
    if (m_core->stopped) return {};
    std::vector<RelayPoint> out = m_core->parts.pointsOf(peer);
    std::stable_partition(out.begin(), out.end(),
                          [this](const RelayPoint& one) { return !rests(one.key); });
    return out;
}

bool RelayCalls::rests(const Ed25519PublicKey& relay) const
{
    const auto at = m_core->failed.find(relay);
    return at != m_core->failed.end() && m_core->parts.clock.now() < at->second.last + kRest;
}

bool RelayCalls::lostLately(const Ed25519PublicKey& relay) const
{
    const auto at = m_core->failed.find(relay);
    return !m_core->stopped && at != m_core->failed.end() && at->second.lost &&
           m_core->parts.clock.now() < *at->second.lost + kBackBy;
}

void RelayCalls::noteFailure(const Ed25519PublicKey& relay, const Error& why)
{
    const TimePoint now = m_core->parts.clock.now();
    if (m_core->failed.size() >= kMostRemembered && !m_core->failed.contains(relay))
        m_core->failed.clear();
    Core::Failed& failed = m_core->failed[relay];
    failed.last = now;
    const bool unreached =
        why.code() == ErrorCode::PeerUnreachable || why.code() == ErrorCode::Timeout;
    if (unreached && !failed.lost) failed.lost = now;
}

void RelayCalls::noteSuccess(const Ed25519PublicKey& relay)
{
    m_core->failed.erase(relay);
}

asio::awaitable<Result<Bytes>> RelayCalls::post(RelayPoint at, std::string path, Bytes body,
                                                std::size_t limit)
{
    return postBy(m_core, std::move(at), std::move(path), std::move(body), limit);
}

asio::awaitable<Result<Bytes>> RelayCalls::postBy(std::shared_ptr<Core> core, RelayPoint at,
                                                  std::string path, Bytes body, std::size_t limit)
{
    if (core->stopped) co_return Error(ErrorCode::Cancelled, "this node is stopping");
    const net::PeerKey key = net::peerKeyOf(at.key);
    core->opened().setLocations(key, at.locations);
    net::RequestOptions options;
    options.acquireLimit = kAcquireLimit;
    options.force = true; // those who ask have their own pauses
    TARN_CO_TRY(net::PooledConnection connection, co_await core->opened().acquire(key, options));
    net::RequestHead head = headOf(path);
    if (at.guest.empty()) {
        TARN_CO_TRY(std::string proof, net::provePeer(core->parts.key, connection->channel()));
        head.headers.add(std::string(net::kPeerHeader), std::move(proof));
        std::string pass = core->parts.passOf(at.key);
        if (!pass.empty()) head.headers.add(std::string(net::kPassHeader), std::move(pass));
    }
    const ByteView piece = body;
    const std::span<const ByteView> pieces(&piece, 1);
    TARN_CO_TRY(const net::ResponseHead answered, co_await connection->request(head, pieces));
    TARN_CO_TRY(Bytes text, co_await connection->readAll(limit));
    if (answered.status != 200) co_return refusalOf(answered.status, text);
    co_return text;
}

asio::awaitable<Result<net::Stream>> RelayCalls::come(RelayPoint at, net::Ticket ticket)
{
    return comeBy(m_core, std::move(at), ticket);
}

asio::awaitable<Result<net::Stream>> RelayCalls::comeBy(std::shared_ptr<Core> core, RelayPoint at,
                                                        net::Ticket ticket)
{
    if (core->stopped) co_return Error(ErrorCode::Cancelled, "this node is stopping");
    Clock& clock = core->parts.clock;
    asio::awaitable<Result<net::Stream>> dialling =
        core->parts.plain().dial(std::move(at.locations));
    TARN_CO_TRY(net::Stream stream,
                co_await withDeadline<net::Stream>(clock, kDialLimit, "connecting to a relay",
                                                   std::move(dialling)));
    net::SocketIo io(std::move(stream), clock);
    io.expireAt(clock.now() + kDialLimit);
    net::Preamble preamble;
    preamble.mode = net::PreambleMode::RelayData;
    preamble.ticket = ticket;
    const auto bytes = net::formatPreamble(preamble);
    TARN_CO_TRY_VOID(co_await io.sendAll(bytes));
    net::Stream out = std::move(io).release();
    out.path = net::PathKind::Relayed;
    out.choice = net::kNoChoice;
    co_return out;
}

} // namespace tarn::profiles
