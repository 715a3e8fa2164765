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
#include <vector>

namespace tarn::profiles {

using ShareHolders = std::map<std::string, std::set<ShareNumber>>; ///< by member

class Sightings
{
public:
    /// What was seen of a member that has not answered since counts so long.
    static constexpr Duration kTrust = std::chrono::hours(14 * 24);
    static constexpr std::size_t kMostFiles = 200'000;
    /// Bytes of text(): as many files, each with sixty holders.
    static constexpr std::size_t kMostText = 256 * 1024 * 1024;

    /// Which file, and which of its versions.
    struct What
    {
        std::string index;   ///< base32
        std::string version; ///< of a mutable one, without spaces; empty: there is but one
        std::uint32_t needed = 1;
        std::uint32_t total = 1;
    };
    /// Everybody in `answered` has said what it has; who is not in `holders` has nothing. What was
    /// seen of another version counts no more.
    /// \return false: there are too many files already, it is not kept.
    bool see(const What& what, const std::set<std::string>& answered, const ShareHolders& holders,
             WallTime now);
    /// Forgets files that are not in `kept`.
    void keepOnly(const std::set<std::string>& kept);

    /// A whole round through all files, and how many could not be looked at in it.
    struct Round
    {
        WallTime at{}; ///< when it ended
        std::uint64_t unreadable = 0;
    };
    void noteRound(Round round) { m_round = round; }
    /// The last one; absent: none has ended yet.
    const std::optional<Round>& round() const { return m_round; }

    /// Who holds what, as far as it was seen lately.
    ShareHolders seenOf(const std::string& index, WallTime now) const;
    /// The same of these members only.
    ShareHolders holdersOf(const std::string& index, const std::set<std::string>& members,
                           WallTime now) const;
    std::string versionOf(const std::string& index) const; ///< that was seen last; empty: none was

    /// How the files stand that were seen.
    struct Summary
    {
        std::uint64_t files = 0;
        std::uint64_t unsafe = 0;     ///< lost with the disk of one member
        std::uint64_t missing = 0;    ///< not enough shares were seen lately
        std::uint64_t unreadable = 0; ///< folders and files that could not be looked at, besides
        int mayVanish = 0;            ///< of the members, whichever they are; of all but `missing`
    };
    Summary summary(const std::set<std::string>& members, WallTime now) const;
    std::size_t size() const { return m_files.size(); }

    /// The last round, members, then a line for each file.
    std::string text() const;
    /// Skips what it does not understand. \param skipped  is told how many lines that were.
    static Sightings parse(std::string_view text, std::uint64_t& skipped);

private:
    struct Seen
    {
        std::set<ShareNumber> shares;
        std::int64_t at = 0; ///< Unix seconds
    };
    struct File
    {
        std::string version;
        std::uint32_t needed = 1;
        std::uint32_t total = 1;
        std::map<std::string, Seen> holders;
    };
    static bool parseHolders(std::string_view text, const std::vector<std::string>& members,
                             File& file);
    bool parseLine(std::string_view line, const std::vector<std::string>& members);
    bool parseRound(std::string_view line);

    std::optional<Round> m_round;
    std::map<std::string, File> m_files;
};

/// "any 2 of 5 members can vanish, this one included, and all 7 files can still be opened"
std::string safetySentence(const Sightings::Summary& summary, std::size_t members);

} // namespace tarn::profiles
