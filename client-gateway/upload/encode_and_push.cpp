#include "client-gateway/upload/encode_and_push.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <optional>

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

    /// After the last run: what follows the blocks in every share.
    asio::awaitable<void> finish()
    {
        auto finish = [this] {
            m_finished.emplace(std::move(m_encoder).finish());
            for (unsigned share = 0; share < m_plan.file.total(); ++share)
                m_trailers.push_back(m_finished->trailer(ShareNumber{share}));
            return true;
        };
        if (m_plan.file.size() <= kInlineBytes) {
            finish();
        } else {
            co_await runOn(m_parts.cpu, finish);
        }
    }

    const Hash256& extensionHash() const { return m_finished->uriExtensionHash(); }

    asio::awaitable<Result<void>> push(SharePusher& pusher, const EncodedSegments& run)
    {
        const bool first = run.first().value == 0;
        const bool last = run.endsFile();
        const std::uint64_t offset =
            first ? 0 : m_plan.layout.data + m_plan.file.blockRangeOf(run.first()).begin;
        const Bytes header = m_plan.shareHeader();
        auto piecesOf = [&, first, last](ShareNumber share, SharePieces& pieces) {
            if (first) pieces.add(header);
            for (const ByteView blocks : run.blocksOf(share))
                pieces.add(blocks);
            if (last) pieces.add(m_trailers[share.value]);
        };
        SharePusher::PiecesOf callback = piecesOf;
        co_return co_await pusher.push(offset, last, std::move(callback));
    }

private:
    EncodeParts m_parts;
    ImmutableEncoder m_encoder;
    EncodingPlan m_plan;
    SegmentSource& m_source;
    std::optional<FinishedFile> m_finished;
    std::vector<Bytes> m_trailers; ///< by share
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
    co_await encoding.finish();
    co_return co_await encoding.push(pusher, ready);
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
