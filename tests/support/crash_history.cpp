#include "tests/support/crash_history.h"

#include "core/base/check.h"

namespace tarn::test {

namespace {

bool isOf(const std::string& path, const Unit& unit)
{
    return path == unit || path.starts_with(unit + '/');
}

} // namespace

Files filesOf(const Files& files, const Unit& unit)
{
    Files out;
    for (const auto& [path, bytes] : files)
        if (isOf(path, unit)) out[path] = bytes;
    return out;
}

void CrashHistory::begin(const Unit& unit, Whole whole)
{
    const auto [line, isNew] = m_lines.try_emplace(unit);
    if (isNew) line->second.before = m_look(unit);
    std::vector<Change>& changes = line->second.changes;
    if (!changes.empty() && changes.back().acknowledged == kNever) return;
    changes.push_back({m_now(), kNever, whole, {}});
}

void CrashHistory::acknowledge(const Unit& unit)
{
    Change& change = m_lines.at(unit).changes.back();
    change.acknowledged = m_now();
    change.after = m_look(unit);
}

bool CrashHistory::isMixture(const Files& before, const Files& after, const Files& found)
{
    if (found.size() != before.size()) return false;
    for (const auto& [path, bytes] : found) {
        const auto old = before.find(path);
        const auto fresh = after.find(path);
        if (old == before.end() || fresh == after.end()) return false;
        if (bytes.size() != old->second.size() || bytes.size() != fresh->second.size())
            return false;
        for (std::size_t i = 0; i < bytes.size(); ++i)
            if (bytes[i] != old->second[i] && bytes[i] != fresh->second[i]) return false;
    }
    return true;
}

bool CrashHistory::mayBe(const Line& line, const Files& found, std::size_t moment)
{
    const Files* before = &line.before;
    bool good = found == *before;
    for (const Change& change : line.changes) {
        if (change.begun > moment) break;
        const bool must = change.acknowledged <= moment;
        const bool is = found == change.after;
        const bool mixed =
            !must && change.whole == Whole::Mixture && isMixture(*before, change.after, found);
        good = (good && !must) || is || mixed;
        before = &change.after;
    }
    return good;
}

std::string CrashHistory::judge(const Files& shares, std::size_t moment) const
{
    Files rest = shares;
    Files kept = m_kept;
    for (const auto& [unit, line] : m_lines) {
        TARN_ASSERT(line.changes.back().acknowledged != kNever);
        const Files found = filesOf(shares, unit);
        std::erase_if(rest, [&](const auto& file) { return isOf(file.first, unit); });
        std::erase_if(kept, [&](const auto& file) { return isOf(file.first, unit); });
        if (mayBe(line, found, moment)) continue;
        std::string files;
        for (const auto& [path, bytes] : found)
            files += ' ' + path + " of " + std::to_string(bytes.size()) + " bytes";
        return unit + " is neither as it was nor as it should be:" + files;
    }
    return rest == kept ? "" : "files that nobody asked for came, went or changed";
}

} // namespace tarn::test
