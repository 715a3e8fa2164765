#include "client-gateway/mutable/plain_source.h"

namespace tarn::gateway {

namespace {

/// Fills a buffer of the right size.
class FillSink final : public DownloadSink
{
public:
    explicit FillSink(MutableByteView into) : m_rest(into) {}
    asio::awaitable<Result<void>> write(ByteView piece) override
    {
        if (piece.size() > m_rest.size())
            co_return Error(ErrorCode::Internal, "more plaintext than asked for");
        std::copy(piece.begin(), piece.end(), m_rest.begin());
        m_rest = m_rest.subspan(piece.size());
        co_return ok();
    }

private:
    MutableByteView m_rest;
};

} // namespace

asio::awaitable<Result<void>> PlainBytes::read(std::uint64_t offset, MutableByteView into)
{
    std::copy_n(m_bytes.data() + offset, into.size(), into.data());
    co_return ok();
}

asio::awaitable<Result<void>> PlainSpool::read(std::uint64_t offset, MutableByteView into)
{
    co_return co_await m_spool.read(offset, into);
}

asio::awaitable<Result<void>> PlainVersion::read(std::uint64_t offset, MutableByteView into)
{
    FillSink sink(into);
    const ByteRange range{offset, offset + into.size()};
    co_return co_await m_version.read(range, sink);
}

asio::awaitable<Result<void>> PlainPatched::read(std::uint64_t offset, MutableByteView into)
{
    const std::uint64_t patchEnd = m_offset + m_patch.size();
    while (!into.empty()) {
        const bool inPatch = offset >= m_offset && offset < patchEnd;
        std::uint64_t until = offset + into.size();
        if (inPatch) until = std::min(until, patchEnd);
        if (offset < m_offset) until = std::min(until, m_offset);
        const MutableByteView piece = into.first(static_cast<std::size_t>(until - offset));
        if (inPatch) {
            TARN_CO_TRY_VOID(co_await m_patch.read(offset - m_offset, piece));
        } else {
            TARN_CO_TRY_VOID(co_await m_old.read(offset, piece));
        }
        into = into.subspan(piece.size());
        offset = until;
    }
    co_return ok();
}

} // namespace tarn::gateway
