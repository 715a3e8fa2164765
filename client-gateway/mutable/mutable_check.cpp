#include "client-gateway/mutable/mutable_check.h"

#include "client-gateway/mutable/spare_copies.h"
#include "core/codec/base32.h"
#include "core/pipeline/write/place.h"

#include <algorithm>

namespace tarn::gateway {

namespace {

/// "seq3-abcd": as Tahoe-LAFS writes versions.
std::string nameOfVersion(const share::MutableHeader& header)
{
    return "seq" + std::to_string(header.sequence) + "-" +
           codec::encodeBase32(header.rootHash).substr(0, 4);
}

void countVersions(const MutableHealth& health, CheckResult& result)
{
    for (const auto& [version, shares] : health.map.versions()) {
        const bool good = ServerMap::recoverable(version, shares);
        ++(good ? result.recoverableVersions : result.unrecoverableVersions);
    }
}

void countShares(const ServerMap& map, const std::optional<VersionId>& best, CheckResult& result)
{
    std::set<std::string> hosts;
    std::set<ShareNumber> wrong;
    for (const auto& [place, mapped] : map.shares) {
        const std::string name =
            nameOfVersion(mapped.layout.header) + "-sh" + std::to_string(place.second.value);
        result.versionShareMap[name].insert(place.first);
        if (best && mapped.version == *best) {
            result.shareMap[place.second].insert(place.first);
            hosts.insert(place.first);
        } else {
            ++result.wrongShares;
        }
    }
    result.goodShareHosts = static_cast<std::uint32_t>(hosts.size());
    result.sharesGood = static_cast<std::uint32_t>(result.shareMap.size());
    result.happiness = pipeline::serversOfHappiness(result.shareMap);
}

void summarize(const std::optional<VersionId>& best, CheckResult& result)
{
    std::string why;
    const auto add = [&why](const std::string& reason) { why.append(reason); };
    if (result.unrecoverableVersions > 0) add(" some versions are unrecoverable");
    if (result.recoverableVersions == 0) add(" no versions are recoverable");
    if (result.recoverableVersions > 1) add(" there are multiple recoverable versions");
    if (best && result.sharesGood < result.sharesExpected)
        add(" best version has only " + std::to_string(result.sharesGood) +
            " shares (encoding is " + std::to_string(result.sharesNeeded) + "-of-" +
            std::to_string(result.sharesExpected) + ")");
    if (!result.corruptShares.empty())
        add(" " + std::to_string(result.corruptShares.size()) + " corrupt shares");
    result.healthy = why.empty();
    result.recoverable = result.recoverableVersions > 0;
    result.summary = result.healthy ? "Healthy" : "Unhealthy:" + why;
}

} // namespace

asio::awaitable<Result<MutableHealth>> checkMutable(MutableParts parts, MutableFile file,
                                                    CheckOptions options)
{
    const TimePoint begun = parts.clock.now();
    MutableHealth health;
    TARN_CO_TRY(health.map, co_await makeServerMap(parts, file, MapMode::Check, options.addLease));
    CheckResult& result = health.result;
    result.storageIndex = codec::encodeBase32(file.index);
    result.serversResponding = health.map.answered;
    result.serverProblems = health.map.problems;
    std::optional<VersionId> best = health.map.best();
    if (options.verify && best) {
        TARN_CO_TRY(const std::shared_ptr<VersionReader> reader,
                    VersionReader::make(parts, file, health.map, *best));
        const std::vector<BadShare> spoiled = co_await reader->verifyAll();
        for (const BadShare& bad : spoiled)
            health.map.markBad(SharePlace(bad.serverId, bad.share), bad.reason);
        best = health.map.best();
    }
    for (const auto& [place, copy] : health.map.bad) {
        BadShare bad;
        bad.serverId = place.first;
        bad.share = place.second;
        bad.reason = copy.reason;
        (copy.incompatible ? result.incompatibleShares : result.corruptShares)
            .push_back(std::move(bad));
    }
    result.sharesNeeded = parts.encoding.needed;
    result.sharesExpected = parts.encoding.total;
    if (best) {
        const share::MutableHeader& header = health.map.headerOf(*best);
        result.sharesNeeded = header.needed;
        result.sharesExpected = header.total;
    }
    countVersions(health, result);
    countShares(health.map, best, result);
    summarize(best, result);
    result.took = parts.clock.now() - begun;
    co_return health;
}

Spread spreadOf(const MutableParts& parts, const MutableFile& file, const ServerMap& map)
{
    Spread out;
    const std::optional<VersionId> best = map.best();
    if (parts.home == nullptr || !best) return out;
    const share::MutableHeader& header = map.headerOf(*best);
    out.asNewFiles = header.needed == parts.encoding.needed && header.total == parts.encoding.total;
    std::map<std::string, std::set<ShareNumber>> holders;
    for (const auto& [place, mapped] : map.shares) {
        if (place.second.value >= header.total) continue; // of an older version with more of them
        if (mapped.version != *best)
            out.lacking.insert(place.first);
        else
            holders[place.first].insert(place.second);
    }
    for (const auto& [place, copy] : map.bad)
        if (!copy.incompatible && place.second.value < header.total)
            out.lacking.insert(place.first);
    std::vector<ServerPtr> there = askingOrder(parts, file.index);
    std::erase_if(there, [&map](const ServerPtr& server) {
        return map.problems.contains(server->id) || !map.answered.contains(server->id);
    });
    PlacementCounts counts;
    counts.needed = header.needed;
    counts.total = header.total;
    for (const ServerGoal& goal : goalsFor(parts, file.index, map, counts, there, {})) {
        const std::string& id = goal.server->id;
        const std::size_t least = id == parts.home->server ? header.needed : 1;
        if (!goal.shares.empty() && holders[id].size() < least) out.lacking.insert(id);
    }
    std::vector<ServerGoal> now;
    for (const ServerPtr& server : there)
        now.push_back({server, holders[server->id]});
    const std::set<std::string> wanted =
        wantedOf(now, *parts.home, file.index, counts.total, parts.clock.wallNow());
    out.lacking.merge(dropSpareCopies(now, *parts.home, counts, wanted));
    return out;
}

asio::awaitable<Result<void>> republish(MutableParts parts, MutableFile file, const ServerMap& map)
{
    if (map.hasNewerUnrecoverable())
        co_return Error(ErrorCode::Conflict,
                        "MustForceRepair: an unrecoverable version is newer than the best one");
    if (map.hasTwins())
        co_return Error(ErrorCode::Conflict,
                        "MustForceRepair: two recoverable versions have one sequence number");
    TARN_CO_TRY(const std::shared_ptr<VersionReader> reader, newestOf(parts, file, map));
    TARN_CO_TRY(const crypto::RsaKey key, co_await fetchPrivateKey(parts, file, map));
    PlainVersion plain(*reader);
    Publication what{file, key, map, reader->shape().needed(), reader->shape().total()};
    if (parts.home != nullptr) {
        what.needed = parts.encoding.needed;
        what.total = parts.encoding.total;
    }
    TARN_CO_TRY(const std::uint64_t sequence, co_await publishVersion(parts, what, plain));
    static_cast<void>(sequence);
    co_return ok();
}

} // namespace tarn::gateway
