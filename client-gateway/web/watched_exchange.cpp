#include "client-gateway/web/watched_exchange.h"

namespace tarn::gateway::web {

asio::awaitable<Result<std::size_t>> WatchedExchange::readBody(MutableByteView into)
{
    return m_inner.readBody(into);
}

asio::awaitable<Result<Bytes>> WatchedExchange::readAll(std::size_t limit)
{
    return m_inner.readAll(limit);
}

asio::awaitable<Result<void>> WatchedExchange::respond(unsigned status, net::HttpHeaders headers,
                                                       std::span<const ByteView> body)
{
    m_status = status;
    return m_inner.respond(status, std::move(headers), body);
}

asio::awaitable<Result<void>> WatchedExchange::beginResponse(unsigned status,
                                                             net::HttpHeaders headers,
                                                             std::optional<std::uint64_t> length)
{
    m_status = status;
    return m_inner.beginResponse(status, std::move(headers), length);
}

asio::awaitable<Result<void>> WatchedExchange::writeBody(ByteView piece)
{
    return m_inner.writeBody(piece);
}

asio::awaitable<Result<void>> WatchedExchange::finishResponse()
{
    return m_inner.finishResponse();
}

asio::awaitable<Result<net::UpgradedChannel>> WatchedExchange::upgrade(net::HttpHeaders headers)
{
    Result<net::UpgradedChannel> taken = co_await m_inner.upgrade(std::move(headers));
    if (taken) m_status = 101;
    co_return taken;
}

bool WatchedExchange::giveUp(unsigned status, std::string text)
{
    const bool given = m_inner.giveUp(status, std::move(text));
    if (given) m_status = status;
    return given;
}

Result<Secret> WatchedExchange::exporter(std::string_view label, ByteView context,
                                         std::size_t size) const
{
    return m_inner.exporter(label, context, size);
}

} // namespace tarn::gateway::web
