// relay_front: what a relay that is no member answers on its listener: links, and requests to meet
// those who keep one (relay_api.h). Engine thread. Source: core/doc/protocol/relay.md.
//
//   GET /peer/v1/link    an upgrade, as among members; with Tarn-Pass
#pragma once

#include "core/net/http_server.h"
#include "introducer/relay/admission_desk.h"
#include "introducer/relay/relay_api.h"

namespace tarn::relay {

class RelayFront final : public net::HttpHandler
{
public:
    /// \param most  links at once. All outlive it.
    RelayFront(Clock& clock, AdmissionDesk& desk, net::LinksIn& links, RelayApi& api,
               std::size_t most);

    asio::awaitable<Result<void>> serve(net::ServerExchange& exchange) override;
    std::uint64_t turnedAway() const { return m_turnedAway; }

private:
    asio::awaitable<Result<void>> link(net::ServerExchange& exchange);

    Clock& m_clock;
    AdmissionDesk& m_desk;
    net::LinksIn& m_links;
    RelayApi& m_api;
    std::size_t m_most;
    introducer::SourceLimits m_limits; ///< requests of one address
    std::uint64_t m_turnedAway = 0;
};

} // namespace tarn::relay
