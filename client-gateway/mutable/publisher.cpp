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

/// Sends the shares that have no home yet; forgets servers that fail.
asio::awaitable<Result<void>>
sendRound(MutableParts parts, const Publication& what, const EncodedVersion& encoded,
          std::vector<ServerPtr>& usable, std::set<ShareNumber>& placed,
          std::vector<SeenShare>& places, std::string& problems, const TransferLogPtr& log)
{
    std::vector<ServerGoal> goals = goalsOf(parts, what, usable, placed);
    auto sending = sendShares(parts, what, encoded, std::move(goals), log);
    TARN_CO_TRY(SendOutcome sent,
                co_await withFewPages(*encoded.images, parts.clock, std::move(sending)));
    placed.merge(sent.written);
    places.insert(places.end(), sent.places.begin(), sent.places.end());
    for (const auto& [server, failure] : sent.failures)
        problems += "; server " + server + ": " + failure.text();
    std::erase_if(usable,
                  [&sent](const ServerPtr& server) { return sent.failures.contains(server->id); });
    co_return ok();
}

asio::awaitable<Result<std::uint64_t>> publish(const MutableParts& parts, const Publication& what,
                                               PlainSource& plain, const TransferLogPtr& log,
                                               TransferRecord& record)
{
    const Gate::Permit room = co_await roomFor(parts.publishes, memoryOf(what, plain));
    const TimePoint begun = log->now();
    TARN_CO_TRY(const EncodedVersion encoded, co_await encodeVersion(parts, what, plain));
    record.took("encode", log->now() - begun);
    std::vector<ServerPtr> usable = usableServers(parts, what);
    std::set<ShareNumber> placed;
    std::vector<SeenShare> places;
    std::string problems;
    for (unsigned round = 0; round < kRounds && placed.size() < what.total; ++round)
        TARN_CO_TRY_VOID(
            co_await sendRound(parts, what, encoded, usable, placed, places, problems, log));
    const std::uint64_t sequence = encoded.sealed.layout.header.sequence;
    if (placed.size() >= what.needed) {
        rememberWritten(parts, what.file, encoded.sealed.layout.header, encoded.leaves);
        co_return sequence;
    }
    if (isNew(what)) {
        Bytes check = share::checkStringOf(encoded.sealed.layout.header);
        co_await removeShares(parts, what, std::move(places), std::move(check));
    }
    co_return notEnoughServers(parts, what, placed.size(), usable, std::move(problems));
}

} // namespace

std::vector<ServerPtr> usableServers(const MutableParts& parts, const Publication& what)
{
    std::vector<ServerPtr> usable = permutedOrder(what.file.index, parts.servers.servers());
    std::erase_if(usable,
                  [&](const ServerPtr& server) { return what.map.problems.contains(server->id); });
    return usable;
}

std::vector<ServerGoal> goalsOf(const MutableParts& parts, const Publication& what,
                                const std::vector<ServerPtr>& usable,
                                const std::set<ShareNumber>& placed)
{
    const WallTime now = parts.clock.wallNow();
    const NewHomes homes = parts.home == nullptr ? NewHomes::WithTheEmptiest : NewHomes::None;
    std::vector<ServerGoal> goals =
        placeMutableShares(what.map, what.total, usable, placed, now, homes);
    const PlacementCounts counts{what.needed, std::min(parts.encoding.happy, what.total),
                                 what.total};
    if (parts.home != nullptr)
        spreadMutableShares(goals, *parts.home, what.file.index, counts, placed, now);
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
