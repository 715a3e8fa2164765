#include "core/net/http_write.h"

#include <array>
#include <cstdio>
#include <vector>

namespace tarn::net {

namespace {

/// What must get through within one time limit.
constexpr std::size_t kStepBytes = 256 * 1024;

std::size_t sizeOf(std::span<const ByteView> pieces)
{
    std::size_t total = 0;
    for (const ByteView piece : pieces)
        total += piece.size();
    return total;
}

/// Moves up to `most` bytes of pieces from `from` to `batch`.
void takeBatch(std::vector<ByteView>& batch, std::span<const ByteView>& from, std::size_t& offset,
               std::size_t most)
{
    while (most > 0 && !from.empty()) {
        const ByteView rest = from.front().subspan(offset);
        const std::size_t step = std::min(most, rest.size());
        if (step > 0) batch.push_back(rest.first(step));
        most -= step;
        offset += step;
        if (offset == from.front().size()) {
            from = from.subspan(1);
            offset = 0;
        }
    }
}

std::string chunkHead(std::size_t size)
{
    std::array<char, 20> text{};
    const int length = std::snprintf(text.data(), text.size(), "%zx\r\n", size);
    return std::string(text.data(), static_cast<std::size_t>(length));
}

} // namespace

MessageWriter::MessageWriter(Channel& channel, Clock& clock, Duration progress)
    : m_channel(channel), m_clock(clock), m_progress(progress)
{
}

void MessageWriter::begin(std::string head, Framing framing, std::uint64_t length)
{
    m_head = std::move(head);
    m_framing = framing;
    m_left = length;
    m_finished = false;
}

asio::awaitable<Result<void>> MessageWriter::send(std::span<const ByteView> pieces)
{
    if (sizeOf(pieces) == 0) co_return ok();
    std::vector<ByteView> batch;
    std::size_t offset = 0;
    while (!pieces.empty()) {
        batch.clear();
        takeBatch(batch, pieces, offset, kStepBytes);
        m_channel.expireAt(m_clock.now() + m_progress);
        TARN_CO_TRY_VOID(co_await m_channel.write(batch));
    }
    m_channel.expireAt(TimePoint::max());
    co_return ok();
}

asio::awaitable<Result<void>> MessageWriter::write(std::span<const ByteView> pieces)
{
    const std::size_t size = sizeOf(pieces);
    const bool counted = m_framing == Framing::Length || m_framing == Framing::Counted;
    if (counted && size > m_left)
        co_return Error(ErrorCode::InvalidInput, "more body than was announced");
    if (m_framing == Framing::Length) m_left -= size;
    const std::string head = std::exchange(m_head, std::string());
    const std::string chunk = m_framing == Framing::Chunked && size > 0 ? chunkHead(size) : "";
    std::vector<ByteView> all;
    all.reserve(pieces.size() + 3);
    all.push_back(asBytes(head));
    all.push_back(asBytes(chunk));
    if (m_framing != Framing::Counted) all.insert(all.end(), pieces.begin(), pieces.end());
    if (!chunk.empty()) all.push_back(asBytes("\r\n"));
    co_return co_await send(all);
}

asio::awaitable<Result<void>> MessageWriter::finish()
{
    if (m_finished) co_return ok();
    if (m_framing == Framing::Length && m_left > 0)
        co_return Error(ErrorCode::InvalidInput, "less body than was announced");
    const std::string head = std::exchange(m_head, std::string());
    std::vector<ByteView> last{asBytes(head)};
    if (m_framing == Framing::Chunked) last.push_back(asBytes("0\r\n\r\n"));
    TARN_CO_TRY_VOID(co_await send(last));
    m_finished = true;
    co_return ok();
}

} // namespace tarn::net
