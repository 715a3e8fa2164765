#include "profiles/friendnet/sightings.h"

#include "profiles/friendnet/outbox_plan.h"

#include <algorithm>
#include <charconv>
#include <sstream>

namespace tarn::profiles {

namespace {

constexpr std::uint32_t kMostShares = 256;
constexpr std::size_t kLongestName = 64;
constexpr std::string_view kMembersLine = "members";
constexpr std::string_view kRoundLine = "round";
constexpr std::string_view kNoVersion = "-";
constexpr std::int64_t kLastSecond = 4'102'444'799; ///< of the year 2099

template <class Number>
std::optional<Number> numberOf(std::string_view text)
{
    Number out{};
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return out;
}

/// What comes before the next `mark`, which goes with it.
std::string_view cut(std::string_view& text, char mark)
{
    const std::size_t at = std::min(text.find(mark), text.size());
    const std::string_view out = text.substr(0, at);
    text.remove_prefix(std::min(at + 1, text.size()));
    return out;
}

} // namespace

bool Sightings::see(const What& what, const std::set<std::string>& answered,
                    const ShareHolders& holders, WallTime now)
{
    if (m_files.size() >= kMostFiles && !m_files.contains(what.index)) return false;
    File& file = m_files[what.index];
    if (file.version != what.version) file.holders.clear();
    file.version = what.version;
    file.needed = what.needed;
    file.total = what.total;
    for (const std::string& member : answered)
        file.holders.erase(member);
    for (const auto& [member, shares] : holders) {
        if (shares.empty()) continue;
        Seen& seen = file.holders[member];
        seen.shares = shares;
        seen.at = unixSeconds(now);
    }
    return true;
}

void Sightings::keepOnly(const std::set<std::string>& kept)
{
    std::erase_if(m_files, [&kept](const auto& file) { return !kept.contains(file.first); });
}

ShareHolders Sightings::seenOf(const std::string& index, WallTime now) const
{
    ShareHolders out;
    const auto file = m_files.find(index);
    if (file == m_files.end()) return out;
    const std::int64_t oldest =
        unixSeconds(now) - std::chrono::duration_cast<std::chrono::seconds>(kTrust).count();
    for (const auto& [member, seen] : file->second.holders)
        if (seen.at >= oldest) out[member] = seen.shares;
    return out;
}

ShareHolders Sightings::holdersOf(const std::string& index, const std::set<std::string>& members,
                                  WallTime now) const
{
    ShareHolders out = seenOf(index, now);
    std::erase_if(out, [&members](const auto& holder) { return !members.contains(holder.first); });
    return out;
}

std::string Sightings::versionOf(const std::string& index) const
{
    const auto file = m_files.find(index);
    return file == m_files.end() ? std::string() : file->second.version;
}

Sightings::Summary Sightings::summary(const std::set<std::string>& members, WallTime now) const
{
    Summary out;
    bool any = false;
    for (const auto& [index, file] : m_files) {
        ++out.files;
        const int may = profiles::mayVanish(holdersOf(index, members, now), file.needed);
        if (may < 0) {
            ++out.missing;
            continue;
        }
        if (may == 0) ++out.unsafe;
        out.mayVanish = any ? std::min(out.mayVanish, may) : may;
        any = true;
    }
    return out;
}

/// round UNIX UNREADABLE
/// members MEMBER MEMBER ...
/// INDEX VERSION NEEDED TOTAL NUMBER@UNIX:SHARE,SHARE NUMBER@...
/// NUMBER: which of the members, from 0.
std::string Sightings::text() const
{
    std::map<std::string_view, std::size_t> numbers;
    for (const auto& [index, file] : m_files)
        for (const auto& [member, seen] : file.holders)
            numbers.emplace(member, 0);
    std::ostringstream out;
    if (m_round)
        out << kRoundLine << ' ' << unixSeconds(m_round->at) << ' ' << m_round->unreadable << '\n';
    out << kMembersLine;
    std::size_t next = 0;
    for (auto& [member, number] : numbers) {
        number = next++;
        out << ' ' << member;
    }
    out << '\n';
    for (const auto& [index, file] : m_files) {
        out << index << ' ' << (file.version.empty() ? kNoVersion : file.version) << ' '
            << file.needed << ' ' << file.total;
        for (const auto& [member, seen] : file.holders) {
            out << ' ' << numbers.at(member) << '@' << seen.at << ':';
            const char* mark = "";
            for (const ShareNumber share : seen.shares) {
                out << mark << share.value;
                mark = ",";
            }
        }
        out << '\n';
    }
    return out.str();
}

bool Sightings::parseHolders(std::string_view text, const std::vector<std::string>& members,
                             File& file)
{
    while (!text.empty()) {
        std::string_view one = cut(text, ' ');
        const auto number = numberOf<std::size_t>(cut(one, '@'));
        const auto at = numberOf<std::int64_t>(cut(one, ':'));
        if (!number || *number >= members.size() || !at) return false;
        Seen& seen = file.holders[members[*number]];
        seen.at = *at;
        while (!one.empty()) {
            const auto share = numberOf<std::uint32_t>(cut(one, ','));
            if (!share || *share >= kMostShares) return false;
            seen.shares.insert(ShareNumber{*share});
        }
    }
    return true;
}

bool Sightings::parseRound(std::string_view line)
{
    cut(line, ' ');
    const auto at = numberOf<std::int64_t>(cut(line, ' '));
    const auto unreadable = numberOf<std::uint64_t>(line);
    if (!at || *at < 0 || *at > kLastSecond || !unreadable) return false;
    m_round = Round{WallTime(std::chrono::seconds(*at)), *unreadable};
    return true;
}

bool Sightings::parseLine(std::string_view line, const std::vector<std::string>& members)
{
    const std::string index(cut(line, ' '));
    const std::string version(cut(line, ' '));
    const auto needed = numberOf<std::uint32_t>(cut(line, ' '));
    const auto total = numberOf<std::uint32_t>(cut(line, ' '));
    if (index.empty() || index.size() > kLongestName || version.empty() ||
        version.size() > kLongestName || !needed || !total || *needed == 0 || *needed > *total ||
        *total > kMostShares)
        return false;
    File file;
    if (version != kNoVersion) file.version = version;
    file.needed = *needed;
    file.total = *total;
    if (!parseHolders(line, members, file)) return false;
    m_files.insert_or_assign(index, std::move(file));
    return true;
}

Sightings Sightings::parse(std::string_view text, std::uint64_t& skipped)
{
    Sightings out;
    std::vector<std::string> members;
    skipped = 0;
    while (!text.empty()) {
        std::string_view line = cut(text, '\n');
        if (line.starts_with(std::string(kMembersLine) + ' ')) {
            members.clear();
            for (cut(line, ' '); !line.empty();)
                members.emplace_back(cut(line, ' '));
        } else if (line.starts_with(std::string(kRoundLine) + ' ')) {
            if (!out.parseRound(line)) ++skipped;
        } else if (line != kMembersLine &&
                   (out.m_files.size() >= kMostFiles || !out.parseLine(line, members))) {
            ++skipped;
        }
    }
    return out;
}

std::string safetySentence(const Sightings::Summary& summary, std::size_t members)
{
    const std::string unknown =
        summary.unreadable == 0
            ? std::string()
            : std::to_string(summary.unreadable) + " files or folders could not be looked at";
    const auto withUnknown = [&unknown](std::string text) {
        return unknown.empty() ? text : text + "; " + unknown + ", and are not counted";
    };
    if (summary.files == 0)
        return unknown.empty() ? "nothing is stored yet"
                               : "nobody knows how files stand: " + unknown;
    const std::string files = std::to_string(summary.files);
    if (summary.missing > 0)
        return withUnknown("of " + std::to_string(summary.missing) + " of " + files +
                           " files too few shares were seen lately: they open when friends come "
                           "who have some");
    if (summary.mayVanish == 0)
        return withUnknown(std::to_string(summary.unsafe) + " of " + files +
                           " files are lost with the disk of one member");
    std::string all = summary.files == 1 ? "the file" : "all " + files + " files";
    if (!unknown.empty()) all = summary.files == 1 ? "one file" : files + " files";
    return withUnknown("any " + std::to_string(summary.mayVanish) + " of " +
                       std::to_string(members) + " members, this one included, can vanish and " +
                       all + " can still be opened");
}

} // namespace tarn::profiles
