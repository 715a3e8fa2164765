#include "core/base/log_config.h"

#include <algorithm>
#include <array>

namespace tarn {

namespace {

using log::Level;
using log::Library;

constexpr std::array<std::string_view, 5> kLevels{"trace", "debug", "info", "warning", "error"};
constexpr std::array<std::string_view, 2> kFormats{"text", "json"};

template <std::size_t N>
Result<std::size_t> positionIn(const std::array<std::string_view, N>& choices,
                               std::string_view text, std::string_view expected)
{
    const auto* const found = std::find(choices.begin(), choices.end(), text);
    if (found != choices.end()) return static_cast<std::size_t>(found - choices.begin());
    return Error(ErrorCode::InvalidInput,
                 "expected " + std::string(expected) + ", got \"" + std::string(text) + "\"");
}

Level readLevel(ConfigTable table, std::string_view key, Level fallback)
{
    return static_cast<Level>(table.choice(key, kLevels, static_cast<std::size_t>(fallback)));
}

} // namespace

log::Settings readLogSettings(ConfigReader& reader)
{
    log::Settings out;
    ConfigTable table = reader.table("log");
    out.level = readLevel(table, "level", out.level);
    out.format = static_cast<log::Format>(table.choice("format", kFormats, 0));
    ConfigTable levels = table.table("levels");
    for (std::size_t i = 0; i <= static_cast<std::size_t>(log::kLastLibrary); ++i) {
        const auto library = static_cast<Library>(i);
        const Level level = readLevel(levels, log::nameOf(library), out.level);
        if (levels.has(log::nameOf(library))) out.levels[library] = level;
    }
    return out;
}

void printLogSettings(ConfigWriter& out, const log::Settings& settings)
{
    out.table("log");
    out.string("level", log::nameOf(settings.level));
    out.string("format", kFormats.at(static_cast<std::size_t>(settings.format)));
    if (settings.levels.empty()) return;
    out.table("log.levels");
    for (const auto& [library, level] : settings.levels)
        out.string(log::nameOf(library), log::nameOf(level));
}

Result<Level> parseLogLevel(std::string_view text)
{
    TARN_TRY(const std::size_t at,
             positionIn(kLevels, text, "trace, debug, info, warning or error"));
    return static_cast<Level>(at);
}

Result<log::Format> parseLogFormat(std::string_view text)
{
    TARN_TRY(const std::size_t at, positionIn(kFormats, text, "text or json"));
    return static_cast<log::Format>(at);
}

} // namespace tarn
