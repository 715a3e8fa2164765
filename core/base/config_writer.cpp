#include "core/base/config_writer.h"

namespace tarn {

namespace {

std::string basicString(std::string_view value)
{
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : value) {
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

} // namespace

void ConfigWriter::line(std::string_view key, const std::string& value)
{
    m_text += std::string(key) + " = " + value + "\n";
}

void ConfigWriter::table(std::string_view name)
{
    if (!m_text.empty()) m_text += "\n";
    m_text += "[" + std::string(name) + "]\n";
}

void ConfigWriter::string(std::string_view key, std::string_view value)
{
    line(key, basicString(value));
}

void ConfigWriter::boolean(std::string_view key, bool value)
{
    line(key, value ? "true" : "false");
}

void ConfigWriter::integer(std::string_view key, std::int64_t value)
{
    line(key, std::to_string(value));
}

void ConfigWriter::byteSize(std::string_view key, std::uint64_t bytes)
{
    string(key, byteSizeText(bytes));
}

void ConfigWriter::duration(std::string_view key, Duration value)
{
    string(key, durationText(value));
}

void ConfigWriter::strings(std::string_view key, const std::vector<std::string>& values)
{
    std::string list = "[";
    for (const std::string& value : values) {
        if (list.size() > 1) list += ", ";
        list += basicString(value);
    }
    line(key, list + "]");
}

void ConfigWriter::address(std::string_view key, const HostPort& value)
{
    string(key, textOf(value));
}

} // namespace tarn
