// tahoe_config: what an adopted node's tahoe.cfg says about its storage.
// Source: Tahoe-LAFS docs/configuration.rst, section "Storage Server Configuration".
#pragma once

#include "core/base/result.h"
#include "core/node/ini.h"

#include <optional>
#include <string>
#include <string_view>

namespace tarn::storage {

using node::parseIni;

struct TahoeStorageConfig
{
    std::string storageFolder;                ///< absolute
    std::optional<std::string> reservedSpace; ///< as written
    bool readonly = false;
    bool expires = false;
};

/// \return NotFound: no tahoe.cfg, or no storage folder.  Unsupported: a path that begins with ~.
Result<TahoeStorageConfig> readTahoeConfigBlocking(const std::string& nodeFolder);

} // namespace tarn::storage
