#include "core/base/config_text.h"

#include <algorithm>

namespace tarn {

namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool isAscii(char c)
{
    return static_cast<unsigned char>(c) < 0x80;
}

/// A token, or one character between tokens.
struct Piece
{
    std::size_t size = 1;
    bool anyCharacter = false; ///< also beyond ASCII
};

/// Behind the string that `rest` begins with, delimited by `mark`; all of `rest` without an end.
std::size_t stringSize(std::string_view rest, std::string_view mark, bool oneLine)
{
    const bool escapes = mark.front() == '"';
    for (std::size_t at = mark.size(); at < rest.size(); ++at) {
        if (rest.substr(at).starts_with(mark)) return at + mark.size();
        if (oneLine && rest[at] == '\n') return at;
        if (escapes && rest[at] == '\\') ++at;
    }
    return rest.size();
}

Piece firstPiece(std::string_view rest)
{
    if (rest.front() == '#') return {std::min(rest.find('\n'), rest.size()), true};
    for (const std::string_view mark : {R"(""")", "'''"})
        if (rest.starts_with(mark)) return {stringSize(rest, mark, false), false};
    for (const std::string_view mark : {"\"", "'"})
        if (rest.starts_with(mark)) return {stringSize(rest, mark, true), true};
    return {};
}

TextPlace placeOf(std::string_view text, std::size_t at)
{
    const std::string_view before = text.substr(0, at);
    const std::size_t lineBegin = before.rfind('\n') + 1; // npos + 1 is 0
    TextPlace place;
    place.line += static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n'));
    place.column += static_cast<std::uint32_t>(at - lineBegin);
    return place;
}

} // namespace

std::optional<TextPlace> strayCharacter(std::string_view text)
{
    std::size_t at = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    while (at < text.size()) {
        const Piece piece = firstPiece(text.substr(at));
        const std::size_t end = std::min(at + piece.size, text.size());
        for (; !piece.anyCharacter && at < end; ++at)
            if (!isAscii(text[at])) return placeOf(text, at);
        at = end;
    }
    return std::nullopt;
}

} // namespace tarn
