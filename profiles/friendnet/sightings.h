// sightings: when which member was seen to hold which shares of which file, and what follows from
// that. Friends sleep: what was seen lately counts. Pure, but for the text that is kept of it.
#pragma once

#include "core/base/clock.h"
#include "core/base/ids.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace tarn::profiles {

using ShareHolders = std::map<std::string, std::set<ShareNumber>>; ///< by member

class Sightings
{
public:
    /// What was seen of a member that has not answered since counts so long.
    static constexpr Duration kTrust = std::chrono::hours(14 * 24);
    static constexpr std::size_t kMostFiles = 200'000;

    /// Everybody in `answered` has said what it has; who is not in `holders` has nothing.
    /// \param index  base32.
    void see(const std::string& index, std::uint32_t needed, std::uint32_t total,
             const std::set<std::string>& answered, const ShareHolders& holders, WallTime now);
    /// Forgets files that are not in `kept`.
    void keepOnly(const std::set<std::string>& kept);

    /// Who holds what, of these members, as far as it was seen lately.
    ShareHolders holdersOf(const std::string& index, const std::set<std::string>& members,
                           WallTime now) const;
    std::uint32_t neededOf(const std::string& index) const;

    /// How the files stand that were seen.
    struct Summary
    {
        std::uint64_t files = 0;
        std::uint64_t unsafe = 0;  ///< lost with the disk of one member
        std::uint64_t missing = 0; ///< not enough shares were seen lately
        int mayVanish = 0;         ///< of the members, whichever they are; of all but `missing`
    };
    Summary summary(const std::set<std::string>& members, WallTime now) const;
    std::size_t size() const { return m_files.size(); }

    /// A line for each file. parse() skips what it does not understand.
    std::string text() const;
    static Sightings parse(std::string_view text);

private:
    struct Seen
    {
        std::set<ShareNumber> shares;
        std::int64_t at = 0; ///< Unix seconds
    };
    struct File
    {
        std::uint32_t needed = 1;
        std::uint32_t total = 1;
        std::map<std::string, Seen> holders;
    };
    static std::optional<std::pair<std::string, File>> parseLine(std::string_view line);

    std::map<std::string, File> m_files;
};

/// "any 2 of 5 members can vanish, this one included, and all 7 files can still be opened"
std::string safetySentence(const Sightings::Summary& summary, std::size_t members);

} // namespace tarn::profiles
