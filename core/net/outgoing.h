// outgoing: what an operator lets a daemon dial: the sections [connections] and [dns] of its
// configuration. Pure.
//
//   [connections]
//   tcp = "direct"              "socks5://127.0.0.1:9050", "http://127.0.0.1:3128", "off"
//   tor = "off"                 "socks5://..."; without it tcp's proxy, where that is SOCKS5
//   i2p = "off"                 "sam://127.0.0.1:7656", "socks5://..."
//   credentials = "proxy.login" file with the line USER:PASSWORD for tcp's proxy
//   several = "in_order"        "race": all addresses of a server at once
//   limit = "20 s"              for one attempt; Tor and I2P get a minute at least
//   [dns]
//   servers = []                ["192.0.2.53", "[2001:db8::53]:5353"]: who is asked for names
#pragma once

#include "core/base/config.h"
#include "core/base/config_writer.h"
#include "core/net/route.h"

#include <string>
#include <vector>

namespace tarn::net {

/// What to do with a peer that has several addresses.
enum class Several { InOrder, Race };

struct Outgoing
{
    Route tcp;
    Route tor = Route::off();
    Route i2p = Route::off();
    Several several = Several::InOrder;
    Duration limit = std::chrono::seconds(20); ///< one attempt over TCP
    std::vector<Endpoint> nameServers;         ///< empty: names are not looked up
    std::string credentials; ///< name of a file; empty: tcp's proxy asks for no user

    const Route& routeOf(wire::Network network) const;
    Duration limitOf(wire::Network network) const;
    /// \return InvalidInput: why such a location can never be dialled under these settings.
    Result<void> mayDial(const Location& location) const;
    friend bool operator==(const Outgoing&, const Outgoing&) = default;
};

/// Problems go to the reader.
/// \param revealIpAddress  false: what would tell peers or name servers this machine's address is
///                         a problem too.
Outgoing readOutgoing(ConfigReader& reader, bool revealIpAddress);
void printOutgoing(ConfigWriter& out, const Outgoing& outgoing);
/// Lines for --explain, two blanks in front.
std::string explained(const Outgoing& outgoing);

/// "none", or who is asked for whose names ("servers"); for --explain.
std::string explainedLookups(const Outgoing& outgoing, std::string_view whose);

/// Takes the text of the credentials file over into the tcp route.
/// \return InvalidInput: not USER:PASSWORD of 1 to 255 bytes each on one line; without repeating
/// it.
Result<void> useCredentials(Outgoing& outgoing, std::string_view text);

/// What every daemon says about an address that reveals it, for ConfigTable::refuse.
std::string revealing(std::string_view what);

} // namespace tarn::net
