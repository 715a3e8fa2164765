// config_text: a TOML text in ASCII alone, for toml++ 3.3: where that looks for white space and
// finds some other characters beyond ASCII, its behaviour is undefined. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace tarn {

struct StrayCharacter
{
    std::uint32_t line = 1;   ///< from 1
    std::uint32_t column = 1; ///< from 1, in bytes
};

/// The same document: characters beyond ASCII become escapes in strings of one line, and go from
/// comments. Lines stay; columns move only behind such strings.
/// \return the first byte beyond ASCII that is in neither, or is not UTF-8.
std::variant<std::string, StrayCharacter> asciiToml(std::string_view text);

} // namespace tarn
