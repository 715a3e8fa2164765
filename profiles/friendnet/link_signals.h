// link_signals: questions to peers out of reach, over their link to this node or by those who have
// one. Engine thread. Source: core/doc/protocol/relay.md.
#pragma once

#include "core/net/links_in.h"
#include "profiles/friendnet/peer_signals.h"
#include "profiles/friendnet/relay_calls.h"

#include <memory>

namespace tarn::profiles {

class LinkSignals final : public PeerSignals
{
public:
    /// \param self  this node. `links` outlives it.
    LinkSignals(const Ed25519PublicKey& self, net::LinksIn& links,
                std::shared_ptr<RelayCalls> calls);

    bool reaches(const net::PeerKey& peer) const override;
    boost::asio::awaitable<Result<Bytes>> ask(net::PeerKey peer, Bytes question) override;

private:
    static asio::awaitable<Result<Bytes>> askCarriers(std::shared_ptr<RelayCalls> calls,
                                                      net::PeerKey peer, Bytes question);

    net::PeerKey m_self;
    net::LinksIn& m_links;
    std::shared_ptr<RelayCalls> m_calls;
};

} // namespace tarn::profiles
