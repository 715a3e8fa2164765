// watched_exchange: an exchange that remembers with what it was answered, for the counts of
// /metrics.
#pragma once

#include "core/net/http_server.h"

namespace tarn::gateway::web {

/// Lives as long as the exchange that it passes everything on to.
class WatchedExchange final : public net::ServerExchange
{
public:
    explicit WatchedExchange(net::ServerExchange& inner) : m_inner(inner) {}
    /// The HTTP status; 0 before an answer.
    unsigned status() const { return m_status; }
    /// The connection is no HTTP any more.
    bool upgraded() const { return m_status == 101; }

    const net::RequestHead& head() const override { return m_inner.head(); }
    std::optional<std::uint64_t> bodyLength() const override { return m_inner.bodyLength(); }
    asio::awaitable<Result<std::size_t>> readBody(MutableByteView into) override;
    asio::awaitable<Result<Bytes>> readAll(std::size_t limit) override;
    asio::awaitable<Result<void>> respond(unsigned status, net::HttpHeaders headers,
                                          std::span<const ByteView> body) override;
    asio::awaitable<Result<void>> beginResponse(unsigned status, net::HttpHeaders headers,
                                                std::optional<std::uint64_t> length) override;
    asio::awaitable<Result<void>> writeBody(ByteView piece) override;
    asio::awaitable<Result<void>> finishResponse() override;
    asio::awaitable<Result<net::UpgradedChannel>> upgrade(net::HttpHeaders headers) override;
    bool answered() const override { return m_inner.answered(); }
    std::optional<Duration> away() const override { return m_inner.away(); }
    bool giveUp(unsigned status, std::string text) override;
    const std::string& peer() const override { return m_inner.peer(); }
    Result<Secret> exporter(std::string_view label, ByteView context,
                            std::size_t size) const override;

private:
    net::ServerExchange& m_inner;
    unsigned m_status = 0;
};

} // namespace tarn::gateway::web
