#include "core/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>

namespace tarn::log {

namespace {

std::atomic<Level> g_least{Level::Info};
std::atomic<Format> g_format{Format::Text};

spdlog::level::level_enum toSpdlog(Level level)
{
    switch (level) {
    case Level::Trace:
        return spdlog::level::trace;
    case Level::Debug:
        return spdlog::level::debug;
    case Level::Info:
        return spdlog::level::info;
    case Level::Warning:
        return spdlog::level::warn;
    case Level::Error:
        return spdlog::level::err;
    }
    return spdlog::level::info;
}

std::string_view nameOf(Library library)
{
    switch (library) {
    case Library::Base:
        return "base";
    case Library::Net:
        return "net";
    case Library::Storage:
        return "storage";
    case Library::Gateway:
        return "gateway";
    case Library::Gossip:
        return "gossip";
    case Library::Web:
        return "web";
    case Library::Config:
        return "config";
    case Library::Main:
        return "main";
    }
    return "?";
}

// Quotes a value and escapes control characters, so that a peer's text cannot forge a line.
std::string quoted(std::string_view text)
{
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte == 0x7f) {
            out += "\\u00";
            out += kHex[byte >> 4U];
            out += kHex[byte & 15U];
        } else {
            out += c;
        }
    }
    out += '"';
    return out;
}

spdlog::logger& sink()
{
    static const std::shared_ptr<spdlog::logger> logger = [] {
        auto made = std::make_shared<spdlog::logger>(
            "tarn", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        made->set_level(spdlog::level::trace);
        made->flush_on(spdlog::level::trace);
        return made;
    }();
    return *logger;
}

std::string textLine(Library library, std::string_view text, std::initializer_list<Field> fields)
{
    std::string line(nameOf(library));
    line += ": ";
    line += text;
    for (const Field& field : fields) {
        line += ' ';
        line += field.key();
        line += '=';
        line += quoted(field.value());
    }
    return line;
}

std::string jsonTail(Library library, std::string_view text, std::initializer_list<Field> fields)
{
    std::string line = "\"library\":" + quoted(nameOf(library)) + ",\"text\":" + quoted(text);
    for (const Field& field : fields)
        line += "," + quoted(field.key()) + ":" + quoted(field.value());
    return line + "}";
}

} // namespace

void configure(Level least, Format format)
{
    g_least = least;
    g_format = format;
    sink().set_pattern(format == Format::Json
                           ? "{\"time\":\"%Y-%m-%dT%H:%M:%S.%eZ\",\"level\":\"%l\",%v"
                           : "%Y-%m-%dT%H:%M:%S.%eZ %l %v",
                       spdlog::pattern_time_type::utc);
}

bool enabled(Level level)
{
    return level >= g_least.load(std::memory_order_relaxed);
}

void write(Level level, Library library, std::string_view text, std::initializer_list<Field> fields)
{
    const std::string line = g_format.load(std::memory_order_relaxed) == Format::Json
                                 ? jsonTail(library, text, fields)
                                 : textLine(library, text, fields);
    sink().log(toSpdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

} // namespace tarn::log
