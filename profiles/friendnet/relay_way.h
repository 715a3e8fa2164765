// relay_way: a connection to a peer through somebody who has a link with it. Engine thread.
// Source: core/doc/protocol/relay.md.
#pragma once

#include "profiles/friendnet/peer_way.h"
#include "profiles/friendnet/relay_calls.h"

#include <memory>

namespace tarn::profiles {

class RelayWay final : public PeerWay
{
public:
    explicit RelayWay(std::shared_ptr<RelayCalls> calls) : m_calls(std::move(calls)) {}

    WayClass wayClass() const override { return WayClass::Relayed; }
    bool knows(const net::PeerKey& peer) const override;
    /// One relay after the other; again while one that was there is away for a moment. Outlives
    /// this object.
    asio::awaitable<Result<net::Stream>> connect(net::PeerKey peer) override;

private:
    static asio::awaitable<Result<net::Stream>> tryAll(std::shared_ptr<RelayCalls> calls,
                                                       net::PeerKey peer);
    static asio::awaitable<Result<net::Stream>> tryEach(std::shared_ptr<RelayCalls> calls,
                                                        net::PeerKey peer, bool& again);
    static asio::awaitable<Result<net::Stream>> tryOne(std::shared_ptr<RelayCalls> calls,
                                                       net::PeerKey peer, RelayPoint at);

    std::shared_ptr<RelayCalls> m_calls;
};

} // namespace tarn::profiles
