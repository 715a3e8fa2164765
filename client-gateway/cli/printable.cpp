#include "client-gateway/cli/printable.h"

#include "core/codec/utf8.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace tarn::gateway::cli {

namespace {

std::size_t lengthByLead(unsigned char lead)
{
    if (lead < 0x80) return 1;
    if (lead < 0xe0) return 2;
    return lead < 0xf0 ? 3 : 4;
}

/// Controls of C1, and those that embed, override or isolate a direction of writing.
bool isTreacherous(std::string_view character)
{
    return (character >= "\xc2\x80" && character <= "\xc2\x9f") ||
           (character >= "\xe2\x80\xaa" && character <= "\xe2\x80\xae") ||
           (character >= "\xe2\x81\xa6" && character <= "\xe2\x81\xa9");
}

/// \return bytes of the first character; 0: it has to be escaped.
std::size_t harmlessLength(std::string_view text)
{
    const auto lead = static_cast<unsigned char>(text.front());
    if (lead < 0x20 || lead == 0x7f) return 0;
    const std::string_view character = text.substr(0, lengthByLead(lead));
    if (!codec::isUtf8(asBytes(character)) || isTreacherous(character)) return 0;
    return character.size();
}

void appendEscaped(std::string& out, char c)
{
    std::array<char, 8> escape{};
    std::snprintf(escape.data(), escape.size(), "\\x%02x", unsigned{static_cast<unsigned char>(c)});
    out += escape.data();
}

bool isHarmless(std::string_view text)
{
    while (!text.empty()) {
        const std::size_t length = harmlessLength(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

} // namespace

std::string printable(std::string_view text)
{
    if (isHarmless(text)) return std::string(text);
    std::string quoted = "\"";
    while (!text.empty()) {
        const std::size_t length = harmlessLength(text);
        if (length == 0) {
            appendEscaped(quoted, text.front());
        } else {
            if (text.front() == '"' || text.front() == '\\') quoted += '\\';
            quoted += text.substr(0, length);
        }
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return quoted + "\"";
}

std::string harmless(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        const bool isLayout = text.front() == '\n' || text.front() == '\t';
        const std::size_t length = isLayout ? 1 : harmlessLength(text);
        if (length == 0)
            appendEscaped(out, text.front());
        else
            out += text.substr(0, length);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
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
