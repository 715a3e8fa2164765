#include "profiles/friendnet/relay_way.h"

#include "core/wire/node_id.h"

#include <algorithm>

namespace tarn::profiles {

namespace {

constexpr std::size_t kMostTried = 3;
/// Between two rounds, while one that was there is waited for.
constexpr Duration kPause = std::chrono::seconds(1);

} // namespace

bool RelayWay::knows(const net::PeerKey& peer) const
{
    const std::vector<RelayPoint> points = m_calls->pointsOf(peer);
    return std::any_of(points.begin(), points.end(),
                       [](const RelayPoint& one) { return one.relays; });
}

asio::awaitable<Result<net::Stream>> RelayWay::connect(net::PeerKey peer)
{
    return tryAll(m_calls, peer);
}

asio::awaitable<Result<net::Stream>> RelayWay::tryOne(std::shared_ptr<RelayCalls> calls,
                                                      net::PeerKey peer, RelayPoint at)
{
    net::RelayAsk ask;
    ask.target = peer;
    ask.guest = at.guest;
    Bytes body = net::encodeRelayAsk(ask);
    TARN_CO_TRY(const Bytes answer, co_await calls->post(at, std::string(net::kRelayPath),
                                                         std::move(body), net::kMaxRelayBytes));
    TARN_CO_TRY(const net::RelayAnswer said, net::decodeRelayAnswer(answer));
    co_return co_await calls->come(std::move(at), said.ticket);
}

asio::awaitable<Result<net::Stream>> RelayWay::tryAll(std::shared_ptr<RelayCalls> calls,
                                                      net::PeerKey peer)
{
    while (true) {
        bool again = false;
        Result<net::Stream> stream = co_await tryEach(calls, peer, again);
        if (stream || !again) co_return stream;
        co_await calls->clock().sleep(kPause);
    }
}

/// \param again  whether it is worth another round soon.
asio::awaitable<Result<net::Stream>> RelayWay::tryEach(std::shared_ptr<RelayCalls> calls,
                                                       net::PeerKey peer, bool& again)
{
    std::vector<RelayPoint> points = calls->pointsOf(peer);
    std::erase_if(points, [](const RelayPoint& one) { return !one.relays; });
    std::string failures;
    std::size_t tried = 0;
    for (RelayPoint& point : points) {
        if (++tried > kMostTried) break;
        const Ed25519PublicKey relay = point.key;
        Result<net::Stream> stream = co_await tryOne(calls, peer, std::move(point));
        if (stream) {
            calls->noteSuccess(relay);
            co_return stream;
        }
        if (stream.error().code() == ErrorCode::Cancelled) co_return stream;
        calls->noteFailure(relay, stream.error());
        again = again || calls->lostLately(relay);
        failures += failures.empty() ? "" : "; ";
        failures += "through the relay " + wire::nodeIdOf(relay) + ": ";
        failures += stream.error().message();
    }
    if (failures.empty()) failures = "nobody who relays has a link with it";
    co_return Error(ErrorCode::PeerUnreachable, failures);
}

} // namespace tarn::profiles
