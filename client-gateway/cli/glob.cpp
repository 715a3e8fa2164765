#include "client-gateway/cli/glob.h"

namespace tarn::gateway::cli {

namespace {

/// Takes one character of UTF-8 off the front; a stray byte counts as one.
std::string_view takeCharacter(std::string_view& text)
{
    std::size_t size = 1;
    while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U)
        ++size;
    const std::string_view character = text.substr(0, size);
    text.remove_prefix(size);
    return character;
}

/// What stands between [ and ], or nothing. A ] in front belongs to the set.
std::string_view setAt(std::string_view pattern)
{
    std::size_t begin = 1;
    if (begin < pattern.size() && pattern[begin] == '!') ++begin;
    const std::size_t end = pattern.find(']', begin + 1);
    return end == std::string_view::npos ? std::string_view() : pattern.substr(1, end - 1);
}

/// UTF-8 sorts as its characters do.
bool inSet(std::string_view set, std::string_view character)
{
    const bool inverted = set.starts_with('!');
    if (inverted) set.remove_prefix(1);
    bool found = false;
    while (!set.empty()) {
        const std::string_view first = takeCharacter(set);
        if (set.size() >= 2 && set.front() == '-') {
            set.remove_prefix(1);
            const std::string_view last = takeCharacter(set);
            found = found || (first <= character && character <= last);
        } else {
            found = found || first == character;
        }
    }
    return found != inverted;
}

/// One character against the front of the pattern, which is no star.
bool takeOne(std::string_view& pattern, std::string_view& name)
{
    if (pattern.empty() || name.empty()) return false;
    if (pattern.front() == '?') {
        pattern.remove_prefix(1);
        takeCharacter(name);
        return true;
    }
    if (pattern.front() == '[') {
        if (const std::string_view set = setAt(pattern); !set.empty()) {
            pattern.remove_prefix(set.size() + 2);
            return inSet(set, takeCharacter(name));
        }
    }
    if (pattern.front() != name.front()) return false;
    pattern.remove_prefix(1);
    name.remove_prefix(1);
    return true;
}

} // namespace

bool matchesGlob(std::string_view pattern, std::string_view name)
{
    bool starred = false;
    std::string_view afterStar;
    std::string_view atStar; // where the last star has to end at least
    while (!name.empty() || !pattern.empty()) {
        if (pattern.starts_with('*')) {
            pattern.remove_prefix(1);
            starred = true;
            afterStar = pattern;
            atStar = name;
            continue;
        }
        if (takeOne(pattern, name)) continue;
        if (!starred || atStar.empty()) return false;
        takeCharacter(atStar); // the star takes one more
        pattern = afterStar;
        name = atStar;
    }
    return true;
}

} // namespace tarn::gateway::cli
