#include "client-gateway/mutable/version_reader.h"

#include "client-gateway/async/parallel.h"
#include "core/codec/base32.h"
#include "core/pipeline/mutable/encode_segments.h"
#include "core/share/hash_sections.h"

#include <algorithm>

namespace tarn::gateway {

namespace {

/// Plaintext bytes of a run of segments.
constexpr std::uint64_t kRunBytes = std::uint64_t{1} << 20U;

class MemorySink final : public DownloadSink
{
public:
    asio::awaitable<Result<void>> write(ByteView piece) override
    {
        append(bytes, piece);
        co_return ok();
    }
    Bytes bytes;
};

} // namespace

Result<std::shared_ptr<VersionReader>> VersionReader::make(MutableParts parts, MutableFile file,
                                                           const ServerMap& map, VersionId version)
{
    const share::MutableLayout layout = map.layoutOf(version);
    TARN_TRY(const share::MutableShape shape, share::MutableShape::of(layout.header));
    if (layout.sections.shareData.size() != shape.shareDataSize())
        return Error(ErrorCode::Corrupt, "mutable share: data of another size than its segments");
    const hashtree::TreeShape tree(shape.segmentCount());
    if (layout.sections.blockHashTree.size() != tree.nodeCount() * Hash256::kSize)
        return Error(ErrorCode::Corrupt, "mutable share: block hash tree of a wrong size");
    std::shared_ptr<VersionReader> reader(
        new VersionReader(std::move(parts), std::move(file), std::move(version), layout, shape));
    reader->addCopies(map);
    return reader;
}

void VersionReader::addCopies(const ServerMap& map)
{
    for (const auto& [place, mapped] : map.shares) {
        if (mapped.version != m_version) continue;
        const auto same = [&](const CopyPtr& copy) {
            return copy->share == place.second && copy->server->id == place.first;
        };
        if (std::any_of(m_copies.begin(), m_copies.end(), same)) continue;
        auto copy = std::make_shared<Copy>();
        copy->server = mapped.server;
        copy->share = place.second;
        copy->front = mapped.front;
        m_copies.push_back(std::move(copy));
    }
    std::stable_sort(m_copies.begin(), m_copies.end(),
                     [](const CopyPtr& a, const CopyPtr& b) { return a->share < b->share; });
}

Result<std::vector<VersionReader::CopyPtr>> VersionReader::choose() const
{
    std::vector<CopyPtr> chosen;
    for (const CopyPtr& copy : m_copies) {
        if (!copy->usable()) continue;
        if (!chosen.empty() && chosen.back()->share == copy->share) continue;
        chosen.push_back(copy);
        if (chosen.size() == m_shape.needed()) return chosen;
    }
    return notEnough();
}

Error VersionReader::notEnough() const
{
    std::string why = "sequence " + std::to_string(m_version.sequence) + " needs " +
                      std::to_string(m_shape.needed()) + " good shares";
    for (const BadShare& bad : badCopies())
        why += "; share " + std::to_string(bad.share.value) + " of server " + bad.serverId + ": " +
               bad.reason;
    return Error(ErrorCode::NotEnoughShares, why);
}

void VersionReader::reject(Copy& copy, const Error& why)
{
    if (!copy.usable()) return;
    copy.reason = why.message();
    copy.state = ShareState::Failed;
    if (why.code() == ErrorCode::NotFound) copy.state = ShareState::Missing;
    if (why.code() != ErrorCode::Corrupt) return;
    copy.state = ShareState::Corrupt;
    adviseMutable(m_parts, m_file, copy.server, copy.share, copy.reason);
}

asio::awaitable<Result<Bytes>> VersionReader::fetch(CopyPtr copy, ByteRange range)
{
    if (range.end > copy->front.size()) ++copy->requests;
    Result<Bytes> bytes =
        co_await readMapped(m_parts, m_file.index, copy->server, copy->share, copy->front, range);
    if (bytes) copy->bytesRead += bytes->size();
    co_return bytes;
}

asio::awaitable<Result<void>> VersionReader::openCopy(CopyPtr copy)
{
    if (copy->opened) co_return ok();
    const hashtree::TreeShape tree(m_shape.segmentCount());
    const std::uint64_t first =
        m_layout.sections.blockHashTree.begin + tree.nodeOfLeaf(0) * Hash256::kSize;
    const ByteRange leafRange{first, first + m_shape.segmentCount() * Hash256::kSize};
    TARN_CO_TRY(const Bytes leafBytes, co_await fetch(copy, leafRange));
    TARN_CO_TRY(const Bytes chain, co_await fetch(copy, m_layout.sections.shareHashChain));
    std::vector<Hash256> leaves;
    for (std::size_t at = 0; at < leafBytes.size(); at += Hash256::kSize)
        leaves.push_back(Hash256::prefixOf(ByteView(leafBytes).subspan(at)));
    auto job = [&] {
        return pipeline::proveMutableShare(m_layout.header, copy->share, leaves, chain);
    };
    TARN_CO_TRY_VOID(co_await runOn(m_parts.cpu, job));
    if (copy->opened) co_return ok(); // by another read meanwhile
    copy->leaves = std::move(leaves);
    copy->opened = true;
    copy->state = ShareState::Used;
    co_return ok();
}

asio::awaitable<Result<std::span<const Hash256>>> VersionReader::leavesOf(ShareNumber share)
{
    const std::vector<CopyPtr> copies = m_copies;
    for (const CopyPtr& copy : copies) {
        if (copy->share != share || !copy->usable()) continue;
        const Result<void> opened = co_await openCopy(copy);
        if (opened) co_return std::span<const Hash256>(copy->leaves);
        reject(*copy, opened.error());
    }
    co_return notEnough();
}

asio::awaitable<Result<std::vector<std::span<const Hash256>>>> VersionReader::allLeaves()
{
    std::vector<asio::awaitable<Result<std::span<const Hash256>>>> work;
    for (std::uint32_t share = 0; share < m_shape.total(); ++share)
        work.push_back(leavesOf(ShareNumber{share}));
    const std::vector<Result<std::span<const Hash256>>> found = co_await allOf(std::move(work));
    std::vector<std::span<const Hash256>> leaves;
    for (const Result<std::span<const Hash256>>& one : found) {
        if (!one) co_return one.error();
        leaves.push_back(*one);
    }
    co_return leaves;
}

asio::awaitable<Result<Bytes>> VersionReader::stored(CopyPtr copy, pipeline::MutableSpan span)
{
    TARN_CO_TRY_VOID(co_await openCopy(copy));
    const ByteRange inData = m_shape.storedRange(span.first, span.count);
    const std::uint64_t base = m_layout.sections.shareData.begin;
    const ByteRange range{base + inData.begin, base + inData.end};
    co_return co_await fetch(copy, range);
}

asio::awaitable<Result<Bytes>> VersionReader::run(pipeline::MutableSpan span)
{
    for (;;) {
        TARN_CO_TRY(const std::vector<CopyPtr> chosen, choose());
        std::vector<asio::awaitable<Result<Bytes>>> reads;
        for (const CopyPtr& copy : chosen)
            reads.push_back(stored(copy, span));
        const std::vector<Result<Bytes>> blocks = co_await allOf(std::move(reads));
        std::vector<pipeline::MutableRun> runs;
        for (std::size_t i = 0; i < chosen.size(); ++i) {
            if (blocks[i])
                runs.push_back({chosen[i]->share, *blocks[i], chosen[i]->leaves});
            else
                reject(*chosen[i], blocks[i].error());
        }
        if (runs.size() < chosen.size()) continue;
        std::vector<Result<void>> verdicts(runs.size(), ok());
        auto job = [&]() -> Result<Bytes> {
            bool good = true;
            for (std::size_t i = 0; i < runs.size(); ++i) {
                verdicts[i] = pipeline::verifyMutableRun(m_shape, span, runs[i]);
                good = good && verdicts[i].has_value();
            }
            if (!good) return Error(ErrorCode::Corrupt, "bad blocks");
            return pipeline::decodeMutableRun(m_shape, span, runs, *m_file.readKey,
                                              m_layout.header.salt);
        };
        Result<Bytes> plain = co_await runOn(m_parts.cpu, job);
        if (plain) co_return plain;
        const bool allGood = std::all_of(verdicts.begin(), verdicts.end(),
                                         [](const Result<void>& one) { return one.has_value(); });
        if (allGood) co_return plain; // the writer's fault, in shares that all belong together
        for (std::size_t i = 0; i < chosen.size(); ++i)
            if (!verdicts[i]) reject(*chosen[i], verdicts[i].error());
    }
}

asio::awaitable<Result<void>> VersionReader::writeRun(Bytes plain, pipeline::MutableSpan span,
                                                      ByteRange range, DownloadSink& sink)
{
    const ByteRange have = m_shape.plainRange(span.first, span.count);
    const std::uint64_t begin = std::max(have.begin, range.begin);
    const std::uint64_t end = std::min(have.end, range.end);
    const ByteView piece = ByteView(plain).subspan(static_cast<std::size_t>(begin - have.begin),
                                                   static_cast<std::size_t>(end - begin));
    co_return co_await sink.write(piece);
}

asio::awaitable<Result<void>> VersionReader::read(ByteRange range, DownloadSink& sink)
{
    if (range.begin > range.end || range.end > m_shape.size())
        co_return Error(ErrorCode::InvalidInput, "the range leaves the file");
    if (range.empty()) co_return ok();
    const std::uint64_t last = (range.end - 1) / m_shape.segmentSize();
    const std::uint64_t atOnce = std::max<std::uint64_t>(1, kRunBytes / m_shape.segmentSize());
    pipeline::MutableSpan span;
    span.first = range.begin / m_shape.segmentSize();
    span.count = std::min(atOnce, last - span.first + 1);
    TARN_CO_TRY(Bytes plain, co_await run(span));
    while (span.first + span.count <= last) {
        // The next run is on its way while this one goes out.
        pipeline::MutableSpan following;
        following.first = span.first + span.count;
        following.count = std::min(atOnce, last - following.first + 1);
        std::optional<Result<Bytes>> fetched;
        std::optional<Result<void>> written;
        TaskGroup both(m_parts.engine);
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

asio::awaitable<Result<Bytes>> VersionReader::read(ByteRange range)
{
    MemorySink sink;
    TARN_CO_TRY_VOID(co_await read(range, sink));
    co_return std::move(sink.bytes);
}

DownloadStatus VersionReader::status() const
{
    DownloadStatus status;
    status.storageIndex = codec::encodeBase32(m_file.index);
    for (const CopyPtr& copy : m_copies)
        status.shares.push_back({copy->share, copy->server->id, copy->state, copy->reason,
                                 copy->bytesRead, copy->requests});
    return status;
}

asio::awaitable<Result<void>> VersionReader::verifyTreeAndKey(CopyPtr copy)
{
    TARN_CO_TRY(const Bytes tree, co_await fetch(copy, m_layout.sections.blockHashTree));
    Bytes expected;
    share::appendTree(expected, hashtree::HashTree::build(copy->leaves));
    if (tree != expected)
        co_return Error(ErrorCode::Corrupt, "the block hash tree does not fit together");
    if (!m_file.writeKey) co_return ok();
    TARN_CO_TRY(const Bytes encrypted, co_await fetch(copy, m_layout.sections.encryptedPrivateKey));
    Bytes der = pipeline::cryptPrivateKey(encrypted, *m_file.writeKey);
    const bool right = crypto::writeKeyOf(der) == *m_file.writeKey;
    wipe(der);
    if (!right) co_return Error(ErrorCode::Corrupt, "private key is not the file's");
    co_return ok();
}

asio::awaitable<Result<void>> VersionReader::verifyCopy(CopyPtr copy)
{
    TARN_CO_TRY_VOID(co_await openCopy(copy));
    TARN_CO_TRY_VOID(co_await verifyTreeAndKey(copy));
    if (m_shape.segmentCount() == 0) co_return ok();
    const std::uint64_t atOnce = std::max<std::uint64_t>(1, kRunBytes / m_shape.segmentSize());
    for (std::uint64_t first = 0; first < m_shape.segmentCount(); first += atOnce) {
        pipeline::MutableSpan span;
        span.first = first;
        span.count = std::min(atOnce, m_shape.segmentCount() - first);
        TARN_CO_TRY(const Bytes blocks, co_await stored(copy, span));
        const pipeline::MutableRun run{copy->share, blocks, copy->leaves};
        auto job = [&] { return pipeline::verifyMutableRun(m_shape, span, run); };
        TARN_CO_TRY_VOID(co_await runOn(m_parts.cpu, job));
    }
    co_return ok();
}

asio::awaitable<std::vector<BadShare>> VersionReader::verifyAll()
{
    constexpr std::size_t kAtOnce = 4;
    const std::vector<CopyPtr> all = m_copies;
    for (std::size_t first = 0; first < all.size(); first += kAtOnce) {
        const std::size_t end = std::min(all.size(), first + kAtOnce);
        std::vector<asio::awaitable<Result<void>>> checks;
        for (std::size_t i = first; i < end; ++i)
            checks.push_back(verifyCopy(all[i]));
        const std::vector<Result<void>> verdicts = co_await allOf(std::move(checks));
        for (std::size_t i = first; i < end; ++i)
            if (!verdicts[i - first]) reject(*all[i], verdicts[i - first].error());
    }
    co_return badCopies();
}

std::vector<BadShare> VersionReader::badCopies() const
{
    std::vector<BadShare> out;
    for (const CopyPtr& copy : m_copies) {
        if (copy->usable()) continue;
        BadShare bad;
        bad.serverId = copy->server->id;
        bad.share = copy->share;
        bad.reason = copy->reason;
        out.push_back(std::move(bad));
    }
    return out;
}

} // namespace tarn::gateway
