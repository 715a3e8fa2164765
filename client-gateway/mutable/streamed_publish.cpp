#include "client-gateway/mutable/streamed_publish.h"

#include "client-gateway/async/parallel.h"
#include "client-gateway/mutable/run_encoder.h"
#include "client-gateway/mutable/share_streams.h"
#include "core/share/hash_sections.h"

#include <algorithm>

namespace tarn::gateway {

namespace {

/// Bytes of blocks that are made and sent at a time: of 8 segments, 3-of-10.
constexpr std::uint64_t kRunBytes = std::uint64_t{7} << 19U;

/// A run of segments from its receipt until it is sent.
struct Run
{
    Bytes plain;
    Bytes blocks; ///< share after share
};

/// One version on its way.
struct Streaming
{
    const MutableParts& parts;
    const Publication& what;
    RunEncoder& encoder;
    ShareStreams& streams;
    ArrivingBody& body;
    std::uint64_t received = 0; ///< segments
    Duration encoding{};
};

asio::awaitable<Result<void>> fill(Streaming& work, Run& run)
{
    const share::MutableShape& shape = work.encoder.terms().shape;
    const std::uint64_t most = work.encoder.segmentsIn(kRunBytes);
    TARN_CO_TRY(const pipeline::MutableSpan span, co_await work.body.next(shape, most, run.plain));
    const std::vector<crypto::Salt> salts = work.encoder.saltsFor(span, work.parts.random);
    const TimePoint begun = work.parts.clock.now();
    auto job = [&] { return work.encoder.encode(span, salts, run.plain, run.blocks); };
    TARN_CO_TRY_VOID(co_await runOn(work.parts.cpu, job));
    work.encoding += work.parts.clock.now() - begun;
    work.received += span.count;
    co_return ok();
}

asio::awaitable<Result<void>> sendBlocks(Streaming& work)
{
    Run sent;
    Run next;
    TARN_CO_TRY_VOID(co_await fill(work, sent));
    while (work.received < work.encoder.span().count) {
        std::vector<asio::awaitable<Result<void>>> both;
        both.push_back(work.streams.write(sent.blocks));
        both.push_back(fill(work, next));
        const std::vector<Result<void>> outcomes = co_await allOf(std::move(both));
        for (const Result<void>& outcome : outcomes)
            TARN_CO_TRY_VOID(outcome);
        std::swap(sent, next);
    }
    co_return co_await work.streams.write(sent.blocks);
}

/// In the order in which the container of a share has them, as far as they are known early.
std::vector<storage_api::WriteSpot> spotsOf(const share::MutableSections& sections,
                                            cap::MutableFormat format)
{
    std::vector<storage_api::WriteSpot> spots;
    const ByteRange head{0, share::mutableHeadSize(format)};
    for (const ByteRange& range :
         {sections.shareData, sections.blockHashTree, sections.shareHashChain, sections.signature,
          sections.publicKey, sections.encryptedPrivateKey, head})
        if (!range.empty()) spots.push_back({range.begin, range.size()});
    return spots;
}

/// All but the blocks: what follows them, share by share.
struct Ending
{
    share::MutableHeader header;
    std::vector<Bytes> tails;
};

Result<Ending> endOf(const RunEncoder& encoder, const Publication& what, std::uint64_t sequence)
{
    std::vector<Hash256> roots;
    Ending ending;
    for (const std::vector<Hash256>& leaves : encoder.leaves()) {
        const hashtree::HashTree tree = hashtree::HashTree::build(leaves);
        roots.push_back(tree.root());
        share::appendTree(ending.tails.emplace_back(), tree);
    }
    TARN_TRY(const pipeline::SealedVersion sealed,
             pipeline::sealMutableVersion(encoder.terms(), sequence, roots, what.key,
                                          *what.file.writeKey));
    for (std::size_t share = 0; share < ending.tails.size(); ++share) {
        Bytes& tail = ending.tails[share];
        append(tail, sealed.chains[share]);
        append(tail, sealed.signature);
        append(tail, sealed.publicKey);
        append(tail, sealed.encryptedPrivateKey);
        append(tail, sealed.head);
    }
    ending.header = sealed.layout.header;
    return ending;
}

std::shared_ptr<BlockHashes> keptHashes(const RunEncoder& encoder)
{
    const auto count = static_cast<std::size_t>(encoder.span().count);
    const bool few =
        count * encoder.terms().shape.total() * Hash256::kSize <= SeenVersions::kMostHashBytes;
    return few ? std::make_shared<BlockHashes>(encoder.leaves()) : nullptr;
}

asio::awaitable<Result<StreamedVersion>> publish(const MutableParts& parts, const Publication& what,
                                                 ArrivingBody& body, const TransferLogPtr& log,
                                                 TransferRecord& record)
{
    TARN_CO_TRY(const pipeline::MutableTerms terms,
                termsOf(parts, what, body.announced().value_or(0)));
    TARN_CO_TRY(const share::MutableSections sections,
                pipeline::layOutVersion(terms.shape, what.key));
    pipeline::MutableSpan all;
    all.count = terms.shape.segmentCount();
    RunEncoder encoder(terms, all);
    ShareStreams streams(parts, what, spotsOf(sections, what.file.format), log);
    TARN_CO_TRY_VOID(co_await streams.open());
    Streaming work{parts, what, encoder, streams, body};
    TARN_CO_TRY_VOID(co_await sendBlocks(work));
    record.took("encode", work.encoding);
    const std::uint64_t sequence = nextSequence(parts, what);
    auto job = [&] { return endOf(encoder, what, sequence); };
    TARN_CO_TRY(const Ending ending, co_await runOn(parts.cpu, job));
    Bytes check = share::checkStringOf(ending.header);
    TARN_CO_TRY(std::vector<SeenShare> places,
                co_await streams.finish(ending.tails, std::move(check)));
    rememberWritten(parts, what.file, ending.header, keptHashes(encoder));
    std::set<ShareNumber> written;
    for (const SeenShare& place : places)
        written.insert(place.share);
    parts.seenVersions.notePlaces(what.file.index, std::move(places));
    StreamedVersion version;
    version.sequence = ending.header.sequence;
    version.whole = written.size() == what.total;
    co_return version;
}

} // namespace

asio::awaitable<Result<StreamedVersion>> publishStreamed(MutableParts parts, Publication what,
                                                         ArrivingBody& body)
{
    const auto log = std::make_shared<TransferLog>(parts.clock);
    const std::unique_ptr<TransferRecord> record =
        beginTransfer(parts, what.file, TransferKind::Publish, log, body.announced());
    record->encoded(what.needed, what.total);
    Result<StreamedVersion> version = co_await publish(parts, what, body, log, *record);
    tellSending(*record, *log);
    if (version) record->moved(body.announced().value_or(0));
    record->end(version);
    co_return version;
}

} // namespace tarn::gateway
