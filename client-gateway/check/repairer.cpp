#include "client-gateway/check/repairer.h"

#include <algorithm>

namespace tarn::gateway {

namespace {

constexpr std::uint64_t kReadBytes = 4 * 1024 * 1024;

/// The ciphertext of a file, from its shares.
class CiphertextSource final : public SegmentSource
{
public:
    explicit CiphertextSource(std::shared_ptr<SegmentReader> reader) : m_reader(std::move(reader))
    {
    }

    asio::awaitable<Result<void>> read(std::uint64_t offset, MutableByteView into) override
    {
        const share::Segmentation file = m_reader->file();
        const std::uint64_t end = offset + into.size();
        while (!into.empty()) {
            const ByteRange rest{offset, end};
            pipeline::SegmentSpan run = pipeline::segmentsHolding(file, rest);
            run.count = std::clamp<std::uint64_t>(kReadBytes / file.segmentSize(), 1, run.count);
            TARN_CO_TRY(std::vector<pipeline::VerifiedSegment> segments,
                        co_await m_reader->ciphertext(run));
            for (pipeline::VerifiedSegment& segment : segments) {
                const ByteView text = segment.ciphertext();
                std::copy(text.begin(), text.end(), into.begin());
                into = into.subspan(text.size());
                offset += text.size();
                m_reader->giveBack(std::move(segment).release());
            }
        }
        co_return ok();
    }

private:
    std::shared_ptr<SegmentReader> m_reader;
};

SelectionRequest requestFor(const cap::ImmutableVerifyCap& cap, const pipeline::EncodingPlan& plan,
                            const CheckResult& before, const CheckOptions& options)
{
    SelectionRequest request;
    request.index = cap.index;
    request.needed = plan.file.needed();
    request.happy = 0;
    request.total = plan.file.total();
    request.allocatedSize = plan.shareSize;
    request.elsewhere = options.elsewhere;
    for (const BadShare& bad : before.corruptShares)
        request.worthless.emplace(bad.serverId, bad.share);
    for (const BadShare& bad : before.incompatibleShares)
        request.worthless.emplace(bad.serverId, bad.share);
    return request;
}

/// Whether all shares are somewhere, whoever answers.
bool isWhole(const CheckResult& result, const CheckOptions& options)
{
    std::set<ShareNumber> all;
    for (const auto& [share, holders] : result.shareMap)
        all.insert(share);
    for (const auto& [server, shares] : options.elsewhere)
        all.insert(shares.begin(), shares.end());
    return all.size() >= result.sharesExpected;
}

/// Sends what is missing and adds it to `after`.
asio::awaitable<Result<void>> makeMissing(RepairParts parts, const cap::ImmutableVerifyCap& cap,
                                          const CheckOptions& options,
                                          std::vector<ServerPtr> servers, CheckResult& after)
{
    const DownloadParts& download = parts.check.download;
    TARN_CO_TRY(const std::shared_ptr<SegmentReader> reader,
                SegmentReader::make(download, cap, servers));
    TARN_CO_TRY_VOID(co_await reader->open());
    const pipeline::EncodingPlan plan = pipeline::EncodingPlan::of(reader->file());
    const crypto::LeaseSecrets leases =
        crypto::fileLeaseSecrets(parts.check.clientLeases, cap.index);
    StartedShares started(download.engine, download.clock, parts.check.queryDeadline, cap.index,
                          nullptr);
    SelectorParts selectorParts{download.clock, parts.random, parts.policy,
                                started,        leases,       parts.check.queryDeadline,
                                nullptr};
    ServerSelector selector(selectorParts, requestFor(cap, plan, after, options));
    UploadStatus status;
    UploadTimings timings;
    EncodeParts encodeParts{download.cpu, download.clock, selector, status, parts.writeDeadline};
    CiphertextSource source(reader);
    pipeline::ImmutableEncoder encoder = pipeline::ImmutableEncoder::forCiphertext(plan);
    const Result<Hash256> extensionHash = co_await encodeAndPush(
        encodeParts, cap.index, std::move(encoder), source, std::move(servers), timings);
    if (!extensionHash) co_return extensionHash.error();
    if (*extensionHash != cap.uriExtensionHash) {
        co_return Error(ErrorCode::Corrupt,
                        "the file was encoded in a way that cannot be repeated");
    }
    for (const auto& [share, holders] : selector.shareMap()) {
        after.shareMap[share].insert(holders.begin(), holders.end());
        after.serversResponding.insert(holders.begin(), holders.end());
    }
    co_return ok();
}

} // namespace

asio::awaitable<Result<RepairResult>> repairFile(RepairParts parts, cap::ImmutableVerifyCap cap,
                                                 CheckOptions options,
                                                 std::vector<ServerPtr> servers)
{
    RepairResult result;
    TARN_CO_TRY(result.before, co_await checkFile(parts.check, cap, options, servers));
    result.after = result.before;
    if (result.before.healthy && !options.spread) co_return result;
    result.attempted = true;
    const Result<void> made =
        co_await makeMissing(parts, cap, options, std::move(servers), result.after);
    summarize(result.after, cap);
    result.successful = made && isWhole(result.after, options);
    if (!made) {
        result.failure = made.error().text();
    } else if (!result.successful) {
        result.failure = "no server takes the missing shares";
    }
    co_return result;
}

} // namespace tarn::gateway
