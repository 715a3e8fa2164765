// printable: names and texts of strangers, made harmless for a terminal. Pure.
#pragma once

#include <string>
#include <string_view>

namespace tarn::gateway::cli {

/// The text itself, or where it has control characters, characters that turn the direction of
/// writing, or bytes that are not UTF-8, in quotes with \xNN in their place.
std::string printable(std::string_view text);
/// The same for a message of several lines: line breaks and tabs stay, and no quotes are added.
std::string harmless(std::string_view text);

/// "1.23 MB" as the reference abbreviates: below 1024 bytes "N B", else two digits.
/// \param unit  1000 or 1024 ("1.18 MiB").
std::string abbreviated(double bytes, unsigned unit);

} // namespace tarn::gateway::cli
