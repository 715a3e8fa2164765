#include "client-gateway/upload/encode_and_push.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace tarn::gateway {

namespace {

using pipeline::BatchBuffers;
using pipeline::EncodedSegments;
using pipeline::EncodingPlan;
using pipeline::FinishedFile;
using pipeline::ImmutableEncoder;
using pipeline::PlainSegments;

/// Below, a hop to the pool costs more than it gains.
constexpr std::uint64_t kInlineBytes = 64 * 1024;
/// Trailers that are in memory at a time; longer ones come one by one. They grow with the file.
constexpr std::uint64_t kTrailerBytes = 2 * 1024 * 1024;

/// The coroutine below, with its state; lives in its frame.
class EncodingRun
{
public:
    EncodingRun(EncodeParts parts, ImmutableEncoder encoder, SegmentSource& source)
        : m_parts(parts), m_encoder(std::move(encoder)), m_plan(m_encoder.plan()), m_source(source)
    {
    }

    BatchBuffers newBuffers() const
    {
        const std::uint64_t segments = m_plan.file.segmentCount();
        const std::size_t capacity = pipeline::segmentsPerBatch(m_plan);
        return BatchBuffers(m_plan,
                            static_cast<std::size_t>(std::min<std::uint64_t>(capacity, segments)));
    }

    bool complete() const { return m_encoder.complete(); }

    /// Reads and encodes the next run.
    asio::awaitable<Result<EncodedSegments>> encodeNext(BatchBuffers buffers)
    {
        PlainSegments plain(std::move(buffers), m_encoder.next());
        TARN_CO_TRY_VOID(co_await m_source.read(m_plan.file.rangeOf(plain.first()).begin, //
                                                plain.text()));
        if (m_plan.file.size() <= kInlineBytes) co_return m_encoder.encode(std::move(plain));
        auto encode = [this, &plain] { return m_encoder.encode(std::move(plain)); };
        co_return co_await runOn(m_parts.cpu, encode);
    }

    /// After the last run: the hashes of the whole file.
    asio::awaitable<void> finish()
    {
        auto finish = [this] {
            m_finished.emplace(std::move(m_encoder).finish());
            return true;
        };
        if (m_plan.file.size() <= kInlineBytes) {
            finish();
        } else {
            co_await runOn(m_parts.cpu, finish);
        }
    }

    const Hash256& extensionHash() const { return m_finished->uriExtensionHash(); }

    /// Whether the trailers may go with the last run. They do when that is the only run: then
    /// they are short, and a share can still move to another server.
    bool trailersAreSmall(const EncodedSegments& last) const
    {
        return last.first().value == 0 ||
               m_plan.trailerSize() * m_plan.file.total() <= kTrailerBytes;
    }

    /// A run without what follows the blocks.
    asio::awaitable<Result<void>> push(SharePusher& pusher, const EncodedSegments& run)
    {
        const bool first = run.first().value == 0;
        const Bytes header = m_plan.shareHeader();
        SharePusher::PiecesOf piecesOf = [&, first](ShareNumber share, SharePieces& pieces) {
            if (first) pieces.add(header);
            addBlocks(run, share, pieces);
        };
        co_return co_await pusher.push(offsetOf(run), false, std::move(piecesOf));
    }

    /// The last run and, finish()ed, what follows it.
    asio::awaitable<Result<void>> pushWithTrailers(SharePusher& pusher, const EncodedSegments& run)
    {
        co_await makeTrailers(0, m_plan.file.total());
        const bool first = run.first().value == 0;
        const Bytes header = m_plan.shareHeader();
        SharePusher::PiecesOf piecesOf = [&, first](ShareNumber share, SharePieces& pieces) {
            if (first) pieces.add(header);
            addBlocks(run, share, pieces);
            pieces.add(m_trailers.at(share));
        };
        co_return co_await pusher.push(offsetOf(run), true, std::move(piecesOf));
    }

    /// When all runs are sent and finish()ed: the trailers, a few shares at a time.
    asio::awaitable<Result<void>> pushTrailers(SharePusher& pusher)
    {
        const std::uint64_t fitting = kTrailerBytes / m_plan.trailerSize();
        const auto step =
            static_cast<unsigned>(std::clamp<std::uint64_t>(fitting, 1, m_plan.file.total()));
        for (unsigned begin = 0; begin < m_plan.file.total(); begin += step) {
            const unsigned end = std::min<unsigned>(begin + step, m_plan.file.total());
            co_await makeTrailers(begin, end);
            std::set<ShareNumber> shares;
            for (const auto& [share, trailer] : m_trailers)
                shares.insert(share);
            SharePusher::PiecesOf piecesOf = [this](ShareNumber share, SharePieces& pieces) {
                pieces.add(m_trailers.at(share));
            };
            TARN_CO_TRY_VOID(co_await pusher.pushTo(std::move(shares), m_plan.trailerBegin(), true,
                                                    std::move(piecesOf)));
        }
        co_return ok();
    }

private:
    /// Where in every share the run begins; the first one brings the header.
    std::uint64_t offsetOf(const EncodedSegments& run) const
    {
        if (run.first().value == 0) return 0;
        return m_plan.layout.data + m_plan.file.blockRangeOf(run.first()).begin;
    }

    static void addBlocks(const EncodedSegments& run, ShareNumber share, SharePieces& pieces)
    {
        for (const ByteView blocks : run.blocksOf(share))
            pieces.add(blocks);
    }

    /// Those of the shares [begin, end), in place of others.
    asio::awaitable<void> makeTrailers(unsigned begin, unsigned end)
    {
        m_trailers.clear();
        auto make = [this, begin, end] {
            for (unsigned share = begin; share < end; ++share)
                m_trailers.emplace(ShareNumber{share}, m_finished->trailer(ShareNumber{share}));
            return true;
        };
        if (m_plan.file.size() <= kInlineBytes) {
            make();
        } else {
            co_await runOn(m_parts.cpu, make);
        }
    }

    EncodeParts m_parts;
    ImmutableEncoder m_encoder;
    EncodingPlan m_plan;
    SegmentSource& m_source;
    std::optional<FinishedFile> m_finished;
    std::map<ShareNumber, Bytes> m_trailers; ///< of the shares being finished
};

/// All runs, each encoded while the one before travels.
asio::awaitable<Result<void>> pushAll(EncodingRun& encoding, SharePusher& pusher,
                                      EncodedSegments ready)
{
    using namespace asio::experimental::awaitable_operators;
    std::optional<BatchBuffers> spare;
    while (!encoding.complete()) {
        BatchBuffers buffers = spare ? *std::move(spare) : encoding.newBuffers();
        spare.reset();
        asio::awaitable<Result<void>> pushing = encoding.push(pusher, ready);
        asio::awaitable<Result<EncodedSegments>> encoded = encoding.encodeNext(std::move(buffers));
        auto [pushed, next] = co_await (std::move(pushing) && std::move(encoded));
        TARN_CO_TRY_VOID(std::move(pushed));
        if (!next) co_return std::move(next).error();
        spare.emplace(std::move(ready).release());
        ready = *std::move(next);
    }
    spare.reset();
    if (encoding.trailersAreSmall(ready)) {
        co_await encoding.finish();
        co_return co_await encoding.pushWithTrailers(pusher, ready);
    }
    TARN_CO_TRY_VOID(co_await encoding.push(pusher, ready));
    { // The blocks are not needed any more; the hash trees take their memory.
        const BatchBuffers sent = std::move(ready).release();
    }
    co_await encoding.finish();
    co_return co_await encoding.pushTrailers(pusher);
}

} // namespace

asio::awaitable<Result<Hash256>> encodeAndPush(EncodeParts parts, StorageIndex index,
                                               ImmutableEncoder encoder, SegmentSource& source,
                                               std::vector<ServerPtr> known, UploadTimings& timings)
{
    using namespace asio::experimental::awaitable_operators;
    const TimePoint begun = parts.clock.now();
    parts.status.phase = UploadPhase::Locating;
    EncodingRun encoding(parts, std::move(encoder), source);
    asio::awaitable<Result<void>> selecting = parts.selector.select(std::move(known));
    BatchBuffers buffers = encoding.newBuffers();
    asio::awaitable<Result<EncodedSegments>> encoded = encoding.encodeNext(std::move(buffers));
    auto [selected, first] = co_await (std::move(selecting) && std::move(encoded));
    TARN_CO_TRY_VOID(std::move(selected));
    if (!first) co_return std::move(first).error();
    const TimePoint located = parts.clock.now();
    timings.locate = located - begun;

    parts.status.phase = UploadPhase::Pushing;
    PusherParts pusherParts{parts.clock, parts.selector, parts.status, parts.writeDeadline};
    SharePusher pusher(pusherParts, index, parts.selector.targets());
    EncodedSegments ready = *std::move(first);
    TARN_CO_TRY_VOID(co_await pushAll(encoding, pusher, std::move(ready)));
    timings.push = parts.clock.now() - located;
    co_return encoding.extensionHash();
}

} // namespace tarn::gateway
