#include "client-gateway/cli/printable.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace tarn::gateway::cli {

namespace {

bool isControl(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
}

} // namespace

std::string printable(std::string_view text)
{
    if (std::none_of(text.begin(), text.end(), isControl)) return std::string(text);
    std::string quoted = "\"";
    for (const char c : text) {
        if (isControl(c)) {
            std::array<char, 8> escape{};
            std::snprintf(escape.data(), escape.size(), "\\x%02x",
                          unsigned{static_cast<unsigned char>(c)});
            quoted += escape.data();
        } else {
            if (c == '"' || c == '\\') quoted += '\\';
            quoted += c;
        }
    }
    return quoted + "\"";
}

std::string abbreviated(double bytes, unsigned unit)
{
    constexpr std::string_view kPrefixes = "kMGTPE";
    std::array<char, 64> text{};
    if (bytes < 1024) {
        std::snprintf(text.data(), text.size(), "%.0f B", bytes);
        return text.data();
    }
    double scaled = bytes / unit;
    std::size_t at = 0;
    while (scaled >= unit && at + 1 < kPrefixes.size()) {
        scaled /= unit;
        ++at;
    }
    std::snprintf(text.data(), text.size(), "%.2f %c%s", scaled, kPrefixes[at],
                  unit == 1024 ? "iB" : "B");
    return text.data();
}

} // namespace tarn::gateway::cli
