#include "client-gateway/check/checker.h"

#include "client-gateway/async/parallel.h"
#include "client-gateway/download/run_decoder.h"
#include "core/base/executor.h"
#include "core/codec/base32.h"
#include "core/pipeline/write/place.h"

#include <algorithm>

namespace tarn::gateway {

namespace {

/// Shares verified side by side.
constexpr std::size_t kVerifiers = 4;
/// Bytes of blocks that a verifier reads at a time.
constexpr std::uint64_t kVerifyBytes = 1024 * 1024;

storage_api::LeaseSecrets leasesFor(const crypto::LeaseSecrets& client, StorageIndex index,
                                    const Server& server)
{
    const crypto::LeaseSecrets file = crypto::fileLeaseSecrets(client, index);
    const crypto::LeaseSecrets bucket = crypto::bucketLeaseSecrets(file, server.tubId);
    return storage_api::LeaseSecrets{bucket.renewal, bucket.cancel};
}

asio::awaitable<Result<std::set<ShareNumber>>> inquire(CheckParts parts, ServerPtr server,
                                                       StorageIndex index, bool addLease)
{
    auto listing = server->store().listShares(storage_api::ShareKind::Immutable, index);
    TARN_CO_TRY(std::set<ShareNumber> shares, co_await withDeadline<std::set<ShareNumber>>(
                                                  parts.download.clock, parts.queryDeadline,
                                                  "the share query", std::move(listing)));
    if (!addLease || shares.empty()) co_return shares;
    auto leasing = server->store().addLease(index, leasesFor(parts.clientLeases, index, *server));
    // A server that has no room for another lease still has the shares.
    const Result<void> leased = co_await withDeadline<void>(
        parts.download.clock, parts.queryDeadline, "the lease request", std::move(leasing));
    static_cast<void>(leased);
    co_return shares;
}

asio::awaitable<Result<void>> verifyBlocks(CheckParts parts, std::shared_ptr<FileKnowledge> file,
                                           std::shared_ptr<ShareReader> reader)
{
    const share::Segmentation shape = file->proof->file();
    const std::uint64_t atOnce = std::max<std::uint64_t>(1, kVerifyBytes / shape.blockSize());
    std::uint64_t next = 0;
    while (next < shape.segmentCount()) {
        const pipeline::SegmentSpan run{SegmentNumber{next},
                                        std::min(atOnce, shape.segmentCount() - next)};
        TARN_CO_TRY(const FetchedBlocks blocks, co_await reader->blocks(run));
        auto job = [&] { return verifyRun(shape, run, std::span(&blocks, 1)); };
        const std::vector<BadBlock> bad = co_await runOn(parts.download.cpu, job);
        if (!bad.empty()) co_return bad.front().why;
        next += run.count;
    }
    co_return ok();
}

asio::awaitable<Result<void>> verifyShare(CheckParts parts, std::shared_ptr<FileKnowledge> file,
                                          std::shared_ptr<ShareReader> reader)
{
    TARN_CO_TRY_VOID(co_await reader->open());
    TARN_CO_TRY_VOID(file->proof->checkExtension());
    TARN_CO_TRY_VOID(co_await reader->proveWholeTrees());
    co_return co_await verifyBlocks(parts, std::move(file), std::move(reader));
}

/// What has to be verified, taken one by one by the workers.
struct VerifyQueue
{
    std::vector<FoundShare> shares;
    std::vector<Result<void>> outcomes; ///< of the same entries
    std::size_t next = 0;
};

asio::awaitable<Result<void>> verifyWorker(CheckParts parts, std::shared_ptr<FileKnowledge> file,
                                           VerifyQueue& queue)
{
    while (queue.next < queue.shares.size()) {
        const std::size_t mine = queue.next++;
        auto reader = std::make_shared<ShareReader>(parts.download.engine, parts.download.clock,
                                                    parts.download.settings.readDeadline, file,
                                                    queue.shares[mine]);
        queue.outcomes[mine] = co_await verifyShare(parts, file, std::move(reader));
    }
    co_return ok();
}

asio::awaitable<Result<void>> advise(ServerPtr server, StorageIndex index, ShareNumber share,
                                     std::string reason, Clock& clock, Duration deadline)
{
    auto advising = server->store().adviseCorrupt(storage_api::ShareKind::Immutable, index, share,
                                                  std::move(reason));
    co_return co_await withDeadline<void>(clock, deadline, "corruption report",
                                          std::move(advising));
}

void record(CheckParts parts, StorageIndex index, const FoundShare& found,
            const Result<void>& outcome, CheckResult& result)
{
    if (outcome) {
        result.shareMap[found.share].insert(found.server->id);
        return;
    }
    BadShare bad;
    bad.serverId = found.server->id;
    bad.share = found.share;
    bad.reason = outcome.error().message();
    switch (outcome.error().code()) {
    case ErrorCode::Corrupt:
        spawnLogged(parts.download.engine, "corruption report",
                    advise(found.server, index, found.share, bad.reason, parts.download.clock,
                           parts.queryDeadline));
        result.corruptShares.push_back(std::move(bad));
        break;
    case ErrorCode::Unsupported:
        result.incompatibleShares.push_back(std::move(bad));
        break;
    default:
        result.failedShares.push_back(std::move(bad));
        break;
    }
}

asio::awaitable<Result<void>> verifyAll(CheckParts parts, const cap::ImmutableVerifyCap& cap,
                                        std::vector<FoundShare> found, CheckResult& result)
{
    TARN_CO_TRY(std::shared_ptr<FileKnowledge> file, FileKnowledge::of(cap));
    VerifyQueue queue;
    queue.outcomes.resize(found.size());
    queue.shares = std::move(found);
    std::vector<asio::awaitable<Result<void>>> workers;
    for (std::size_t i = 0; i < std::min(kVerifiers, queue.shares.size()); ++i)
        workers.push_back(verifyWorker(parts, file, queue));
    co_await allOf(std::move(workers));
    for (std::size_t i = 0; i < queue.shares.size(); ++i)
        record(parts, cap.index, queue.shares[i], queue.outcomes[i], result);
    co_return ok();
}

} // namespace

void summarize(CheckResult& result, const cap::ImmutableVerifyCap& cap)
{
    result.storageIndex = codec::encodeBase32(cap.index);
    result.sharesNeeded = static_cast<std::uint32_t>(cap.needed);
    result.sharesExpected = static_cast<std::uint32_t>(cap.total);
    result.sharesGood = static_cast<std::uint32_t>(result.shareMap.size());
    result.healthy = result.sharesGood >= result.sharesExpected;
    result.recoverable = result.sharesGood >= result.sharesNeeded;
    result.happiness = pipeline::serversOfHappiness(result.shareMap);
    std::set<std::string> hosts;
    for (const auto& [share, servers] : result.shareMap)
        hosts.insert(servers.begin(), servers.end());
    result.goodShareHosts = static_cast<std::uint32_t>(hosts.size());
    result.recoverableVersions = result.recoverable ? 1 : 0;
    result.unrecoverableVersions = result.recoverable ? 0 : 1;
    result.summary = result.healthy ? "Healthy"
                                    : "Not Healthy: " + std::to_string(result.sharesGood) +
                                          " shares (enc " + std::to_string(cap.needed) + "-of-" +
                                          std::to_string(cap.total) + ")";
}

asio::awaitable<Result<CheckResult>> checkFile(CheckParts parts, cap::ImmutableVerifyCap cap,
                                               CheckOptions options, std::vector<ServerPtr> servers)
{
    const TimePoint begun = parts.download.clock.now();
    TARN_CO_TRY(const std::shared_ptr<FileKnowledge> checked, FileKnowledge::of(cap));
    static_cast<void>(checked);
    CheckResult result;
    std::vector<asio::awaitable<Result<std::set<ShareNumber>>>> inquiries;
    for (const ServerPtr& server : servers)
        inquiries.push_back(inquire(parts, server, cap.index, options.addLease));
    const std::vector<Result<std::set<ShareNumber>>> answers = co_await allOf(std::move(inquiries));
    std::vector<FoundShare> found;
    for (std::size_t i = 0; i < servers.size(); ++i) {
        if (!answers[i]) {
            result.serverProblems.emplace(servers[i]->id, answers[i].error().text());
            continue;
        }
        result.serversResponding.insert(servers[i]->id);
        for (const ShareNumber share : *answers[i]) {
            if (share.value >= cap.total) continue;
            FoundShare one;
            one.share = share;
            one.server = servers[i];
            found.push_back(std::move(one));
        }
    }
    if (options.verify) {
        TARN_CO_TRY_VOID(co_await verifyAll(parts, cap, std::move(found), result));
    } else {
        for (const FoundShare& one : found)
            result.shareMap[one.share].insert(one.server->id);
    }
    summarize(result, cap);
    result.took = parts.download.clock.now() - begun;
    co_return result;
}

} // namespace tarn::gateway
