// contradictions: settings of several daemons that are right alone and wrong together. Pure.
#pragma once

#include "core/net/outgoing.h"

#include <string_view>
#include <vector>

namespace tarn::net {

bool isLoopback(const HostPort& address);

/// Whether one process can only listen on one of them: the same port of the same address, or of
/// all addresses. Port 0 is never the same.
bool sameDoor(const HostPort& a, const HostPort& b);

/// Whether a folder so named is the state directory itself, or keeps its secrets.
bool keepsSecrets(std::string_view folder);

/// [announce] locations that stand there twice, or are nobody's address.
/// \param port  what port 0 stands for.
void refuseLocations(ConfigTable announce, const std::vector<wire::Location>& locations,
                     std::uint16_t port);

/// A listener of this daemon, by the name of its setting.
struct Door
{
    HostPort address;
    std::string_view setting; ///< "[listen] storage"
};

/// An address that this daemon would dial, and is itself. Of a listener on all addresses that is
/// known of loopback only: the others may be anybody's.
void refuseOwnDoors(ConfigTable table, std::string_view key, const HostPort& dialled,
                    const std::vector<Door>& doors);
/// The same of all proxies of [connections].
void refuseOwnProxies(ConfigReader& reader, const Outgoing& outgoing,
                      const std::vector<Door>& doors);

} // namespace tarn::net
