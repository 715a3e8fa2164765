// node_settings: configuration files for new nodes, with comments. Pure but for the look at a
// directory.
#pragma once

#include "core/base/quantity.h"
#include "core/base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::gateway::cli {

struct GatewaySettings
{
    std::string nickname;
    HostPort web{"127.0.0.1", 3456};
    std::uint32_t needed = 3;
    std::uint32_t happy = 7;
    std::uint32_t total = 10;
    std::string tcp = "direct"; ///< as [connections] tcp has it
};

struct StorageSettings
{
    std::string nickname;
    HostPort listen;
    std::vector<std::string> locations; ///< "tcp:HOST:PORT"; none: the listen address
    std::string directory = "storage";
    std::string reservedSpace = "1 GB"; ///< as parseByteSize() takes it
};

struct IntroducerSettings
{
    std::string nickname;
    HostPort listen;
    std::vector<std::string> locations; ///< "tcp:HOST:PORT"; none: the listen address
    std::vector<std::string> peers;     ///< "tarn-intro://..." of other introducers
};

/// gateway.toml. \return InvalidInput: shares that cannot be.
Result<std::string> gatewayConfigText(const GatewaySettings& settings);
/// storage.toml. \return InvalidInput: a size that is none.
Result<std::string> storageConfigText(const StorageSettings& settings);

/// introducer.toml.
std::string introducerConfigText(const IntroducerSettings& settings);

/// "3456", "tcp:3456", "tcp:3456:interface=127.0.0.1" as Tahoe-LAFS writes it, or
/// "127.0.0.1:3456"; without an address it is 127.0.0.1. \return InvalidInput: another form.
Result<HostPort> webAddressOf(std::string_view endpoint);

/// \return Exists: there is something in it already. Blocking.
Result<void> requireNewDirectory(const std::string& path);

} // namespace tarn::gateway::cli
