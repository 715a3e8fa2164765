// tahoe_config: what an adopted node's tahoe.cfg says about its storage.
// Source: Tahoe-LAFS docs/configuration.rst, section "Storage Server Configuration".
#pragma once

#include "core/base/result.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::storage {

/// "section.key" to value, of an INI file as Python's configparser reads it: keys without case,
/// '=' or ':', comment lines with '#' or ';', values over several lines joined by a blank. Lines
/// that are none of these are left out. Pure.
std::map<std::string, std::string, std::less<>> parseIni(std::string_view text);

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
