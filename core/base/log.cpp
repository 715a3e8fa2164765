#include "core/base/log.h"

#include "core/base/log_tap.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <chrono>
#include <ctime>
#include <memory>

namespace tarn::log {

namespace {

constexpr std::size_t kLibraries = static_cast<std::size_t>(kLastLibrary) + 1;

static_assert(kLibraries == 8, "each library has its first level below");
/// Per library. Constant-initialized: lines may be written before main().
std::array<std::atomic<Level>, kLibraries> g_least{{{Level::Info},
                                                    {Level::Info},
                                                    {Level::Info},
                                                    {Level::Info},
                                                    {Level::Info},
                                                    {Level::Info},
                                                    {Level::Info},
                                                    {Level::Info}}};
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

std::shared_ptr<spdlog::logger> makeLogger(const char* pattern)
{
    auto made =
        std::make_shared<spdlog::logger>("tarn", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_level(spdlog::level::trace);
    made->flush_on(spdlog::level::trace);
    made->set_pattern(pattern, spdlog::pattern_time_type::utc);
    return made;
}

/// One for each format: they share the lock of the stream.
spdlog::logger& sinkOf(Format format)
{
    static const std::shared_ptr<spdlog::logger> json =
        makeLogger("{\"time\":\"%Y-%m-%dT%H:%M:%S.%eZ\",\"level\":\"%l\",%v");
    static const std::shared_ptr<spdlog::logger> text = makeLogger("%Y-%m-%dT%H:%M:%S.%eZ %l %v");
    return format == Format::Json ? *json : *text;
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

/// As the sink of Format::Json prints it.
std::string jsonLine(Level level, Library library, std::string_view text,
                     std::initializer_list<Field> fields)
{
    using namespace std::chrono;
    const auto now = system_clock::now();
    const auto millis = duration_cast<milliseconds>(now.time_since_epoch()).count() % 1000;
    const std::time_t seconds = system_clock::to_time_t(now);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 64> time{};
    const std::size_t size = std::strftime(time.data(), time.size(), "%Y-%m-%dT%H:%M:%S.", &parts);
    const std::string digits = std::to_string(1000 + millis).substr(1);
    return "{\"time\":\"" + std::string(time.data(), size) + digits + "Z\",\"level\":\"" +
           std::string(nameOf(level)) + "\"," + jsonTail(library, text, fields);
}

} // namespace

std::string_view nameOf(Level level)
{
    switch (level) {
    case Level::Trace:
        return "trace";
    case Level::Debug:
        return "debug";
    case Level::Info:
        return "info";
    case Level::Warning:
        return "warning";
    case Level::Error:
        return "error";
    }
    return "?";
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

void configure(const Settings& settings)
{
    for (std::size_t i = 0; i < kLibraries; ++i) {
        const auto found = settings.levels.find(static_cast<Library>(i));
        g_least.at(i) = found != settings.levels.end() ? found->second : settings.level;
    }
    g_format = settings.format;
}

void configure(Level level, Format format)
{
    Settings settings;
    settings.level = level;
    settings.format = format;
    configure(settings);
}

bool enabled(Level level, Library library)
{
    const std::atomic<Level>& least = g_least.at(static_cast<std::size_t>(library));
    return level >= least.load(std::memory_order_relaxed);
}

void write(Level level, Library library, std::string_view text, std::initializer_list<Field> fields)
{
    const Format format = g_format.load(std::memory_order_relaxed);
    const std::string line =
        format == Format::Json ? jsonTail(library, text, fields) : textLine(library, text, fields);
    sinkOf(format).log(toSpdlog(level), spdlog::string_view_t(line.data(), line.size()));
    if (tapped()) tellTaps(jsonLine(level, library, text, fields));
}

} // namespace tarn::log
