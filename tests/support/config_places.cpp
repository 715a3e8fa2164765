#include "tests/support/config_places.h"

#include <regex>
#include <sstream>
#include <vector>

namespace tarn::test {

namespace {

struct Place
{
    std::size_t line = 0;
    std::size_t column = 0;
    std::string table; ///< empty: the root
    std::string key;
    bool unknown = false;
};

std::vector<std::string> linesOf(const std::string& text)
{
    std::vector<std::string> out;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);)
        out.push_back(line);
    return out;
}

/// Where `key` stands in its table, and its value. \return {0, 0}: nowhere.
std::pair<std::size_t, std::size_t> find(const std::vector<std::string>& lines, const Place& place)
{
    std::string table;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (lines[i].starts_with("[")) table = lines[i].substr(1, lines[i].find(']') - 1);
        const std::string quoted = "\"" + place.key + "\"";
        for (const std::string& key : {place.key, quoted}) {
            if (table != place.table || !lines[i].starts_with(key + " = ")) continue;
            return {i + 1, place.unknown ? 1 : key.size() + 4};
        }
    }
    const std::string head = "[" + (place.table.empty() ? place.key : place.table) + "]";
    for (std::size_t i = 0; i < lines.size(); ++i)
        if (lines[i] == head) return {i + 1, place.unknown ? 2 : 1};
    return {1, 1};
}

} // namespace

std::string misplacedError(const std::string& text, const std::string& name,
                           const std::string& errors)
{
    const std::regex form(name +
                          R"(:(\d+):(\d+): (?:\[([\w.]+)\] )?(?:unknown key '(.+?)'|(.+?):).*)");
    const std::vector<std::string> lines = linesOf(text);
    for (const std::string& error : linesOf(errors)) {
        std::smatch match;
        if (!std::regex_match(error, match, form)) return error;
        Place place;
        place.line = std::stoul(match[1].str());
        place.column = std::stoul(match[2].str());
        place.table = match[3].str();
        place.unknown = match[4].matched;
        place.key = place.unknown ? match[4].str() : match[5].str();
        if (find(lines, place) != std::pair(place.line, place.column)) return error;
    }
    return {};
}

} // namespace tarn::test
