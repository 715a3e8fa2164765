#include "core/net/http_message.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace tarn::net {

namespace {

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::optional<unsigned> hexValue(char c)
{
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    const char low = lower(c);
    if (low >= 'a' && low <= 'f') return static_cast<unsigned>(low - 'a' + 10);
    return std::nullopt;
}

bool isUnreserved(char c)
{
    const char low = lower(c);
    return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

struct StatusReason
{
    unsigned status;
    std::string_view reason;
};

constexpr std::array kReasons = {
    StatusReason{100, "Continue"},
    StatusReason{101, "Switching Protocols"},
    StatusReason{200, "OK"},
    StatusReason{201, "Created"},
    StatusReason{202, "Accepted"},
    StatusReason{204, "No Content"},
    StatusReason{206, "Partial Content"},
    StatusReason{301, "Moved Permanently"},
    StatusReason{302, "Found"},
    StatusReason{303, "See Other"},
    StatusReason{304, "Not Modified"},
    StatusReason{307, "Temporary Redirect"},
    StatusReason{308, "Permanent Redirect"},
    StatusReason{400, "Bad Request"},
    StatusReason{401, "Unauthorized"},
    StatusReason{403, "Forbidden"},
    StatusReason{404, "Not Found"},
    StatusReason{405, "Method Not Allowed"},
    StatusReason{406, "Not Acceptable"},
    StatusReason{408, "Request Timeout"},
    StatusReason{409, "Conflict"},
    StatusReason{410, "Gone"},
    StatusReason{411, "Length Required"},
    StatusReason{412, "Precondition Failed"},
    StatusReason{413, "Content Too Large"},
    StatusReason{414, "URI Too Long"},
    StatusReason{415, "Unsupported Media Type"},
    StatusReason{416, "Range Not Satisfiable"},
    StatusReason{417, "Expectation Failed"},
    StatusReason{421, "Misdirected Request"},
    StatusReason{422, "Unprocessable Content"},
    StatusReason{426, "Upgrade Required"},
    StatusReason{429, "Too Many Requests"},
    StatusReason{431, "Request Header Fields Too Large"},
    StatusReason{500, "Internal Server Error"},
    StatusReason{501, "Not Implemented"},
    StatusReason{502, "Bad Gateway"},
    StatusReason{503, "Service Unavailable"},
    StatusReason{504, "Gateway Timeout"},
    StatusReason{505, "HTTP Version Not Supported"},
    StatusReason{507, "Insufficient Storage"},
};

} // namespace

bool equalIgnoringCase(std::string_view a, std::string_view b)
{
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                              [](char x, char y) { return lower(x) == lower(y); });
}

void HttpHeaders::add(std::string name, std::string value)
{
    m_headers.push_back({std::move(name), std::move(value)});
}

void HttpHeaders::set(std::string name, std::string value)
{
    std::erase_if(m_headers,
                  [&](const HttpHeader& header) { return equalIgnoringCase(header.name, name); });
    add(std::move(name), std::move(value));
}

const std::string* HttpHeaders::find(std::string_view name) const
{
    for (const HttpHeader& header : m_headers)
        if (equalIgnoringCase(header.name, name)) return &header.value;
    return nullptr;
}

std::vector<std::string_view> HttpHeaders::all(std::string_view name) const
{
    std::vector<std::string_view> values;
    for (const HttpHeader& header : m_headers)
        if (equalIgnoringCase(header.name, name)) values.emplace_back(header.value);
    return values;
}

bool listHas(const HttpHeaders& headers, std::string_view name, std::string_view member)
{
    for (const HttpHeader& header : headers) {
        if (!equalIgnoringCase(header.name, name)) continue;
        std::string_view rest = header.value;
        while (!rest.empty()) {
            const std::size_t comma = std::min(rest.find(','), rest.size());
            if (equalIgnoringCase(trimmed(rest.substr(0, comma)), member)) return true;
            rest.remove_prefix(std::min(comma + 1, rest.size()));
        }
    }
    return false;
}

std::string_view pathOf(std::string_view target)
{
    return target.substr(0, target.find('?'));
}

std::string_view queryOf(std::string_view target)
{
    const std::size_t mark = target.find('?');
    return mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
}

Result<std::string> percentDecode(std::string_view text, bool plusIsSpace)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plusIsSpace) {
            out.push_back(' ');
        } else if (text[i] != '%') {
            out.push_back(text[i]);
        } else {
            const auto high = i + 1 < text.size() ? hexValue(text[i + 1]) : std::nullopt;
            const auto low = i + 2 < text.size() ? hexValue(text[i + 2]) : std::nullopt;
            if (!high || !low) return Error(ErrorCode::InvalidInput, "bad percent escape");
            out.push_back(static_cast<char>(*high * 16 + *low));
            i += 2;
        }
    }
    return out;
}

std::string percentEncode(std::string_view text)
{
    static constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size() * 3);
    for (const char c : text) {
        if (isUnreserved(c)) {
            out.push_back(c);
            continue;
        }
        const auto value = static_cast<unsigned char>(c);
        out.push_back('%');
        out.push_back(kDigits[value >> 4U]);
        out.push_back(kDigits[value & 15U]);
    }
    return out;
}

std::string_view reasonPhrase(unsigned status)
{
    const auto* found =
        std::find_if(kReasons.begin(), kReasons.end(),
                     [&](const StatusReason& reason) { return reason.status == status; });
    return found == kReasons.end() ? "Unknown" : found->reason;
}

std::string httpDate(WallTime time)
{
    static constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed",
                                                         "Thu", "Fri", "Sat"};
    static constexpr std::array<const char*, 12> kMonths = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
    std::array<char, 40> text{};
    const int length = std::snprintf(
        text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
        kDays.at(std::chrono::weekday(day).c_encoding()), static_cast<unsigned>(date.day()),
        kMonths.at(static_cast<unsigned>(date.month()) - 1), static_cast<int>(date.year()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()));
    return std::string(text.data(), static_cast<std::size_t>(std::clamp(length, 0, 39)));
}

} // namespace tarn::net
