// config_text: where a TOML text has characters that the parser must not meet. Pure.
// TOML keeps characters beyond ASCII to comments and strings; where toml++ 3.3 looks for white
// space and finds some of them, its behaviour is undefined.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tarn {

struct TextPlace
{
    std::uint32_t line = 1;   ///< from 1
    std::uint32_t column = 1; ///< from 1, in bytes
    friend bool operator==(const TextPlace&, const TextPlace&) = default;
};

/// The first byte beyond ASCII that is neither in a comment nor in a string of one line.
std::optional<TextPlace> strayCharacter(std::string_view text);

} // namespace tarn
