// log_config: the sections [log] and [log.levels] of a daemon's configuration. Pure.
//
//   [log]
//   level = "info"        trace, debug, info, warning or error
//   format = "text"       or "json"
//   [log.levels]
//   net = "debug"         another level for one library
#pragma once

#include "core/base/config.h"
#include "core/base/config_writer.h"
#include "core/base/log.h"

namespace tarn {

/// Problems go to the reader.
log::Settings readLogSettings(ConfigReader& reader);
void printLogSettings(ConfigWriter& out, const log::Settings& settings);

/// "trace" ... "error" and "text" or "json". \return InvalidInput naming the choices.
Result<log::Level> parseLogLevel(std::string_view text);
Result<log::Format> parseLogFormat(std::string_view text);

} // namespace tarn
