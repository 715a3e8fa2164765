#include "client-gateway/remote_stream.h"

#include <algorithm>

namespace tarn::gateway {

namespace {

/// Pieces below wait for others, as long as they are no more than this together.
constexpr std::size_t kSmallBytes = 16 * 1024;

} // namespace

RemoteStream::RemoteStream(RemoteStore& store, net::PooledConnection connection,
                           wire::StreamedRequest body, std::vector<storage_api::WriteSpot> spots)
    : m_store(store), m_connection(std::move(connection)), m_body(std::move(body)),
      m_spots(std::move(spots))
{
}

/// Whoever gave up says nothing of the server, unless it was after waiting for long.
RemoteStream::~RemoteStream()
{
    if (!m_waitingSince || m_store.m_clock.now() - *m_waitingSince < kSwallowedAfter) return;
    m_store.noteFailure(Error(ErrorCode::Timeout, "no progress with " + m_store.m_place));
}

asio::awaitable<Result<void>> RemoteStream::sent(asio::awaitable<Result<void>> work)
{
    m_waitingSince = m_store.m_clock.now();
    Result<void> result = co_await std::move(work);
    m_waitingSince.reset();
    if (!result && result.error().code() != ErrorCode::Cancelled)
        m_store.noteFailure(result.error());
    co_return result;
}

asio::awaitable<Result<void>> RemoteStream::flush()
{
    if (m_small.empty()) co_return ok();
    const Bytes pieces = std::exchange(m_small, Bytes());
    auto work = m_connection->writeBody(pieces);
    co_return co_await sent(std::move(work));
}

asio::awaitable<Result<void>> RemoteStream::send(ByteView piece)
{
    if (m_small.size() + piece.size() <= kSmallBytes) {
        append(m_small, piece);
        co_return ok();
    }
    TARN_CO_TRY_VOID(co_await flush());
    auto work = m_connection->writeBody(piece);
    co_return co_await sent(std::move(work));
}

asio::awaitable<Result<void>> RemoteStream::write(ByteView data)
{
    while (!data.empty()) {
        if (m_spot == m_spots.size())
            co_return Error(ErrorCode::InvalidInput, "more data than the share has room for");
        const std::uint64_t size = m_spots[m_spot].size;
        if (m_inSpot == 0) {
            TARN_CO_TRY_VOID(co_await send(m_body.before[m_spot]));
        }
        const std::uint64_t step = std::min<std::uint64_t>(size - m_inSpot, data.size());
        const ByteView piece = data.first(static_cast<std::size_t>(step));
        TARN_CO_TRY_VOID(co_await send(piece));
        data = data.subspan(piece.size());
        m_inSpot += piece.size();
        if (m_inSpot < size) continue;
        ++m_spot;
        m_inSpot = 0;
    }
    if (!m_connection->answeredEarly()) co_return ok();
    // It takes no more, and says why.
    const Result<storage_api::ReadTestWriteAnswer> answer = co_await finish();
    if (!answer) co_return answer.error();
    co_return Error(ErrorCode::PeerMisbehaved, "an answer before the end of the data");
}

asio::awaitable<Result<storage_api::ReadTestWriteAnswer>> RemoteStream::finish()
{
    const bool early = m_connection->answeredEarly();
    if (!early && m_spot < m_spots.size())
        co_return Error(ErrorCode::InvalidInput, "data of the share are missing");
    if (!early) {
        TARN_CO_TRY_VOID(co_await send(m_body.after));
        TARN_CO_TRY_VOID(co_await flush());
    }
    m_waitingSince = m_store.m_clock.now();
    Result<net::ResponseHead> head = co_await m_connection->finishRequest();
    m_waitingSince.reset();
    if (!head && head.error().code() != ErrorCode::Cancelled) m_store.noteFailure(head.error());
    if (!head) co_return std::move(head).error();
    m_store.noteAnswer();
    net::PooledResponse response;
    response.head = *std::move(head);
    response.connection = std::move(m_connection);
    co_return co_await m_store.writeAnswer(response);
}

} // namespace tarn::gateway
