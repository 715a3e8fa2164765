#include "client-gateway/mutable/version_encoder.h"

#include "client-gateway/async/parallel.h"
#include "client-gateway/mutable/run_encoder.h"
#include "core/hashtree/hash_tree.h"
#include "core/pipeline/mutable/changed_tree.h"
#include "core/pipeline/mutable/stripe_encoder.h"

#include <algorithm>
#include <array>

namespace tarn::gateway {

namespace {

/// Bytes of blocks that one job makes: of 8 segments, 3-of-10.
constexpr std::uint64_t kRunBytes = std::uint64_t{7} << 19U;
/// Of a segment that is no larger all is in memory.
constexpr std::uint64_t kLeastStriped = std::uint64_t{2} << 20U;
constexpr std::uint64_t kShortestStripe = 4096;
/// Side by side, where there are cores.
constexpr std::size_t kRunsAtOnce = 2;

using Base = std::span<const std::span<const Hash256>>;

/// One version being encoded.
struct Work
{
    RunEncoder encoder;
    EncodedVersion& out;
    std::array<Bytes, kRunsAtOnce> room{}; ///< for the blocks of one run each
};

/// \param room  for the blocks.
Result<void> encodeRun(Work& work, pipeline::MutableSpan run, std::span<const crypto::Salt> salts,
                       MutableByteView plain, Bytes& room)
{
    TARN_TRY_VOID(work.encoder.encode(run, salts, plain, room));
    const share::MutableShape& shape = work.encoder.terms().shape;
    const ByteRange whole = shape.storedRange(run.first, run.count);
    const auto perShare = static_cast<std::size_t>(whole.size());
    for (unsigned share = 0; share < shape.total(); ++share)
        TARN_TRY_VOID(
            work.out.images->writeBlocking(share, whole.begin - work.out.stored.begin,
                                           ByteView(room).subspan(share * perShare, perShare)));
    return ok();
}

asio::awaitable<Result<void>> readAndEncode(MutableParts parts, Work& work,
                                            pipeline::MutableSpan run, PlainSource& plain,
                                            Bytes& room)
{
    const ByteRange range = work.encoder.terms().shape.plainRange(run.first, run.count);
    Bytes bytes(static_cast<std::size_t>(range.size()));
    TARN_CO_TRY_VOID(co_await plain.read(range.begin, bytes));
    const std::vector<crypto::Salt> salts = work.encoder.saltsFor(run, parts.random);
    auto job = [&] { return encodeRun(work, run, salts, bytes, room); };
    co_return co_await runOn(parts.cpu, job);
}

asio::awaitable<Result<void>> encodeSpan(MutableParts parts, Work& work, PlainSource& plain)
{
    const pipeline::MutableSpan span = work.encoder.span();
    const std::uint64_t end = span.first + span.count;
    const std::uint64_t most = work.encoder.segmentsIn(kRunBytes);
    // Of a few segments each run gets as many.
    const std::uint64_t perRun =
        std::clamp<std::uint64_t>((span.count + kRunsAtOnce - 1) / kRunsAtOnce, 1, most);
    for (std::uint64_t first = span.first; first < end;) {
        std::vector<asio::awaitable<Result<void>>> runs;
        for (; first < end && runs.size() < kRunsAtOnce; first += perRun) {
            pipeline::MutableSpan run;
            run.first = first;
            run.count = std::min(perRun, end - first);
            runs.push_back(readAndEncode(parts, work, run, plain, work.room[runs.size()]));
        }
        const std::vector<Result<void>> encoded = co_await allOf(std::move(runs));
        for (const Result<void>& one : encoded)
            TARN_CO_TRY_VOID(one);
    }
    co_return ok();
}

/// The only segment, of all shares the same bytes at a time.
asio::awaitable<Result<void>> encodeStripes(MutableParts parts, Work& work, PlainSource& plain)
{
    const share::MutableShape& shape = work.encoder.terms().shape;
    pipeline::StripeEncoder stripes(work.encoder.terms());
    const std::uint64_t step = std::max(kShortestStripe, kRunBytes / shape.total());
    Bytes room(static_cast<std::size_t>(step * shape.needed()));
    Bytes& blocks = work.room.front();
    for (std::uint64_t at = 0; at < stripes.blockSize(); at += step) {
        const ByteRange stripe{at, std::min(at + step, stripes.blockSize())};
        const auto length = static_cast<std::size_t>(stripe.size());
        std::vector<MutableByteView> pieces;
        for (unsigned i = 0; i < shape.needed(); ++i) {
            pieces.push_back(MutableByteView(room).subspan(i * length, length));
            const ByteRange range = stripes.plainOf(i, stripe);
            const MutableByteView into =
                pieces.back().first(static_cast<std::size_t>(range.size()));
            if (!into.empty()) {
                TARN_CO_TRY_VOID(co_await plain.read(range.begin, into));
            }
        }
        auto job = [&]() -> Result<void> {
            TARN_TRY_VOID(stripes.encode(stripe, pieces, blocks));
            for (unsigned share = 0; share < shape.total(); ++share)
                TARN_TRY_VOID(work.out.images->writeBlocking(
                    share, at, ByteView(blocks).subspan(share * length, length)));
            return ok();
        };
        TARN_CO_TRY_VOID(co_await runOn(parts.cpu, job));
    }
    const std::vector<Hash256> leaves = stripes.leaves();
    work.encoder.setLeaves(0, leaves);
    co_return ok();
}

std::uint64_t sumOf(std::span<const ByteRange> ranges)
{
    std::uint64_t sum = 0;
    for (const ByteRange range : ranges)
        sum += range.size();
    return sum;
}

/// Copies the written parts of each share's tree behind its blocks. \return the roots.
Result<std::vector<Hash256>> plantTrees(const Work& work, Base base)
{
    std::vector<Hash256> roots;
    const share::MutableShape& shape = work.encoder.terms().shape;
    const auto count = static_cast<std::size_t>(shape.segmentCount());
    const auto first = static_cast<std::ptrdiff_t>(work.encoder.span().first);
    const unsigned total = shape.total();
    if (count * total * Hash256::kSize <= SeenVersions::kMostHashBytes)
        work.out.leaves = std::make_shared<BlockHashes>();
    for (unsigned share = 0; share < total; ++share) {
        std::vector<Hash256> leaves(count);
        if (!base.empty())
            std::copy_n(base[share].begin(), std::min(count, base[share].size()), leaves.begin());
        const std::vector<Hash256>& fresh = work.encoder.leaves()[share];
        std::copy(fresh.begin(), fresh.end(), leaves.begin() + first);
        const hashtree::HashTree tree = hashtree::HashTree::build(leaves);
        roots.push_back(tree.root());
        if (work.out.leaves) work.out.leaves->push_back(std::move(leaves));
        Bytes written;
        for (const ByteRange part : work.out.treeParts) {
            const auto begin = static_cast<std::size_t>(part.begin / Hash256::kSize);
            const auto end = static_cast<std::size_t>(part.end / Hash256::kSize);
            for (std::size_t node = begin; node < end; ++node)
                append(written, tree.node(node).view());
        }
        TARN_TRY_VOID(work.out.images->writeBlocking(share, work.out.stored.size(), written));
    }
    return roots;
}

asio::awaitable<Result<EncodedVersion>> encode(MutableParts parts, const Publication& what,
                                               pipeline::MutableTerms& terms, PlainSource& plain,
                                               Base base, pipeline::MutableSpan span,
                                               std::vector<ByteRange> treeParts)
{
    EncodedVersion encoded;
    encoded.stored = terms.shape.storedRange(span.first, span.count);
    encoded.treeParts = std::move(treeParts);
    encoded.imageSize = encoded.stored.size() + sumOf(encoded.treeParts);
    TARN_CO_TRY(encoded.images,
                co_await ShareImages::make(parts.spool, parts.disk, encoded.imageSize, what.total));
    Work work{RunEncoder(terms, span), encoded};
    if (goesInStripes(what, plain)) {
        TARN_CO_TRY_VOID(co_await encodeStripes(parts, work, plain));
    } else {
        TARN_CO_TRY_VOID(co_await encodeSpan(parts, work, plain));
    }
    const std::uint64_t sequence = nextSequence(parts, what);
    auto job = [&]() -> Result<pipeline::SealedVersion> {
        TARN_TRY(const std::vector<Hash256> roots, plantTrees(work, base));
        return pipeline::sealMutableVersion(terms, sequence, roots, what.key, *what.file.writeKey);
    };
    TARN_CO_TRY(encoded.sealed, co_await runOn(parts.cpu, job));
    TARN_CO_TRY_VOID(co_await encoded.images->finish());
    co_return encoded;
}

} // namespace

std::uint64_t nextSequence(const MutableParts& parts, const Publication& what)
{
    const std::uint64_t known = parts.seenVersions.newest(what.file.index);
    return std::max(known, what.map.highestSequence()) + 1;
}

bool goesInStripes(const Publication& what, const PlainSource& plain)
{
    return what.file.format == cap::MutableFormat::Sdmf && plain.size() >= kLeastStriped &&
           plain.givesParts();
}

bool EncodedVersion::fitsOver(const share::MutableLayout& older) const
{
    const share::MutableSections& a = sealed.layout.sections;
    const share::MutableSections& b = older.sections;
    // Of a longer version the tree is written whole.
    const bool longer = sealed.layout.header.dataLength != older.header.dataLength;
    return a.publicKey == b.publicKey && a.signature == b.signature &&
           a.shareHashChain == b.shareHashChain && a.shareData.begin == b.shareData.begin &&
           a.encryptedPrivateKey == b.encryptedPrivateKey &&
           (longer || a.blockHashTree == b.blockHashTree);
}

std::vector<storage_api::WriteVector> EncodedVersion::writesOf(ShareNumber share) const
{
    const share::MutableSections& at = sealed.layout.sections;
    ByteView image = images->of(share.value);
    std::vector<storage_api::WriteVector> out;
    const auto add = [&out](std::uint64_t offset, ByteView data) {
        if (!data.empty()) out.push_back({offset, data});
    };
    const auto addFromImage = [&](std::uint64_t offset, ByteRange range) {
        const auto size = static_cast<std::size_t>(range.size());
        add(offset + range.begin, image.first(size));
        image = image.subspan(size);
    };
    add(0, sealed.head);
    add(at.publicKey.begin, sealed.publicKey);
    add(at.signature.begin, sealed.signature);
    add(at.shareHashChain.begin, sealed.chains[share.value]);
    addFromImage(at.shareData.begin, stored);
    for (const ByteRange part : treeParts)
        addFromImage(at.blockHashTree.begin, part);
    add(at.encryptedPrivateKey.begin, sealed.encryptedPrivateKey);
    return out;
}

Result<pipeline::MutableTerms> termsOf(const MutableParts& parts, const Publication& what,
                                       std::uint64_t size)
{
    TARN_TRY(const share::MutableShape shape,
             share::MutableShape::forNewVersion(what.file.format, size, what.needed, what.total));
    TARN_TRY(erasure::Encoder code, erasure::Encoder::make(what.needed, what.total));
    pipeline::MutableTerms terms{shape, std::move(code), *what.file.readKey, crypto::Salt()};
    parts.random.fill(terms.salt.mutableView());
    return terms;
}

void rememberWritten(const MutableParts& parts, const MutableFile& file,
                     const share::MutableHeader& header, std::shared_ptr<const BlockHashes> leaves)
{
    parts.seenVersions.note(file.index, header.sequence);
    parts.seenVersions.noteHashes(file.index, VersionId::of(header), std::move(leaves));
}

asio::awaitable<Result<EncodedVersion>> encodeVersion(MutableParts parts, const Publication& what,
                                                      PlainSource& plain)
{
    TARN_CO_TRY(pipeline::MutableTerms terms, termsOf(parts, what, plain.size()));
    pipeline::MutableSpan all;
    all.count = terms.shape.segmentCount();
    const std::uint64_t tree = pipeline::blockHashTreeOf(terms.shape).nodeCount() * Hash256::kSize;
    std::vector<ByteRange> whole;
    whole.push_back(ByteRange{0, tree});
    co_return co_await encode(parts, what, terms, plain, Base(), all, std::move(whole));
}

asio::awaitable<Result<EncodedVersion>> encodeChange(MutableParts parts, const Publication& what,
                                                     PlainSource& plain, ChangeBase base,
                                                     pipeline::MutableSpan changed)
{
    TARN_CO_TRY(pipeline::MutableTerms terms, termsOf(parts, what, plain.size()));
    if (terms.shape.segmentSize() != base.header.segmentSize)
        co_return Error(ErrorCode::Unsupported, "segments of another size");
    const hashtree::TreeShape tree = pipeline::blockHashTreeOf(terms.shape);
    std::vector<ByteRange> treeParts;
    if (plain.size() == base.header.dataLength)
        treeParts = pipeline::changedTreeParts(tree, changed.first, changed.count);
    else // it lies behind the blocks
        treeParts.push_back(ByteRange{0, tree.nodeCount() * Hash256::kSize});
    co_return co_await encode(parts, what, terms, plain, base.leaves, changed,
                              std::move(treeParts));
}

} // namespace tarn::gateway
