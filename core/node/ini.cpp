#include "core/node/ini.h"

#include <algorithm>

namespace tarn::node {

namespace {

constexpr std::string_view kBlank = " \t\r";

std::string_view trimmed(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string lowered(std::string_view text)
{
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

} // namespace

IniValues parseIni(std::string_view text)
{
    IniValues out;
    std::string section;
    std::string* last = nullptr; // the value that an indented line goes on
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const std::string_view content = trimmed(line);
        if (content.empty() || content.front() == '#' || content.front() == ';') continue;
        if (kBlank.find(line.front()) != std::string_view::npos && last != nullptr) {
            if (!last->empty()) *last += " ";
            *last += content;
            continue;
        }
        last = nullptr;
        if (content.front() == '[' && content.back() == ']') {
            section = std::string(content.substr(1, content.size() - 2));
            continue;
        }
        const std::size_t mark = content.find_first_of("=:");
        if (mark == std::string_view::npos) continue;
        std::string& value = out[section + "." + lowered(trimmed(content.substr(0, mark)))];
        value = std::string(trimmed(content.substr(mark + 1)));
        last = &value;
    }
    return out;
}

} // namespace tarn::node
