// pcp_router: a router that speaks PCP or NAT-PMP. Few small datagrams, to the router alone.
// Source: RFC 6887, RFC 6886.
#pragma once

#include "core/base/random.h"
#include "profiles/friendnet/pcp_message.h"
#include "profiles/friendnet/router_protocol.h"

#include <functional>

namespace tarn::profiles {

class PcpRouter final : public RouterProtocol
{
public:
    using Gateway = std::function<std::optional<asio::ip::address>()>;

    /// \param gateway  the router; asked at each opening. \param port  but in tests kPcpPort.
    PcpRouter(Random& random, Gateway gateway, std::uint16_t port = kPcpPort);

    std::string_view name() const override { return "PCP"; }
    Result<RouterDoor> openBlocking(const DoorWish& wish) override;
    Result<void> closeBlocking(const RouterDoor& door, std::uint16_t innerPort) override;

private:
    class Talk;
    Result<RouterDoor> openPcp(const Talk& talk, const DoorWish& wish) const;
    static Result<RouterDoor> openPmp(const Talk& talk, const DoorWish& wish);

    Gateway m_gateway;
    std::uint16_t m_port;
    PcpNonce m_nonce;                        ///< says whose mappings these are
    std::optional<asio::ip::address> m_last; ///< the gateway that opened
};

} // namespace tarn::profiles
