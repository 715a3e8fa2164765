// upnp_router: a router that speaks UPnP (Internet Gateway Device), by miniupnpc. It is looked for
// by multicast on the local network; only one with an address of that network is believed.
#pragma once

#include "profiles/friendnet/router_protocol.h"

#include <chrono>
#include <memory>

namespace tarn::profiles {

class UpnpRouter final : public RouterProtocol
{
public:
    UpnpRouter();
    ~UpnpRouter() override;

    std::string_view name() const override { return "UPnP"; }
    Result<RouterDoor> openBlocking(const DoorWish& wish) override;
    Result<void> closeBlocking(const RouterDoor& door, std::uint16_t innerPort) override;

private:
    struct Device;
    Result<void> findBlocking();
    Result<RouterDoor> addBlocking(const DoorWish& wish);
    bool stillOpenBlocking(const DoorWish& wish);
    Result<asio::ip::address> outsideBlocking();

    std::unique_ptr<Device> m_device;               ///< null: not found, or gone
    std::chrono::steady_clock::time_point m_opened; ///< last, for its life
};

/// Whether a router may be asked at this URL: plain HTTP at a numeric address of a local network.
bool isLocalRouter(std::string_view url);

} // namespace tarn::profiles
