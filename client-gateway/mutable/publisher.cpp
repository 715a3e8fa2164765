#include "client-gateway/mutable/publisher.h"

#include "client-gateway/mutable/share_sender.h"

#include <algorithm>

namespace tarn::gateway {

namespace {

/// Shares of servers that fail are offered to others so often.
constexpr unsigned kRounds = 3;

/// Plaintext, ciphertext and the blocks of all shares at the same time, of an SDMF file that is
/// read from the grid meanwhile.
std::uint64_t memoryOf(const Publication& what, const PlainSource& plain)
{
    if (what.file.format != cap::MutableFormat::Sdmf || goesInStripes(what, plain)) return 0;
    return plain.size() * (2 * what.needed + what.total) / what.needed;
}

Error refusedByHome(std::string why)
{
    return Error(ErrorCode::Unhappy, "NotEnoughServersError: the own disk did not take the new "
                                     "version, so nobody else was asked: " +
                                         std::move(why));
}

/// Whoever has a disk of its own sees its newest version whoever sleeps.
Result<void> requireHome(const MutableParts& parts, const Publication& what,
                         const std::vector<ServerGoal>& goals)
{
    if (parts.home == nullptr) return ok();
    for (const ServerGoal& goal : goals)
        if (goal.server->id == parts.home->server && goal.shares.size() >= what.needed) return ok();
    const auto problem = what.map.problems.find(parts.home->server);
    return refusedByHome(problem == what.map.problems.end() ? "it is not among the servers"
                                                            : problem->second);
}

/// What all rounds of sending came to.
struct Placing
{
    std::vector<ServerPtr> usable; ///< servers that have not failed
    std::set<ShareNumber> placed;
    std::vector<SeenShare> places; ///< of those
    std::string problems;
    bool otherWriter = false;
};

/// Sends the shares that have no home yet; forgets servers that fail.
asio::awaitable<Result<void>> sendRound(MutableParts parts, const Publication& what,
                                        const EncodedVersion& encoded, Placing& placing,
                                        const TransferLogPtr& log)
{
    std::vector<ServerGoal> goals = goalsOf(parts, what, placing.usable, placing.placed);
    const bool first = placing.placed.empty();
    if (first) {
        TARN_CO_TRY_VOID(requireHome(parts, what, goals));
    }
    auto sending = sendShares(parts, what, encoded, std::move(goals), log);
    TARN_CO_TRY(SendOutcome sent,
                co_await withFewPages(*encoded.images, parts.clock, std::move(sending)));
    placing.otherWriter = sent.otherWriter;
    placing.placed.merge(sent.written);
    placing.places.insert(placing.places.end(), sent.places.begin(), sent.places.end());
    for (const auto& [server, failure] : sent.failures)
        placing.problems += "; server " + server + ": " + failure.text();
    std::erase_if(placing.usable,
                  [&sent](const ServerPtr& server) { return sent.failures.contains(server->id); });
    if (!first || parts.home == nullptr) co_return ok();
    const auto refusal = sent.failures.find(parts.home->server);
    if (refusal != sent.failures.end()) co_return refusedByHome(refusal->second.text());
    co_return ok();
}

asio::awaitable<Result<void>> sendRounds(MutableParts parts, const Publication& what,
                                         const EncodedVersion& encoded, Placing& placing,
                                         const TransferLogPtr& log)
{
    for (unsigned round = 0;
         round < kRounds && placing.placed.size() < what.total && !placing.otherWriter; ++round)
        TARN_CO_TRY_VOID(co_await sendRound(parts, what, encoded, placing, log));
    if (placing.otherWriter) co_return uncoordinatedWrite();
    if (placing.placed.size() >= what.needed) co_return ok();
    co_return notEnoughServers(parts, what, placing.placed.size(), placing.usable,
                               std::move(placing.problems));
}

asio::awaitable<Result<std::uint64_t>> publish(const MutableParts& parts, const Publication& what,
                                               PlainSource& plain, const TransferLogPtr& log,
                                               TransferRecord& record)
{
    const Gate::Permit room = co_await roomFor(parts.publishes, memoryOf(what, plain));
    const TimePoint begun = log->now();
    TARN_CO_TRY(const EncodedVersion encoded, co_await encodeVersion(parts, what, plain));
    record.took("encode", log->now() - begun);
    Placing placing;
    placing.usable = usableServers(parts, what);
    const Result<void> sent = co_await sendRounds(parts, what, encoded, placing, log);
    const share::MutableHeader& header = encoded.sealed.layout.header;
    if (sent) {
        if (placing.placed.size() >= what.total)
            co_await removeOlderShares(parts, what, placing.usable, placing.places);
        rememberWritten(parts, what.file, header, encoded.leaves);
        co_return header.sequence;
    }
    if (isNew(what)) {
        Bytes check = share::checkStringOf(header);
        co_await removeShares(parts, what, std::move(placing.places), std::move(check));
    }
    co_return sent.error();
}

} // namespace

std::vector<ServerPtr> usableServers(const MutableParts& parts, const Publication& what)
{
    std::vector<ServerPtr> usable = permutedOrder(what.file.index, parts.servers.servers());
    std::erase_if(usable,
                  [&](const ServerPtr& server) { return what.map.problems.contains(server->id); });
    // Who was not asked may have an older version, which a writer would take for somebody else's.
    if (parts.home != nullptr && !isNew(what))
        std::erase_if(usable, [&](const ServerPtr& server) {
            return !what.map.answered.contains(server->id);
        });
    return usable;
}

std::vector<ServerGoal> goalsOf(const MutableParts& parts, const Publication& what,
                                const std::vector<ServerPtr>& usable,
                                const std::set<ShareNumber>& placed)
{
    PlacementCounts counts;
    counts.needed = what.needed;
    counts.total = what.total;
    return goalsFor(parts, what.file.index, what.map, counts, usable, placed);
}

std::vector<ServerGoal> goalsFor(const MutableParts& parts, StorageIndex index,
                                 const ServerMap& map, PlacementCounts counts,
                                 const std::vector<ServerPtr>& usable,
                                 const std::set<ShareNumber>& placed)
{
    const WallTime now = parts.clock.wallNow();
    const NewHomes homes = parts.home == nullptr ? NewHomes::WithTheEmptiest : NewHomes::None;
    std::vector<ServerGoal> goals =
        placeMutableShares(map, counts.total, usable, placed, now, homes);
    counts.happy = std::min(parts.encoding.happy, counts.total);
    if (parts.home != nullptr) spreadMutableShares(goals, *parts.home, index, counts, placed, now);
    return goals;
}

Error notEnoughServers(const MutableParts& parts, const Publication& what, std::size_t placed,
                       const std::vector<ServerPtr>& usable, std::string problems)
{
    for (const auto& [server, problem] : what.map.problems)
        problems += "; server " + server + ": " + problem;
    for (const ServerPtr& server : usable) {
        const std::string refusal = server->uploadPermit.refusal(parts.clock.wallNow());
        if (!refusal.empty()) problems += "; server " + server->id + ": " + refusal;
    }
    return Error(ErrorCode::Unhappy, "NotEnoughServersError: " + std::to_string(placed) +
                                         " shares found a server, " + std::to_string(what.needed) +
                                         " are needed" + problems);
}

asio::awaitable<Result<std::uint64_t>> publishVersion(MutableParts parts, Publication what,
                                                      PlainSource& plain)
{
    const auto log = std::make_shared<TransferLog>(parts.clock);
    const std::unique_ptr<TransferRecord> record =
        beginTransfer(parts, what.file, TransferKind::Publish, log, plain.size());
    record->encoded(what.needed, what.total);
    Result<std::uint64_t> sequence = co_await publish(parts, what, plain, log, *record);
    tellSending(*record, *log);
    if (sequence) record->moved(plain.size());
    record->end(sequence);
    co_return sequence;
}

} // namespace tarn::gateway
