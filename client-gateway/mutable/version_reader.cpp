#include "client-gateway/mutable/version_reader.h"

#include "client-gateway/async/parallel.h"
#include "client-gateway/mutable/block_race.h"
#include "client-gateway/mutable/version_verify.h"
#include "core/codec/base32.h"

#include <algorithm>

namespace tarn::gateway {

namespace {

/// Plaintext bytes of a run of segments.
constexpr std::uint64_t kRunBytes = std::uint64_t{1} << 20U;

} // namespace

Result<std::shared_ptr<VersionReader>> VersionReader::make(MutableParts parts, MutableFile file,
                                                           const ServerMap& map, VersionId version)
{
    const share::MutableHeader header = map.headerOf(version);
    TARN_TRY(const share::MutableShape shape, share::MutableShape::of(header));
    auto log = std::make_shared<TransferLog>(parts.clock);
    auto facts = std::make_shared<const VersionFacts>(VersionFacts{
        std::move(parts), std::move(file), std::move(version), header, shape, std::move(log)});
    std::shared_ptr<VersionReader> reader(new VersionReader(std::move(facts)));
    reader->addCopies(map);
    return reader;
}

void VersionReader::addCopies(const ServerMap& map)
{
    for (const auto& [place, mapped] : map.shares) {
        if (mapped.version != m_facts->id) continue;
        const auto same = [&](const CopyPtr& copy) {
            return copy->share() == place.second && copy->server()->id == place.first;
        };
        if (std::any_of(m_copies.begin(), m_copies.end(), same)) continue;
        m_copies.push_back(std::make_shared<ShareCopy>(m_facts, place.second, mapped));
    }
    std::stable_sort(m_copies.begin(), m_copies.end(),
                     [](const CopyPtr& a, const CopyPtr& b) { return a->share() < b->share(); });
}

void VersionReader::trust(const BlockHashes& hashes)
{
    for (const CopyPtr& copy : m_copies)
        if (copy->share().value < hashes.size()) copy->openWith(hashes[copy->share().value]);
}

Error VersionReader::notEnough() const
{
    std::string why = "sequence " + std::to_string(header().sequence) + " needs " +
                      std::to_string(shape().needed()) + " good shares";
    for (const BadShare& bad : badCopies())
        why += "; share " + std::to_string(bad.share.value) + " of server " + bad.serverId + ": " +
               bad.reason;
    return Error(ErrorCode::NotEnoughShares, why);
}

asio::awaitable<Result<std::span<const Hash256>>> VersionReader::leavesOf(ShareNumber share)
{
    const std::vector<CopyPtr> copies = m_copies;
    for (const CopyPtr& copy : copies) {
        if (copy->share() != share || !copy->usable()) continue;
        const Result<void> opened = co_await copy->open();
        if (opened) co_return copy->leaves();
        copy->reject(opened.error());
    }
    co_return notEnough();
}

asio::awaitable<Result<std::vector<std::span<const Hash256>>>> VersionReader::allLeaves()
{
    std::vector<asio::awaitable<Result<std::span<const Hash256>>>> work;
    for (std::uint32_t share = 0; share < shape().total(); ++share)
        work.push_back(leavesOf(ShareNumber{share}));
    const std::vector<Result<std::span<const Hash256>>> found = co_await allOf(std::move(work));
    std::vector<std::span<const Hash256>> leaves;
    for (const Result<std::span<const Hash256>>& one : found) {
        if (!one) co_return one.error();
        leaves.push_back(*one);
    }
    co_return leaves;
}

asio::awaitable<Result<Bytes>> VersionReader::run(pipeline::MutableSpan span)
{
    SegmentWork work;
    work.first = span.first;
    work.count = span.count;
    work.segmentSize = shape().segmentSize();
    work.bytes = shape().plainRange(span.first, span.count);
    SegmentNote note(m_facts->log, work);
    std::vector<StoredRun> have;
    for (;;) {
        Result<std::vector<StoredRun>> raced =
            co_await raceBlocks(m_facts, m_copies, span, std::move(have), m_usual);
        if (!raced) co_return notEnough();
        have = *std::move(raced);
        std::vector<pipeline::MutableRun> runs;
        for (const StoredRun& one : have)
            runs.push_back({one.copy->share(), one.stored, one.copy->leaves()});
        std::vector<Result<void>> verdicts(runs.size(), ok());
        auto job = [&]() -> Result<Bytes> {
            bool good = true;
            for (std::size_t i = 0; i < runs.size(); ++i) {
                verdicts[i] = pipeline::verifyMutableRun(shape(), span, runs[i]);
                good = good && verdicts[i].has_value();
            }
            if (!good) return Error(ErrorCode::Corrupt, "bad blocks");
            return pipeline::decodeMutableRun(shape(), span, runs, *m_facts->file.readKey,
                                              header().salt);
        };
        const TimePoint begun = m_facts->parts.clock.now();
        Result<Bytes> plain = co_await runOn(m_facts->parts.cpu, job);
        note.decoded(begun);
        if (plain) {
            note.succeeded();
            co_return plain;
        }
        std::vector<StoredRun> good;
        for (std::size_t i = 0; i < have.size(); ++i) {
            if (verdicts[i])
                good.push_back(std::move(have[i]));
            else
                have[i].copy->reject(verdicts[i].error());
        }
        // All good: the writer's fault, in shares that belong together.
        if (good.size() == have.size()) co_return plain;
        have = std::move(good);
    }
}

asio::awaitable<Result<void>> VersionReader::writeRun(Bytes plain, pipeline::MutableSpan span,
                                                      ByteRange range, DownloadSink& sink)
{
    const ByteRange have = shape().plainRange(span.first, span.count);
    const std::uint64_t begin = std::max(have.begin, range.begin);
    const std::uint64_t end = std::min(have.end, range.end);
    const ByteView piece = ByteView(plain).subspan(static_cast<std::size_t>(begin - have.begin),
                                                   static_cast<std::size_t>(end - begin));
    co_return co_await sink.write(piece);
}

asio::awaitable<Result<void>> VersionReader::read(ByteRange range, DownloadSink& sink)
{
    if (range.begin > range.end || range.end > shape().size())
        co_return Error(ErrorCode::InvalidInput, "the range leaves the file");
    if (range.empty()) co_return ok();
    // Blocks, ciphertext and plaintext of a segment.
    const Gate::Permit room = co_await roomFor(m_facts->parts.retrieves, 3 * shape().segmentSize());
    const std::uint64_t last = (range.end - 1) / shape().segmentSize();
    const std::uint64_t atOnce = std::max<std::uint64_t>(1, kRunBytes / shape().segmentSize());
    pipeline::MutableSpan span;
    span.first = range.begin / shape().segmentSize();
    span.count = std::min(atOnce, last - span.first + 1);
    TARN_CO_TRY(Bytes plain, co_await run(span));
    while (span.first + span.count <= last) {
        // The next run is on its way while this one goes out.
        pipeline::MutableSpan following;
        following.first = span.first + span.count;
        following.count = std::min(atOnce, last - following.first + 1);
        std::optional<Result<Bytes>> fetched;
        std::optional<Result<void>> written;
        TaskGroup both(m_facts->parts.engine);
        both.spawn(detail::storeResult(run(following), fetched));
        both.spawn(detail::storeResult(writeRun(std::move(plain), span, range, sink), written));
        co_await both.joinOrCancel();
        if (!written || !*written)
            co_return written ? *written : Error(ErrorCode::Internal, "the reader failed");
        if (!fetched || !*fetched)
            co_return fetched ? fetched->error() : Error(ErrorCode::Internal, "the read failed");
        plain = **std::move(fetched);
        span = following;
    }
    co_return co_await writeRun(std::move(plain), span, range, sink);
}

DownloadStatus VersionReader::status() const
{
    DownloadStatus status;
    status.storageIndex = codec::encodeBase32(m_facts->file.index);
    for (const CopyPtr& copy : m_copies)
        status.shares.push_back(copy->status());
    status.log = m_facts->log;
    return status;
}

asio::awaitable<std::vector<BadShare>> VersionReader::verifyAll()
{
    constexpr std::size_t kAtOnce = 4;
    const std::vector<CopyPtr> all = m_copies;
    for (std::size_t first = 0; first < all.size(); first += kAtOnce) {
        const std::size_t end = std::min(all.size(), first + kAtOnce);
        std::vector<asio::awaitable<Result<void>>> checks;
        for (std::size_t i = first; i < end; ++i)
            checks.push_back(verifyCopy(m_facts, all[i]));
        const std::vector<Result<void>> verdicts = co_await allOf(std::move(checks));
        for (std::size_t i = first; i < end; ++i)
            if (!verdicts[i - first]) all[i]->reject(verdicts[i - first].error());
    }
    co_return badCopies();
}

std::vector<BadShare> VersionReader::badCopies() const
{
    std::vector<BadShare> out;
    for (const CopyPtr& copy : m_copies) {
        if (copy->usable()) continue;
        BadShare bad;
        bad.serverId = copy->server()->id;
        bad.share = copy->share();
        bad.reason = copy->reason();
        out.push_back(std::move(bad));
    }
    return out;
}

} // namespace tarn::gateway
