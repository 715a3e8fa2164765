#include "profiles/friendnet/reach_config.h"

#include <algorithm>

namespace tarn::profiles {

namespace {

constexpr std::size_t kMostExcluded = 64;
constexpr std::size_t kLongestInterface = 15; ///< IFNAMSIZ without its end

bool isInterfaceName(const std::string& text)
{
    const auto isOdd = [](char c) { return c <= ' ' || c >= 0x7f || c == '/'; };
    return !text.empty() && text.size() <= kLongestInterface &&
           std::none_of(text.begin(), text.end(), isOdd);
}

} // namespace

bool ReachConfig::excludes(const asio::ip::address& address) const
{
    return std::any_of(excluded.begin(), excluded.end(),
                       [&address](const AddressRange& range) { return range.holds(address); });
}

ReachConfig readReach(ConfigReader& reader)
{
    ConfigTable table = reader.table("reach");
    ReachConfig out;
    out.interfaces = table.boolean("interfaces", out.interfaces);
    out.mapping = table.boolean("mapping", out.mapping);
    out.seen = table.boolean("seen", out.seen);
    out.punching = table.boolean("punching", out.punching);
    const std::vector<std::string> texts = table.strings("exclude", {});
    if (texts.size() > kMostExcluded) table.refuse("exclude", "expected 64 at most");
    for (const std::string& text : texts) {
        Result<AddressRange> range = AddressRange::parse(text);
        if (range)
            out.excluded.push_back(*std::move(range));
        else if (isInterfaceName(text) && text.find_first_of(".:") == std::string::npos)
            out.excludedInterfaces.push_back(text);
        else
            table.refuse("exclude", range.error().message() + ", nor the name of an interface");
    }
    return out;
}

void printReach(ConfigWriter& out, const ReachConfig& config)
{
    out.table("reach");
    out.boolean("interfaces", config.interfaces);
    out.boolean("mapping", config.mapping);
    out.boolean("seen", config.seen);
    out.boolean("punching", config.punching);
    std::vector<std::string> excluded;
    for (const AddressRange& range : config.excluded)
        excluded.push_back(range.text());
    excluded.insert(excluded.end(), config.excludedInterfaces.begin(),
                    config.excludedInterfaces.end());
    out.strings("exclude", excluded);
}

} // namespace tarn::profiles
