#include "core/base/config_text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

namespace tarn {

namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

unsigned valueOf(char c)
{
    return static_cast<unsigned char>(c);
}

bool isAscii(char c)
{
    return valueOf(c) < 0x80;
}

StrayCharacter placeOf(std::string_view text, std::size_t at)
{
    const std::string_view before = text.substr(0, at);
    const std::size_t lineBegin = before.rfind('\n') + 1; // npos + 1 is 0
    StrayCharacter place;
    place.line += static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n'));
    place.column += static_cast<std::uint32_t>(at - lineBegin);
    return place;
}

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

struct CodePoint
{
    unsigned value = 0;
    std::size_t size = 0;
};

/// The character beyond ASCII that `text` begins with. \return nothing: not UTF-8.
std::optional<CodePoint> decodeFirst(std::string_view text)
{
    const unsigned lead = valueOf(text.front());
    CodePoint out;
    if (lead >= 0xc2 && lead < 0xe0) out = {lead & 0x1fU, 2};
    if (lead >= 0xe0 && lead < 0xf0) out = {lead & 0x0fU, 3};
    if (lead >= 0xf0 && lead < 0xf5) out = {lead & 0x07U, 4};
    if (out.size == 0 || text.size() < out.size) return std::nullopt;
    for (const char c : text.substr(1, out.size - 1)) {
        if ((valueOf(c) & 0xc0U) != 0x80) return std::nullopt;
        out.value = (out.value << 6U) | (valueOf(c) & 0x3fU);
    }
    constexpr std::array<unsigned, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = out.value >= 0xd800 && out.value < 0xe000;
    if (out.value < kLeast.at(out.size) || surrogate || out.value > 0x10ffff) return std::nullopt;
    return out;
}

/// Takes a text apart and writes it again.
class Rewriter
{
public:
    explicit Rewriter(std::string_view text) : m_text(text)
    {
        if (text.starts_with(kByteOrderMark)) m_at = kByteOrderMark.size();
        m_out.reserve(text.size());
    }

    std::variant<std::string, StrayCharacter> run()
    {
        while (m_at < m_text.size())
            if (!takePiece()) return placeOf(m_text, m_at);
        return std::move(m_out);
    }

private:
    std::string_view rest() const { return m_text.substr(m_at); }

    /// \return false: a stray character stands at m_at.
    bool takePiece()
    {
        const char first = rest().front();
        if (first == '#') return takeComment();
        for (const std::string_view mark : {R"(""")", "'''"})
            if (rest().starts_with(mark)) return takePlain(stringSize(rest(), mark, false));
        if (first == '"') return takeString(stringSize(rest(), "\"", true));
        if (first == '\'') return takeLiteral(stringSize(rest(), "'", true));
        return takePlain(1);
    }

    bool takePlain(std::size_t size)
    {
        for (; size > 0; --size, ++m_at) {
            if (!isAscii(m_text[m_at])) return false;
            m_out += m_text[m_at];
        }
        return true;
    }

    bool takeComment()
    {
        const std::size_t size = std::min(rest().find('\n'), rest().size());
        for (const char c : rest().substr(0, size))
            m_out += isAscii(c) ? c : '?';
        m_at += size;
        return true;
    }

    bool takeString(std::size_t size)
    {
        for (const std::size_t end = m_at + size; m_at < end;)
            if (!takeCharacter()) return false;
        return true;
    }

    /// As it stands, or as a basic string, which has escapes.
    bool takeLiteral(std::size_t size)
    {
        const std::string_view whole = rest().substr(0, size);
        const bool closed = size >= 2 && whole.back() == '\'';
        if (!closed || std::all_of(whole.begin(), whole.end(), isAscii)) return takePlain(size);
        const std::size_t end = m_at + size - 1;
        m_out += '"';
        for (++m_at; m_at < end;) {
            if (m_text[m_at] == '"' || m_text[m_at] == '\\') m_out += '\\';
            if (!takeCharacter()) return false;
        }
        m_out += '"';
        ++m_at;
        return true;
    }

    bool takeCharacter()
    {
        if (isAscii(m_text[m_at])) return takePlain(1);
        const std::optional<CodePoint> point = decodeFirst(rest());
        if (!point) return false;
        std::array<char, 12> escaped{};
        std::snprintf(escaped.data(), escaped.size(), "\\U%08x", point->value);
        m_out += escaped.data();
        m_at += point->size;
        return true;
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    std::string m_out;
};

} // namespace

std::variant<std::string, StrayCharacter> asciiToml(std::string_view text)
{
    return Rewriter(text).run();
}

} // namespace tarn
