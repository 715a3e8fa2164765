// glob: shell patterns for one file name, as Python's fnmatch reads them. Pure.
#pragma once

#include <string_view>

namespace tarn::gateway::cli {

/// * any characters, ? one character of UTF-8, [abc] [a-z] [!abc] one of, or not of, a set;
/// case counts, nothing is escaped, a [ without its ] stands for itself.
bool matchesGlob(std::string_view pattern, std::string_view name);

} // namespace tarn::gateway::cli
