#include "client-gateway/mutable/server_map.h"

#include "core/base/check.h"

#include <algorithm>

namespace tarn::gateway {

namespace {

bool ended(AskState state)
{
    return state != AskState::Waiting && state != AskState::Asked;
}

/// The last server with shares is followed by `needed` without any, and nobody before is awaited.
bool boundaryReached(const std::vector<AskState>& states, std::size_t needed)
{
    const auto last = std::find(states.rbegin(), states.rend(), AskState::HasShares);
    const auto border = states.rend() - last;
    if (!std::all_of(states.begin(), states.begin() + border, ended)) return false;
    std::size_t emptyInRow = 0;
    for (auto it = states.begin() + border; it != states.end() && ended(*it); ++it)
        if (*it == AskState::Empty && ++emptyInRow >= needed) return true;
    return false;
}

} // namespace

VersionId VersionId::of(const share::MutableHeader& header)
{
    return VersionId{header.sequence, share::signedPrefixOf(header), header.needed};
}

void ServerMap::markBad(const SharePlace& place, std::string reason)
{
    const auto found = shares.find(place);
    if (found == shares.end()) return;
    BadCopy copy;
    copy.server = found->second.server;
    copy.seen = share::signedPrefixOf(found->second.layout.header);
    copy.reason = std::move(reason);
    bad.insert_or_assign(place, std::move(copy));
    shares.erase(found);
}

std::map<VersionId, std::set<ShareNumber>> ServerMap::versions() const
{
    std::map<VersionId, std::set<ShareNumber>> out;
    for (const auto& [place, mapped] : shares)
        out[mapped.version].insert(place.second);
    return out;
}

bool ServerMap::recoverable(const VersionId& version, const std::set<ShareNumber>& shares)
{
    return shares.size() >= version.needed;
}

std::optional<VersionId> ServerMap::best() const
{
    const auto all = versions();
    for (auto it = all.rbegin(); it != all.rend(); ++it)
        if (recoverable(it->first, it->second)) return it->first;
    return std::nullopt;
}

const share::MutableHeader& ServerMap::headerOf(const VersionId& version) const
{
    const auto found = std::find_if(shares.begin(), shares.end(), [&](const auto& entry) {
        return entry.second.version == version;
    });
    TARN_ASSERT(found != shares.end());
    return found->second.layout.header;
}

std::uint64_t ServerMap::highestSequence() const
{
    std::uint64_t highest = 0;
    for (const auto& [place, mapped] : shares)
        highest = std::max(highest, mapped.version.sequence);
    return highest;
}

bool ServerMap::hasNewerUnrecoverable() const
{
    const std::optional<VersionId> newest = best();
    return highestSequence() > (newest ? newest->sequence : 0);
}

std::vector<SharePlace> ServerMap::oldCopies() const
{
    std::vector<SharePlace> out;
    const std::optional<VersionId> newest = best();
    for (const auto& [place, mapped] : shares)
        if (newest && mapped.version.sequence < newest->sequence) out.push_back(place);
    return out;
}

bool ServerMap::hasTwins() const
{
    std::set<std::uint64_t> seen;
    for (const auto& [version, numbers] : versions())
        if (recoverable(version, numbers) && !seen.insert(version.sequence).second) return true;
    return false;
}

Error ServerMap::unrecoverableError() const
{
    std::string why;
    for (const auto& [server, problem] : problems)
        why += "; server " + server + ": " + problem;
    if (shares.empty() && bad.empty())
        return Error(ErrorCode::NoShares, "no shares of this mutable file were found" + why);
    std::string found;
    for (const auto& [version, numbers] : versions())
        found += " sequence " + std::to_string(version.sequence) + " with " +
                 std::to_string(numbers.size()) + " shares,";
    return Error(ErrorCode::NotEnoughShares,
                 "no version of this mutable file can be recovered:" + found + " " +
                     std::to_string(bad.size()) + " bad shares" + why);
}

bool mapWantsMore(MapMode mode, const ServerMap& map, const std::vector<AskState>& states,
                  std::size_t needed, std::uint64_t known, bool impatient)
{
    const auto done = static_cast<std::size_t>(std::count_if(states.begin(), states.end(), ended));
    if (done == states.size()) return false;
    if (mode == MapMode::Check) return true;
    const std::optional<VersionId> best = map.best();
    if (!best || best->sequence < known) return true;
    if (mode == MapMode::Write) return !boundaryReached(states, needed);
    if (map.hasNewerUnrecoverable()) return true;
    return done < 2 * needed && !impatient;
}

} // namespace tarn::gateway
