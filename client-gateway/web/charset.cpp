#include "client-gateway/web/charset.h"

#include "client-gateway/web/arguments.h"

#include <algorithm>
#include <array>

namespace tarn::gateway::web {

namespace {

constexpr std::array<std::string_view, 3> kUtf8{"", "utf-8", "utf8"};
constexpr std::array<std::string_view, 2> kAscii{"us-ascii", "ascii"};
constexpr std::array<std::string_view, 4> kLatin1{"iso-8859-1", "latin-1", "latin1", "iso8859-1"};

template <std::size_t N>
bool isOneOf(std::string_view charset, const std::array<std::string_view, N>& names)
{
    return std::any_of(names.begin(), names.end(), [charset](std::string_view name) {
        return equalIgnoringCase(charset, name);
    });
}

bool isAscii(char c)
{
    return static_cast<unsigned char>(c) < 0x80;
}

std::string fromLatin1(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            out += c;
        } else {
            out += static_cast<char>(0xc0U | (byte >> 6U));
            out += static_cast<char>(0x80U | (byte & 0x3fU));
        }
    }
    return out;
}

} // namespace

Result<std::string> utf8Of(std::string_view text, std::string_view charset)
{
    if (isOneOf(charset, kUtf8)) return std::string(text);
    if (isOneOf(charset, kLatin1)) return fromLatin1(text);
    if (!isOneOf(charset, kAscii))
        return Error(ErrorCode::InvalidInput, "_charset= must be UTF-8, US-ASCII or ISO-8859-1");
    if (std::all_of(text.begin(), text.end(), isAscii)) return std::string(text);
    return Error(ErrorCode::InvalidInput, "a name has bytes that its _charset= does not have");
}

} // namespace tarn::gateway::web
