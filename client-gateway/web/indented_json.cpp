#include "client-gateway/web/indented_json.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace tarn::gateway::web {

namespace {

using nlohmann::ordered_json;

bool isAscii(std::string_view text)
{
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// A JSON text may hold it as it is.
bool isPlain(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), [](char c) {
        const auto code = static_cast<unsigned char>(c);
        return code >= 0x20 && code < 0x7f && c != '"' && c != '\\';
    });
}

std::string quoted(std::string_view text)
{
    return ordered_json(text).dump(-1, ' ', true, ordered_json::error_handler_t::replace);
}

/// Where the string that begins at `at` ends.
std::size_t endOfString(std::string_view json, std::size_t at)
{
    for (++at; at < json.size() && json[at] != '"'; ++at)
        if (json[at] == '\\') ++at;
    return std::min(at + 1, json.size());
}

} // namespace

void IndentedJson::newLine()
{
    m_out += '\n';
    m_out.append(m_depth, ' ');
}

/// What stands between a value and what is before it.
void IndentedJson::separate()
{
    if (m_afterKey || m_depth == 0) {
        m_afterKey = false;
        return;
    }
    if (!m_empty) m_out += ',';
    m_empty = false;
    newLine();
}

void IndentedJson::begin(char bracket)
{
    separate();
    m_out += bracket;
    ++m_depth;
    m_empty = true;
}

void IndentedJson::end(char bracket)
{
    if (m_depth > 0) --m_depth;
    if (!m_empty) newLine();
    m_out += bracket;
    m_empty = false;
}

void IndentedJson::key(std::string_view name)
{
    text(name);
    m_out += ": ";
    m_afterKey = true;
}

void IndentedJson::text(std::string_view value)
{
    separate();
    if (!isPlain(value)) {
        m_out += quoted(value);
        return;
    }
    m_out += '"';
    m_out += value;
    m_out += '"';
}

void IndentedJson::literal(std::string_view value)
{
    separate();
    m_out += value;
}

void IndentedJson::value(std::string_view json)
{
    if (isAscii(json)) {
        copyAscii(json);
        return;
    }
    const ordered_json parsed = ordered_json::parse(json, nullptr, false);
    copyAscii(parsed.dump(-1, ' ', true, ordered_json::error_handler_t::replace));
}

void IndentedJson::copyAscii(std::string_view json)
{
    constexpr std::string_view kNotInLiterals = "{}[],: \t\r\n\"";
    for (std::size_t at = 0; at < json.size();) {
        const char c = json[at];
        std::size_t next = at + 1;
        if (c == '{' || c == '[') {
            begin(c);
        } else if (c == '}' || c == ']') {
            end(c);
        } else if (c == ':') {
            m_out += ": ";
            m_afterKey = true;
        } else if (c == '"' || kNotInLiterals.find(c) == std::string_view::npos) {
            next = c == '"' ? endOfString(json, at)
                            : std::min(json.find_first_of(kNotInLiterals, at), json.size());
            literal(json.substr(at, next - at));
        }
        at = next;
    }
}

std::string IndentedJson::take() &&
{
    m_out += '\n';
    return std::move(m_out);
}

} // namespace tarn::gateway::web
