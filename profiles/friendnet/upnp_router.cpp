#include "profiles/friendnet/upnp_router.h"

#include "core/net/address.h"

#include <array>
#include <string>

#include <miniupnpc/miniupnpc.h>
#include <miniupnpc/upnpcommands.h>
#include <miniupnpc/upnperrors.h>

namespace tarn::profiles {

namespace {

constexpr int kDiscoveryMs = 1500;
constexpr unsigned char kHops = 2;
constexpr const char* kWhat = "tarn";
constexpr int kSamePorts = 724;
constexpr int kOnlyPermanent = 725;
constexpr int kTaken = 718;
constexpr int kTakenToo = 729; ///< ConflictWithOtherMechanisms
constexpr int kNoSuchEntry = 714;
constexpr int kDone = 0;
constexpr unsigned kOtherPorts = 5; ///< tried where one is taken
constexpr std::uint16_t kLeastPort = 1024;

Error refused(const char* what, int code)
{
    std::string why = "the router refuses to ";
    why += what;
    why += ": ";
    const char* const words = strupnperror(code);
    why += words != nullptr ? words : "no words";
    why += " (" + std::to_string(code) + ")";
    return Error(ErrorCode::Conflict, why);
}

/// Another port, away from the one before and the same each time.
std::uint16_t after(std::uint16_t port)
{
    constexpr std::uint32_t kStep = 7919;
    constexpr std::uint32_t kRange = 65536 - kLeastPort;
    return static_cast<std::uint16_t>(kLeastPort + (port + kStep) % kRange);
}

} // namespace

bool isLocalRouter(std::string_view url)
{
    constexpr std::string_view kHttp = "http://";
    if (!url.starts_with(kHttp)) return false;
    url.remove_prefix(kHttp.size());
    std::string place(url.substr(0, url.find('/')));
    if (place.find('@') != std::string::npos) return false;
    const std::size_t bracket = place.rfind(']');
    const std::size_t colon = place.rfind(':');
    const bool hasPort =
        colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
    if (!hasPort) place += ":80";
    const Result<net::Endpoint> at = net::parseEndpoint(place);
    return at && scopeOf(at->address()) == AddressScope::Local;
}

struct UpnpRouter::Device
{
    Device() = default;
    ~Device() { FreeUPNPUrls(&urls); }
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;

    const char* control() const { return urls.controlURL; }
    const char* service() const { return data.first.servicetype; }

    UPNPUrls urls{};
    IGDdatas data{};
    std::array<char, 64> local{}; ///< this machine, as it is seen there
};

UpnpRouter::UpnpRouter() = default;
UpnpRouter::~UpnpRouter() = default;

Result<void> UpnpRouter::findBlocking()
{
    if (m_device) return ok();
    int error = 0;
    UPNPDev* const found =
        upnpDiscover(kDiscoveryMs, nullptr, nullptr, UPNP_LOCAL_PORT_ANY, 0, kHops, &error);
    for (const UPNPDev* one = found; one != nullptr && !m_device; one = one->pNext) {
        if (one->descURL == nullptr || !isLocalRouter(one->descURL)) continue;
        auto device = std::make_unique<Device>();
        const int isRouter =
            UPNP_GetIGDFromUrl(one->descURL, &device->urls, &device->data, device->local.data(),
                               static_cast<int>(device->local.size()));
        const bool usable = isRouter == 1 && device->control() != nullptr &&
                            isLocalRouter(device->control()) && *device->service() != 0;
        if (usable) m_device = std::move(device);
    }
    freeUPNPDevlist(found);
    if (m_device) return ok();
    return Error(ErrorCode::PeerUnreachable, "no router answers to UPnP");
}

bool UpnpRouter::stillOpenBlocking(const DoorWish& wish)
{
    const auto age = std::chrono::steady_clock::now() - m_opened;
    if (!wish.before || age > wish.life / 2) return false;
    std::array<char, 64> client{};
    std::array<char, 16> port{};
    const std::string outer = std::to_string(wish.before->port);
    const int code = UPNP_GetSpecificPortMappingEntry(m_device->control(), m_device->service(),
                                                      outer.c_str(), "TCP", nullptr, client.data(),
                                                      port.data(), nullptr, nullptr, nullptr);
    return code == kDone && std::string(client.data()) == m_device->local.data() &&
           std::string(port.data()) == std::to_string(wish.innerPort);
}

Result<RouterDoor> UpnpRouter::addBlocking(const DoorWish& wish)
{
    std::uint16_t outer = wish.before ? wish.before->port : wish.outerPort;
    std::string life = std::to_string(wish.life.count());
    const std::string inner = std::to_string(wish.innerPort);
    int code = kDone;
    for (unsigned attempt = 0; attempt <= kOtherPorts; ++attempt) {
        code = UPNP_AddPortMapping(m_device->control(), m_device->service(),
                                   std::to_string(outer).c_str(), inner.c_str(),
                                   m_device->local.data(), kWhat, "TCP", nullptr, life.c_str());
        if (code == kOnlyPermanent && life != "0")
            life = "0";
        else if (code == kSamePorts && outer != wish.innerPort)
            outer = wish.innerPort;
        else if (code == kTaken || code == kTakenToo)
            outer = after(outer);
        else
            break;
    }
    if (code != kDone) return refused("open a port", code);
    m_opened = std::chrono::steady_clock::now();
    TARN_TRY(const asio::ip::address address, outsideBlocking());
    return RouterDoor{address, outer, "UPnP"};
}

Result<asio::ip::address> UpnpRouter::outsideBlocking()
{
    std::array<char, 64> outside{};
    const int code =
        UPNP_GetExternalIPAddress(m_device->control(), m_device->service(), outside.data());
    boost::system::error_code bad;
    const asio::ip::address address = asio::ip::make_address(outside.data(), bad);
    if (code == kDone && !bad && !address.is_unspecified()) return address;
    return Error(ErrorCode::Conflict, "the router does not know its own address: it is offline");
}

Result<RouterDoor> UpnpRouter::openBlocking(const DoorWish& wish)
{
    const bool known = m_device != nullptr;
    TARN_TRY_VOID(findBlocking());
    if (known && stillOpenBlocking(wish)) {
        TARN_TRY(const asio::ip::address address, outsideBlocking());
        return RouterDoor{address, wish.before->port, "UPnP"};
    }
    Result<RouterDoor> door = addBlocking(wish);
    if (door || !known) return door;
    // It may be another one, or have other URLs since it started again.
    m_device.reset();
    TARN_TRY_VOID(findBlocking());
    return addBlocking(wish);
}

Result<void> UpnpRouter::closeBlocking(const RouterDoor& door, std::uint16_t /*innerPort*/)
{
    if (!m_device) return ok();
    const std::string outer = std::to_string(door.port);
    const int code = UPNP_DeletePortMapping(m_device->control(), m_device->service(), outer.c_str(),
                                            "TCP", nullptr);
    if (code == kDone || code == kNoSuchEntry) return ok();
    return refused("close the port", code);
}

} // namespace tarn::profiles
