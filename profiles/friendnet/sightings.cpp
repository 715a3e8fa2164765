#include "profiles/friendnet/sightings.h"

#include "profiles/friendnet/outbox_plan.h"

#include <algorithm>
#include <charconv>
#include <sstream>

namespace tarn::profiles {

namespace {

constexpr std::uint32_t kMostShares = 256;
constexpr std::size_t kLongestName = 64;

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

void Sightings::see(const std::string& index, std::uint32_t needed, std::uint32_t total,
                    const std::set<std::string>& answered, const ShareHolders& holders,
                    WallTime now)
{
    if (m_files.size() >= kMostFiles && !m_files.contains(index)) return;
    File& file = m_files[index];
    file.needed = needed;
    file.total = total;
    for (const std::string& member : answered)
        file.holders.erase(member);
    for (const auto& [member, shares] : holders) {
        if (shares.empty()) continue;
        Seen& seen = file.holders[member];
        seen.shares = shares;
        seen.at = unixSeconds(now);
    }
}

void Sightings::keepOnly(const std::set<std::string>& kept)
{
    std::erase_if(m_files, [&kept](const auto& file) { return !kept.contains(file.first); });
}

ShareHolders Sightings::holdersOf(const std::string& index, const std::set<std::string>& members,
                                  WallTime now) const
{
    ShareHolders out;
    const auto file = m_files.find(index);
    if (file == m_files.end()) return out;
    const std::int64_t oldest =
        unixSeconds(now) - std::chrono::duration_cast<std::chrono::seconds>(kTrust).count();
    for (const auto& [member, seen] : file->second.holders)
        if (members.contains(member) && seen.at >= oldest) out[member] = seen.shares;
    return out;
}

std::uint32_t Sightings::neededOf(const std::string& index) const
{
    const auto file = m_files.find(index);
    return file == m_files.end() ? 1 : file->second.needed;
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

/// INDEX NEEDED TOTAL MEMBER@UNIX:SHARE,SHARE MEMBER@...
std::string Sightings::text() const
{
    std::ostringstream out;
    for (const auto& [index, file] : m_files) {
        out << index << ' ' << file.needed << ' ' << file.total;
        for (const auto& [member, seen] : file.holders) {
            out << ' ' << member << '@' << seen.at << ':';
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

std::optional<std::pair<std::string, Sightings::File>> Sightings::parseLine(std::string_view line)
{
    const std::string index(cut(line, ' '));
    const auto needed = numberOf<std::uint32_t>(cut(line, ' '));
    const auto total = numberOf<std::uint32_t>(cut(line, ' '));
    if (index.empty() || index.size() > kLongestName || !needed || !total || *needed == 0 ||
        *needed > *total || *total > kMostShares)
        return std::nullopt;
    File file;
    file.needed = *needed;
    file.total = *total;
    while (!line.empty()) {
        std::string_view one = cut(line, ' ');
        const std::string member(cut(one, '@'));
        const auto at = numberOf<std::int64_t>(cut(one, ':'));
        if (member.empty() || member.size() > kLongestName || !at) return std::nullopt;
        Seen& seen = file.holders[member];
        seen.at = *at;
        while (!one.empty()) {
            const auto share = numberOf<std::uint32_t>(cut(one, ','));
            if (!share || *share >= kMostShares) return std::nullopt;
            seen.shares.insert(ShareNumber{*share});
        }
    }
    return std::make_pair(index, std::move(file));
}

Sightings Sightings::parse(std::string_view text)
{
    Sightings out;
    while (!text.empty() && out.m_files.size() < kMostFiles)
        if (auto file = parseLine(cut(text, '\n'))) out.m_files.insert(*std::move(file));
    return out;
}

std::string safetySentence(const Sightings::Summary& summary, std::size_t members)
{
    if (summary.files == 0) return "nothing is stored yet";
    const std::string all =
        summary.files == 1 ? "the file" : "all " + std::to_string(summary.files) + " files";
    if (summary.missing > 0)
        return "of " + std::to_string(summary.missing) + " of " + std::to_string(summary.files) +
               " files too few shares were seen lately: they open when friends come who have some";
    if (summary.mayVanish == 0)
        return std::to_string(summary.unsafe) + " of " + std::to_string(summary.files) +
               " files are lost with the disk of one member";
    return "any " + std::to_string(summary.mayVanish) + " of " + std::to_string(members) +
           " members, this one included, can vanish and " + all + " can still be opened";
}

} // namespace tarn::profiles
