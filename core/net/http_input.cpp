#include "core/net/http_input.h"

#include <algorithm>

namespace tarn::net {

namespace {

/// Small on purpose: a large body behind a head is then read straight to its place, and every idle
/// connection of a server holds one.
constexpr std::size_t kFirstRoom = 1024;

} // namespace

void HttpInput::consume(std::size_t count)
{
    TARN_ASSERT(count <= m_end - m_begin);
    m_begin += count;
    if (m_begin == m_end) m_begin = m_end = 0;
}

Bytes HttpInput::takeAll()
{
    Bytes all = toBytes(buffered());
    m_begin = m_end = 0;
    return all;
}

void HttpInput::release()
{
    if (empty()) Bytes().swap(m_buffer);
}

void HttpInput::makeRoom(std::size_t limit)
{
    // What a large head needed is not kept while the next one is awaited.
    if (empty() && m_buffer.size() > kFirstRoom) m_buffer = Bytes(kFirstRoom);
    if (m_end < m_buffer.size()) return;
    if (m_begin > 0) {
        std::copy(m_buffer.begin() + static_cast<std::ptrdiff_t>(m_begin),
                  m_buffer.begin() + static_cast<std::ptrdiff_t>(m_end), m_buffer.begin());
        m_end -= m_begin;
        m_begin = 0;
        return;
    }
    m_buffer.resize(std::min(limit, std::max(kFirstRoom, m_buffer.size() * 2)));
}

asio::awaitable<Result<bool>> HttpInput::fill(std::size_t limit)
{
    if (m_end - m_begin >= limit) co_return Error(ErrorCode::NoSpace, "too long");
    makeRoom(limit);
    const MutableByteView room = MutableByteView(m_buffer).subspan(m_end);
    TARN_CO_TRY(const std::size_t count, co_await m_channel->readSome(room));
    m_end += count;
    co_return count > 0;
}

asio::awaitable<Result<std::size_t>> HttpInput::readSome(MutableByteView into)
{
    if (empty()) {
        TARN_CO_TRY(const std::size_t count, co_await m_channel->readSome(into));
        co_return count;
    }
    const ByteView have = buffered();
    const std::size_t count = std::min(have.size(), into.size());
    std::copy_n(have.begin(), count, into.begin());
    consume(count);
    co_return count;
}

asio::awaitable<Result<std::size_t>> HttpInput::readHead(std::size_t limit)
{
    std::size_t lineBegin = 0;
    std::size_t seen = 0;
    for (;;) {
        const std::string_view text = asText(buffered());
        for (std::size_t at = text.find('\n', seen); at != std::string_view::npos;
             at = text.find('\n', at + 1)) {
            if (at == 0 || text[at - 1] != '\r')
                co_return Error(ErrorCode::InvalidInput, "a line must end with CR LF");
            if (at == lineBegin + 1) co_return at + 1;
            lineBegin = at + 1;
        }
        seen = text.size();
        TARN_CO_TRY(const bool more, co_await fill(limit));
        if (more) continue;
        if (seen == 0) co_return std::size_t{0};
        co_return Error(ErrorCode::PeerUnreachable, m_channel->peer() + " ended within a head");
    }
}

asio::awaitable<Result<std::string_view>> HttpInput::readLine(std::size_t limit)
{
    for (;;) {
        const std::string_view text = asText(buffered());
        const std::size_t end = text.find('\n');
        if (end != std::string_view::npos) {
            if (end == 0 || text[end - 1] != '\r')
                co_return Error(ErrorCode::InvalidInput, "a line must end with CR LF");
            if (end >= limit) co_return Error(ErrorCode::NoSpace, "line too long");
            co_return text.substr(0, end + 1);
        }
        if (text.size() >= limit) co_return Error(ErrorCode::NoSpace, "line too long");
        TARN_CO_TRY(const bool more, co_await fill(std::max(limit, kFirstRoom)));
        if (!more)
            co_return Error(ErrorCode::PeerUnreachable, m_channel->peer() + " ended within a line");
    }
}

} // namespace tarn::net
