#include "client-gateway/mutable/arriving_body.h"

#include <algorithm>

namespace tarn::gateway {

namespace {

/// Bytes taken from a source at a time, on their way to the spool.
constexpr std::size_t kPiece = 256 * 1024;
/// What tells a quick sender from a slow one.
constexpr std::size_t kProbe = 1024 * 1024;
constexpr Duration kProbeTime = std::chrono::seconds(1);
/// Then whole segments go on without waiting for more.
constexpr Duration kGatherTime = std::chrono::seconds(2);

Error isLonger(std::uint64_t size)
{
    std::string what = "the body is longer than the ";
    what += std::to_string(size);
    what += " bytes announced";
    return Error(ErrorCode::InvalidInput, std::move(what));
}

Error endsEarly(std::uint64_t at, std::uint64_t size)
{
    std::string what = "the body ends after ";
    what += std::to_string(at);
    what += " of ";
    what += std::to_string(size);
    what += " bytes announced";
    return Error(ErrorCode::InvalidInput, std::move(what));
}

} // namespace

Error mutableTooLarge(std::uint64_t size, std::uint64_t limit)
{
    std::string what = "the mutable file has ";
    what += std::to_string(size);
    what += " bytes, more than ";
    what += std::to_string(limit);
    return Error(ErrorCode::TooLarge, std::move(what));
}

asio::awaitable<Result<bool>> ArrivingBody::comesQuickly()
{
    const TimePoint begun = m_clock.now();
    m_begun.resize(kProbe);
    std::size_t have = 0;
    while (have < m_begun.size()) {
        const MutableByteView room = MutableByteView(m_begun).subspan(have);
        TARN_CO_TRY(const std::size_t got, co_await m_source.read(room));
        if (got == 0) break;
        have += got;
    }
    m_begun.resize(have);
    co_return m_clock.now() - begun <= kProbeTime;
}

asio::awaitable<Result<void>> ArrivingBody::requireEnd(std::uint64_t size)
{
    std::array<std::byte, 1> more{};
    std::size_t got = m_begun.size();
    if (got == 0) {
        TARN_CO_TRY(got, co_await m_source.read(more));
    }
    if (got == 0) co_return ok();
    co_return isLonger(size);
}

asio::awaitable<Result<pipeline::MutableSpan>> ArrivingBody::next(const share::MutableShape& shape,
                                                                  std::uint64_t most, Bytes& plain)
{
    const TimePoint begun = m_clock.now();
    pipeline::MutableSpan span;
    span.first = m_segment;
    span.count = std::min(most, shape.segmentCount() - m_segment);
    plain.resize(static_cast<std::size_t>(shape.plainRange(span.first, span.count).size()));
    std::size_t have = std::min(plain.size(), m_begun.size());
    std::copy_n(m_begun.begin(), have, plain.begin());
    m_begun.erase(m_begun.begin(), m_begun.begin() + static_cast<std::ptrdiff_t>(have));
    while (have < plain.size()) {
        const std::uint64_t whole = have / shape.segmentSize();
        if (whole > 0 && m_clock.now() - begun > kGatherTime) {
            span.count = whole;
            const auto size = static_cast<std::size_t>(whole * shape.segmentSize());
            m_begun = toBytes(ByteView(plain).subspan(size, have - size));
            plain.resize(size);
            break;
        }
        const MutableByteView room = MutableByteView(plain).subspan(have);
        TARN_CO_TRY(const std::size_t got, co_await m_source.read(room));
        if (got == 0) {
            const std::uint64_t at = shape.plainRange(span.first, span.count).begin + have;
            co_return endsEarly(at, shape.size());
        }
        have += got;
    }
    m_segment += span.count;
    if (m_segment == shape.segmentCount()) {
        TARN_CO_TRY_VOID(co_await requireEnd(shape.size()));
    }
    co_return span;
}

asio::awaitable<Result<void>> ArrivingBody::spoolInto(Spool& spool, std::uint64_t limit)
{
    for (;;) {
        Bytes piece = std::exchange(m_begun, Bytes());
        if (piece.empty()) {
            piece.resize(kPiece);
            TARN_CO_TRY(const std::size_t got, co_await m_source.read(piece));
            if (got == 0) co_return ok();
            piece.resize(got);
        }
        const std::uint64_t size = spool.size() + piece.size();
        if (size > limit) co_return mutableTooLarge(size, limit);
        TARN_CO_TRY_VOID(co_await spool.append(std::move(piece)));
    }
}

} // namespace tarn::gateway
