#include "client-gateway/mutable/share_copy.h"

#include "core/hashtree/tree_shape.h"

namespace tarn::gateway {

ShareCopy::ShareCopy(std::shared_ptr<const VersionFacts> version, ShareNumber share,
                     const MappedShare& mapped)
    : m_version(std::move(version)), m_server(mapped.server), m_share(share),
      m_sections(mapped.layout.sections), m_front(mapped.front)
{
}

bool ShareCopy::usable() const
{
    return m_state == ShareState::Found || m_state == ShareState::Used ||
           m_state == ShareState::Slow;
}

void ShareCopy::reject(const Error& why)
{
    if (!usable()) return;
    m_reason = why.message();
    m_state = ShareState::Failed;
    if (why.code() == ErrorCode::NotFound) m_state = ShareState::Missing;
    if (why.code() != ErrorCode::Corrupt) return;
    m_state = ShareState::Corrupt;
    adviseMutable(m_version->parts, m_version->file, m_server, m_share, m_reason);
}

asio::awaitable<Result<Bytes>> ShareCopy::fetch(ByteRange range)
{
    std::optional<RequestNote> note;
    if (range.end > m_front.size()) {
        ++m_requests;
        const std::vector<ShareNumber> shares{m_share};
        note.emplace(m_version->log, RequestKind::Read, m_server->id, shares, range);
    }
    Result<Bytes> bytes = co_await readMapped(m_version->parts, m_version->file.index, m_server,
                                              m_share, m_front, range);
    if (bytes) m_bytesRead += bytes->size();
    if (note && bytes) note->answered(bytes->size());
    if (note && !bytes) note->failed(bytes.error().text());
    co_return bytes;
}

asio::awaitable<Result<void>> ShareCopy::open()
{
    if (m_opened && m_state == ShareState::Found) m_state = ShareState::Used;
    if (m_opened) co_return ok();
    const std::uint64_t count = m_version->shape.segmentCount();
    const hashtree::TreeShape tree(count);
    const std::uint64_t first =
        m_sections.blockHashTree.begin + tree.nodeOfLeaf(0) * Hash256::kSize;
    const ByteRange leafRange{first, first + count * Hash256::kSize};
    TARN_CO_TRY(const Bytes leafBytes, co_await fetch(leafRange));
    TARN_CO_TRY(const Bytes chain, co_await fetch(m_sections.shareHashChain));
    std::vector<Hash256> leaves;
    for (std::size_t at = 0; at < leafBytes.size(); at += Hash256::kSize)
        leaves.push_back(Hash256::prefixOf(ByteView(leafBytes).subspan(at)));
    auto job = [&] {
        return pipeline::proveMutableShare(m_version->header, m_share, leaves, chain);
    };
    TARN_CO_TRY_VOID(co_await runOn(m_version->parts.cpu, job));
    if (m_opened) co_return ok(); // by another operation meanwhile
    m_leaves = std::move(leaves);
    m_opened = true;
    if (m_state == ShareState::Found) m_state = ShareState::Used;
    co_return ok();
}

void ShareCopy::openWith(std::vector<Hash256> leaves)
{
    if (m_opened || leaves.size() != m_version->shape.segmentCount()) return;
    m_leaves = std::move(leaves);
    m_opened = true;
}

asio::awaitable<Result<Bytes>> ShareCopy::stored(pipeline::MutableSpan span)
{
    TARN_CO_TRY_VOID(co_await open());
    const ByteRange inData = m_version->shape.storedRange(span.first, span.count);
    const std::uint64_t base = m_sections.shareData.begin;
    const ByteRange range{base + inData.begin, base + inData.end};
    co_return co_await fetch(range);
}

ShareStatus ShareCopy::status() const
{
    return {m_share, m_server->id, m_state, m_reason, m_bytesRead, m_requests};
}

} // namespace tarn::gateway
