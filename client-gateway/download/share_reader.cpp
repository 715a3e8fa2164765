#include "client-gateway/download/share_reader.h"

#include "client-gateway/async/parallel.h"
#include "core/base/executor.h"
#include "core/share/hash_sections.h"

#include <algorithm>
#include <set>

namespace tarn::gateway {

namespace {

/// Shares of up to this many bytes are read whole, in one request.
constexpr std::uint64_t kSmallShare = 64 * 1024;
/// Hashes at the end of larger ones are read ahead up to this many bytes.
constexpr std::uint64_t kTailAhead = 128 * 1024;
/// An extension block may be a little longer than guessed.
constexpr std::uint64_t kTailSlack = 512;
/// Hash trees are read in pages of this many bytes: 1024 hashes.
constexpr std::uint64_t kTreePage = 32 * 1024;
/// Offsets beyond are lies, and sums of them could overflow.
constexpr std::uint64_t kLargestShare = std::uint64_t{1} << 60U;

} // namespace

Error corruptIn(ByteRange range, std::string_view reason)
{
    return Error(ErrorCode::Corrupt, "corruption in share[" + std::to_string(range.begin) + "-" +
                                         std::to_string(range.end) + "): " + std::string(reason));
}

namespace {

/// A Corrupt error of a parser gets its place in the share; others stay as they are.
Error located(ByteRange range, Error error)
{
    if (error.code() != ErrorCode::Corrupt) return error;
    return corruptIn(range, error.message());
}

} // namespace

/// Lets others wait for the opening, also when the one who opens is cancelled.
class ShareReader::Opening
{
public:
    explicit Opening(ShareReader& reader) : m_reader(reader) { m_reader.m_opening = true; }
    ~Opening()
    {
        m_reader.m_opening = false;
        m_reader.m_opened.notifyAll();
    }
    Opening(const Opening&) = delete;
    Opening& operator=(const Opening&) = delete;

private:
    ShareReader& m_reader;
};

ShareReader::ShareReader(const asio::any_io_executor& engine, Clock& clock, Duration readDeadline,
                         std::shared_ptr<FileKnowledge> file, FoundShare where)
    : m_opened(engine), m_clock(clock), m_readDeadline(readDeadline), m_file(std::move(file)),
      m_where(std::move(where))
{
    status.share = m_where.share;
    status.serverId = m_where.server->id;
}

Result<std::shared_ptr<FileKnowledge>> FileKnowledge::of(const cap::ImmutableVerifyCap& cap)
{
    TARN_TRY(const pipeline::EncodingPlan guess,
             pipeline::expectedShares(cap.size, cap.needed, cap.total));
    return std::make_shared<FileKnowledge>(FileKnowledge{cap, guess, std::nullopt, nullptr});
}

asio::awaitable<Result<void>> ShareReader::open()
{
    while (m_opening)
        co_await m_opened.wait();
    if (isOpen()) co_return ok();
    const Opening opening(*this);
    co_return co_await openNow();
}

asio::awaitable<Result<void>> ShareReader::openNow()
{
    TARN_CO_TRY_VOID(co_await prefetch());
    TARN_CO_TRY_VOID(co_await readHeader());
    co_return co_await readProof();
}

/// Reads what a share of the usual layout keeps its header and its hashes in.
asio::awaitable<Result<void>> ShareReader::prefetch()
{
    const pipeline::EncodingPlan& guess = m_file->guess;
    if (guess.shareSize <= kSmallShare) {
        const ByteRange whole{0, kSmallShare};
        co_return co_await cache(whole);
    }
    const std::uint64_t end = guess.shareSize + kTailSlack;
    std::uint64_t begin = guess.layout.crypttextHashTree;
    if (end - begin > kTailAhead) begin = guess.layout.shareHashes;
    const ByteRange head{0, share::kMaxImmutableHeaderSize};
    const ByteRange tail{begin, end};
    std::vector<asio::awaitable<Result<void>>> reads;
    reads.push_back(cache(head));
    reads.push_back(cache(tail));
    const std::vector<Result<void>> done = co_await allOf(std::move(reads));
    for (const Result<void>& one : done)
        if (!one) co_return one.error();
    co_return ok();
}

asio::awaitable<Result<void>> ShareReader::cache(ByteRange range)
{
    Cached piece;
    piece.begin = range.begin;
    piece.data.resize(static_cast<std::size_t>(range.size()));
    TARN_CO_TRY(const std::size_t got, co_await fetch(range, piece.data));
    piece.data.resize(got);
    piece.data.shrink_to_fit();
    m_cached.push_back(std::move(piece));
    co_return ok();
}

asio::awaitable<Result<std::size_t>> ShareReader::fetch(ByteRange range, MutableByteView into)
{
    ++status.requests;
    RequestNote note(m_file->log, RequestKind::Read, status.serverId, {m_where.share}, range);
    auto reading = m_where.server->store().readShare(storage_api::ShareKind::Immutable,
                                                     m_file->cap.index, m_where.share, range, into);
    const Result<std::size_t> answer = co_await withDeadline<std::size_t>(
        m_clock, m_readDeadline, "reading a share", std::move(reading));
    if (!answer) {
        note.failed(answer.error().text());
        co_return answer;
    }
    const std::size_t got = *answer;
    note.answered(got);
    if (got > into.size()) co_return Error(ErrorCode::PeerMisbehaved, "more bytes than asked for");
    status.bytesRead += got;
    co_return got;
}

const ShareReader::Cached* ShareReader::cachedFor(ByteRange range) const
{
    for (const Cached& piece : m_cached)
        if (piece.begin <= range.begin && range.end <= piece.begin + piece.data.size())
            return &piece;
    return nullptr;
}

asio::awaitable<Result<Bytes>> ShareReader::bytes(ByteRange range)
{
    if (range.end < range.begin || range.end > kLargestShare)
        co_return corruptIn(range, "beyond any share");
    if (const Cached* piece = cachedFor(range)) {
        const auto from = static_cast<std::size_t>(range.begin - piece->begin);
        co_return toBytes(
            ByteView(piece->data).subspan(from, static_cast<std::size_t>(range.size())));
    }
    Bytes data(static_cast<std::size_t>(range.size()));
    TARN_CO_TRY(const std::size_t got, co_await fetch(range, data));
    if (got != data.size())
        co_return corruptIn(range, "the share ends at " + std::to_string(range.begin + got));
    co_return data;
}

asio::awaitable<Result<void>> ShareReader::readHeader()
{
    // prefetch() has read it; the end of the share may have arrived before it.
    const auto front = std::find_if(m_cached.begin(), m_cached.end(),
                                    [](const Cached& piece) { return piece.begin == 0; });
    TARN_ASSERT(front != m_cached.end());
    const ByteRange range{0, std::min<std::uint64_t>(front->data.size(), //
                                                     share::kMaxImmutableHeaderSize)};
    Result<share::ImmutableLayout> layout = share::parseImmutableLayout(front->data);
    if (!layout) co_return located(range, std::move(layout).error());
    m_layout = *layout;
    co_return ok();
}

/// Extension block and share hash chain.
asio::awaitable<Result<void>> ShareReader::readProof()
{
    const ByteRange lengthRange = m_layout->uriExtensionLengthRange();
    TARN_CO_TRY(const Bytes field, co_await bytes(lengthRange));
    const Result<std::uint64_t> length = share::parseUriExtensionLength(*m_layout, field);
    if (!length) co_return located(lengthRange, length.error());
    const ByteRange blockRange{lengthRange.end, lengthRange.end + *length};
    TARN_CO_TRY(const Bytes block, co_await bytes(blockRange));
    Result<pipeline::FileProof> proof = pipeline::FileProof::make(m_file->cap, block);
    if (!proof) co_return located(blockRange, std::move(proof).error());
    if (!m_file->proof) m_file->proof = *std::move(proof);

    const ByteRange chainRange = m_layout->shareHashesRange();
    if (chainRange.size() > m_file->total() * 2 * share::kShareHashEntrySize)
        co_return corruptIn(chainRange, "more share hashes than the tree has nodes");
    TARN_CO_TRY(const Bytes section, co_await bytes(chainRange));
    Result<std::vector<hashtree::NumberedHash>> chain = share::parseShareHashes(section);
    if (!chain) co_return located(chainRange, std::move(chain).error());
    Result<pipeline::ShareProof> proven = m_file->proof->proveShare(m_where.share, *chain);
    if (!proven) co_return located(chainRange, std::move(proven).error());
    m_proof = *std::move(proven);
    co_return ok();
}

namespace {

/// The nodes that `proof` lacks for all of `segments`, ascending.
template <class Proof>
std::vector<hashtree::NodeNumber> missingNodes(const Proof& proof, pipeline::SegmentSpan segments)
{
    std::set<hashtree::NodeNumber> missing;
    for (std::uint64_t i = 0; i < segments.count; ++i) {
        const auto more = proof.missingNodes(SegmentNumber{segments.first.value + i});
        missing.insert(more.begin(), more.end());
    }
    return std::vector<hashtree::NodeNumber>(missing.begin(), missing.end());
}

} // namespace

asio::awaitable<Result<FetchedBlocks>> ShareReader::blocks(pipeline::SegmentSpan segments)
{
    const share::Segmentation& file = m_file->proof->file();
    const ByteRange section = m_layout->blockHashesRange();
    TARN_CO_TRY(const std::vector<hashtree::NumberedHash> nodes,
                co_await treeNodes(section, missingNodes(*m_proof, segments)));
    Result<void> added = m_proof->addNodes(nodes);
    if (!added) co_return located(section, std::move(added).error());
    FetchedBlocks out;
    out.share = m_where.share;
    out.range = pipeline::blocksIn(*m_layout, file, segments);
    TARN_CO_TRY(out.data, co_await bytes(out.range));
    for (std::uint64_t i = 0; i < segments.count; ++i) {
        TARN_CO_TRY(pipeline::ProvenBlockHash hash,
                    m_proof->blockHash(SegmentNumber{segments.first.value + i}));
        out.hashes.push_back(std::move(hash));
    }
    co_return out;
}

asio::awaitable<Result<void>> ShareReader::proveSegments(pipeline::SegmentSpan segments)
{
    const ByteRange section = m_layout->crypttextTreeRange();
    TARN_CO_TRY(const std::vector<hashtree::NumberedHash> nodes,
                co_await treeNodes(section, missingNodes(*m_file->proof, segments)));
    Result<void> added = m_file->proof->addNodes(nodes);
    if (!added) co_return located(section, std::move(added).error());
    co_return ok();
}

asio::awaitable<Result<void>> ShareReader::proveWholeTrees()
{
    const hashtree::TreeShape shape(m_file->proof->file().segmentCount());
    const std::uint64_t size = shape.nodeCount() * Hash256::kSize;
    ByteRange ciphertext = m_layout->crypttextTreeRange();
    ByteRange blocks = m_layout->blockHashesRange();
    if (ciphertext.size() < size) co_return corruptIn(ciphertext, "the hash tree is too small");
    if (blocks.size() < size) co_return corruptIn(blocks, "the hash tree is too small");
    ciphertext.end = ciphertext.begin + size;
    blocks.end = blocks.begin + size;
    TARN_CO_TRY(const Bytes storedCiphertext, co_await bytes(ciphertext));
    TARN_CO_TRY(const std::vector<hashtree::NumberedHash> ciphertextNodes,
                share::parseTreeNodes(storedCiphertext, 0));
    Result<void> added = m_file->proof->addNodes(ciphertextNodes);
    if (!added) co_return located(ciphertext, std::move(added).error());
    TARN_CO_TRY(const Bytes storedBlocks, co_await bytes(blocks));
    TARN_CO_TRY(const std::vector<hashtree::NumberedHash> blockNodes,
                share::parseTreeNodes(storedBlocks, 0));
    added = m_proof->addNodes(blockNodes);
    if (!added) co_return located(blocks, std::move(added).error());
    co_return ok();
}

asio::awaitable<Result<std::vector<hashtree::NumberedHash>>>
ShareReader::treeNodes(ByteRange section, std::vector<hashtree::NodeNumber> nodes)
{
    std::vector<hashtree::NumberedHash> all;
    if (nodes.empty()) co_return all;
    Result<std::vector<pipeline::NodeRun>> runs = pipeline::nodeRuns(section, nodes);
    if (!runs) co_return located(section, std::move(runs).error());
    TARN_CO_TRY_VOID(co_await cachePages(section, *runs));
    for (const pipeline::NodeRun& run : *runs) {
        TARN_CO_TRY(const Bytes stored, co_await bytes(run.range));
        TARN_CO_TRY(const std::vector<hashtree::NumberedHash> some,
                    share::parseTreeNodes(stored, run.first));
        all.insert(all.end(), some.begin(), some.end());
    }
    co_return all;
}

/// Reads the pages of a tree's section in which `runs` lie, those that are not here yet.
asio::awaitable<Result<void>> ShareReader::cachePages(ByteRange section,
                                                      std::vector<pipeline::NodeRun> runs)
{
    std::set<std::uint64_t> pages;
    for (const pipeline::NodeRun& run : runs) {
        if (cachedFor(run.range) != nullptr) continue;
        const std::uint64_t first = (run.range.begin - section.begin) / kTreePage;
        const std::uint64_t last = (run.range.end - 1 - section.begin) / kTreePage;
        for (std::uint64_t page = first; page <= last; ++page)
            pages.insert(page);
    }
    // Neighbours become one request, and a run that crosses a border lies in one piece.
    std::vector<ByteRange> wanted;
    for (const std::uint64_t page : pages) {
        const std::uint64_t begin = section.begin + page * kTreePage;
        const std::uint64_t end = std::min(begin + kTreePage, section.end);
        if (!wanted.empty() && wanted.back().end == begin) {
            wanted.back().end = end;
        } else {
            wanted.push_back(ByteRange{begin, end});
        }
    }
    std::vector<asio::awaitable<Result<void>>> reads;
    for (const ByteRange range : wanted)
        reads.push_back(cache(range));
    const std::vector<Result<void>> done = co_await allOf(std::move(reads));
    for (const Result<void>& one : done)
        if (!one) co_return one.error();
    co_return ok();
}

} // namespace tarn::gateway
