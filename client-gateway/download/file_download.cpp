#include "client-gateway/download/file_download.h"

#include "client-gateway/async/task_group.h"
#include "core/codec/base32.h"

#include <algorithm>
#include <deque>

namespace tarn::gateway {

namespace {

using pipeline::PlainSegment;
using pipeline::SegmentSpan;

/// A capability can name any segment size; beyond this no machine of ours would hold one.
constexpr std::uint64_t kLargestSegment = std::uint64_t{1} << 30U;
/// Below, a hop to the pool costs more than it gains.
constexpr std::uint64_t kInlineBytes = 64 * 1024;
/// The first run is short, so that its bytes come soon; then they double.
constexpr std::uint64_t kFirstRunBytes = 1024 * 1024;
constexpr std::uint64_t kLargestRunBytes = 4 * 1024 * 1024;
/// Runs fetched ahead of the one that is being written.
constexpr std::size_t kRunsAhead = 2;
constexpr std::size_t kBuffersKept = 12;
/// What opening a file weighs at the gate: hashes of a few shares.
constexpr std::uint64_t kOpeningBytes = 256 * 1024;

std::uint64_t bytesOf(const share::Segmentation& file, SegmentSpan segments)
{
    return segments.count * file.segmentSize();
}

SegmentWork workOn(const share::Segmentation& file, SegmentSpan segments)
{
    SegmentWork work;
    work.first = segments.first.value;
    work.count = segments.count;
    work.segmentSize = file.segmentSize();
    work.bytes.begin = work.first * file.segmentSize();
    work.bytes.end = std::min(work.bytes.begin + bytesOf(file, segments), file.size());
    return work;
}

} // namespace

SegmentReader::SegmentReader(DownloadParts parts, std::shared_ptr<FileKnowledge> file,
                             std::vector<ServerPtr> ordered)
    : m_parts(parts), m_file(file),
      m_fetcher(parts.engine, parts.clock, parts.settings, std::move(file), std::move(ordered))
{
}

Result<std::shared_ptr<SegmentReader>> SegmentReader::make(DownloadParts parts,
                                                           const cap::ImmutableVerifyCap& cap,
                                                           std::vector<ServerPtr> servers)
{
    TARN_TRY(std::shared_ptr<FileKnowledge> file, FileKnowledge::of(cap));
    file->log = std::make_shared<TransferLog>(parts.clock);
    std::vector<ServerPtr> ordered = permutedOrder(cap.index, std::move(servers));
    std::stable_partition(ordered.begin(), ordered.end(), [](const ServerPtr& server) {
        return server->connection->status().reachability != Reachability::Unreached;
    });
    return std::shared_ptr<SegmentReader>(
        new SegmentReader(parts, std::move(file), std::move(ordered)));
}

asio::awaitable<Result<void>> SegmentReader::open()
{
    if (!m_file->proof) TARN_CO_TRY_VOID(co_await m_fetcher.open());
    if (file().segmentSize() > kLargestSegment) {
        co_return Error(ErrorCode::Unsupported, "the file has segments of " +
                                                    std::to_string(file().segmentSize()) +
                                                    " bytes, more than this gateway can hold");
    }
    co_return ok();
}

asio::awaitable<Result<std::vector<pipeline::VerifiedSegment>>>
SegmentReader::ciphertext(SegmentSpan segments)
{
    SegmentNote note(m_file->log, workOn(file(), segments));
    BlockSet set;
    while (true) {
        std::set<ShareNumber> have;
        for (const FetchedBlocks& share : set.shares)
            have.insert(share.share);
        TARN_CO_TRY(BlockSet more, co_await m_fetcher.fetch(segments, std::move(have)));
        std::move(more.shares.begin(), more.shares.end(), std::back_inserter(set.shares));
        std::move(more.readers.begin(), more.readers.end(), std::back_inserter(set.readers));
        TARN_CO_TRY_VOID(co_await m_fetcher.proveSegments(segments));
        const TimePoint begun = m_parts.clock.now();
        TARN_CO_TRY(DecodedRun run, co_await decode(segments, set.shares));
        note.decoded(begun);
        if (run.bad.empty()) {
            note.succeeded();
            co_return std::move(run.segments);
        }
        rejectBad(run.bad, set);
    }
}

asio::awaitable<Result<DecodedRun>> SegmentReader::decode(SegmentSpan segments,
                                                          const std::vector<FetchedBlocks>& shares)
{
    std::vector<pipeline::ProvenSegmentHash> expected;
    for (std::uint64_t i = 0; i < segments.count; ++i) {
        TARN_CO_TRY(pipeline::ProvenSegmentHash hash,
                    m_file->proof->segmentHash(SegmentNumber{segments.first.value + i}));
        expected.push_back(std::move(hash));
    }
    std::vector<pipeline::SegmentBuffer> buffers;
    while (!m_buffers.empty() && buffers.size() < segments.count) {
        buffers.push_back(std::move(m_buffers.back()));
        m_buffers.pop_back();
    }
    const share::Segmentation shape = file();
    auto job = [&] { return decodeRun(shape, segments, shares, expected, std::move(buffers)); };
    if (bytesOf(shape, segments) <= kInlineBytes) co_return job();
    co_return co_await runOn(m_parts.cpu, job);
}

void SegmentReader::rejectBad(const std::vector<BadBlock>& bad, BlockSet& set)
{
    for (const BadBlock& one : bad) {
        for (std::size_t i = 0; i < set.shares.size(); ++i) {
            if (set.shares[i].share != one.share) continue;
            m_fetcher.reject(*set.readers[i], one.why);
            set.shares.erase(set.shares.begin() + static_cast<std::ptrdiff_t>(i));
            set.readers.erase(set.readers.begin() + static_cast<std::ptrdiff_t>(i));
            break;
        }
    }
}

asio::awaitable<Result<std::vector<PlainSegment>>>
SegmentReader::plaintext(SegmentSpan segments, FileKey key, ByteRange wanted)
{
    TARN_CO_TRY(std::vector<pipeline::VerifiedSegment> verified, co_await ciphertext(segments));
    auto job = [&] { return decryptRun(std::move(verified), key, wanted); };
    const TimePoint begun = m_parts.clock.now();
    const bool isShort = bytesOf(file(), segments) <= kInlineBytes;
    Result<std::vector<PlainSegment>> plain;
    if (isShort)
        plain = job();
    else
        plain = co_await runOn(m_parts.cpu, job);
    m_file->log->computed("AES", begun);
    co_return plain;
}

void SegmentReader::giveBack(pipeline::SegmentBuffer buffer)
{
    if (m_buffers.size() < kBuffersKept) m_buffers.push_back(std::move(buffer));
}

DownloadStatus SegmentReader::status() const
{
    DownloadStatus status;
    status.storageIndex = codec::encodeBase32(m_file->cap.index);
    for (const std::shared_ptr<ShareReader>& reader : m_fetcher.readers())
        status.shares.push_back(reader->status);
    std::sort(status.shares.begin(), status.shares.end(),
              [](const ShareStatus& a, const ShareStatus& b) {
                  return std::tie(a.share, a.serverId) < std::tie(b.share, b.serverId);
              });
    status.serversAsked = m_fetcher.finder().serversAsked();
    status.serversAnswered = m_fetcher.finder().serversAnswered();
    status.problems = m_fetcher.finder().problems();
    status.log = m_file->log;
    return status;
}

namespace {

class FileDownload final : public Download
{
public:
    FileDownload(const DownloadParts& parts, std::shared_ptr<SegmentReader> reader,
                 const cap::ImmutableReadCap& cap)
        : m_engine(parts.engine), m_gate(parts.gate), m_reader(std::move(reader)), m_key(cap.key),
          m_size(cap.size)
    {
    }

    std::uint64_t size() const override { return m_size; }
    DownloadStatus status() const override { return m_reader->status(); }
    asio::awaitable<Result<void>> read(ByteRange range, DownloadSink& sink) override;

private:
    /// A run that is on its way.
    struct Ahead
    {
        explicit Ahead(const asio::any_io_executor& engine) : arrived(engine) {}
        Gate::Permit permit; ///< until the run has been written
        std::optional<Result<std::vector<PlainSegment>>> segments;
        Signal arrived;
    };

    asio::awaitable<Result<void>> open();
    static asio::awaitable<void> bring(Gate& gate, std::shared_ptr<SegmentReader> reader,
                                       std::shared_ptr<Ahead> ahead, SegmentSpan segments,
                                       FileKey key, ByteRange wanted);
    asio::awaitable<Result<void>> deliver(std::shared_ptr<Ahead> ahead, DownloadSink& sink);

    asio::any_io_executor m_engine;
    Gate& m_gate;
    std::shared_ptr<SegmentReader> m_reader;
    FileKey m_key;
    std::uint64_t m_size;
};

/// Cuts a span of segments into runs, the first ones short.
class RunPlanner
{
public:
    RunPlanner(const share::Segmentation& file, SegmentSpan all) : m_file(file), m_rest(all) {}

    bool done() const { return m_rest.count == 0; }
    SegmentSpan peek() const
    {
        SegmentSpan run = m_rest;
        // To the nearest: a segment of 1 MiB in three pieces is two bytes longer.
        const std::uint64_t size = m_file.segmentSize();
        run.count = std::clamp<std::uint64_t>((m_bytes + size / 2) / size, 1, m_rest.count);
        return run;
    }
    void advance()
    {
        const std::uint64_t taken = peek().count;
        m_rest.first.value += taken;
        m_rest.count -= taken;
        m_bytes = std::min(m_bytes * 2, kLargestRunBytes);
    }

private:
    share::Segmentation m_file;
    SegmentSpan m_rest;
    std::uint64_t m_bytes = kFirstRunBytes;
};

asio::awaitable<Result<void>> FileDownload::read(ByteRange range, DownloadSink& sink)
{
    if (range.begin > range.end || range.end > m_size)
        co_return Error(ErrorCode::InvalidInput, "the range leaves the file");
    if (range.empty()) co_return ok();
    TARN_CO_TRY_VOID(co_await open());
    const share::Segmentation& file = m_reader->file();
    RunPlanner planner(file, pipeline::segmentsHolding(file, range));
    std::deque<std::shared_ptr<Ahead>> underWay;
    TaskGroup group(m_engine);
    while (!planner.done() || !underWay.empty()) {
        while (!planner.done() && underWay.size() <= kRunsAhead) {
            auto ahead = std::make_shared<Ahead>(m_engine);
            const SegmentSpan run = planner.peek();
            // Only the run that is wanted next queues: a reader that takes nothing must not have
            // more than that one in front of others.
            if (!underWay.empty()) {
                ahead->permit = m_gate.tryEnter(bytesOf(file, run));
                if (!ahead->permit) break;
            }
            planner.advance();
            underWay.push_back(ahead);
            group.spawn(bring(m_gate, m_reader, ahead, run, m_key, range));
        }
        const std::shared_ptr<Ahead> front = underWay.front();
        underWay.pop_front();
        TARN_CO_TRY_VOID(co_await deliver(front, sink));
    }
    co_return ok();
}

/// Finds and opens shares, not for too many files at once.
asio::awaitable<Result<void>> FileDownload::open()
{
    const Gate::Permit permit = co_await m_gate.enter(kOpeningBytes);
    co_return co_await m_reader->open();
}

asio::awaitable<void> FileDownload::bring(Gate& gate, std::shared_ptr<SegmentReader> reader,
                                          std::shared_ptr<Ahead> ahead, SegmentSpan segments,
                                          FileKey key, ByteRange wanted)
{
    if (!ahead->permit) ahead->permit = co_await gate.enter(bytesOf(reader->file(), segments));
    Result<std::vector<PlainSegment>> plain = co_await reader->plaintext(segments, key, wanted);
    ahead->segments.emplace(std::move(plain));
    ahead->arrived.notifyAll();
}

asio::awaitable<Result<void>> FileDownload::deliver(std::shared_ptr<Ahead> ahead,
                                                    DownloadSink& sink)
{
    while (!ahead->segments)
        co_await ahead->arrived.wait();
    if (!*ahead->segments) co_return ahead->segments->error();
    for (PlainSegment& segment : **ahead->segments) {
        TARN_CO_TRY_VOID(co_await sink.write(segment.plaintext()));
        m_reader->giveBack(std::move(segment).release());
    }
    co_return ok();
}

class LiteralDownload final : public Download
{
public:
    explicit LiteralDownload(Bytes data) : m_data(std::move(data)) {}
    std::uint64_t size() const override { return m_data.size(); }
    DownloadStatus status() const override { return {}; }
    asio::awaitable<Result<void>> read(ByteRange range, DownloadSink& sink) override
    {
        if (range.begin > range.end || range.end > m_data.size())
            co_return Error(ErrorCode::InvalidInput, "the range leaves the file");
        if (range.empty()) co_return ok();
        co_return co_await sink.write(ByteView(m_data).subspan(
            static_cast<std::size_t>(range.begin), static_cast<std::size_t>(range.size())));
    }

private:
    Bytes m_data;
};

} // namespace

Result<std::shared_ptr<Download>>
openDownload(DownloadParts parts, const cap::ImmutableReadCap& cap, std::vector<ServerPtr> servers)
{
    TARN_TRY(std::shared_ptr<SegmentReader> reader,
             SegmentReader::make(parts, cap::verifyCapOf(cap), std::move(servers)));
    return std::shared_ptr<Download>(std::make_shared<FileDownload>(parts, std::move(reader), cap));
}

std::shared_ptr<Download> openLiteral(const cap::LiteralCap& cap)
{
    return std::make_shared<LiteralDownload>(cap.data);
}

} // namespace tarn::gateway
