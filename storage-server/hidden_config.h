// hidden_config: the sections of storage.toml by which a server is reached through Tor and I2P.
// Pure.
//
//   [tor]
//   control = "unix:/run/tor/control"   or "tcp:127.0.0.1:9051": makes an onion service there
//   password = "private/tor"            file with the password of the control port; else its cookie
//   port = 3457                         of the onion address
//   [i2p]
//   sam = "127.0.0.1:7656"              makes a destination at this router
//   port = 3457                         named in the location; I2P does without
#pragma once

#include "core/base/config.h"
#include "core/base/config_writer.h"
#include "core/net/onion_service.h"

#include <optional>
#include <string>

namespace tarn::storage {

inline constexpr std::uint16_t kHiddenPort = 3457; ///< as Tahoe-LAFS has it

struct OnionConfig
{
    net::OnionSettings settings;
    std::string passwordFile; ///< absolute, or below the state directory; empty: none
};

struct I2pConfig
{
    HostPort sam;
    std::uint16_t port = kHiddenPort;
};

struct HiddenConfig
{
    std::optional<OnionConfig> onion;
    std::optional<I2pConfig> i2p;

    bool any() const { return onion || i2p; }
    /// Whether one can take the other's place without a new start.
    bool sameAs(const HiddenConfig& other) const;
};

/// Problems go to the reader.
HiddenConfig readHidden(ConfigReader& reader);
void printHidden(ConfigWriter& out, const HiddenConfig& config);
/// The outbound connections for --explain.
std::string explained(const HiddenConfig& config);

} // namespace tarn::storage
